"""The example of docs/how-to/add-a-carrier.md works, and is as long as it says."""

from __future__ import annotations

import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from maskline.carriers.contract import Carrier, Webhooks
from maskline.carriers.redaction import redacted
from maskline.carriers.request import Malformed, Request
from maskline.delivery.carriers import read_credentials
from maskline.model.http import ConnectFailed, ReadTimeout
from maskline.model.traffic import (
    Accepted,
    InboundMessage,
    LegReport,
    OutboundMessage,
    Refused,
    SendResult,
    Throttled,
    Unclear,
)
from tests.carriers.example import pigeon
from tests.support.carrier_desk import DOOR, Client, Reply, posted, reply, tools

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


def adapter(*replies: Reply) -> tuple[pigeon.Pigeon, Client]:
    client = Client(*replies)
    credentials = read_credentials(pigeon.KIND, '{"token":"coo"}')
    return pigeon.KIND.build("one", pigeon.Settings(), credentials, tools(client)), client  # type: ignore[return-value]


def hook(path: str = "hooks", **fields: str) -> Request:
    body = json.dumps(fields).encode()
    signature = hmac.digest(b"coo", body, "sha256").hex()
    return posted(path, body, content_type="application/json", x_pigeon_signature=signature)


def test_the_page_shows_it() -> None:
    page = (ROOT / "docs/how-to/add-a-carrier.md").read_text("utf-8")
    code = (HERE / "pigeon.py").read_text("utf-8")
    assert code.rstrip() in page
    assert sum(bool(line.strip()) for line in code.splitlines()) <= 100


@pytest.mark.covers("carrier:accounts.example")
@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (reply(202, {"id": "L1", "event": "flying"}), Accepted("L1")),
        (reply(429), Throttled()),
        (reply(500), Refused(30008, retry=True)),
        (reply(410), Refused(21610, retry=False)),
        (reply(400), Refused(30008, retry=False)),
        (ReadTimeout("no answer in time"), Unclear(repeatable=True)),
        (ConnectFailed("no connection", "tcp"), Refused(20503, retry=True)),
    ],
)
async def test_sending(answer: Reply, result: SendResult) -> None:
    one, client = adapter(answer)
    carrier: Carrier = one
    text = OutboundMessage("SM1", "+14158670001", "+14155550100", "hi")
    assert await carrier.send(text) == result
    letter = json.loads(client.requests[0].body or b"")
    assert (letter["key"], letter["hook"]) == ("SM1", f"{DOOR}/hooks")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        (
            {"event": "received", "sender": "+1", "recipient": "+2", "text": "hi"},
            [InboundMessage("one", "L1", "+1", "+2", "hi")],
        ),
        ({"event": "flying", "reference": "SM1"}, [LegReport("one", "sent", "SM1", "L1")]),
        ({"event": "eaten"}, [LegReport("one", "undelivered", None, "L1", 30003)]),
        ({"event": "moulting"}, []),
    ],
)
def test_hooks(fields: dict[str, str], says: list[Any]) -> None:
    one, _ = adapter()
    assert isinstance(one, Webhooks)
    request = hook(id="L1", **fields)
    assert one.verify(request)
    assert one.read(request) == says
    assert one.acknowledge(request).status == 200
    signature = request.headers["x-pigeon-signature"]
    assert signature not in repr(redacted(request, one.secrets, 1000))


def test_hooks_that_are_not_sound() -> None:
    one, _ = adapter()
    assert not one.verify(posted("hooks", b"{}"))
    with pytest.raises(Malformed):
        one.read(hook(id="L1", event="received"))
    with pytest.raises(Malformed):
        one.read(posted("hooks", b"{"))
    with pytest.raises(LookupError):
        one.read(hook("other", id="L1", event="x"))
    assert "coo" not in repr(pigeon.Credentials("coo"))
