"""Documents of programs at Vonage: what is asked, and what comes back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from maskline.carriers.request import Malformed
from maskline.model.traffic import CallTurn, InboundCall
from maskline.voice.instructions import (
    Dial,
    Gather,
    Number,
    Pause,
    Play,
    Record,
    Redirect,
    Say,
    Verb,
)
from tests.carriers.vonage.desk import adapter, hook
from tests.support.carrier_desk import DOOR, reply
from tests.support.kept_scripts import SCRIPT, KeptScripts, told
from tests.support.masked_call import ALICE, BOB, CALL, FAR, NEAR, masked, numbers_in

ACTION = "https://p.example/next"
CAME = InboundCall("one", "u-1", ALICE, NEAR, doors=f"{DOOR}/Call")
QUERY = f"Script={SCRIPT}&At=3"


def place(at: int, what: str = "Next") -> str:
    return f"{DOOR}/Call/{what}?Script={SCRIPT}&At={at}"


def asks(what: dict[str, Any], at: int = 0) -> dict[str, Any]:
    return what | {"eventUrl": [place(at)], "eventMethod": "POST"}


KEYS = {"timeOut": 5, "maxDigits": 20, "submitOnHash": True}
INPUT = asks({"action": "input", "type": ["dtmf"], "dtmf": KEYS})
RECORD = {
    "action": "record",
    "format": "mp3",
    "endOnSilence": 5,
    "timeOut": 3600,
    "beepStart": True,
    "eventUrl": [place(0, "Recorded")],
    "eventMethod": "POST",
    "endOnKey": "#",
}
WAIT = {"action": "wait", "timeout": 30}


def notify(at: int, parent: str = "") -> dict[str, Any]:
    asked = asks({"action": "notify", "payload": {"next": "1"}}, at)
    return asked | {"eventUrl": [place(at) + parent]}


def connect(number: str) -> dict[str, Any]:
    return {
        "action": "connect",
        "from": NEAR[1:],
        "timeout": 30,
        "limit": 7200,
        "endpoint": [{"type": "phone", "number": number[1:]}],
        "eventUrl": [f"{DOOR}/Call/Leg?Parent={CALL}"],
        "eventMethod": "POST",
    }


@pytest.mark.parametrize(
    ("verbs", "actions"),
    [
        # What follows is in the answer to what was typed, or was not.
        ((Gather(action=ACTION), Say("nothing?")), [INPUT]),
        (
            (
                Gather(
                    (Say("Press 1"), Pause(2), Play("https://m/a.mp3"), Play(digits="1")),
                    action=ACTION,
                    num_digits=99,
                    timeout=99,
                    finish_on_key="*",
                ),
            ),
            [
                {"action": "talk", "text": "Press 1", "bargeIn": True},
                {"action": "stream", "streamUrl": ["https://m/a.mp3"], "bargeIn": True},
                INPUT | {"dtmf": {"timeOut": 10, "maxDigits": 20, "submitOnHash": False}},
            ],
        ),
        (
            (Gather(action=ACTION, num_digits=4, input="dtmf speech"),),
            [
                asks(
                    {
                        "action": "input",
                        "type": ["dtmf", "speech"],
                        "dtmf": KEYS | {"maxDigits": 4},
                        "speech": {"startTimeout": 5},
                    }
                )
            ],
        ),
        (
            (Gather(action=ACTION, input="speech"),),
            [asks({"action": "input", "type": ["speech"], "speech": {"startTimeout": 5}})],
        ),
        ((Record(action=ACTION), Say("never")), [RECORD, WAIT]),
        (
            (Record(action=ACTION, timeout=1, max_length=1, finish_on_key="*", play_beep=False),),
            [
                RECORD | {"endOnSilence": 3, "timeOut": 3, "endOnKey": "*", "beepStart": False},
                WAIT,
            ],
        ),
        (
            (Record(action=ACTION, timeout=99, max_length=14400, finish_on_key=""),),
            [
                {name: value for name, value in RECORD.items() if name != "endOnKey"}
                | {"endOnSilence": 10, "timeOut": 7200},
                WAIT,
            ],
        ),
        (
            (Dial((Number(BOB),), caller_id=NEAR, action=ACTION), Say("never")),
            [connect(BOB), notify(0, f"&Parent={CALL}")],
        ),
        # It rings one number at a time.
        (
            (Dial((Number(BOB), Number("+12025550100")), caller_id=NEAR), Say("later")),
            [connect(BOB), notify(0, f"&Parent={CALL}")],
        ),
        (
            (Dial((Number(BOB),), caller_id=NEAR), Redirect("https://p.example/later")),
            [connect(BOB), notify(1)],
        ),
    ],
)
async def test_what_is_asked(verbs: tuple[Verb, ...], actions: list[dict[str, Any]]) -> None:
    one, _ = adapter(scripts=KeptScripts())
    found = await one.instruct(hook("Call", {}), CAME, told(*verbs))
    assert json.loads(found.body) == actions
    assert ALICE[1:] not in found.body.decode()


def turn(*said: tuple[str, str], once: bool = False) -> CallTurn:
    return CallTurn("one", SCRIPT, 3, said, one_by_one=True, is_told_once=once)


CAPTURED = {"from": ALICE[1:], "to": NEAR[1:], "uuid": "u-1", "conversation_uuid": "CON-1"}
SAVED = {
    "start_time": "2026-01-01T12:00:00Z",
    "recording_url": "https://api.nexmo.com/v1/files/bbbbbbbb-aaaa-cccc-dddd-0123456789ab",
    "size": 12222,
    "recording_uuid": "r-1",
    "end_time": "2026-01-01T12:00:07Z",
    "conversation_uuid": "CON-1",
    "timestamp": "2026-01-01T12:00:08Z",
}
URL = ("RecordingUrl", SAVED["recording_url"])


@pytest.mark.parametrize(
    ("path", "event", "says"),
    [
        (
            "Next",
            {"dtmf": {"digits": "1234", "timed_out": True}, "speech": {"results": []}},
            turn(("Digits", "1234")),
        ),
        ("Next", {"dtmf": {"digits": None, "timed_out": True}}, turn()),
        ("Next", {"dtmf": {"digits": ""}, "speech": {"timeout_reason": "start_timeout"}}, turn()),
        ("Next", {"dtmf": "42", "timed_out": False}, turn(("Digits", "42"))),
        (
            "Next",
            {
                "speech": {
                    "timeout_reason": "end_on_silence_timeout",
                    "results": [
                        {"confidence": "0.94", "text": "two tickets"},
                        {"confidence": "0.70", "text": "to tickets"},
                    ],
                }
            },
            turn(("SpeechResult", "two tickets"), ("Confidence", "0.94")),
        ),
        ("Next", {"payload": {"next": "1"}}, turn()),
        ("Recorded", SAVED, turn(URL, ("RecordingDuration", "7"), once=True)),
        (
            "Recorded",
            SAVED | {"end_time": "soon"},
            turn(URL, ("RecordingDuration", ""), once=True),
        ),
    ],
)
def test_what_comes_back(path: str, event: dict[str, Any], says: CallTurn) -> None:
    one, _ = adapter()
    request = hook(f"Call/{path}", CAPTURED | event, query=QUERY)
    assert one.verify(request)
    assert one.read(request) == [says]
    for wrong in ("", "At=3", f"Script={SCRIPT}&At=x"):
        with pytest.raises(Malformed):
            one.read(hook(f"Call/{path}", event, query=wrong))


async def test_it_goes_on() -> None:
    scripts = KeptScripts()
    one, client = adapter(scripts=scripts)
    request = hook("Call/Next", CAPTURED, query=QUERY)
    rest = told(Say("again"), Gather(action=ACTION), script=SCRIPT, at=4)
    talk, asked = json.loads((await one.go_on(request, turn(), rest)).body)
    assert (talk["text"], asked["eventUrl"]) == ("again", [place(5)])
    assert scripts.kept == client.requests == []
    over = await one.go_on(request, turn(), told(follows=f"{SCRIPT}:3"))
    assert json.loads(over.body) == []
    # A call that is handed back to Proxy is masked.
    text = (await one.go_on(request, turn(), masked())).body.decode()
    assert numbers_in(text) == {"alice": 0, "bob": 1, "near": 0, "far": 1}
    assert FAR[1:] in text


@pytest.mark.parametrize(
    ("verbs", "asked"),
    [
        (
            (Say("Thanks"),),
            {
                "action": "transfer",
                "destination": {"type": "ncco", "ncco": [{"action": "talk", "text": "Thanks"}]},
            },
        ),
        ((), {"action": "hangup"}),
    ],
)
@pytest.mark.parametrize("status", [204, 404])
async def test_what_follows_a_recording(
    verbs: tuple[Verb, ...], asked: dict[str, Any], status: int
) -> None:
    """A call that is over by then has no such resource."""
    one, client = adapter(reply(status), scripts=KeptScripts())
    request = hook("Call/Recorded", SAVED, query=QUERY)
    found = await one.go_on(request, turn(), told(*verbs, follows=f"{SCRIPT}:3"))
    assert (found.status, found.body) == (200, b"{}")
    (sent,) = client.requests
    assert (sent.method, sent.url) == ("PUT", "https://api.nexmo.com/v1/calls/their-call")
    assert json.loads(sent.body or b"") == asked


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://api.nexmo.com/v1/files/1", True),
        ("https://api-us-1.nexmo.com/v1/files/1", True),
        ("https://api-eu.vonage.com/v1/files/1", True),
        ("https://api.nexmo.com.evil.example/v1/files/1", False),
        ("https://evil.example/api.nexmo.com/", False),
        ("http://api.nexmo.com/v1/files/1", False),
        ("https://api-us-1.nexmo.com@evil.example/", False),
    ],
)
def test_recordings_are_fetched_with_credentials(url: str, kept: bool) -> None:
    one, _ = adapter()
    assert one.keeps(url) is kept
