"""Calls that programs place and steer, and what somebody hears before they are joined."""

from __future__ import annotations

import pytest

from maskline.carriers.calling import Calling, Limits
from maskline.carriers.contract import HostUnavailable
from maskline.carriers.simulator import Behaviour
from maskline.model.traffic import Accepted, OutboundCall
from maskline.voice.instructions import (
    Dial,
    Gather,
    Hangup,
    Number,
    Pause,
    Response,
    Say,
    Verb,
)
from tests.unit.carriers.simulator.fakes import ALICE, BOB, CAROL, PROXY_A, PROXY_B, Rig, settle
from tests.unit.carriers.simulator.test_script import Program, dial

SID = "CA1"
CALL = OutboundCall(SID, PROXY_A, BOB, timeout=20)
STAY = Gather((Say("stay"),), timeout=600)
WHISPER = "https://a.example/whisper"


async def placed(*verbs: Verb, call: OutboundCall = CALL, behaviour: str = "ring") -> Rig:
    program = Program(opening=Response(verbs))
    rig = await Rig(fetch=program).started()
    if behaviour != "ring":
        rig.behave(BOB, Behaviour(on_call=behaviour))
    assert isinstance(rig.simulator, Calling)
    assert isinstance(await rig.simulator.place(call), Accepted)
    await settle()
    return rig


def program(rig: Rig) -> Program:
    fetch = rig.simulator._exchange._fetch
    assert isinstance(fetch, Program)
    return fetch


async def answered(rig: Rig, handset: str = BOB) -> str:
    call = rig.ringing(handset)
    await rig.simulator.answer(handset, call.id)
    return call.id


async def test_a_phone_rings_and_hears_what_the_program_wants() -> None:
    rig = await placed(Say("hello"), Gather((Say("1 or 2"),), num_digits=1))
    ringing = rig.ringing(BOB)
    assert (ringing.from_, ringing.direction) == (PROXY_A, "inbound")
    assert rig.host.told == [(SID, "ringing")]
    assert not program(rig).openings
    await answered(rig)
    assert program(rig).openings[0][0] == SID
    assert program(rig).openings[0][1]["CallStatus"] == "in-progress"
    await rig.timers.pass_(1)
    assert rig.heard(BOB)[0] == ("say", "hello")
    await rig.simulator.hang_up(BOB, rig.only_call(BOB).id)
    assert rig.host.told == [(SID, "ringing"), (SID, "in-progress"), (SID, "completed")]
    assert rig.only_call(BOB).status == "completed"
    await rig.simulator.close()


async def test_instructions_end_the_call() -> None:
    rig = await placed(Say("hello"), Hangup())
    await answered(rig)
    await rig.timers.pass_(2)
    assert rig.host.last(SID)[0] == "completed"
    await rig.simulator.close()


@pytest.mark.parametrize(
    ("behaviour", "status", "rings"),
    [("busy", "busy", 0), ("unreachable", "failed", 0), ("reject", "busy", 1)],
)
async def test_a_phone_that_does_not_answer(behaviour: str, status: str, rings: int) -> None:
    rig = await placed(Say("never"), behaviour=behaviour)
    await rig.timers.pass_(5)
    assert rig.host.last(SID) == (status, 0)
    assert rig.host.told.count((SID, "ringing")) == rings
    assert not program(rig).openings
    await rig.simulator.close()


async def test_a_phone_rings_as_long_as_the_program_wants() -> None:
    rig = await placed(Say("never"))
    await rig.timers.pass_(19)
    assert rig.ringing(BOB)
    await rig.timers.pass_(2)
    assert rig.host.last(SID) == ("no-answer", 0)
    assert rig.only_call(BOB).status == "no-answer"
    await rig.simulator.close()


async def test_digits_and_who_answered() -> None:
    options = (("MachineDetection", "Enable"),)
    call = OutboundCall(SID, PROXY_A, BOB, send_digits="12#", options=options)
    rig = await placed(Pause(), call=call)
    await answered(rig)
    assert rig.heard(BOB)[0] == ("digits", "12#")
    assert program(rig).openings[0][1]["AnsweredBy"] == "human"
    await rig.simulator.close()


async def test_who_answered_is_found_out_beside_the_call() -> None:
    options = {"MachineDetection": "Enable", "AsyncAmd": "true"}
    heard = {"AsyncAmdStatusCallback": "https://a.example/amd"}
    for more in ({}, heard, heard | {"AsyncAmdStatusCallbackMethod": "GET"}):
        call = OutboundCall(SID, PROXY_A, BOB, options=tuple({**options, **more}.items()))
        rig = await placed(Pause(), call=call)
        await answered(rig)
        assert "AnsweredBy" not in program(rig).openings[0][1]
        method = "GET" if len(more) == 2 else "POST"
        form = {"CallSid": SID, "AnsweredBy": "human", "MachineDetectionDuration": "0"}
        told = [("https://a.example/amd", method, form)] if more else []
        assert program(rig).told == told
        await rig.simulator.close()


@pytest.mark.parametrize(
    ("options", "url", "method"),
    [
        ({}, "", "POST"),
        ({"RecordingStatusCallback": "https://a.example/r"}, "https://a.example/r", "POST"),
        (
            {
                "RecordingStatusCallback": "https://a.example/r",
                "RecordingStatusCallbackMethod": "GET",
                "RecordingStatusCallbackEvent": "completed",
            },
            "https://a.example/r",
            "GET",
        ),
        (
            {
                "RecordingStatusCallback": "https://a.example/r",
                "RecordingStatusCallbackEvent": "absent",
            },
            "",
            "POST",
        ),
    ],
)
async def test_a_call_is_recorded(options: dict[str, str], url: str, method: str) -> None:
    wishes = {"Record": "true", "RecordingChannels": "dual", **options}
    rig = await placed(STAY, call=OutboundCall(SID, PROXY_A, BOB, options=tuple(wishes.items())))
    await answered(rig)
    await rig.timers.pass_(7)
    await rig.simulator.hang_up(BOB, rig.only_call(BOB).id)
    assert program(rig).told == [
        (
            url,
            method,
            {
                "CallSid": SID,
                "RecordingStatus": "completed",
                "RecordingSource": "OutboundAPI",
                "RecordingTrack": "both",
                "RecordingChannels": "2",
                "RecordingDuration": "7",
            },
        )
    ]
    await rig.simulator.close()


async def test_a_call_lasts_as_long_as_it_may() -> None:
    rig = await placed(STAY, call=OutboundCall(SID, PROXY_A, BOB, time_limit=60))
    await rig.timers.pass_(10)
    call = await answered(rig)
    await rig.timers.pass_(59)
    assert rig.only_call(BOB).status == "in-progress"
    await rig.timers.pass_(2)
    assert rig.host.last(SID)[0] == "completed"
    assert rig.simulator.call(BOB, call).status == "completed"
    assert isinstance(rig.simulator, Limits)
    assert not await rig.simulator.limit(SID, None, 60)
    await rig.simulator.close()


async def test_a_limit_is_changed_while_a_call_goes_on() -> None:
    for limit, lasts, ends in ((20, 9, 2), (90, 60, 21)):
        rig = await placed(STAY, call=OutboundCall(SID, PROXY_A, BOB, time_limit=60))
        await answered(rig)
        await rig.timers.pass_(10)
        assert isinstance(rig.simulator, Limits)
        assert await rig.simulator.limit(SID, None, limit)
        await rig.timers.pass_(lasts)
        assert rig.only_call(BOB).status == "in-progress"
        await rig.timers.pass_(ends)
        assert rig.only_call(BOB).status == "completed"
        await rig.simulator.close()


async def test_a_program_dials_on() -> None:
    rig = await placed(Dial((Number(CAROL),), caller_id=PROXY_B))
    await answered(rig)
    assert rig.ringing(CAROL).from_ == PROXY_B
    await answered(rig, CAROL)
    assert (SID, PROXY_B, CAROL) in rig.host.legs
    assert ("leg-1", "in-progress") in rig.host.told
    assert await rig.simulator.end("leg-1", None, answered=True)
    await settle()
    assert rig.host.last("leg-1")[0] == "completed"
    await rig.simulator.close()


async def test_a_call_to_one_of_our_own_numbers() -> None:
    rig = await Rig(fetch=Program(opening=Response((STAY,)))).started()
    rig.host.trees[PROXY_B] = Response((Say("you reached us"), Hangup()))
    await rig.simulator.place(OutboundCall(SID, PROXY_A, PROXY_B))
    await settle()
    await rig.timers.pass_(2)
    assert rig.host.calls[0].caller == PROXY_A
    assert rig.host.last(SID)[0] == "completed"
    await rig.simulator.close()


async def test_nobody_is_called_at_what_is_no_number() -> None:
    rig = await placed(Say("never"), call=OutboundCall(SID, PROXY_A, "12"))
    assert rig.host.last(SID) == ("failed", 0)
    await rig.simulator.close()


async def test_a_call_is_cancelled() -> None:
    rig = await placed(Say("never"))
    assert await rig.simulator.end(SID, None, answered=False)
    await settle()
    assert rig.host.last(SID) == ("canceled", 0)
    assert rig.only_call(BOB).status == "canceled"
    assert not await rig.simulator.end(SID, None, answered=False)
    await rig.simulator.close()


async def test_a_call_is_ended() -> None:
    rig = await placed(STAY)
    await answered(rig)
    assert await rig.simulator.end(SID, None, answered=True)
    await settle()
    assert rig.host.last(SID)[0] == "completed"
    assert rig.only_call(BOB).status == "completed"
    assert not await rig.simulator.end("CA9", None, answered=True)
    await rig.simulator.close()


async def test_what_was_answered_is_not_cancelled() -> None:
    rig = await placed(STAY)
    await answered(rig)
    assert await rig.simulator.end(SID, None, answered=False)
    await settle()
    assert rig.only_call(BOB).status == "in-progress"
    await rig.simulator.close()


async def test_who_is_called_while_it_rings_is_let_go() -> None:
    rig = await placed(Say("never"))
    assert await rig.simulator.end(SID, None, answered=True)
    await settle()
    assert rig.host.last(SID) == ("canceled", 0)
    await rig.simulator.close()


async def test_a_leg_is_cancelled() -> None:
    rig = await placed(Dial((Number(CAROL),)))
    await answered(rig)
    assert rig.ringing(CAROL)
    assert await rig.simulator.end("leg-1", None, answered=False)
    await settle()
    assert rig.host.last("leg-1") == ("canceled", 0)
    assert rig.only_call(CAROL).status == "canceled"
    await rig.simulator.close()


async def test_a_call_goes_on_elsewhere() -> None:
    rig = await placed(Dial((Number(CAROL),)))
    await answered(rig)
    await answered(rig, CAROL)
    program(rig).pages["opening"] = Response((Say("now this"), STAY))
    assert await rig.simulator.steer(SID, None)
    await settle()
    assert rig.only_call(CAROL).status == "completed"
    assert rig.only_call(BOB).status == "in-progress"
    assert ("say", "now this") in rig.heard(BOB)
    assert not await rig.simulator.steer("CA9", None)
    assert await rig.simulator.look(SID, None) is None
    await rig.simulator.close()


async def test_before_the_start_nobody_is_called() -> None:
    with pytest.raises(HostUnavailable):
        await Rig().simulator.place(CALL)


async def test_when_the_network_closes_the_phone_stops_ringing() -> None:
    rig = await placed(Say("never"))
    await rig.simulator.close()
    assert rig.host.last(SID) == ("failed", 0)
    rig.simulator._exchange.place(CALL)
    await settle()


async def test_without_anybody_to_ask_an_answered_call_ends() -> None:
    rig = await Rig().started()
    await rig.simulator.place(CALL)
    await settle()
    await answered(rig)
    assert rig.host.last(SID)[0] == "completed"
    await rig.simulator.close()


# Whispers


async def whispered(*verbs: Verb, on_bridge: bool = True) -> Rig:
    """Alice calls; Bob answers, who is to hear something first."""
    rig = Rig(fetch=Program(whisper=Response(verbs)))
    target = Number(BOB, url=WHISPER)
    await dial(rig, Dial((target,), answer_on_bridge=on_bridge))
    await answered(rig)
    return rig


async def test_a_whisper_is_for_the_callee_alone() -> None:
    rig = await whispered(Say("a call for you"), Gather(timeout=1))
    assert rig.heard(BOB) == [("say", "a call for you")]
    assert rig.only_call(ALICE).status == "ringing"
    await rig.timers.pass_(2)
    assert rig.only_call(ALICE).status == "in-progress"
    assert rig.heard(ALICE) == []
    assert rig.host.told.index(("leg-1", "in-progress")) < rig.host.told.index(
        ("inbound-1", "in-progress")
    )
    await rig.simulator.close()


async def test_who_is_called_says_whether_they_are_joined() -> None:
    rig = await whispered(Gather((Say("press 1"),), num_digits=1, timeout=5), Hangup())
    await rig.timers.pass_(10)
    assert rig.only_call(BOB).status == "completed"
    assert rig.only_call(ALICE).status == "no-answer"
    assert rig.host.last("leg-1")[0] == "completed"
    assert rig.host.last("inbound-1")[0] == "no-answer"
    await rig.simulator.close()


async def test_who_hears_a_whisper_may_hang_up() -> None:
    rig = await whispered(STAY, on_bridge=False)
    # What the caller keys in meanwhile is nobody's.
    await rig.simulator.key_in(ALICE, rig.only_call(ALICE).id, "9")
    await rig.simulator.key_in(BOB, rig.only_call(BOB).id, "1")
    await rig.simulator.hang_up(BOB, rig.only_call(BOB).id)
    assert rig.host.last("leg-1")[0] == "completed"
    await rig.simulator.close()


async def test_a_caller_may_hang_up_while_somebody_is_whispered_to() -> None:
    rig = await whispered(STAY)
    await rig.simulator.hang_up(ALICE, rig.only_call(ALICE).id)
    assert rig.only_call(BOB).status == "completed"
    assert rig.host.last("inbound-1") == ("canceled", 0)
    await rig.simulator.close()


async def test_a_whisper_dials_nobody_and_no_whisper_joins_at_once() -> None:
    rig = await whispered(Dial((Number(CAROL),)), Say("hm"))
    await rig.timers.pass_(2)
    assert rig.only_call(ALICE).status == "in-progress"
    assert not rig.simulator.calls(CAROL)
    await rig.simulator.close()
    rig = Rig()
    await dial(rig, Dial((Number(BOB, url=WHISPER),), answer_on_bridge=True))
    await answered(rig)
    assert rig.only_call(ALICE).status == "in-progress"
    await rig.simulator.close()
