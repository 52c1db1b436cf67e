"""Calls that programs place and steer by call control."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from maskline.carriers.contract import CallAnswer, HostUnavailable
from maskline.carriers.request import Request
from maskline.carriers.telnyx import call_control
from maskline.carriers.telnyx.events import Leg, Placed, Plan, Rings, packed, unpacked
from maskline.model.traffic import (
    CallEvent,
    Told,
)
from maskline.voice.instructions import (
    Dial,
    Gather,
    Hangup,
    Number,
    Record,
    Response,
    Say,
)
from tests.carriers.telnyx.calls_out import (
    PLAN,
    PROGRAM,
    TALKS,
    TOLD_AT,
    kept,
)
from tests.carriers.telnyx.desk import hook
from tests.carriers.telnyx.test_calls import OK, OTHER, SID, Steered
from tests.support.carrier_desk import Reply, reply
from tests.support.kept_scripts import KeptScripts, told
from tests.support.masked_call import ALICE, BOB, CALL, LEG, NEAR


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_control, "_SETTLING", 0.0)


class Led(Steered):
    """A call that a program placed; `asked` is what its program was asked, and `says` what that
    answered, one document after the other."""

    def __init__(self, *replies: Reply, **settings: Any) -> None:
        self.asked: list[dict[str, str]] = []
        self.says: list[CallAnswer] = []
        self.scripts = KeptScripts()
        given = {"scripts": self.scripts, "fetch": self.fetch, "connection": "app-1"}
        super().__init__(*replies, **given | settings)
        self.query = f"Call={CALL}"

    async def fetch(self, url: str, method: str, params: Mapping[str, str]) -> CallAnswer:
        assert url == ""
        self.asked.append(dict(params))
        return self.says.pop(0) if self.says else told(Say("Hello"), Hangup())

    def event(self, kind: str, **payload: Any) -> Request:
        blank = {"call_control_id": SID, "connection_id": "app-1", "from": NEAR, "to": ALICE}
        return hook("Call/Placed/Status", kind, blank | payload, self.query)

    @property
    def done(self) -> list[tuple[str, str]]:
        return [command[:2] for command in self.commands]

    @property
    def state(self) -> Any:
        return unpacked(self.commands[-1][2]["client_state"])


AWAITED = packed(Placed(CALL, waits=True))
AT_ONCE = packed(Placed(CALL))


@pytest.mark.covers("carrier:telnyx.ask-control")
async def test_an_answered_call_is_led() -> None:
    it = Led(OK, OK)
    state = {"client_state": AT_ONCE}
    assert await it.happens("call.initiated", direction="outgoing", **state) == []
    for _ in range(2):
        # Telnyx tells twice: the program is asked once.
        assert await it.happens("call.answered", **state) == [TALKS]
    assert it.asked == [{"CallSid": CALL}]
    assert it.done == [(SID, "speak")]
    assert it.commands[0][2]["payload"] == "Hello"
    await it.happens("call.speak.ended", client_state=it.commands[0][2]["client_state"])
    assert it.done[1:] == [(SID, "hangup")]
    ended = await it.happens("call.hangup", hangup_cause="normal_clearing", **state)
    assert ended == [CallEvent(CALL, "completed", SID, carrier="one")]


@pytest.mark.parametrize(
    ("cause", "status"),
    [("timeout", "no-answer"), ("user_busy", "busy"), ("originator_cancel", "canceled")],
)
async def test_a_call_that_comes_to_nothing(cause: str, status: str) -> None:
    it = Led()
    said = await it.happens("call.hangup", client_state=AT_ONCE, hangup_cause=cause)
    assert said == [CallEvent(CALL, status, SID, carrier="one")]
    assert it.commands == []


async def test_keys_of_a_placed_call() -> None:
    it = Led(OK, OK)
    it.says.append(told(Gather(action=PROGRAM), Hangup()))
    await it.happens("call.answered", client_state=AT_ONCE)
    assert it.done == [(SID, "gather")]
    it.scripts.answers.append(told(Say("Thanks"), script="CD1", at=0))
    state = it.commands[0][2]["client_state"]
    await it.happens("call.gather.ended", client_state=state, digits="1", status="valid")
    assert dict(it.scripts.turns[0].told) == {"Digits": "1"}
    assert it.done[1:] == [(SID, "speak")]


async def test_a_dial_of_a_placed_call() -> None:
    """The person is not answered once more; the end of the leg is not theirs."""
    it = Led(OK, OK, OK)
    it.says.append(told(Dial((Number(BOB),), caller_id=NEAR), Say("Goodbye")))
    await it.happens("call.answered", client_state=AT_ONCE)
    assert it.done == [(SID, "transfer")]
    state = it.commands[0][2]["target_leg_client_state"]
    leg = {"call_control_id": OTHER, "client_state": state, "from": NEAR, "to": BOB}
    await it.happens("call.initiated", direction="outgoing", **leg)
    assert it.done[1:] == [(SID, "client_state_update")]
    assert it.state == Rings(OTHER, call_sid=CALL)
    (event,) = await it.happens("call.answered", **leg)
    assert event.adopted is not None
    assert event.adopted.parent_sid == CALL
    assert len(it.commands) == 2
    it.scripts.answers.append(told(Say("Goodbye"), script="CD1", at=1))
    (event,) = await it.happens("call.hangup", hangup_cause="normal_clearing", **leg)
    assert (event.status, event.with_parent) == ("completed", False)
    assert it.done[2:] == [(SID, "speak")]


@pytest.mark.covers("carrier:telnyx.machine-control")
@pytest.mark.parametrize(
    ("detect", "events", "who"),
    [
        ("start", [("detection", "human")], "human"),
        ("start", [("detection", "machine")], "machine_start"),
        ("start", [("detection", "not_sure")], "unknown"),
        ("start", [("detection", None)], "unknown"),
        ("start", [("greeting", "ended")], None),
        ("end", [("detection", "human")], "human"),
        ("end", [("detection", "machine")], None),
        ("end", [("detection", "machine"), ("greeting", "beep_detected")], "machine_end_beep"),
        ("end", [("detection", "machine"), ("greeting", "ended")], "machine_end_silence"),
        ("end", [("detection", "machine"), ("greeting", "not_sure")], "machine_end_other"),
    ],
)
@pytest.mark.parametrize("waits", [True, False])
async def test_who_answered(
    detect: str, events: list[tuple[str, str | None]], who: str | None, waits: bool
) -> None:
    it = Led(OK)
    it.query += f"&Detect={detect}"
    state = AWAITED if waits else AT_ONCE
    if not waits:
        it.query += "&" + urlencode({"Tell": TOLD_AT, "TellMethod": "GET"})
    assert await it.happens("call.answered", client_state=state) == [TALKS]
    assert it.asked == ([] if waits else [{"CallSid": CALL}])
    said = []
    for kind, result in events:
        said += await it.happens(f"call.machine.{kind}.ended", client_state=state, result=result)
    if who is None:
        assert said == []
        return
    known = msgspec.structs.replace(TALKS, answered_by=who)
    if waits:
        assert said == [known]
        assert it.asked == [{"CallSid": CALL, "AnsweredBy": who}]
        assert it.done == [(SID, "speak")]
    else:
        assert said == [known, Told("one", CALL, TOLD_AT, "GET", (("AnsweredBy", who),))]
        assert len(it.asked) == 1


@pytest.mark.covers("carrier:telnyx.steer-control")
async def test_a_live_call_goes_on_elsewhere() -> None:
    it = Led(kept(PLAN), *[OK] * 5)
    it.says.append(told(Say("Now this"), Hangup()))
    assert await it.one.steer(CALL, SID)
    assert it.asked == [{"CallSid": CALL}]
    assert it.done == [
        (SID, "client_state_update"),
        (SID, "gather_stop"),
        (SID, "playback_stop"),
        (SID, "record_stop"),
        (SID, "speak"),
    ]
    assert unpacked(it.commands[0][2]["client_state"]) == Plan(CALL, None, "", Response(), course=1)
    assert (it.commands[-1][2]["payload"], it.state.course) == ("Now this", 1)
    # What is left of what it did before goes nowhere, whichever state Telnyx tells of it with.
    before = len(it.commands)
    await it.happens("call.speak.ended", client_state=packed(PLAN))
    await it.happens("call.speak.ended", client_state=it.commands[0][2]["client_state"])
    gather = msgspec.structs.replace(PLAN, then="call.gather.ended", script="CD1")
    await it.happens("call.gather.ended", client_state=packed(gather), digits="1")
    assert it.scripts.turns == []
    assert len(it.commands) == before
    # The new course goes on.
    it.client.replies.append(OK)
    await it.happens("call.speak.ended", client_state=it.commands[-1][2]["client_state"])
    assert it.done[-1] == (SID, "hangup")


async def test_a_call_that_can_t_go_on_elsewhere_ends() -> None:
    """What it did before is over: nobody is left in silence."""
    it = Led(kept(PLAN), *[OK] * 4, reply(422), OK)
    assert await it.one.steer(CALL, SID)
    assert it.done[-2:] == [(SID, "speak"), (SID, "hangup")]


async def test_a_call_goes_on_elsewhere_again() -> None:
    it = Led(kept(PLAN), *[OK] * 5, kept(msgspec.structs.replace(PLAN, course=1)), *[OK] * 5)
    for _ in range(2):
        assert await it.one.steer(CALL, SID)
    assert it.state.course == 2
    given = [fields["command_id"] for _, _, fields in it.commands]
    # Telnyx passes over what comes twice.
    assert len(set(given)) == len(given)
    # An order that is given once more, since nobody knows how far the first came.
    it.client.replies += [kept(PLAN), *[OK] * 5]
    assert await it.one.steer(CALL, SID)
    assert it.state.course == 3


async def test_a_call_that_rings_others_goes_on_elsewhere() -> None:
    it = Led(kept(Rings(OTHER, ("v3:third",), CALL)), *[OK] * 7)
    assert await it.one.steer(CALL, SID)
    assert [call for call, action in it.done if action == "hangup"] == [OTHER, "v3:third"]
    # Their ends ask nobody what comes after the Dial; one that rings only now is let go.
    leg = Leg("", SID, parent=CALL, script="CD1", is_answered=True)
    rung = {"call_control_id": OTHER, "client_state": packed(leg), "from": NEAR, "to": BOB}
    await it.happens("call.hangup", hangup_cause="normal_clearing", **rung)
    assert it.scripts.turns == []
    for kind in ("call.initiated", "call.answered"):
        it.client.replies.append(OK)
        await it.happens(kind, **rung)
        assert it.done[-1] == (OTHER, "hangup")
    competes = packed(msgspec.structs.replace(leg, competes=True))
    it.client.replies.append(OK)
    await it.happens("call.answered", **rung | {"client_state": competes})
    assert it.done[-1] == (OTHER, "hangup")


async def test_a_step_that_fails_when_its_call_has_gone_on_ends_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    it = Led(kept(PLAN), *[OK] * 5)
    assert await it.one.steer(CALL, SID)
    before = len(it.commands)
    recording = msgspec.structs.replace(
        PLAN, then="call.recording.saved", response=Response((Record(finish_on_key="#"),))
    )
    # A key ends a recording that is not there any more.
    it.client.replies.append(reply(422))
    await it.happens("call.dtmf.received", client_state=packed(recording), digit="#")
    assert it.done[before:] == [(SID, "record_stop")]
    # And a call whose course nobody ended ends, when it can't go on.
    fresh = Led(reply(422), OK)
    await fresh.happens("call.answered", client_state=AT_ONCE)
    assert fresh.done == [(SID, "speak"), (SID, "hangup")]
    assert "422" in caplog.text


@pytest.mark.parametrize(
    "answer",
    [
        reply(404),
        kept(Plan(CALL, LEG, "call.speak.ended", Response())),
        kept(Rings(OTHER)),
        kept(Leg(LEG, SID)),
        reply(200, {"data": {"is_alive": True}}),
        kept(PLAN, is_alive=False, end_time="2026"),
    ],
)
async def test_calls_that_can_t_go_on_elsewhere(answer: Reply) -> None:
    """Those that are over, and masked ones: they end with the partner's."""
    it = Led(answer)
    assert not await it.one.steer(CALL, SID)
    assert it.commands == []
    assert it.asked == []


@pytest.mark.parametrize(
    ("state", "ends"),
    [
        (Placed(CALL), True),
        (Rings(OTHER), True),
        (msgspec.structs.replace(PLAN, then="call.answered"), True),
        (PLAN, False),
    ],
)
async def test_who_cancels_a_call_leaves_one_that_was_answered(state: Any, ends: bool) -> None:
    it = Led(kept(state), OK)
    assert await it.one.end(CALL, SID, answered=False)
    assert it.done == ([(SID, "hangup")] if ends else [])


async def test_a_call_that_came_in_goes_on_elsewhere() -> None:
    it = Steered(OK, scripts=KeptScripts(), fetch=Led().fetch, connection="app-1")
    await it.comes_in(told(Say("Hi")))
    it.client.replies.append(OK)
    state = it.commands[0][2]["client_state"]
    assert await it.happens("call.answered", client_state=state) == [TALKS]
    it.client.replies += [kept(unpacked(it.commands[-1][2]["client_state"])), *[OK] * 5]
    assert await it.one.steer(CALL, SID)
    assert it.commands[-1][:2] == (SID, "speak")


async def test_while_the_database_is_away_a_call_goes_on() -> None:
    class Away(KeptScripts):
        async def claim(self, script: str, at: int, leg: str) -> str:
            raise HostUnavailable("away")

    it = Led(OK, scripts=Away())
    await it.happens("call.speak.ended", client_state=packed(PLAN))
    assert it.done == [(SID, "speak")]


async def test_a_program_that_takes_its_time_comes_too_late() -> None:
    """Its call has gone on elsewhere when it answers."""
    it = Led(kept(Placed(CALL)), *[OK] * 5)

    async def slow(url: str, method: str, params: Mapping[str, str]) -> CallAnswer:
        if not it.asked:
            it.asked.append(dict(params))
            assert await it.one.steer(CALL, SID)
            return told(Say("Old"))
        return told(Say("New"))

    it.one._control._tools = msgspec.structs.replace(it.one._control._tools, fetch=slow)
    await it.happens("call.answered", client_state=AT_ONCE)
    said = [fields["payload"] for _, action, fields in it.commands if action == "speak"]
    assert said == ["New"]
