from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.model.call import Call
from maskline.voice.instructions import (
    Dial,
    Gather,
    Hangup,
    Number,
    Record,
    Redirect,
    Response,
    Say,
    Sip,
    Verb,
)
from maskline.voice.turns import Inquiry, dial_outcome, following

URL = "https://p.example/next"
REST = (Say("and so on"), Hangup())
TYPED = {"Digits": "12", "FinishedOnKey": "#"}
SAID = {"SpeechResult": "yes", "Confidence": "0.9"}
RECORDED = {
    "RecordingUrl": "https://m/1",
    "RecordingSid": "RE1",
    "RecordingDuration": "7",
    "Digits": "#",
}
ENDED = {"DialCallStatus": "busy", "DialCallSid": "CA9", "Digits": "1"}
TWO = (Number("+1"), Number("+2"))


def asked(params: dict[str, str], method: Any = "POST") -> Inquiry:
    return Inquiry(URL, method, params)


@pytest.mark.parametrize(
    ("verb", "told", "comes"),
    [
        (Gather(action=URL), TYPED, asked(TYPED)),
        (Gather(action=URL, method="GET"), TYPED, asked(TYPED, "GET")),
        (Gather(action=URL), SAID, asked(SAID)),
        (Gather(action=URL), {}, REST),
        (Gather(action=URL), {"FinishedOnKey": "#"}, REST),
        (Gather(action=URL, action_on_empty_result=True), {}, asked({"Digits": ""})),
        (Gather(), TYPED, REST),
        (Record(action=URL), RECORDED, asked(RECORDED)),
        (Record(action=URL, method="GET"), RECORDED | {"X": "1"}, asked(RECORDED, "GET")),
        (Record(action=URL), {"RecordingUrl": "", "RecordingDuration": "0"}, REST),
        (Record(), RECORDED, REST),
        (Dial(action=URL), ENDED, asked({"DialCallStatus": "busy", "DialCallSid": "CA9"})),
        (Dial(), ENDED, REST),
        (Redirect(URL, method="GET"), {}, asked({}, "GET")),
        (Say("x"), TYPED, REST),
    ],
)
def test_what_comes_next(verb: Verb, told: dict[str, str], comes: Any) -> None:
    response = Response((Say("first"), verb, *REST))
    assert following(response, 1, told) == comes


@pytest.mark.parametrize("at", [-1, 4, 1000])
def test_a_place_that_is_not_there_is_the_end(at: int) -> None:
    response = Response((Redirect(URL), Redirect(URL), Redirect(URL), Redirect(URL)))
    assert following(response, at, {}) == ()


@pytest.mark.parametrize(
    ("targets", "status", "left"),
    [
        (TWO, "busy", (Number("+2"),)),
        (TWO, "completed", None),
        ((Number("+1"),), "busy", None),
        ((Sip("sip:a@b"), Number("+1"), Sip("sip:c@d")), "busy", None),
        (
            (Sip("sip:a@b"), Number("+1"), Sip("s"), Number("+2")),
            "no-answer",
            (Sip("s"), Number("+2")),
        ),
        ((Sip("sip:a@b"),), "failed", None),
    ],
)
def test_one_after_the_other(targets: Any, status: str, left: Any) -> None:
    dial = Dial(targets, caller_id="+3", action=URL)
    told = {"DialCallStatus": status}
    found = following(Response((dial, *REST)), 0, told, one_by_one=True)
    if left is None:
        assert found == asked(told)
    else:
        assert found == (msgspec.structs.replace(dial, targets=left), *REST)
    # Those that ring at once are over at once.
    assert following(Response((dial, *REST)), 0, told) == asked(told)


def leg(status: str, duration: int | None = None, start: int | None = None) -> Call:
    return Call(
        sid="CA9",
        account_sid="AC1",
        parent_call_sid="CA1",
        direction="outbound-dial",
        caller="+1",
        called="+2",
        status=status,
        carrier="one",
        provider_id="x",
        interaction_sid=None,
        start_time=start,
        end_time=None,
        duration=duration,
        date_created=0,
        date_updated=0,
    )


@pytest.mark.parametrize(
    ("one", "told", "found"),
    [
        (None, {}, ("failed", None)),
        (None, {"DialCallStatus": "completed", "DialCallDuration": "3"}, ("completed", "3")),
        (leg("completed", 12), {}, ("completed", "12")),
        (leg("busy", 0), {}, ("busy", None)),
        # The leg's own end is still on its way.
        (leg("in-progress", None, 1_000), {}, ("completed", "9")),
        (leg("in-progress", None, 90_000), {}, ("completed", "0")),
        (leg("in-progress"), {}, ("completed", None)),
        (leg("ringing"), {}, ("no-answer", None)),
        (leg("initiated"), {"DialCallStatus": "canceled"}, ("canceled", None)),
        (leg("completed", 12), {"DialCallDuration": "11"}, ("completed", "11")),
    ],
)
def test_what_a_dial_came_to(
    one: Call | None, told: dict[str, str], found: tuple[str, str | None]
) -> None:
    status, duration = found
    said = dial_outcome(one, told, 10_000)
    assert said["DialCallStatus"] == status
    assert said.get("DialCallDuration") == duration
    assert said.get("DialCallSid") == (None if one is None else "CA9")
