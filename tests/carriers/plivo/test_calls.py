"""Plivo's calls."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, fromstring, tostring

import msgspec
import pytest

from maskline.carriers.contract import CallAnswer
from maskline.carriers.plivo import KIND
from maskline.carriers.request import Malformed
from maskline.model.traffic import Adopted, CallEvent, InboundCall
from maskline.voice.instructions import (
    Client,
    Dial,
    Gather,
    Hangup,
    Number,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Response,
    Say,
    Verb,
)
from tests.carriers.plivo.desk import ROOT, adapter, signed
from tests.support.carrier_desk import DOOR, reply
from tests.support.masked_call import (
    ALICE,
    BOB,
    CALL,
    FAR,
    LEG,
    NEAR,
    SENTENCE,
    WHISPER,
    masked,
    numbers_in,
)

UUID, OTHER = "97ceeb52-58b6-11e1-86da-77300b68f8bb", "aaaaaaaa-58b6-11e1-86da-77300b68f8bb"
RINGS = {
    "CallUUID": UUID,
    "From": ALICE[1:],
    "To": NEAR[1:],
    "CallStatus": "ringing",
    "Direction": "inbound",
    "Event": "StartApp",
}
CAME = InboundCall(
    "one", UUID, ALICE, NEAR, details=(("CallStatus", "ringing"),), doors=f"{DOOR}/Call"
)
LEGS = f"CallLeg={LEG}"


def test_it_can_do_what_masked_calls_need() -> None:
    assert KIND.lacks(frozenset({"Dial", "Hangup", "Say", "Number.url"})) == []
    assert KIND.lacks(frozenset({"Dial.sequential", "Gather", "Record"})) == ["Dial.sequential"]


def leg(status: str, *, parent: bool = False) -> CallEvent:
    return CallEvent(LEG, status, OTHER, with_parent=parent, carrier="one")


def told(action: str, **more: str) -> dict[str, str]:
    return {"DialAction": action, "DialBLegUUID": OTHER, "DialALegUUID": UUID} | more


@pytest.mark.covers("carrier:plivo.call")
@pytest.mark.parametrize(
    ("path", "fields", "says"),
    [
        ("Call", RINGS, CAME),
        ("Call/Leg", told("answer"), leg("in-progress", parent=True)),
        ("Call/Leg", told("connected"), leg("in-progress", parent=True)),
        ("Call/Leg", told("digits", DialDigitsMatch="1"), None),
        ("Call/Leg", told("hangup", DialBLegDuration="12"), leg("completed")),
        ("Call/Leg", told("hangup", DialBLegHangupCauseCode="3010"), leg("busy")),
        ("Call/Leg", told("hangup", DialBLegHangupCauseCode="3020"), leg("busy")),
        ("Call/Leg", told("hangup", DialBLegHangupCauseCode="3000"), leg("no-answer")),
        ("Call/Leg", told("hangup", DialBLegHangupCauseCode="6010"), leg("no-answer")),
        ("Call/Leg", told("hangup", DialBLegHangupCauseCode="2000"), leg("failed")),
        ("Call/Leg", told("hangup", DialBLegDuration="0"), leg("canceled")),
        ("Call/Done", told("", DialStatus="completed"), leg("completed", parent=True)),
        ("Call/Done", told("", DialStatus="busy"), leg("busy", parent=True)),
        ("Call/Done", told("", DialStatus="timeout"), leg("no-answer", parent=True)),
        ("Call/Done", told("", DialStatus="no-answer"), leg("no-answer", parent=True)),
        ("Call/Done", told("", DialStatus="cancel"), leg("canceled", parent=True)),
        ("Call/Done", told("", DialStatus="failed"), leg("failed", parent=True)),
        (
            "Call/Status",
            {"CallUUID": UUID, "CallStatus": "completed", "Duration": "3"},
            CallEvent("", "completed", UUID, 3, carrier="one"),
        ),
        (
            "Call/Status",
            {"CallUUID": UUID, "CallStatus": "cancel"},
            CallEvent("", "canceled", UUID, carrier="one"),
        ),
        ("Call/Status", {"CallUUID": UUID, "CallStatus": "in-progress"}, None),
        ("Call/Status", {"CallUUID": UUID, "CallStatus": "new"}, None),
        ("Call/Whisper", {}, None),
    ],
)
def test_requests(path: str, fields: dict[str, str], says: Any) -> None:
    one, _ = adapter()
    query = LEGS if path in ("Call/Leg", "Call/Done") else ""
    request = signed(path, fields, query=query)
    assert one.verify(request)
    assert one.read(request) == ([says] if says else [])
    # A leg that nobody named is nobody's; one of a program's own document is its call's.
    if query and path == "Call/Leg":
        assert one.read(signed(path, fields)) == []
        form = fields | {"DialBLegFrom": NEAR[1:], "DialBLegTo": BOB[1:]}
        own = (
            msgspec.structs.replace(says, call_sid="", adopted=Adopted(CALL, NEAR, BOB))
            if says
            else None
        )
        assert one.read(signed(path, form, query=f"Parent={CALL}")) == ([own] if own else [])


def test_requests_that_can_t_be_read() -> None:
    one, _ = adapter()
    for path, form in (("Call", {"From": "1"}), ("Call/Done", {"DialStatus": "ringing"})):
        with pytest.raises(Malformed):
            one.read(signed(path, form))


async def document(
    answer: CallAnswer, *, whisper: Response | None = None, fetch: Any = None
) -> tuple[Element, str]:
    one, _ = adapter(whisper=whisper, fetch=fetch)
    found = await one.instruct(signed("Call", RINGS), CAME, answer)
    assert found.content_type.startswith("text/xml")
    text = found.body.decode()
    return fromstring(text), text


async def test_the_callee_sees_their_own_number() -> None:
    root, text = await document(masked(announcement="Hold on.", timeout=25))
    speak, dial = root
    assert (speak.tag, speak.text, speak.get("language")) == ("Speak", "Hold on.", "en-US")
    assert dial.attrib == {
        "callerId": FAR[1:],
        "timeout": "25",
        "timeLimit": "14400",
        "dialMusic": "real",
        "action": f"{DOOR}/Call/Done?{LEGS}",
        "callbackUrl": f"{DOOR}/Call/Leg?{LEGS}",
    }
    (number,) = dial
    assert (number.tag, number.text, number.attrib) == ("Number", BOB[1:], {})
    assert numbers_in(text) == {"alice": 0, "bob": 1, "near": 0, "far": 1}


async def test_who_is_called_hears_something_first() -> None:
    root, _ = await document(masked(whisper=True), whisper=WHISPER)
    assert root[0].get("confirmSound") == f"{DOOR}/Call/Whisper"
    one, _ = adapter(whisper=WHISPER)
    (speak,) = fromstring(one.acknowledge(signed("Call/Whisper", {})).body)
    assert (speak.tag, speak.text) == ("Speak", "A masked call.")
    (over,) = fromstring(one.acknowledge(signed("Call/Done", {})).body)
    assert over.tag == "Hangup"
    for path in ("Call/Leg", "Call/Status", "Status", "Message"):
        assert list(fromstring(one.acknowledge(signed(path, {})).body)) == []


async def test_sentences_are_said_and_the_call_ends() -> None:
    root, _ = await document(CallAnswer(CALL, SENTENCE, None))
    speak, hangup = root
    assert (speak.text, hangup.tag) == ("Nobody is <there> & goodbye.", "Hangup")


@pytest.mark.covers("carrier:plivo.xml")
@pytest.mark.parametrize(
    ("verbs", "parts"),
    [
        ((Say("a", voice="alice", loop=2),), ['<Speak voice="WOMAN" loop="2">a</Speak>']),
        ((Say("a", voice="man", loop=0),), ['<Speak voice="MAN" loop="0">a</Speak>']),
        ((Say("a", voice="Polly.Amy"),), ['<Speak voice="Polly.Amy">a</Speak>']),
        ((Play("https://a/?b=1&c"),), ["<Play>https://a/?b=1&amp;c</Play>"]),
        ((Play(digits="12w3"),), ["<DTMF>12w3</DTMF>"]),
        ((Pause(3),), ['<Wait length="3" />']),
        ((Reject("busy"),), ['<Hangup reason="busy" />']),
        ((Reject(),), ['<Hangup reason="rejected" />']),
        # What nobody would come back to.
        ((Gather((Say("press"),)), Record(), Hangup()), ["<Speak>press</Speak>", "<Hangup />"]),
        ((Dial((Client("joe"),)), Hangup()), ["<Hangup />"]),
        ((Redirect("https://a.example/"),), ["<Speak>further</Speak>"]),
        (
            (
                Dial(
                    (Number("+12025550100", send_digits="1"),), caller_id=NEAR, hangup_on_star=True
                ),
            ),
            [
                f'<Dial callerId="{NEAR[1:]}" timeout="30" timeLimit="14400" hangupOnStar="true" '
                f'callbackUrl="{DOOR}/Call/Leg?Parent={CALL}">'
                '<Number sendDigits="1">12025550100</Number></Dial>'
            ],
        ),
    ],
)
async def test_what_programs_ask_for(verbs: tuple[Verb, ...], parts: list[str]) -> None:
    async def fetch(url: str, method: str, params: Mapping[str, str]) -> CallAnswer:
        return CallAnswer(params["CallSid"], Response((Say("further"),)), None)

    root, _ = await document(CallAnswer(CALL, Response(verbs), None), fetch=fetch)
    assert [tostring(one).decode() for one in root] == parts


@pytest.mark.covers("carrier:plivo.dial")
async def test_it_calls_somebody() -> None:
    one, client = adapter(reply(201, {"request_uuid": OTHER, "message": "call fired"}))
    assert await one.dial(NEAR, ALICE, SENTENCE) == OTHER
    (request,) = client.requests
    assert request.url == f"{ROOT}/Call/"
    fields = json.loads(request.body or b"")
    assert (fields["from"], fields["to"]) == (NEAR[1:], ALICE[1:])
    query = urlsplit(fields["answer_url"]).query
    fetched = signed("Call/Document", RINGS, query=query)
    assert one.verify(fetched)
    assert one.read(fetched) == []
    (speak, _) = fromstring(one.acknowledge(fetched).body)
    assert speak.text == "Nobody is <there> & goodbye."
