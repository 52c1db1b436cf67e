"""Documents of programs by call control: what is asked, and what comes back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from maskline.carriers.contract import CallAnswer, MediumGone
from maskline.carriers.telnyx.events import Leg, Plan, Rings, packed, unpacked
from maskline.model.traffic import CallTurn
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
from tests.carriers.telnyx.desk import adapter
from tests.carriers.telnyx.test_calls import OK, OTHER, RANG, SID, Steered
from tests.support.carrier_desk import Reply, reply
from tests.support.kept_scripts import SCRIPT, KeptScripts, told
from tests.support.masked_call import ALICE, BOB, CALL, LEG, NEAR, masked

ACTION = "https://p.example/next"
THIRD = "v3:third"
SPOKEN = {"payload_type": "text", "voice": "female", "language": "en-US"}
KEYS = {
    "minimum_digits": 1,
    "maximum_digits": 128,
    "timeout_millis": 5000,
    "inter_digit_timeout_millis": 5000,
    "terminating_digit": "#",
}
SILENT = KEYS | {"initial_timeout_millis": 5000, "timeout_millis": 60_000}


def steered(*replies: Reply, scripts: KeptScripts | None = None) -> Steered:
    return Steered(*replies, scripts=scripts or KeptScripts())


async def asked(it: Steered, *verbs: Verb) -> tuple[str, dict[str, Any]]:
    """The command that a call is given after it was answered."""
    await it.comes_in(told(*verbs))
    ((_, action, fields),) = it.commands
    assert action == "answer"
    await it.happens("call.answered", client_state=fields["client_state"])
    _, action, fields = it.commands[-1]
    return action, {name: fields[name] for name in fields if name != "command_id"}


@pytest.mark.parametrize(
    ("gather", "action", "fields"),
    [
        (Gather(action=ACTION), "gather", SILENT),
        (
            Gather(action=ACTION, num_digits=4, timeout=9, finish_on_key="*"),
            "gather",
            SILENT
            | {
                "maximum_digits": 4,
                "initial_timeout_millis": 9000,
                "inter_digit_timeout_millis": 9000,
                "terminating_digit": "*",
            },
        ),
        (
            Gather(action=ACTION, timeout=90),
            "gather",
            KEYS
            | {
                "initial_timeout_millis": 90_000,
                "inter_digit_timeout_millis": 90_000,
                "timeout_millis": 90_000,
            },
        ),
        (
            Gather(action=ACTION, num_digits=999, finish_on_key=""),
            "gather",
            {name: value for name, value in SILENT.items() if name != "terminating_digit"},
        ),
        (
            Gather((Say("Press 1"), Pause(2), Say("or 2", loop=2)), action=ACTION),
            "gather_using_speak",
            KEYS | SPOKEN | {"payload": "Press 1 or 2 or 2", "maximum_tries": 1},
        ),
        (
            Gather((Say("Hi"), Play("https://m/a.mp3"), Play(digits="1")), action=ACTION),
            "gather_using_audio",
            KEYS | {"audio_url": "https://m/a.mp3", "maximum_tries": 1},
        ),
    ],
)
async def test_keys_are_asked_for(gather: Gather, action: str, fields: dict[str, Any]) -> None:
    found, given = await asked(steered(OK, OK), gather, Hangup())
    state = given.pop("client_state")
    assert (found, given) == (action, fields)
    plan = unpacked(state)
    assert isinstance(plan, Plan)
    assert (plan.then, plan.script, plan.at) == ("call.gather.ended", SCRIPT, 0)


@pytest.mark.parametrize(
    ("payload", "digits"),
    [
        ({"digits": "12", "status": "valid"}, "12"),
        ({"digits": "", "status": "timeout"}, None),
        ({"digits": None, "status": "cancelled"}, None),
    ],
)
async def test_what_was_typed(payload: dict[str, Any], digits: str | None) -> None:
    scripts = KeptScripts(told(Say("Thanks"), follows=f"{SCRIPT}:0"))
    it = steered(OK, OK, OK, scripts=scripts)
    _, given = await asked(it, Gather(action=ACTION), Hangup())
    assert (
        await it.happens("call.gather.ended", client_state=given["client_state"], **payload) == []
    )
    said = (("Digits", digits or ""),)
    assert scripts.turns == [CallTurn("one", SCRIPT, 0, said)]
    assert it.commands[-1][1] == "speak"
    assert it.commands[-1][2]["payload"] == "Thanks"


async def test_who_hangs_up_is_asked_nothing() -> None:
    scripts = KeptScripts()
    it = steered(OK, OK, scripts=scripts)
    _, given = await asked(it, Gather(action=ACTION))
    state = given["client_state"]
    await it.happens("call.gather.ended", client_state=state, digits="1", status="call_hangup")
    assert scripts.turns == []
    # And a call that was over by then goes nowhere.
    scripts.answers.append(None)
    await it.happens("call.gather.ended", client_state=state, digits="1", status="valid")
    assert len(it.commands) == 2


def waiting(seconds: int) -> dict[str, int]:
    times = ("initial_timeout_millis", "inter_digit_timeout_millis", "timeout_millis")
    return {"minimum_digits": 1, "maximum_digits": 128, **dict.fromkeys(times, seconds * 1000)}


async def test_a_pause() -> None:
    """A call waits for keys that nobody asked for; what follows it may be a real question."""
    scripts = KeptScripts()
    it = steered(*[OK] * 4, scripts=scripts)
    action, given = await asked(it, Pause(70), Gather(action=ACTION), Hangup())
    state = given.pop("client_state")
    assert (action, given) == ("gather", waiting(60))
    await it.happens("call.gather.ended", client_state=state, digits="12", status="timeout")
    _, action, given = it.commands[-1]
    state = given["client_state"]
    assert (action, {name: given[name] for name in waiting(10)}) == ("gather", waiting(10))
    await it.happens("call.gather.ended", client_state=state, digits="", status="timeout")
    assert scripts.turns == []
    _, action, given = it.commands[-1]
    assert (action, given["terminating_digit"]) == ("gather", "#")
    plan = unpacked(given["client_state"])
    assert isinstance(plan, Plan)
    assert (plan.at, plan.pauses) == (1, False)
    # Who hangs up meanwhile is told nothing more.
    before = len(it.commands)
    await it.happens("call.gather.ended", client_state=state, status="call_hangup")
    assert len(it.commands) == before


RECORDING = {
    "format": "mp3",
    "channels": "single",
    "recording_track": "inbound",
    "play_beep": True,
    "max_length": 3600,
    "timeout_secs": 5,
}
SAVED = {
    "recording_id": "10cd86ac-fef8-4765-b203-0f7511f9fc75",
    "recording_started_at": "2026-01-19T10:28:08.148619Z",
    "recording_ended_at": "2026-01-19T10:28:20.788447Z",
    "recording_urls": {"mp3": "https://s3.example/telnyx-recordings/1.mp3?signed=1"},
    "channels": "single",
}
KEPT = f"https://api.telnyx.com/v2/recordings/{SAVED['recording_id']}"


async def test_a_recording() -> None:
    scripts = KeptScripts(told(Say("Thanks"), follows=f"{SCRIPT}:0"))
    it = steered(OK, OK, OK, OK, scripts=scripts)
    found, given = await asked(it, Record(action=ACTION, finish_on_key="*"))
    state = given.pop("client_state")
    assert (found, given) == ("record_start", RECORDING)
    await it.happens("call.dtmf.received", client_state=state, digit="1")
    assert len(it.commands) == 2
    await it.happens("call.dtmf.received", client_state=state, digit="*")
    assert it.commands[-1][1] == "record_stop"
    await it.happens("call.recording.saved", client_state=state, **SAVED)
    (turn,) = scripts.turns
    assert dict(turn.told) == {"RecordingUrl": KEPT, "RecordingDuration": "13"}
    assert it.commands[-1][1] == "speak"


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (
            {"recording_urls": {"mp3": "https://s3.example/1.mp3"}},
            {"RecordingUrl": "https://s3.example/1.mp3"},
        ),
        ({"recording_urls": None}, {"RecordingUrl": ""}),
    ],
)
async def test_recordings_that_say_less(payload: dict[str, Any], said: dict[str, str]) -> None:
    scripts = KeptScripts(None)
    it = steered(OK, OK, scripts=scripts)
    _, given = await asked(it, Record(action=ACTION))
    await it.happens("call.recording.saved", client_state=given["client_state"], **payload)
    assert [dict(one.told) for one in scripts.turns] == [said]


async def test_recordings_are_fetched_by_their_id() -> None:
    told_of = {"data": {"download_urls": {"mp3": "https://s3.example/1.mp3?signed=1"}}}
    one, client = adapter(reply(200, told_of), reply(200, b"sound", content_type="audio/mpeg"))
    assert one.keeps(KEPT)
    assert not one.keeps("https://s3.example/1.mp3")
    assert (await one.fetch(KEPT)).body == b"sound"
    first, second = client.requests
    assert first.headers["Authorization"].startswith("Bearer ")
    assert "Authorization" not in second.headers
    for answer in (reply(404), reply(200, {"data": {}})):
        one, _ = adapter(answer)
        with pytest.raises(MediumGone):
            await one.fetch(KEPT)


async def test_a_document_that_leads_on_later() -> None:
    async def fetch(url: str, method: str, params: Any) -> CallAnswer:
        assert (url, method, params["CallStatus"]) == (ACTION, "POST", "in-progress")
        return told(Say("Next"))

    scripts = KeptScripts(told(Redirect(ACTION), script=SCRIPT, at=1))
    it = Steered(OK, OK, OK, scripts=scripts, fetch=fetch)
    await it.comes_in(told(Dial((Number(BOB),), caller_id=NEAR), Redirect(ACTION)))
    ((_, action, fields),) = it.commands
    assert (action, fields["park_after_unbridge"]) == ("transfer", "self")
    leg = {"call_control_id": OTHER, "client_state": fields["target_leg_client_state"]}
    (event,) = await it.happens("call.hangup", hangup_cause="normal_clearing", **leg)
    # The caller's own call goes on.
    assert (event.status, event.with_parent) == ("completed", False)
    assert [(one.at, dict(one.told), one.leg) for one in scripts.turns] == [
        (0, {"DialCallStatus": "completed"}, OTHER)
    ]
    assert it.commands[-1][:2] == (SID, "speak")


@pytest.mark.parametrize(
    ("cause", "status", "first"),
    [("user_busy", "busy", "answer"), ("normal_clearing", "completed", "speak")],
)
async def test_a_dial_s_action(cause: str, status: str, first: str) -> None:
    """A caller whose call nobody answered yet is answered before they hear something."""
    scripts = KeptScripts(told(Say("Nobody"), follows=f"{SCRIPT}:0"))
    it = steered(OK, OK, scripts=scripts)
    await it.comes_in(told(Dial((Number(BOB),), caller_id=NEAR, action=ACTION)))
    state = it.commands[0][2]["target_leg_client_state"]
    await it.happens("call.hangup", hangup_cause=cause, call_control_id=OTHER, client_state=state)
    (turn,) = scripts.turns
    assert (turn.script, turn.at, turn.leg, turn.one_by_one) == (SCRIPT, 0, OTHER, False)
    assert dict(turn.told) == {"DialCallStatus": status}
    assert it.commands[-1][:2] == (SID, first)


TWO = (Number(BOB), Number("+12025550100"))


async def ringing(*replies: Reply, scripts: KeptScripts) -> tuple[Steered, list[dict[str, Any]]]:
    """A call that rings two at once, and what each was dialled with."""
    it = steered(
        RANG, reply(200, {"data": {"call_control_id": THIRD}}), OK, *replies, scripts=scripts
    )
    await it.comes_in(told(Dial(TWO, caller_id=NEAR, action=ACTION, timeout=20)))
    return it, [fields for _, _, fields in it.commands]


async def test_several_ring_at_once() -> None:
    _, (first, second, noted) = await ringing(scripts=KeptScripts())
    assert [first["to"], second["to"]] == [BOB, "+12025550100"]
    for one in (first, second):
        assert (one["from"], one["link_to"], one["timeout_secs"]) == (NEAR, SID, 20)
        assert ALICE not in json.dumps(one)
        leg = unpacked(one["client_state"])
        assert leg == Leg("", SID, parent=CALL, script=SCRIPT, competes=True)
    assert first["command_id"] != second["command_id"]
    assert unpacked(noted["client_state"]) == Rings(OTHER, (THIRD,), CALL)


def state_of(*legs: str) -> Reply:
    return reply(200, {"data": {"client_state": packed(Rings(legs[0], tuple(legs[1:])))}})


async def test_the_first_to_answer_is_joined_and_the_others_end() -> None:
    scripts = KeptScripts()
    it, (first, *_) = await ringing(OK, OK, state_of(OTHER, THIRD), OK, OK, scripts=scripts)
    state = first["client_state"]
    (event,) = await it.happens("call.answered", call_control_id=THIRD, client_state=state)
    # The caller is not answered before they are joined.
    assert (event.status, event.with_parent) == ("in-progress", False)
    answer, bridge, look, hangup = it.client.requests[3:]
    assert answer.url.endswith("/actions/answer")
    joined = json.loads(bridge.body or b"")
    assert (joined["call_control_id"], joined["park_after_unbridge"]) == (THIRD, "self")
    assert joined["prevent_double_bridge"] is True
    assert (look.method, hangup.url.endswith("/actions/hangup")) == ("GET", True)
    assert "v3%3Aother" in hangup.url
    # One that answers a moment later is let go.
    await it.happens("call.answered", call_control_id=OTHER, client_state=state)
    assert it.client.requests[-1].url.endswith("v3%3Aother/actions/hangup")
    # Its end is nothing; that of the other is the Dial's.
    await it.happens("call.hangup", call_control_id=OTHER, client_state=state)
    assert scripts.turns == []
    scripts.answers.append(None)
    ended = {"call_control_id": THIRD, "client_state": state, "hangup_cause": "normal_clearing"}
    await it.happens("call.hangup", **ended)
    assert [dict(one.told) for one in scripts.turns] == [{"DialCallStatus": "completed"}]


async def test_the_last_that_does_not_answer_ends_the_dial() -> None:
    scripts = KeptScripts(told(Hangup(), follows=f"{SCRIPT}:0"))
    alive, gone = (reply(200, {"data": {"is_alive": one}}) for one in (True, False))
    it, (first, *_) = await ringing(
        state_of(OTHER, THIRD), alive, state_of(OTHER, THIRD), gone, OK, scripts=scripts
    )
    state = first["client_state"]
    await it.happens(
        "call.hangup", call_control_id=OTHER, client_state=state, hangup_cause="timeout"
    )
    assert scripts.turns == []
    await it.happens(
        "call.hangup", call_control_id=THIRD, client_state=state, hangup_cause="user_busy"
    )
    (turn,) = scripts.turns
    assert (dict(turn.told), turn.leg) == ({"DialCallStatus": "busy"}, THIRD)
    assert it.commands[-1][:2] == (SID, "hangup")


async def test_a_caller_who_gives_up_ends_them_all() -> None:
    it, (*_, noted) = await ringing(OK, OK, scripts=KeptScripts())
    await it.happens("call.hangup", client_state=noted["client_state"])
    assert {call for call, action, _ in it.commands if action == "hangup"} == {OTHER, THIRD}


async def test_numbers_that_can_t_be_rung(caplog: pytest.LogCaptureFixture) -> None:
    scripts = KeptScripts(told(Hangup(), follows=f"{SCRIPT}:0"))
    it = steered(reply(422), reply(422), OK, scripts=scripts)
    await it.comes_in(told(Dial(TWO, caller_id=NEAR, action=ACTION)))
    (turn,) = scripts.turns
    assert dict(turn.told) == {"DialCallStatus": "failed"}
    assert it.commands[-1][:2] == (SID, "hangup")
    assert BOB not in caplog.text
    # One is enough.
    it = steered(reply(422), RANG, OK)
    await it.comes_in(told(Dial(TWO, caller_id=NEAR, action=ACTION)))
    assert unpacked(it.commands[-1][2]["client_state"]) == Rings(OTHER, call_sid=CALL)
    # What Telnyx does not tell of is not waited for.
    scripts = KeptScripts(None)
    it, (first, *_) = await ringing(reply(500), scripts=scripts)
    await it.happens("call.hangup", call_control_id=OTHER, client_state=first["client_state"])
    assert len(scripts.turns) == 1


async def test_one_after_the_other() -> None:
    scripts = KeptScripts(told(Dial(TWO[1:], caller_id=NEAR, sequential=True)))
    it = steered(OK, OK, scripts=scripts)
    await it.comes_in(told(Dial(TWO, caller_id=NEAR, sequential=True)))
    ((_, action, fields),) = it.commands
    assert (action, fields["to"]) == ("transfer", BOB)
    leg = {"call_control_id": OTHER, "client_state": fields["target_leg_client_state"]}
    await it.happens("call.hangup", hangup_cause="timeout", **leg)
    assert scripts.turns[0].one_by_one
    assert it.commands[-1][2]["to"] == "+12025550100"


async def test_a_call_that_is_handed_back_is_masked() -> None:
    scripts = KeptScripts(masked())
    it = steered(OK, OK, OK, scripts=scripts)
    _, given = await asked(it, Gather(action=ACTION))
    await it.happens(
        "call.gather.ended", client_state=given["client_state"], digits="1", status="valid"
    )
    _, action, fields = it.commands[-1]
    assert (action, fields["to"]) == ("transfer", BOB)
    # The other's end is the call's, as that of any masked call.
    assert "park_after_unbridge" not in fields
    leg = unpacked(fields["target_leg_client_state"])
    assert leg == Leg(LEG, SID, parent=CALL)


async def test_without_scripts_nobody_is_asked() -> None:
    it = Steered(OK, OK)
    await it.comes_in(CallAnswer(CALL, Response((Gather(action=ACTION), Hangup())), None))
    assert [action for _, action, _ in it.commands] == ["hangup"]
