"""An account at Telnyx for tests: its key, its adapter and its hooks."""

from __future__ import annotations

import base64
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from maskline.carriers import telnyx
from maskline.carriers.contract import Tools
from maskline.carriers.request import Request
from maskline.carriers.telnyx.adapter import Telnyx
from maskline.voice.instructions import Response
from tests.support.carrier_desk import DOOR, FORM, NOW, Client, Reply, posted

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()
API_KEY = "KEY0123456789"


def adapter(
    *replies: Reply,
    fetch: Any = None,
    whisper: Response | None = None,
    scripts: Any = None,
    **settings: Any,
) -> tuple[Telnyx, Client]:
    client = Client(*replies)
    lent = Tools(
        http=client, door=DOOR, clock=lambda: NOW, fetch=fetch, whisper=whisper, scripts=scripts
    )
    given = telnyx.Settings(**{"public_key": PUBLIC} | settings)
    return telnyx.build("one", given, telnyx.Credentials(API_KEY), lent), client


def signed(
    path: str, body: bytes, *, at: int = NOW // 1000, content_type: str = FORM, **changes: Any
) -> Request:
    """A request that Telnyx makes."""
    signature = base64.b64encode(KEY.sign(f"{at}|".encode() + body)).decode()
    headers = {"telnyx_signature_ed25519": signature, "telnyx_timestamp": str(at)}
    return posted(path, body, content_type=content_type, **headers | changes)


def hook(path: str, event: str, payload: dict[str, Any], query: str = "") -> Request:
    """A JSON event."""
    data = {"event_type": event, "id": "ev-1", "record_type": "event", "payload": payload}
    body = json.dumps({"data": data, "meta": {"attempt": 1}}).encode()
    return signed(path, body, content_type="application/json", query=query)
