from __future__ import annotations

import msgspec
import pytest

from maskline.voice.instructions import (
    Client,
    Conference,
    Dial,
    Gather,
    Hangup,
    Message,
    Number,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Response,
    Say,
    Sip,
    Verb,
    ends_flow,
)

WHOLE_TREE = Response(
    (
        Pause(2),
        Say("Hello", voice="alice", language="en-GB", loop=2),
        Gather((Say("Press one"), Play("https://a.example/beep.mp3"), Pause()), num_digits=1),
        Play(digits="1w2"),
        Record(max_length=60, recording_status_callback_events=("in-progress", "absent")),
        Dial(
            (
                Number("+14158675310", status_callback_events=("ringing", "answered")),
                Sip("sip:agent@pbx.example", username="agent"),
                Client("agent"),
                Conference("room", status_callback_events=("join", "leave")),
            ),
            caller_id="+12025550123",
            answer_on_bridge=True,
        ),
        Message("On my way", media=("https://a.example/cat.png",), from_="+12025550123"),
        Redirect("https://a.example/next", method="GET"),
        Reject("busy"),
        Hangup(),
    )
)


def test_a_tree_survives_json() -> None:
    stored = msgspec.json.encode(WHOLE_TREE)
    assert msgspec.json.decode(stored, type=Response) == WHOLE_TREE


def test_json_names_are_those_of_twiml() -> None:
    dial = Dial(
        (Number("+14158675310", status_callback_events=("answered",)),), caller_id="+12025550123"
    )
    assert msgspec.to_builtins(dial) == {
        "type": "Dial",
        "targets": (
            {"type": "Number", "number": "+14158675310", "statusCallbackEvent": ("answered",)},
        ),
        "callerId": "+12025550123",
    }
    assert msgspec.to_builtins(Message("Hi", from_="+12025550123"))["from"] == "+12025550123"


def test_instructions_are_values() -> None:
    dial = Dial((Number("+14158675310"),))
    assert dial == Dial((Number("+14158675310"),))
    assert len({dial, Dial((Number("+14158675310"),)), Dial()}) == 2
    with pytest.raises(AttributeError):
        dial.timeout = 5  # type: ignore[misc]


def test_defaults_are_those_of_twiml() -> None:
    dial = Dial()
    assert (dial.timeout, dial.time_limit, dial.method) == (30, 14400, "POST")
    assert (dial.answer_on_bridge, dial.record) == (False, "do-not-record")
    assert Number("+14158675310").status_callback_events == ("completed",)
    gather = Gather()
    assert (gather.timeout, gather.finish_on_key, gather.num_digits) == (5, "#", None)
    record = Record()
    assert (record.timeout, record.max_length, record.play_beep) == (5, 3600, True)
    assert record.finish_on_key == "1234567890*#"
    assert (Say("Hi").loop, Play().loop, Pause().length) == (1, 1, 1)
    assert Reject().reason == "rejected"


@pytest.mark.parametrize(
    ("verb", "ends"),
    [
        (Redirect("/next"), True),
        (Reject(), True),
        (Hangup(), True),
        (Dial(action="/after"), True),
        (Dial(action=""), True),
        (Dial(), False),
        (Gather(action_on_empty_result=True), True),
        (Gather(action="/digits"), False),
        (Record(action="/recorded"), False),
        (Say("Hi"), False),
        (Play(), False),
        (Pause(), False),
        (Message("Hi"), False),
    ],
)
def test_ends_flow(verb: Verb, ends: bool) -> None:
    assert ends_flow(verb) is ends
