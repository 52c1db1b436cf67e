"""Documents of programs at Plivo: what is asked, and what comes back."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, fromstring, tostring

import pytest

from maskline.carriers.contract import CallAnswer
from maskline.carriers.request import Malformed
from maskline.model.traffic import Adopted, CallEvent, CallTurn
from maskline.voice.instructions import (
    Dial,
    Gather,
    Hangup,
    Number,
    Pause,
    Play,
    Record,
    Redirect,
    Response,
    Say,
    Verb,
)
from tests.carriers.plivo.desk import adapter, signed
from tests.carriers.plivo.test_calls import CAME, OTHER, RINGS, UUID
from tests.support.carrier_desk import DOOR
from tests.support.kept_scripts import SCRIPT, KeptScripts, told
from tests.support.masked_call import ALICE, BOB, CALL, LEG, NEAR, masked, numbers_in

ACTION = "https://p.example/next"


def place(at: int, what: str = "Next") -> str:
    return f"{DOOR}/Call/{what}?Script={SCRIPT}&At={at}"


def xml(name: str, attributes: dict[str, Any], inside: str = "") -> str:
    """An element as it is compared: attributes in any order."""
    made = Element(name, {key: str(value) for key, value in attributes.items()})
    if inside.startswith("<"):
        made.extend(fromstring(f"<x>{inside}</x>"))
    elif inside:
        made.text = inside
    return tostring(made).decode()


def canonical(one: Element) -> str:
    return tostring(one).decode()


async def document(answer: CallAnswer, scripts: KeptScripts, **lent: Any) -> list[Element]:
    one, _ = adapter(scripts=scripts, **lent)
    found = await one.instruct(signed("Call", RINGS), CAME, answer)
    return list(fromstring(found.body))


INPUT = {
    "action": place(0),
    "method": "POST",
    "inputType": "dtmf",
    "executionTimeout": 5,
    "finishOnKey": "#",
    "digitEndTimeout": 5,
}
RECORD = {
    "action": place(0),
    "method": "POST",
    "callbackUrl": place(0, "Recorded"),
    "callbackMethod": "POST",
    "fileFormat": "mp3",
    "timeout": 5,
    "maxLength": 3600,
    "playBeep": "true",
    "finishOnKey": "#",
}


@pytest.mark.parametrize(
    ("verbs", "parts"),
    [
        ((Gather(action=ACTION),), [xml("GetInput", INPUT)]),
        (
            (
                Gather(
                    (Say("Press 1"), Play("https://m/a.mp3"), Pause(2), Play(digits="1")),
                    action=ACTION,
                    num_digits=4,
                    timeout=90,
                    finish_on_key="*",
                ),
                Say("Nothing?"),
            ),
            [
                xml(
                    "GetInput",
                    INPUT
                    | {
                        "executionTimeout": 60,
                        "finishOnKey": "*",
                        "digitEndTimeout": 10,
                        "numDigits": 4,
                    },
                    "<Speak>Press 1</Speak><Play>https://m/a.mp3</Play>",
                ),
                "<Speak>Nothing?</Speak>",
            ],
        ),
        (
            (Gather(action=ACTION, num_digits=99, timeout=1, finish_on_key=""),),
            [
                xml(
                    "GetInput",
                    INPUT | {"finishOnKey": "none", "digitEndTimeout": 2, "numDigits": 32},
                )
            ],
        ),
        (
            (Gather(action=ACTION, input="dtmf speech"),),
            [xml("GetInput", INPUT | {"inputType": "dtmf speech"})],
        ),
        (
            (Gather(action=ACTION, input="speech"),),
            [
                xml(
                    "GetInput",
                    {k: v for k, v in INPUT.items() if k != "digitEndTimeout"}
                    | {"inputType": "speech"},
                )
            ],
        ),
        # Without input the next element is carried out: it asks.
        (
            (Gather(action=ACTION, action_on_empty_result=True), Say("never")),
            [xml("GetInput", INPUT), xml("Redirect", {"method": "POST"}, place(0))],
        ),
        ((Record(action=ACTION), Hangup()), [xml("Record", RECORD), "<Hangup />"]),
        (
            (Record(action=ACTION, max_length=9, timeout=2, finish_on_key="", play_beep=False),),
            [
                xml(
                    "Record",
                    RECORD
                    | {"timeout": 2, "maxLength": 9, "playBeep": "false", "finishOnKey": "none"},
                )
            ],
        ),
        (
            (Gather(action=ACTION), Redirect("https://p.example/again"), Say("never")),
            [xml("GetInput", INPUT), xml("Redirect", {"method": "POST"}, place(1))],
        ),
    ],
)
async def test_what_is_asked(verbs: tuple[Verb, ...], parts: list[str]) -> None:
    scripts = KeptScripts()
    found = await document(told(*verbs), scripts)
    assert list(map(canonical, found)) == parts
    (kept,) = scripts.kept
    assert kept.response == Response(verbs)


async def test_a_dial_whose_action_is_asked() -> None:
    dial = Dial((Number(BOB), Number("+12025550100")), caller_id=NEAR, action=ACTION)
    (found,) = await document(told(dial, Say("never")), KeptScripts())
    assert found.attrib["action"] == f"{place(0)}&Parent={CALL}"
    assert found.attrib["callbackUrl"] == f"{DOOR}/Call/Leg?Parent={CALL}"
    assert [one.text for one in found] == [BOB[1:], "12025550100"]
    assert ALICE[1:] not in tostring(found).decode()


async def test_what_needs_no_other_document_is_not_kept() -> None:
    scripts = KeptScripts()
    await document(masked(), scripts)
    await document(told(Say("x"), Dial((Number(BOB),), caller_id=NEAR), Hangup()), scripts)
    assert scripts.kept == []


def turn(at: int, *, leg: str = "", is_late: bool = False, **said: str) -> CallTurn:
    return CallTurn("one", SCRIPT, at, tuple(said.items()), leg, is_late=is_late)


LIVE = {"CallUUID": UUID, "From": ALICE[1:], "To": NEAR[1:], "CallStatus": "in-progress"}
SAVED = {"RecordUrl": "https://media.plivo.com/v1/Account/MA/Recording/r1.mp3"}
DONE = {"DialBLegUUID": OTHER, "DialALegUUID": UUID, "DialHangupCause": "NORMAL_CLEARING"}


@pytest.mark.parametrize(
    ("path", "form", "says"),
    [
        ("Next", {"Digits": "12", "InputType": "dtmf"}, [turn(3, Digits="12")]),
        (
            "Next",
            {"Speech": "two tickets", "SpeechConfidenceScore": "0.9", "InputType": "speech"},
            [turn(3, SpeechResult="two tickets", Confidence="0.9")],
        ),
        ("Next", {}, [turn(3)]),
        (
            "Next",
            SAVED | {"RecordingDuration": "7", "RecordingID": "r1", "Digits": "#"},
            [turn(3, Digits="#", RecordingUrl=SAVED["RecordUrl"], RecordingDuration="7")],
        ),
        (
            "Next",
            SAVED | {"RecordingDuration": "-1"},
            [turn(3, RecordingUrl=SAVED["RecordUrl"])],
        ),
        (
            "Recorded",
            SAVED | {"RecordingDuration": "7"},
            [turn(3, is_late=True, RecordingUrl=SAVED["RecordUrl"], RecordingDuration="7")],
        ),
        (
            "Next",
            DONE | {"DialStatus": "busy"},
            [
                CallEvent("", "busy", OTHER, adopted=Adopted(CALL, "", ""), carrier="one"),
                turn(3, leg=OTHER, DialCallStatus="busy"),
            ],
        ),
        (
            "Next",
            DONE | {"DialStatus": "completed", "DialBLegFrom": NEAR[1:], "DialBLegTo": BOB[1:]},
            [
                CallEvent("", "completed", OTHER, adopted=Adopted(CALL, NEAR, BOB), carrier="one"),
                turn(3, leg=OTHER, DialCallStatus="completed"),
            ],
        ),
    ],
)
def test_what_comes_back(path: str, form: dict[str, str], says: list[Any]) -> None:
    one, _ = adapter()
    query = urlencode({"Script": SCRIPT, "At": 3, "Parent": CALL})
    request = signed(f"Call/{path}", LIVE | form, query=query)
    assert one.verify(request)
    assert one.read(request) == says


@pytest.mark.parametrize(
    "query", ["", "Script=CD1", "At=1", "Script=CD1&At=x", "Script=CD1&At=-1", "Script=&At=100000"]
)
def test_places_that_can_t_be_read(query: str) -> None:
    one, _ = adapter()
    for path in ("Call/Next", "Call/Recorded"):
        with pytest.raises(Malformed):
            one.read(signed(path, LIVE, query=query))


async def test_it_goes_on() -> None:
    scripts = KeptScripts()
    one, _ = adapter(scripts=scripts)
    request = signed("Call/Next", LIVE, query=f"Script={SCRIPT}&At=0")
    # What follows in the same document keeps its place there.
    rest = told(Say("again"), Gather(action=ACTION), script="CDx", at=4)
    found = await one.go_on(request, turn(3), rest)
    (_, asked) = fromstring(found.body)
    assert asked.get("action") == f"{DOOR}/Call/Next?Script=CDx&At=5"
    assert scripts.kept == []
    # Another document is kept, even if nobody is asked in it: who asks again is told the same.
    found = await one.go_on(request, turn(3), told(Say("bye"), follows="CDx:3"))
    assert [one.tag for one in fromstring(found.body)] == ["Speak"]
    assert [kept.follows for kept in scripts.kept] == ["CDx:3"]
    over = await one.go_on(request, turn(3), told(script="CDx", at=9))
    assert [one.tag for one in fromstring(over.body)] == ["Hangup"]


async def test_a_call_that_is_handed_back_is_masked() -> None:
    one, _ = adapter(scripts=KeptScripts())
    found = await one.go_on(signed("Call/Next", LIVE), turn(0), masked())
    text = found.body.decode()
    assert numbers_in(text) == {"alice": 0, "bob": 1, "near": 0, "far": 1}
    assert f"Call/Done?CallLeg={LEG}" in text
