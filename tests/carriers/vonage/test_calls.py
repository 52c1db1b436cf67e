"""Vonage's calls: NCCO documents and events."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from maskline.carriers.contract import CallAnswer
from maskline.carriers.request import Malformed, Request
from maskline.carriers.vonage import KIND
from maskline.model.traffic import Adopted, CallEvent, InboundCall
from maskline.voice.instructions import (
    Client,
    Dial,
    Gather,
    Hangup,
    Number,
    Pause,
    Play,
    Redirect,
    Reject,
    Response,
    Say,
    Verb,
)
from tests.carriers.vonage.desk import adapter, hook, token
from tests.support.carrier_desk import DOOR, posted, reply
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

UUID, OTHER = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab", "bbbbbbbb-bbbb-cccc-dddd-0123456789ab"
RINGS = {"to": NEAR[1:], "from": ALICE[1:], "uuid": UUID, "conversation_uuid": "CON-1"}
CAME = InboundCall("one", UUID, ALICE, NEAR, doors=f"{DOOR}/Call")


def test_it_can_do_what_masked_calls_need() -> None:
    assert KIND.lacks(frozenset({"Dial", "Hangup", "Say", "Number.url"})) == []
    assert KIND.lacks(frozenset({"Gather", "Reject"})) == ["Reject"]


def asked(method: str) -> Request:
    if method == "POST":
        return hook("Call", RINGS)
    query = "&".join(f"{name}={value}" for name, value in RINGS.items())
    header = f"Bearer {token(b'')}"
    return posted("Call", b"", query=query, method="GET", authorization=header)


@pytest.mark.covers("carrier:vonage.call")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_call_comes_in(method: str) -> None:
    one, _ = adapter()
    request = asked(method)
    assert one.verify(request)
    assert one.read(request) == [CAME]


@pytest.mark.covers("carrier:vonage.legs")
@pytest.mark.parametrize(
    ("theirs", "ours", "parent"),
    [
        ("started", "initiated", False),
        ("ringing", "ringing", False),
        ("answered", "in-progress", True),
        ("busy", "busy", True),
        ("rejected", "busy", True),
        ("cancelled", "canceled", True),
        ("unanswered", "no-answer", True),
        ("timeout", "no-answer", True),
        ("failed", "failed", True),
        ("disconnected", "failed", True),
        ("completed", "completed", True),
        ("machine", None, False),
        ("human", None, False),
    ],
)
def test_what_becomes_of_legs(theirs: str, ours: str | None, parent: bool) -> None:
    one, _ = adapter()
    event = {"uuid": OTHER, "status": theirs, "direction": "outbound", "to": BOB[1:]}
    request = hook("Call/Leg", event, query=f"CallLeg={LEG}")
    assert one.verify(request)
    expected = [CallEvent(LEG, ours, OTHER, with_parent=parent, carrier="one")] if ours else []
    assert one.read(request) == expected
    # A leg that nobody named is nobody's; one of a program's own document is its call's, which may
    # go on when it is over. The caller's own leg is told elsewhere.
    assert one.read(hook("Call/Leg", event)) == []
    if ours:
        (own,) = one.read(hook("Call/Leg", event | {"from": NEAR[1:]}, query=f"Parent={CALL}"))
        shared = ours == "in-progress"
        people = Adopted(CALL, NEAR, BOB)
        assert own == CallEvent("", ours, OTHER, with_parent=shared, adopted=people, carrier="one")
    caller = event | {"direction": "inbound"}
    assert one.read(hook("Call/Leg", caller, query=f"CallLeg={LEG}")) == []


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (
            {"status": "completed", "duration": "12", "direction": "inbound"},
            CallEvent("", "completed", UUID, 12, carrier="one"),
        ),
        (
            {"status": "completed", "duration": 12},
            CallEvent("", "completed", UUID, 12, carrier="one"),
        ),
        ({"status": "failed", "duration": "x"}, CallEvent("", "failed", UUID, carrier="one")),
        ({"status": "answered", "direction": "inbound"}, None),
        ({"status": "completed", "direction": "outbound"}, None),
        ({"status": "new"}, None),
    ],
)
def test_calls_that_are_over(event: dict[str, Any], says: Any) -> None:
    one, _ = adapter()
    request = hook("Call/Status", {"uuid": UUID} | event)
    assert one.read(request) == ([says] if says else [])
    assert one.acknowledge(request).status == 200


def test_requests_that_can_t_be_read() -> None:
    one, _ = adapter()
    for path, wrong in (
        ("Call", {"to": "1"}),
        ("Call", {"uuid": UUID}),
        ("Call", []),
        ("Call/Status", {"status": "completed"}),
    ):
        with pytest.raises(Malformed):
            one.read(hook(path, wrong))


async def document(
    answer: CallAnswer, *, whisper: Response | None = None, fetch: Any = None
) -> tuple[list[dict[str, Any]], str]:
    one, _ = adapter(whisper=whisper, fetch=fetch)
    found = await one.instruct(asked("POST"), CAME, answer)
    assert found.content_type == "application/json"
    return json.loads(found.body), found.body.decode()


async def test_the_callee_sees_their_own_number() -> None:
    (talk, connect), text = await document(masked(announcement="Hold on.", timeout=300))
    assert talk == {"action": "talk", "text": "Hold on.", "language": "en-US"}
    assert connect == {
        "action": "connect",
        "from": FAR[1:],
        "timeout": 120,
        "limit": 7200,
        "endpoint": [{"type": "phone", "number": BOB[1:]}],
        "eventUrl": [f"{DOOR}/Call/Leg?CallLeg={LEG}"],
        "eventMethod": "POST",
    }
    assert numbers_in(text) == {"alice": 0, "bob": 1, "near": 0, "far": 1}


async def test_who_is_called_hears_something_first() -> None:
    (connect,), _ = await document(masked(whisper=True), whisper=WHISPER)
    assert connect["endpoint"][0]["onAnswer"] == {"url": f"{DOOR}/Call/Whisper"}
    one, _ = adapter(whisper=WHISPER)
    header = f"Bearer {token(b'')}"
    request = posted("Call/Whisper", b"", method="GET", authorization=header)
    assert one.verify(request)
    assert one.read(request) == []
    assert json.loads(one.acknowledge(request).body) == [
        {"action": "talk", "text": "A masked call.", "language": "en-US"}
    ]
    assert json.loads(adapter()[0].acknowledge(request).body) == []


async def test_sentences_are_said_and_the_call_ends() -> None:
    (talk,), _ = await document(CallAnswer(CALL, SENTENCE, None))
    assert talk["text"] == "Nobody is <there> & goodbye."


LONG = "word " * 700


@pytest.mark.covers("carrier:vonage.ncco")
@pytest.mark.parametrize(
    ("verbs", "says"),
    [
        ((Say("a", loop=3),), [{"action": "talk", "text": "a", "loop": 3}]),
        (
            (Play("https://a.example/x.mp3", loop=0),),
            [{"action": "stream", "streamUrl": ["https://a.example/x.mp3"], "loop": 0}],
        ),
        ((Pause(3),), [{"action": "wait", "timeout": 3}]),
        ((Hangup(), Say("never")), []),
        # What it lacks.
        ((Reject(), Say("never")), []),
        ((Gather((Say("press"),)), Hangup()), [{"action": "talk", "text": "press"}]),
        ((Dial((Client("joe"),)), Play(digits="1")), []),
        ((Redirect("https://a.example/"),), [{"action": "talk", "text": "further"}]),
    ],
)
async def test_what_programs_ask_for(verbs: tuple[Verb, ...], says: list[Any]) -> None:
    async def fetch(url: str, method: str, params: Mapping[str, str]) -> CallAnswer:
        return CallAnswer(params["CallSid"], Response((Say("further"),)), None)

    found, _ = await document(CallAnswer(CALL, Response(verbs), None), fetch=fetch)
    assert found == says


async def test_long_sentences_are_said_in_pieces() -> None:
    found, _ = await document(CallAnswer(CALL, Response((Say(LONG, loop=2),)), None))
    assert "".join(one["text"] for one in found) == LONG
    assert max(len(one["text"]) for one in found) <= 1500


async def test_digits_are_keyed_in() -> None:
    dial = Dial((Number("+12025550100", send_digits="1w2W3"),), caller_id=NEAR)
    (connect,), _ = await document(CallAnswer(CALL, Response((dial,)), None))
    assert connect["endpoint"][0]["dtmfAnswer"] == "1p2pp3"
    assert connect["eventUrl"] == [f"{DOOR}/Call/Leg?Parent={CALL}"]


@pytest.mark.covers("carrier:vonage.dial")
async def test_it_calls_somebody() -> None:
    one, client = adapter(reply(201, {"uuid": OTHER, "status": "started"}))
    assert await one.dial(NEAR, ALICE, SENTENCE) == OTHER
    (request,) = client.requests
    assert request.url == "https://api.nexmo.com/v1/calls"
    fields = json.loads(request.body or b"")
    assert fields["to"] == [{"type": "phone", "number": ALICE[1:]}]
    assert fields["from"] == {"type": "phone", "number": NEAR[1:]}
    assert fields["ncco"][0]["text"] == "Nobody is <there> & goodbye."
