"""An account at Plivo for tests: its adapter and its signed requests."""

from __future__ import annotations

from typing import Any

from maskline.carriers import plivo
from maskline.carriers.contract import Tools
from maskline.carriers.plivo.adapter import Plivo
from maskline.carriers.plivo.signature import sign_v3
from maskline.carriers.request import Request
from maskline.voice.instructions import Response
from tests.support.carrier_desk import DOOR, NOW, Client, Reply, posted

AUTH_ID, TOKEN = "MAXXXXXXXXXXXXXXXXXX", "the-auth-token"
ROOT = f"https://api.plivo.com/v1/Account/{AUTH_ID}"


def adapter(
    *replies: Reply,
    fetch: Any = None,
    whisper: Response | None = None,
    scripts: Any = None,
    **settings: Any,
) -> tuple[Plivo, Client]:
    client = Client(*replies)
    lent = Tools(
        http=client, door=DOOR, clock=lambda: NOW, fetch=fetch, whisper=whisper, scripts=scripts
    )
    main = settings.pop("main_auth_token", "")
    given = plivo.Settings(**{"auth_id": AUTH_ID} | settings)
    return plivo.build("one", given, plivo.Credentials(TOKEN, main), lent), client


def signed(
    path: str, form: dict[str, str], *, query: str = "", token: str = TOKEN, **headers: str
) -> Request:
    """A request that Plivo makes."""
    url = f"{DOOR}/{path}{'?' if query else ''}{query}"
    signature = sign_v3(token, "POST", url, form, "nonce")
    given = {"x_plivo_signature_v3": signature, "x_plivo_signature_v3_nonce": "nonce"}
    return posted(path, form, query=query, **given | headers)
