"""Calls to numbers in no pool, ends of calls, and what is said around a masked one."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.model.account import AccountStatus
from maskline.model.application import Application
from maskline.model.call import Call
from maskline.model.job import JobKind, Status
from maskline.model.number import NumberHooks
from maskline.model.traffic import Adopted, CallEvent, InboundCall
from maskline.settings import VoiceSettings
from maskline.voice import calls, events, out_of_session
from maskline.voice.answers import Instructions
from maskline.voice.calls import CallPlan
from maskline.voice.instructions import LEG_EVENTS, Dial, Number, Response, Say
from maskline.voice.sentences import wanted, whispered
from tests.support.memory import ALICE, BOB, World

NEAR, FAR = "+14158670001", "+14158670002"
VOICE, ENDED = "https://a.example/voice", "https://a.example/ended"
DOORS = "https://mask.example.com/carriers/one/Call"


def ring(world: World, **changes: Any) -> CallPlan:
    one = InboundCall("simulator", "CA9", ALICE, NEAR, doors=DOORS)
    one = msgspec.structs.replace(one, **changes)
    (plan,) = world.do(calls.receive(world.env, world.tx, [one]))
    assert plan is not None
    return plan


def configure(world: World, **hooks: str) -> None:
    world.do(world.tx.numbers.set_hooks(world.number(NEAR).sid, NumberHooks(**hooks)))


def test_the_number_s_own_address_is_asked(world: World) -> None:
    world.add_number(NEAR)
    configure(world, voice_url=VOICE, voice_method="GET")
    asked = ring(world).question
    assert asked is not None
    assert (asked.url, asked.method, asked.service_sid) == (VOICE, "GET", "")
    assert dict(asked.params)["From"] == ALICE
    assert not world.codes()
    tree = Response((Dial((Number(BOB),)),))
    for doors, legs in ((DOORS, f"{DOORS}/Leg?Parent={asked.call_sid}"), (None, None)):
        call = msgspec.structs.replace(asked.call, doors=doors)
        question = msgspec.structs.replace(asked, call=call)
        answered = out_of_session.carry_out(world.env, world.tx, question, Instructions(tree))
        (dial,) = world.do(answered).response.verbs
        assert isinstance(dial, Dial)
        (target,) = dial.targets
        assert isinstance(target, Number)
        assert target.status_callback == legs
        assert (target.status_callback_events == LEG_EVENTS) is (legs is not None)


@pytest.mark.parametrize(
    "hooks",
    [
        {},
        {"voice_url": VOICE, "voice_application_sid": "AP1"},
        {"voice_url": VOICE, "trunk_sid": "TK1"},
    ],
)
def test_without_an_address_nobody_is_asked(world: World, hooks: dict[str, str]) -> None:
    world.add_number(NEAR)
    configure(world, **hooks)
    assert ring(world).question is None
    assert world.codes() == [80905]


def test_an_application_and_a_fallback(world: World) -> None:
    world.add_number(NEAR)
    fallback = "https://a.example/plan-b"
    configure(world, voice_url=VOICE, voice_fallback_url=fallback, voice_fallback_method="GET")
    asked = ring(world).question
    assert asked is not None
    assert (asked.fallback_url, asked.fallback_method) == (fallback, "GET")
    sid = "AP" + "1" * 32
    made = Application(sid, world.account.sid, "App", 1, 1)
    world.do(world.tx.applications.add(made))
    configure(world, voice_url=VOICE, voice_application_sid=sid, status_callback=ENDED)
    assert ring(world, provider_id="CA10").question is None
    app = "https://app.example/"
    changed = msgspec.structs.replace(
        made, voice_url=f"{app}voice", voice_fallback_url=f"{app}b", status_callback=f"{app}end"
    )
    world.do(world.tx.applications.update(changed))
    asked = ring(world, provider_id="CA11").question
    assert asked is not None
    assert (asked.url, asked.fallback_url) == (f"{app}voice", f"{app}b")
    (told,) = ended(world, CallEvent("", "completed", "CA11", 1, carrier="simulator"))
    assert told.url == f"{app}end"
    assert world.do(world.tx.applications.delete(sid, world.account.sid))
    *_, told = ended(world, CallEvent("", "completed", "CA10", 1, carrier="simulator"))
    assert told.url == ENDED
    configure(world, voice_application_sid="AP" + "2" * 32, status_callback=f"{ENDED}-own")
    ring(world, provider_id="CA12")
    *_, told = ended(world, CallEvent("", "completed", "CA12", 1, carrier="simulator"))
    assert told.url == f"{ENDED}-own"


def test_who_is_not_asked_either(world: World) -> None:
    world.add_number(NEAR)
    configure(world, voice_url=VOICE)
    service = world.add_service()
    assert ring(world, service_sid=service.sid).question is None
    world.rows(f"UPDATE accounts SET status = '{AccountStatus.SUSPENDED.value}'")
    assert ring(world, provider_id="CA10").question is None


def test_in_a_pool_proxy_goes_before(world: World) -> None:
    world.add_number(NEAR, service=world.add_service())
    configure(world, voice_url=VOICE)
    assert ring(world).question is None


def ended(world: World, *changes: CallEvent) -> list[Status]:
    world.do(events.progress(world.env, world.tx, changes))
    jobs = [one for one in world.jobs() if one.kind == JobKind.STATUS]
    return [msgspec.json.decode(job.payload, type=Status) for job in jobs]


def only(world: World) -> Call:
    ((sid,),) = world.rows("SELECT sid FROM calls WHERE direction = 'inbound'")
    call = world.do(world.tx.calls.by_sid(sid))
    assert call is not None
    return call


@pytest.mark.parametrize("carrier", ["simulator", "other"])
def test_a_call_s_end_by_the_carrier_s_own_id(world: World, carrier: str) -> None:
    """It is the only news of a call that rang nobody."""
    world.add_number(NEAR)
    ring(world)
    over = CallEvent("", "completed", "CA9", 7, carrier=carrier)
    ended(world, over)
    known = carrier == "simulator"
    assert only(world).status == ("completed" if known else "ringing")
    assert only(world).duration == (7 if known else None)
    assert not [code for code in world.codes() if code != 80905]


def test_the_number_s_own_address_is_told_of_the_end(world: World) -> None:
    world.add_number(NEAR)
    configure(world, status_callback=ENDED)
    ring(world)
    over = CallEvent("", "completed", "CA9", 7, carrier="simulator")
    (told,) = ended(world, over, over)
    params = dict(told.params)
    assert (told.url, params["CallStatus"], params["CallDuration"]) == (ENDED, "completed", "7")
    assert params["CallSid"] == only(world).sid


def test_without_an_address_nobody_is_told_of_the_end(world: World) -> None:
    world.add_number(NEAR)
    configure(world, sms_url=VOICE)
    ring(world)
    assert ended(world, CallEvent("", "completed", "CA9", 7, carrier="simulator")) == []


def meet(world: World) -> None:
    service = world.add_service()
    for number in (NEAR, FAR):
        world.add_number(number, service=service)
    session = world.add_session(service)
    world.add_participant(service, session, ALICE, ProxyIdentifier=NEAR)
    world.add_participant(service, session, BOB, ProxyIdentifier=FAR)


def test_legs_report_to_the_carrier_s_own_door(world: World) -> None:
    meet(world)
    for _ in range(2):
        # Asked twice, it is answered the same.
        plan = ring(world)
        (dial,) = plan.response.verbs
        assert isinstance(dial, Dial)
        assert plan.dialled is not None
        leg = plan.dialled.call_sid
        assert dial.action == f"{DOORS}/Done?CallLeg={leg}"
        (target,) = dial.targets
        assert isinstance(target, Number)
        assert target.status_callback == f"{DOORS}/Leg?CallLeg={leg}"
        assert target.url is None


def test_an_announcement_and_a_whisper(world: World) -> None:
    meet(world)
    world.change("voice", announcement="This call is masked.", whisper="A ride calls.")
    said, dial = ring(world).response.verbs
    assert said == Say("This call is masked.", language="en-US")
    assert isinstance(dial, Dial)
    (target,) = dial.targets
    assert isinstance(target, Number)
    assert target.url == f"{DOORS}/Whisper"


def test_what_is_whispered() -> None:
    assert whispered(VoiceSettings()) is None
    heard = whispered(VoiceSettings(whisper="hello", language="fr"))
    assert heard == Response((Say("hello", language="fr"),))
    assert wanted(VoiceSettings()) == {"Dial", "Hangup", "Say"}
    assert wanted(VoiceSettings(whisper="hello")) == {"Dial", "Hangup", "Say", "Number.url"}


@pytest.mark.parametrize(("carrier", "heard"), [("simulator", True), ("other", False)])
def test_a_carrier_speaks_for_its_own_legs_alone(world: World, carrier: str, heard: bool) -> None:
    meet(world)
    plan = ring(world)
    assert plan.dialled is not None
    leg = plan.dialled.call_sid
    over = CallEvent(leg, "no-answer", "CA2", with_parent=True, carrier=carrier)
    strange = CallEvent("", "ringing", "CA3", adopted=Adopted(plan.call_sid, FAR, BOB))
    strange = msgspec.structs.replace(strange, carrier=carrier)
    world.do(events.progress(world.env, world.tx, [over, strange]))
    call = world.do(world.tx.calls.by_sid(leg))
    assert call is not None
    assert call.status == ("no-answer" if heard else "initiated")
    adopted = world.do(world.tx.calls.dialled(plan.call_sid, "CA3"))
    assert (adopted is not None) is heard
    assert not world.codes()
