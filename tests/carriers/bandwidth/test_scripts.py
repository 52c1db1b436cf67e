"""Documents of programs at Bandwidth: what is asked, and what comes back."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import fromstring

import msgspec
import pytest

from maskline.carriers.contract import CallAnswer
from maskline.carriers.request import Malformed
from maskline.model.traffic import Adopted, CallEvent, CallTurn
from maskline.voice.instructions import (
    Dial,
    Gather,
    Number,
    Pause,
    Play,
    Record,
    Redirect,
    Response,
    Say,
    Verb,
)
from tests.carriers.bandwidth.test_webhooks import (
    CALL,
    CALLER,
    HEAD,
    INITIATE,
    MASK,
    PARTNER,
    PASSWORD,
    TALK,
    USER,
    adapter,
    hook,
)
from tests.support.carrier_desk import DOOR
from tests.support.kept_scripts import SCRIPT, KeptScripts

ACTION = "https://p.example/next"
SHOWN = f'username="{USER}" password="{PASSWORD}"'
QUERY = f"Script={SCRIPT}&At=3"


def place(at: int, what: str = "Next") -> str:
    return f"{DOOR}/Call/{what}?Script={SCRIPT}&amp;At={at}"


def told(*verbs: Verb, **more: Any) -> CallAnswer:
    return CallAnswer("CA1", Response(verbs), None, **more)


GATHER = (
    f'<Gather gatherUrl="{place(0)}" {SHOWN} terminatingDigits="#" '
    'firstDigitTimeout="5" interDigitTimeout="5"/>'
)


@pytest.mark.parametrize(
    ("verbs", "inside"),
    [
        # What follows is in the answer to what was typed, or was not.
        ((Gather(action=ACTION), Say("nothing?")), GATHER),
        ((Gather(action=ACTION, action_on_empty_result=True),), GATHER),
        (
            (
                Gather(
                    (Say("Press <1>", loop=2), Play("https://m/a"), Pause(2), Play(digits="1")),
                    action=ACTION,
                    num_digits=99,
                    timeout=99,
                    finish_on_key="*#",
                ),
            ),
            f'<Gather gatherUrl="{place(0)}" {SHOWN} terminatingDigits="*#" maxDigits="50" '
            'firstDigitTimeout="60" interDigitTimeout="60">'
            "<SpeakSentence>Press &lt;1&gt;</SpeakSentence>"
            * 1
            + "<SpeakSentence>Press &lt;1&gt;</SpeakSentence>"
            "<PlayAudio>https://m/a</PlayAudio></Gather>",
        ),
        (
            (Gather(action=ACTION, finish_on_key="", num_digits=4),),
            f'<Gather gatherUrl="{place(0)}" {SHOWN} maxDigits="4" firstDigitTimeout="5" '
            'interDigitTimeout="5"/>',
        ),
        # Bandwidth hears keys alone.
        (
            (Gather((Say("speak"),), action=ACTION, input="speech"),),
            "<SpeakSentence>speak</SpeakSentence>",
        ),
        ((Gather(action=ACTION, input="dtmf speech"),), GATHER),
        (
            (Record(action=ACTION, timeout=3, max_length=14400, finish_on_key="#"), Say("never")),
            f'<Record recordCompleteUrl="{place(0)}" '
            f'recordingAvailableUrl="{place(0, "Recorded")}" {SHOWN} terminatingDigits="#" '
            'maxDuration="10800" silenceTimeout="3" fileFormat="mp3"/>',
        ),
        (
            (Dial((Number(PARTNER),), caller_id=MASK, action=ACTION), Say("never")),
            f'<Transfer transferCallerId="{MASK}" callTimeout="30" '
            f'transferCompleteUrl="{place(0)}&amp;Parent=CA1" {SHOWN}>'
            f'<PhoneNumber transferAnswerUrl="{DOOR}/Call/Leg?Parent=CA1" '
            f'transferDisconnectUrl="{DOOR}/Call/Leg?Parent=CA1" {SHOWN}>{PARTNER}</PhoneNumber>'
            "</Transfer>",
        ),
        (
            (Dial((Number(PARTNER),), caller_id=MASK), Redirect("https://p.example/later")),
            f'<Transfer transferCallerId="{MASK}" callTimeout="30">'
            f'<PhoneNumber transferAnswerUrl="{DOOR}/Call/Leg?Parent=CA1" '
            f'transferDisconnectUrl="{DOOR}/Call/Leg?Parent=CA1" {SHOWN}>{PARTNER}</PhoneNumber>'
            f'</Transfer><Redirect redirectUrl="{place(1)}" {SHOWN}/>',
        ),
    ],
)
async def test_what_is_asked(verbs: tuple[Verb, ...], inside: str) -> None:
    one = adapter(scripts=KeptScripts())
    found = await one.instruct(hook("Call", INITIATE), CALL, told(*verbs))
    text = found.body.decode()
    fromstring(text)
    assert text.removeprefix(HEAD) == f"<Response>{inside}</Response>"
    assert CALLER not in text


def turn(*said: tuple[str, str], is_late: bool = False) -> CallTurn:
    return CallTurn("one", SCRIPT, 3, said, is_late=is_late)


MEDIA = "https://voice.bandwidth.com/api/v2/accounts/9900000/calls/c-1/recordings/r-1/media"
SAVED = {"callId": "c-1", "recordingId": "r-1", "mediaUrl": MEDIA, "fileFormat": "mp3"}


@pytest.mark.parametrize(
    ("path", "event", "says"),
    [
        (
            "Next",
            {"eventType": "gather", "digits": "12", "terminatingDigit": "#"},
            turn(("Digits", "12"), ("FinishedOnKey", "#")),
        ),
        (
            "Next",
            {"eventType": "gather", "digits": ""},
            turn(("Digits", ""), ("FinishedOnKey", "")),
        ),
        (
            "Next",
            SAVED | {"eventType": "recordComplete", "duration": "PT1M13.67S"},
            turn(("RecordingUrl", MEDIA), ("RecordingDuration", "73"), ("Digits", "")),
        ),
        (
            "Next",
            {"eventType": "recordComplete", "duration": "long", "terminatingDigit": "#"},
            turn(("RecordingUrl", ""), ("RecordingDuration", ""), ("Digits", "#")),
        ),
        (
            "Recorded",
            SAVED | {"eventType": "recordingAvailable", "duration": "P1DT2H0.5S"},
            turn(
                ("RecordingUrl", MEDIA),
                ("RecordingDuration", "93600"),
                ("Digits", ""),
                is_late=True,
            ),
        ),
        (
            "Next",
            {"eventType": "transferComplete", "callId": "c-1", "cause": "busy"},
            turn(("DialCallStatus", "busy")),
        ),
        ("Next", {"eventType": "redirect", "callId": "c-1"}, turn()),
    ],
)
def test_what_comes_back(path: str, event: dict[str, Any], says: CallTurn) -> None:
    one = adapter()
    assert one.read(hook(f"Call/{path}", event, f"{QUERY}&Parent=CA1")) == [says]
    with pytest.raises(Malformed):
        one.read(hook(f"Call/{path}", event, "At=3"))
    with pytest.raises(Malformed):
        one.read(hook(f"Call/{path}", {"eventType": "initiate"}, QUERY))


def test_legs_of_a_program_s_dial() -> None:
    one = adapter(Response((Say("A ride calls."),)))
    both = {"transferCallerId": MASK, "transferTo": PARTNER}
    event = {"eventType": "transferAnswer", "callId": "c-2"} | both
    leg = CallEvent("", "in-progress", "c-2", with_parent=True, carrier="one")
    owned = msgspec.structs.replace(leg, adopted=Adopted("CA1", MASK, PARTNER))
    request = hook("Call/Leg", event, "Parent=CA1")
    assert one.read(request) == [owned]
    # The whisper is for masked calls.
    assert one.acknowledge(request).body.endswith(b"<Response/>")
    event = {"eventType": "transferDisconnect", "callId": "c-2", "cause": "hangup"} | both | TALK
    (ended,) = one.read(hook("Call/Leg", event, "Parent=CA1"))
    assert isinstance(ended, CallEvent)
    assert (ended.status, ended.duration, ended.with_parent) == ("completed", 17, False)


async def test_it_goes_on() -> None:
    scripts = KeptScripts()
    one = adapter(scripts=scripts)
    request = hook("Call/Next", {"eventType": "gather"}, QUERY)
    rest = told(Say("again"), Gather(action=ACTION), script=SCRIPT, at=4)
    found = (await one.go_on(request, turn(), rest)).body.decode()
    assert f'gatherUrl="{place(5)}"' in found
    assert scripts.kept == []
    over = await one.go_on(request, turn(), told(follows=f"{SCRIPT}:3"))
    assert over.body.endswith(b"<Response><Hangup/></Response>")
    assert [one.follows for one in scripts.kept] == [f"{SCRIPT}:3"]


def test_recordings_are_fetched_with_credentials() -> None:
    one = adapter()
    assert one.keeps(MEDIA)
    assert not one.keeps(MEDIA.replace("9900000", "other"))
    assert not one.keeps("https://elsewhere.example/" + MEDIA)
