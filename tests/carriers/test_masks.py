"""Who sees which number: what every carrier is given for a masked call."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest

from maskline.carriers.contract import CallAnswer, Tools, Webhooks
from maskline.carriers.kinds import KINDS
from maskline.carriers.redaction import redacted
from maskline.model.traffic import InboundCall
from maskline.voice.instructions import Dial, Number, Response, Say
from tests.support.carrier_desk import DOOR, NOW, Client, posted
from tests.support.liars import LIARS
from tests.support.masked_call import ALICE, BOB, CALL, FAR, LEG, NEAR, masked, numbers_in


async def told(kind: str, answer: CallAnswer) -> str:
    """What the carrier is answered when Alice calls."""
    whisper = Response((Say("A masked call."),))
    lent = Tools(http=Client(), door=DOOR, clock=lambda: NOW, whisper=whisper)
    liar = LIARS[kind]
    settings = KINDS[kind].settings(**liar.settings("https://api.example"))
    adapter = KINDS[kind].build("one", settings, KINDS[kind].credentials(**liar.secrets), lent)
    assert isinstance(adapter, Webhooks)
    call = InboundCall("one", "theirs", ALICE, NEAR)
    found = await adapter.instruct(posted("Call", {"From": ALICE, "To": NEAR}), call, answer)
    return found.body.decode()


@pytest.mark.covers("carrier:*.masks")
@pytest.mark.parametrize("announcement", ["", "One moment."])
@pytest.mark.parametrize("whisper", [False, True])
@pytest.mark.parametrize("kind", LIARS)
async def test_the_callee_sees_their_own_proxy_number(
    kind: str, whisper: bool, announcement: str
) -> None:
    text = await told(kind, masked(whisper=whisper, announcement=announcement))
    assert numbers_in(text) == {"alice": 0, "bob": 1, "near": 0, "far": 1}
    assert announcement in text


@pytest.mark.parametrize("kind", LIARS)
async def test_a_program_s_document_shows_nobody_s_number_either(kind: str) -> None:
    """A Dial that names no caller ID has one by then: the number that was called."""
    dial = Dial((Number(BOB),), caller_id=FAR, timeout=20)
    text = await told(kind, CallAnswer(CALL, Response((Say("Hello."), dial)), None))
    assert numbers_in(text) == {"alice": 0, "bob": 1, "near": 0, "far": 1}
    assert LEG not in text


#: A call that comes back with what somebody typed and said, and a recording.
CAME_BACK: Mapping[str, Any] = {
    "plivo": {"Digits": "4711", "Speech": "my pin is 4711", "RecordUrl": "https://m/4711.mp3"},
    "vonage": {
        "dtmf": {"digits": "4711"},
        "speech": {"results": [{"text": "4711"}]},
        "recording_url": "https://m/4711",
    },
    "bandwidth": {"eventType": "gather", "digits": "4711", "mediaUrl": "https://m/4711"},
    "telnyx": {
        "data": {
            "event_type": "call.gather.ended",
            "payload": {
                "digits": "4711",
                "digit": "4711",
                "recording_urls": {"mp3": "https://m/4711"},
            },
        }
    },
    "sinch": {"event": "pie", "menuResult": {"type": "sequence", "value": "4711"}},
}


@pytest.mark.parametrize("kind", CAME_BACK)
def test_what_somebody_typed_is_not_kept(kind: str) -> None:
    lent = Tools(http=Client(), door=DOOR, clock=lambda: NOW)
    liar = LIARS[kind]
    settings = KINDS[kind].settings(**liar.settings("https://api.example"))
    adapter = KINDS[kind].build("one", settings, KINDS[kind].credentials(**liar.secrets), lent)
    assert isinstance(adapter, Webhooks)
    about = CAME_BACK[kind] | {"callid": "c-1"}
    body, content = json.dumps(about).encode(), "application/json"
    if kind == "plivo":
        body, content = urlencode(about).encode(), "application/x-www-form-urlencoded"
    kept = redacted(posted("Call/Next", body, content_type=content), adapter.secrets, 10_000)
    assert "4711" not in repr(kept)
    assert "c-1" in kept.body
