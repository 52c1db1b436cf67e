"""Documents of programs at Sinch: what is asked, and what comes back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from maskline.carriers.sinch import KIND
from maskline.model.traffic import CallTurn, InboundCall
from maskline.voice.instructions import (
    Dial,
    Gather,
    Hangup,
    Number,
    Pause,
    Play,
    Record,
    Say,
    Verb,
)
from tests.carriers.sinch.test_webhooks import ICE, adapter, hook
from tests.support.kept_scripts import KeptScripts, told
from tests.support.masked_call import ALICE, BOB, NEAR, masked, numbers_in

ACTION = "https://p.example/next"
CAME = InboundCall("one", "c-1", ALICE, NEAR)
ANSWER = {"name": "answer"}
SAY = {"name": "say", "text": "Hello.", "locale": "en-US"}
HANGUP = {"name": "hangup"}


def menu(locale: str = "en-US", **fields: Any) -> dict[str, Any]:
    blank = {"id": "main", "maxDigits": 100, "timeoutMills": 5000, "repeats": 0}
    return {
        "name": "runMenu",
        "barge": True,
        "locale": locale,
        "mainMenu": "main",
        "menus": [blank | fields],
    }


def test_what_it_lacks() -> None:
    assert KIND.lacks(frozenset({"Dial.action", "Gather", "Gather.input", "Record"})) == [
        "Dial.action",
        "Gather.input",
        "Record",
    ]


@pytest.mark.parametrize(
    ("verbs", "instructions", "action"),
    [
        ((Gather(action=ACTION), Say("nothing?")), [ANSWER], menu()),
        (
            (
                Say("Hello."),
                Gather(
                    (
                        Say("Press; [1]", language="de-DE", loop=2),
                        Play("https://m/a.mp3?x=[1];2"),
                        Pause(1),
                        Play(digits="1"),
                    ),
                    action=ACTION,
                    num_digits=4,
                    timeout=7,
                ),
            ),
            [ANSWER, SAY],
            menu(
                "de-DE",
                maxDigits=4,
                timeoutMills=7000,
                mainPrompt="#tts[Press   1 ];#tts[Press   1 ];#href[https://m/a.mp3?x=%5B1%5D%3B2]",
            ),
        ),
        # There is no recording of what a caller says, and keys alone are heard.
        ((Say("Hello."), Record(action=ACTION), Hangup()), [ANSWER, SAY], HANGUP),
        ((Gather((Say("Hello."),), action=ACTION, input="speech"),), [ANSWER, SAY], HANGUP),
    ],
)
async def test_what_is_asked(
    verbs: tuple[Verb, ...], instructions: list[dict[str, Any]], action: dict[str, Any]
) -> None:
    one = adapter(scripts=KeptScripts())
    found = json.loads((await one.instruct(hook("Call", ICE), CAME, told(*verbs))).body)
    assert found == {"instructions": instructions, "action": action}


async def test_a_dial_s_script_is_kept_for_its_end() -> None:
    scripts = KeptScripts()
    one = adapter(scripts=scripts)
    dial = Dial((Number(BOB),), caller_id=NEAR, action=ACTION)
    found = json.loads((await one.instruct(hook("Call", ICE), CAME, told(dial))).body)
    assert (found["action"]["name"], found["action"]["cli"]) == ("connectPstn", NEAR)
    assert [one.response.verbs for one in scripts.kept] == [(dial,)]
    await one.instruct(hook("Call", ICE), CAME, masked())
    assert len(scripts.kept) == 1


async def test_it_goes_on() -> None:
    """A call that was asked for keys is answered already."""
    scripts = KeptScripts()
    one = adapter(scripts=scripts)
    request = hook("Call", {"event": "pie", "callid": "c-1"})
    turn = CallTurn("one", "", -1, (("Digits", "1"),), provider_id="c-1")
    again = told(Say("Hello."), Gather(action=ACTION), follows="CDx:0")
    found = json.loads((await one.go_on(request, turn, again)).body)
    assert found == {"instructions": [SAY], "action": menu()}
    # It can't name a place: the rest of a document is kept anew.
    assert [one.follows for one in scripts.kept] == ["CDx:0"]
    found = json.loads((await one.go_on(request, turn, told(Say("Hello.")))).body)
    assert found == {"instructions": [SAY], "action": HANGUP}
    text = (await one.go_on(request, turn, masked())).body.decode()
    assert numbers_in(text) == {"alice": 0, "bob": 1, "near": 0, "far": 1}
