"""Masked calls: what each handset does, and what the server and the other one learn of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from maskline.carriers.contract import HostUnavailable
from maskline.carriers.simulator import Behaviour, Limits, Pace
from maskline.carriers.simulator.errors import NotPossible, TooMany, UnknownCall, UnknownNumber
from maskline.voice.instructions import (
    Client,
    Conference,
    Dial,
    DialTarget,
    Hangup,
    Number,
    Redirect,
    Response,
    Say,
    Sip,
)
from tests.unit.carriers.simulator.fakes import (
    ALICE,
    BOB,
    CAROL,
    NOBODY,
    PROXY_A,
    PROXY_B,
    Rig,
    settle,
)

IN, OUT = "inbound-1", "dialled-1"


def masked(*targets: DialTarget, **fields: object) -> Response:
    """The server's own tree: rings the partner, who sees their own proxy number."""
    given: dict[str, object] = {
        "caller_id": PROXY_B,
        "answer_on_bridge": True,
        "action": "https://maskline.example/Done",
        **fields,
    }
    return Response((Dial(targets or (Number(BOB),), **given),))  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def routed(rig: Rig) -> None:
    rig.host.trees[PROXY_A] = masked()
    rig.host.dialled.add(PROXY_A)


async def test_an_unanswered_call_rings_on_both_sides(rig: Rig) -> None:
    call = await rig.simulator.dial(ALICE, PROXY_A)
    assert (call.from_, call.to, call.peer) == (ALICE, PROXY_A, PROXY_A)
    assert (call.direction, call.status, call.duration) == ("outbound", "ringing", None)
    assert (call.answered, call.ended) == (None, None)
    ringing = rig.ringing(BOB)
    assert (ringing.from_, ringing.to, ringing.peer) == (PROXY_B, BOB, PROXY_B)
    assert ringing.id != call.id
    (asked, tried) = rig.host.calls
    assert (asked.carrier, asked.caller, asked.number) == ("simulator", ALICE, PROXY_A)
    # Whether the partner's number is one of the server's own is for the server to say.
    assert (tried.caller, tried.number) == (PROXY_B, BOB)
    assert rig.host.moments == [[(OUT, "ringing", None)]]


@pytest.mark.parametrize("who", ["caller", "callee"])
async def test_a_call_is_answered_and_hung_up(rig: Rig, who: str) -> None:
    call = await rig.simulator.dial(ALICE, PROXY_A)
    ringing = rig.ringing(BOB)
    await rig.timers.pass_(3)
    answered = await rig.simulator.answer(BOB, ringing.id)
    assert (answered.status, answered.answered) == ("in-progress", "2027-01-15T08:00:03.000Z")
    assert rig.simulator.call(ALICE, call.id).status == "in-progress"
    await rig.timers.pass_(61.6)
    if who == "caller":
        await rig.simulator.hang_up(ALICE, call.id)
    else:
        await rig.simulator.hang_up(BOB, ringing.id)
    for number in (ALICE, BOB):
        over = rig.only_call(number)
        assert (over.status, over.duration) == ("completed", 62)
        assert over.ended == "2027-01-15T08:01:04.600Z"
    # One moment's events are told at once, and only so often.
    assert rig.host.moments == [
        [(OUT, "ringing", None)],
        [(IN, "in-progress", None), (OUT, "in-progress", None)],
        [(OUT, "completed", 62), (IN, "completed", 62)],
    ]


async def test_the_caller_gives_up(rig: Rig) -> None:
    call = await rig.simulator.dial(ALICE, PROXY_A)
    over = await rig.simulator.hang_up(ALICE, call.id)
    assert (over.status, over.duration, over.answered) == ("canceled", 0, None)
    assert rig.only_call(BOB).status == "canceled"
    assert rig.host.moments[1:] == [[(OUT, "canceled", 0), (IN, "canceled", 0)]]


async def test_the_callee_turns_the_call_away(rig: Rig) -> None:
    await rig.simulator.dial(ALICE, PROXY_A)
    over = await rig.simulator.reject(BOB, rig.ringing(BOB).id)
    assert (over.status, over.duration) == ("busy", 0)
    assert rig.only_call(ALICE).status == "busy"
    assert rig.host.moments[1:] == [[(OUT, "busy", 0), (IN, "busy", 0)]]


async def test_nobody_answers_in_time(rig: Rig) -> None:
    rig.host.trees[PROXY_A] = masked(timeout=12)
    await rig.simulator.dial(ALICE, PROXY_A)
    await rig.timers.pass_(11.99)
    assert rig.ringing(BOB).status == "ringing"
    await rig.timers.pass_(0.01)
    assert rig.only_call(ALICE).status == rig.only_call(BOB).status == "no-answer"
    assert rig.host.moments[1:] == [[(OUT, "no-answer", 0), (IN, "no-answer", 0)]]


async def test_the_longest_talk(rig: Rig) -> None:
    rig.host.trees[PROXY_A] = masked(time_limit=90)
    await rig.simulator.dial(ALICE, PROXY_A)
    await rig.simulator.answer(BOB, rig.ringing(BOB).id)
    await rig.timers.pass_(90)
    assert rig.only_call(ALICE).status == rig.only_call(BOB).status == "completed"
    assert rig.host.moments[-1] == [(OUT, "completed", 90), (IN, "completed", 90)]


@pytest.mark.parametrize(
    ("behaviour", "seconds", "status", "rings"),
    [
        (Behaviour(on_call="answer"), 0, "in-progress", True),
        (Behaviour(on_call="answer", on_call_ms=4000), 4, "in-progress", True),
        (Behaviour(on_call="reject"), 0, "busy", True),
        (Behaviour(on_call="reject", on_call_ms=4000), 4, "busy", True),
        (Behaviour(on_call="busy"), 0, "busy", False),
        (Behaviour(on_call="busy", on_call_ms=4000), 4, "busy", False),
        (Behaviour(on_call="unreachable"), 0, "failed", False),
        (Behaviour(on_call="unreachable", on_call_ms=4000), 4, "failed", False),
        (Behaviour(on_call="no-answer"), 30, "no-answer", True),
        (Behaviour(on_call="no-answer", on_call_ms=4000), 4, "no-answer", True),
        (Behaviour(on_call="ring", on_call_ms=4000), 30, "no-answer", True),
    ],
)
async def test_what_a_handset_does_with_a_call(
    rig: Rig, behaviour: Behaviour, seconds: float, status: str, rings: bool
) -> None:
    rig.behave(BOB, behaviour)
    await rig.simulator.dial(ALICE, PROXY_A)
    if seconds:
        await rig.timers.pass_(seconds - 0.001)
        assert rig.only_call(ALICE).status == "ringing"
        await rig.timers.pass_(0.001)
    assert rig.only_call(ALICE).status == status
    assert rig.host.last(IN)[0] == rig.host.last(OUT)[0] == status
    assert [call.status for call in rig.simulator.calls(BOB)] == ([status] if rings else [])
    assert ((OUT, "ringing") in rig.host.told) == rings
    # One's own calls do not depend on how one takes others'.
    rig.host.trees[PROXY_B] = Response((Say("hello"),))
    assert (await rig.simulator.dial(BOB, PROXY_B)).status == "completed"


async def test_a_person_may_be_faster_than_the_behaviour(rig: Rig) -> None:
    rig.behave(BOB, Behaviour(on_call="reject", on_call_ms=5000))
    await rig.simulator.dial(ALICE, PROXY_A)
    await rig.simulator.answer(BOB, rig.ringing(BOB).id)
    await rig.timers.pass_(10)
    assert rig.only_call(BOB).status == "in-progress"


async def test_keys_sound_on_the_other_side(rig: Rig) -> None:
    call = await rig.simulator.dial(ALICE, PROXY_A)
    ringing = rig.ringing(BOB)
    await rig.simulator.answer(BOB, ringing.id)
    typed = await rig.simulator.key_in(ALICE, call.id, "12#")
    await rig.simulator.key_in(ALICE, call.id, "*")
    await rig.simulator.key_in(BOB, ringing.id, "9")
    assert typed.digits == "12#"
    assert (rig.only_call(ALICE).digits, rig.only_call(BOB).digits) == ("12#*", "9")
    assert rig.heard(ALICE) == [("digits", "9")]
    assert rig.heard(BOB) == [("digits", "12#"), ("digits", "*")]
    assert rig.only_call(ALICE).status == "in-progress"


async def test_a_star_ends_the_talk_where_it_may(rig: Rig) -> None:
    rig.host.trees[PROXY_A] = masked(hangup_on_star=True)
    call = await rig.simulator.dial(ALICE, PROXY_A)
    ringing = rig.ringing(BOB)
    await rig.simulator.answer(BOB, ringing.id)
    await rig.simulator.key_in(BOB, ringing.id, "*")
    assert rig.only_call(ALICE).status == "in-progress"
    await rig.simulator.key_in(ALICE, call.id, "*")
    assert rig.only_call(BOB).status == "completed"


async def test_digits_are_keyed_in_for_the_caller(rig: Rig) -> None:
    rig.host.trees[PROXY_A] = masked(Number(BOB, send_digits="ww22"))
    await rig.simulator.dial(ALICE, PROXY_A)
    assert not rig.heard(BOB)
    await rig.simulator.answer(BOB, rig.ringing(BOB).id)
    assert rig.heard(BOB) == [("digits", "ww22")]


async def test_without_a_bridge_the_caller_is_answered_at_once(rig: Rig) -> None:
    rig.host.trees[PROXY_A] = masked(answer_on_bridge=False)
    await rig.simulator.dial(ALICE, PROXY_A)
    assert rig.only_call(ALICE).status == "in-progress"
    assert rig.host.moments == [[(IN, "in-progress", None), (OUT, "ringing", None)]]
    await rig.timers.pass_(10)
    await rig.simulator.reject(BOB, rig.ringing(BOB).id)
    assert rig.host.moments[1:] == [[(OUT, "busy", 0), (IN, "completed", 10)]]


async def test_without_a_caller_id_the_dialled_number_shows(rig: Rig) -> None:
    rig.host.trees[PROXY_A] = masked(caller_id=None)
    await rig.simulator.dial(ALICE, PROXY_A)
    assert rig.ringing(BOB).peer == PROXY_A


@pytest.mark.parametrize(
    "target",
    [
        Sip("sip:bob@example.org"),
        Client("bob"),
        Conference("room"),
        Number("911"),
    ],
)
async def test_there_is_no_way_to_some_targets(rig: Rig, target: DialTarget) -> None:
    rig.host.trees[PROXY_A] = masked(target)
    assert (await rig.simulator.dial(ALICE, PROXY_A)).status == "failed"
    assert rig.host.moments == [[(OUT, "failed", 0), (IN, "failed", 0)]]
    assert len(rig.host.calls) == 1


# Several targets


async def test_the_first_of_several_to_answer_wins(rig: Rig) -> None:
    rig.host.trees[PROXY_A] = masked(Number(BOB), Number(CAROL), Sip("sip:x@example.org"))
    await rig.simulator.dial(ALICE, PROXY_A)
    assert rig.ringing(BOB).status == "ringing"
    await rig.simulator.answer(CAROL, rig.ringing(CAROL).id)
    assert rig.only_call(BOB).status == "canceled"
    assert rig.only_call(ALICE).status == rig.only_call(CAROL).status == "in-progress"
    assert rig.host.told == [(OUT, "ringing"), (IN, "in-progress"), (OUT, "in-progress")]


async def test_of_several_that_do_not_answer_busy_says_most(rig: Rig) -> None:
    rig.host.trees[PROXY_A] = masked(Number(BOB), Number(CAROL), Number(ALICE))
    rig.behave(CAROL, Behaviour(on_call="unreachable"))
    rig.behave(ALICE, Behaviour(on_call="no-answer", on_call_ms=1000))
    call = await rig.simulator.dial(ALICE, PROXY_A)
    await rig.simulator.reject(BOB, rig.ringing(BOB).id)
    assert rig.simulator.call(ALICE, call.id).status == "ringing"
    await rig.timers.pass_(1)
    assert rig.simulator.call(ALICE, call.id).status == "busy"


async def test_one_after_another(rig: Rig) -> None:
    rig.host.trees[PROXY_A] = masked(Number(BOB), Number(CAROL), sequential=True, timeout=10)
    await rig.simulator.dial(ALICE, PROXY_A)
    assert not rig.simulator.calls(CAROL)
    await rig.timers.pass_(10)
    assert rig.only_call(BOB).status == "no-answer"
    await rig.simulator.answer(CAROL, rig.ringing(CAROL).id)
    assert rig.host.told == [(OUT, "ringing"), (IN, "in-progress"), (OUT, "in-progress")]


async def test_a_second_dial_is_given_a_name_of_its_own(rig: Rig) -> None:
    first = Dial((Number(BOB),), caller_id=PROXY_B, answer_on_bridge=True)
    second = Dial((Number(CAROL),), caller_id=PROXY_B, answer_on_bridge=True)
    rig.host.trees[PROXY_A] = Response((first, second))
    call = await rig.simulator.dial(ALICE, PROXY_A)
    await rig.simulator.reject(BOB, rig.ringing(BOB).id)
    await rig.simulator.answer(CAROL, rig.ringing(CAROL).id)
    await rig.simulator.hang_up(ALICE, call.id)
    assert rig.host.told == [
        (OUT, "ringing"),
        (OUT, "busy"),
        ("leg-1", "ringing"),
        (IN, "in-progress"),
        ("leg-1", "in-progress"),
        ("leg-1", "completed"),
        (IN, "completed"),
    ]
    assert rig.host.legs == [(IN, PROXY_B, CAROL)]


async def test_each_target_of_a_program_s_dial_has_a_name(rig: Rig) -> None:
    rig.host.dialled.clear()
    rig.host.trees[PROXY_A] = masked(Number(BOB), Number(CAROL), Number("911"), caller_id=None)
    await rig.simulator.dial(ALICE, PROXY_A)
    assert rig.host.legs == [
        (IN, PROXY_A, BOB),
        (IN, PROXY_A, CAROL),
        (IN, PROXY_A, "911"),
    ]
    await rig.simulator.answer(CAROL, rig.ringing(CAROL).id)
    await rig.simulator.hang_up(CAROL, rig.only_call(CAROL).id)
    assert rig.host.told == [
        ("leg-1", "ringing"),
        ("leg-2", "ringing"),
        ("leg-3", "failed"),
        ("leg-1", "canceled"),
        (IN, "in-progress"),
        ("leg-2", "in-progress"),
        ("leg-2", "completed"),
        (IN, "completed"),
    ]


async def test_targets_of_a_program_s_dial_that_do_not_answer(rig: Rig) -> None:
    rig.host.dialled.clear()
    rig.host.trees[PROXY_A] = masked(Number(BOB), Number(CAROL), timeout=20)
    await rig.simulator.dial(ALICE, PROXY_A)
    await rig.simulator.reject(BOB, rig.ringing(BOB).id)
    await rig.timers.pass_(20)
    assert rig.host.told[2:] == [("leg-1", "busy"), ("leg-2", "no-answer"), (IN, "no-answer")]


async def test_the_caller_gives_up_a_program_s_dial(rig: Rig) -> None:
    rig.host.dialled.clear()
    rig.host.trees[PROXY_A] = masked(Number(BOB))
    call = await rig.simulator.dial(ALICE, PROXY_A)
    await rig.simulator.hang_up(ALICE, call.id)
    assert rig.host.told == [("leg-1", "ringing"), ("leg-1", "canceled"), (IN, "canceled")]


async def test_what_the_server_refuses_is_not_dialled(rig: Rig) -> None:
    rig.host.dialled.clear()
    rig.host.refused.add(BOB)
    rig.host.trees[PROXY_A] = masked(Number(BOB))
    await rig.simulator.dial(ALICE, PROXY_A)
    assert not rig.simulator.calls(BOB)
    assert rig.host.told == [(IN, "failed")]


async def test_a_server_that_is_not_there_dials_nobody(rig: Rig) -> None:
    rig.host.dialled.clear()
    rig.host.trees[PROXY_A] = masked(Number(BOB))

    async def unavailable(*_: str) -> str | None:
        raise HostUnavailable("down")

    rig.host.dial = unavailable  # type: ignore[method-assign]
    await rig.simulator.dial(ALICE, PROXY_A)
    assert not rig.simulator.calls(BOB)


async def test_a_leg_that_is_never_dialled_is_canceled(rig: Rig) -> None:
    rig.host.trees[PROXY_A] = Response((Hangup(),))
    await rig.simulator.dial(ALICE, PROXY_A)
    assert rig.host.told == [(IN, "in-progress"), (OUT, "canceled"), (IN, "completed")]


# Calls that come back to our own numbers


async def test_a_call_to_a_number_of_ours_comes_in_again(rig: Rig) -> None:
    rig.host.trees[PROXY_A] = masked(Number(PROXY_B), caller_id="+14158675312")
    rig.host.trees[PROXY_B] = masked(Number(BOB), caller_id="+14158675313")
    rig.host.dialled.add(PROXY_B)
    call = await rig.simulator.dial(ALICE, PROXY_A)
    ringing = rig.ringing(BOB)
    assert ringing.peer == "+14158675313"
    assert [(one.caller, one.number) for one in rig.host.calls] == [
        (ALICE, PROXY_A),
        ("+14158675312", PROXY_B),
        ("+14158675313", BOB),
    ]
    assert len({one.provider_id for one in rig.host.calls}) == 3
    await rig.simulator.answer(BOB, ringing.id)
    assert rig.simulator.call(ALICE, call.id).status == "in-progress"
    await rig.simulator.key_in(ALICE, call.id, "1")
    await rig.simulator.key_in(BOB, ringing.id, "2")
    await settle()
    assert rig.heard(BOB) == [("digits", "1")]
    assert rig.heard(ALICE) == [("digits", "2")]
    await rig.timers.pass_(5)
    await rig.simulator.hang_up(BOB, ringing.id)
    assert rig.only_call(ALICE).status == "completed"
    for leg in ("inbound-1", "dialled-1", "inbound-2", "dialled-2"):
        assert rig.host.last(leg) == ("completed", 5)


@pytest.mark.parametrize("answered", [False, True])
async def test_hanging_up_goes_all_the_way(rig: Rig, answered: bool) -> None:
    rig.host.trees[PROXY_A] = masked(Number(PROXY_B))
    rig.host.trees[PROXY_B] = masked(Number(BOB))
    rig.host.dialled.add(PROXY_B)
    call = await rig.simulator.dial(ALICE, PROXY_A)
    if answered:
        await rig.simulator.answer(BOB, rig.ringing(BOB).id)
    await rig.simulator.hang_up(ALICE, call.id)
    await settle()
    status = "completed" if answered else "canceled"
    assert rig.only_call(BOB).status == status
    for leg in ("inbound-1", "dialled-1", "inbound-2", "dialled-2"):
        assert rig.host.last(leg) == (status, 0)


async def test_what_the_inner_call_says_is_heard(rig: Rig) -> None:
    rig.host.trees[PROXY_A] = masked(Number(PROXY_B))
    rig.host.trees[PROXY_B] = Response((Say("not connected"), Hangup()))
    call = await rig.simulator.dial(ALICE, PROXY_A)
    await settle()
    assert rig.heard(ALICE) == [("say", "not connected")]
    assert rig.simulator.call(ALICE, call.id).status == "completed"


@pytest.mark.parametrize(
    ("behaviour", "status"),
    [(Behaviour(on_call="busy"), "busy"), (Behaviour(on_call="unreachable"), "failed")],
)
async def test_how_the_inner_call_fails_shows(rig: Rig, behaviour: Behaviour, status: str) -> None:
    rig.behave(BOB, behaviour)
    rig.host.trees[PROXY_A] = masked(Number(PROXY_B))
    rig.host.trees[PROXY_B] = masked(Number(BOB))
    await rig.simulator.dial(ALICE, PROXY_A)
    await settle()
    assert rig.only_call(ALICE).status == status


async def test_a_loop_ends(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    rig.host.trees[PROXY_A] = masked(Number(PROXY_A))
    await rig.simulator.dial(ALICE, PROXY_A)
    await settle()
    assert rig.only_call(ALICE).status == "failed"
    # The first time in, three times again, and the one that shows that it is a loop.
    assert len(rig.host.calls) == 5
    for sid in {sid for sid, _ in rig.host.told}:
        assert rig.host.last(sid) == ("failed", 0)
    assert len({sid for sid, _ in rig.host.told}) == 10
    assert "+1" not in caplog.text


async def test_a_handset_is_reached_over_three_hops(rig: Rig) -> None:
    numbers = [PROXY_A, PROXY_B, "+14158675312", "+14158675313"]
    for number, following in zip(numbers, [*numbers[1:], BOB], strict=True):
        rig.host.trees[number] = masked(Number(following))
    await rig.simulator.dial(ALICE, PROXY_A)
    await settle()
    assert rig.ringing(BOB).status == "ringing"


# What goes wrong


async def test_nobody_owns_the_number(rig: Rig) -> None:
    with pytest.raises(UnknownNumber):
        await rig.simulator.dial(ALICE, NOBODY)
    assert not rig.simulator.calls(ALICE)
    assert not await rig.events()


async def test_the_server_is_down(rig: Rig) -> None:
    rig.host.down = 1
    with pytest.raises(HostUnavailable):
        await rig.simulator.dial(ALICE, PROXY_A)
    assert not rig.simulator.calls(ALICE)


async def test_the_server_goes_down_before_the_partner_rings(rig: Rig) -> None:
    call = rig.host.call

    async def once(inbound: object) -> object:
        rig.host.down = len(rig.host.calls)
        return await call(inbound)  # type: ignore[arg-type]

    rig.host.call = once  # type: ignore[assignment,method-assign]
    assert (await rig.simulator.dial(ALICE, PROXY_A)).status == "failed"


async def test_the_server_is_told_when_it_is_up_again(rig: Rig) -> None:
    call = await rig.simulator.dial(ALICE, PROXY_A)
    rig.host.down = 2
    answering = asyncio.create_task(rig.simulator.answer(BOB, rig.ringing(BOB).id))
    await settle()
    # The phone network does not wait for the server.
    assert rig.simulator.call(ALICE, call.id).status == "in-progress"
    assert not answering.done()
    await rig.timers.pass_(0.31)
    assert answering.done()
    await rig.simulator.hang_up(ALICE, call.id)
    assert rig.host.told == [
        (OUT, "ringing"),
        (IN, "in-progress"),
        (OUT, "in-progress"),
        (OUT, "completed"),
        (IN, "completed"),
    ]


async def test_an_action_does_not_wait_for_the_server_for_ever(rig: Rig) -> None:
    await rig.simulator.dial(ALICE, PROXY_A)
    rig.host.down = 1000
    answering = asyncio.create_task(rig.simulator.answer(BOB, rig.ringing(BOB).id))
    await rig.timers.pass_(4.9)
    assert not answering.done()
    await rig.timers.pass_(0.1)
    assert (await answering).status == "in-progress"
    rig.host.down = 0


async def test_a_mistake_ends_the_call(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    rig.host.trees[PROXY_A] = masked(Number(BOB), Number(CAROL))
    call = rig.host.call

    async def third_is_broken(inbound: object) -> object:
        rig.host.broken = int(len(rig.host.calls) == 2)
        return await call(inbound)  # type: ignore[arg-type]

    rig.host.call = third_is_broken  # type: ignore[assignment,method-assign]
    assert (await rig.simulator.dial(ALICE, PROXY_A)).status == "failed"
    assert rig.only_call(BOB).status == "canceled"
    assert rig.host.last(IN)[0] == "failed"
    assert rig.host.last(OUT)[0] == "canceled"
    assert "ValueError" in caplog.text
    assert "+1" not in caplog.text


ACTIONS = ("answer", "reject", "hang_up", "digits")


async def act(rig: Rig, number: str, call: str, action: str) -> None:
    match action:
        case "answer":
            await rig.simulator.answer(number, call)
        case "reject":
            await rig.simulator.reject(number, call)
        case "hang_up":
            await rig.simulator.hang_up(number, call)
        case _:
            await rig.simulator.key_in(number, call, "1")


@pytest.mark.parametrize(
    ("state", "side", "possible"),
    [
        ("ringing", "caller", {"hang_up"}),
        ("ringing", "callee", {"answer", "reject"}),
        ("talking", "caller", {"hang_up", "digits"}),
        ("talking", "callee", {"hang_up", "digits"}),
        ("over", "caller", set()),
        ("over", "callee", set()),
    ],
)
@pytest.mark.parametrize("action", ACTIONS)
async def test_what_is_possible_when(
    rig: Rig, state: str, side: str, possible: set[str], action: str
) -> None:
    call = await rig.simulator.dial(ALICE, PROXY_A)
    ringing = rig.ringing(BOB)
    if state != "ringing":
        await rig.simulator.answer(BOB, ringing.id)
    if state == "over":
        await rig.simulator.hang_up(ALICE, call.id)
    told = len(rig.host.moments)
    number, own, other = (ALICE, call, ringing) if side == "caller" else (BOB, ringing, call)
    if action in possible:
        await act(rig, number, own.id, action)
    else:
        with pytest.raises(NotPossible):
            await act(rig, number, own.id, action)
        assert len(rig.host.moments) == told
    # The other side's call, and one that never was, are unknown.
    for unknown in (other.id, "HC0"):
        with pytest.raises(UnknownCall):
            await act(rig, number, unknown, action)


async def test_two_people_act_at_once(rig: Rig) -> None:
    call = await rig.simulator.dial(ALICE, PROXY_A)
    ringing = rig.ringing(BOB)
    await asyncio.gather(
        rig.simulator.hang_up(ALICE, call.id),
        rig.simulator.answer(BOB, ringing.id),
        rig.simulator.reject(BOB, ringing.id),
    )
    assert rig.only_call(ALICE).status == rig.only_call(BOB).status == "canceled"


async def test_calls_are_bounded() -> None:
    rig = await Rig(Limits(handset_calls=2, live_calls=5)).started()
    rig.host.trees[PROXY_A] = masked()
    for _ in range(2):
        await rig.simulator.dial(ALICE, PROXY_A)
    with pytest.raises(TooMany):
        await rig.simulator.dial(ALICE, PROXY_A)
    assert len(rig.host.calls) == 4
    # The callee has as many calls as it can hold: it is busy.
    assert (await rig.simulator.dial(CAROL, PROXY_A)).status == "busy"
    rig.host.trees[PROXY_B] = masked(Number("+13235551234"))
    assert (await rig.simulator.dial(CAROL, PROXY_B)).status == "busy"
    await rig.simulator.dial(CAROL, PROXY_A)
    for call in rig.simulator.calls(BOB):
        await rig.simulator.reject(BOB, call.id)
    assert (await rig.simulator.dial(CAROL, PROXY_B)).status == "ringing"
    await rig.simulator.close()


async def test_calls_that_begin_together_are_bounded() -> None:
    rig = await Rig(Limits(handset_calls=1)).started()
    rig.host.trees[PROXY_A] = masked()
    begun = [asyncio.create_task(rig.simulator.dial(ALICE, PROXY_A)) for _ in range(2)]
    results = await asyncio.gather(*begun, return_exceptions=True)
    await settle()
    assert [type(result).__name__ for result in results] == ["CallView", "TooMany"]
    assert len(rig.simulator.calls(ALICE)) == 1
    assert rig.host.last("inbound-2") == ("failed", 0)
    await rig.simulator.close()


async def test_ended_calls_are_kept_within_bounds() -> None:
    rig = await Rig(Limits(history=2, history_total=3)).started()
    rig.host.trees[PROXY_A] = Response((Hangup(),))
    first = [await rig.simulator.dial(ALICE, PROXY_A) for _ in range(3)]
    assert [call.id for call in rig.simulator.calls(ALICE)] == [call.id for call in first[1:]]
    for _ in range(2):
        await rig.simulator.dial(BOB, PROXY_A)
    assert [call.id for call in rig.simulator.calls(ALICE)] == [first[2].id]
    for _ in range(3):
        await rig.simulator.dial(CAROL, PROXY_A)
    assert not rig.simulator.calls(ALICE)
    assert len(rig.simulator.calls(BOB)) == 1
    assert len(rig.simulator.calls(CAROL)) == 2


async def test_closing_ends_all_calls(rig: Rig) -> None:
    rig.host.trees[PROXY_B] = masked(Number(CAROL))
    await rig.simulator.dial(ALICE, PROXY_A)
    await rig.simulator.answer(BOB, rig.ringing(BOB).id)
    await rig.simulator.dial(BOB, PROXY_B)
    await rig.timers.pass_(7)
    await rig.simulator.close()
    assert rig.host.last(IN) == rig.host.last(OUT) == ("completed", 7)
    assert rig.host.last("inbound-2") == ("failed", 0)
    assert rig.only_call(CAROL).status == "canceled"
    assert not [call for call in rig.simulator.calls(BOB) if call.ended is None]


async def test_a_call_that_comes_in_while_the_network_closes_ends(rig: Rig) -> None:
    await rig.simulator.close()
    assert (await rig.simulator.dial(ALICE, PROXY_A)).status == "failed"
    assert not rig.simulator.calls(BOB)
    assert rig.host.told == [(OUT, "canceled"), (IN, "failed")]


async def test_closing_cuts_off_a_call_that_is_stuck() -> None:
    async def never(url: str, method: str, params: Mapping[str, str]) -> Response:
        await asyncio.Event().wait()
        raise AssertionError

    rig = await Rig(pace=Pace(drain=0.01), fetch=never).started()
    rig.host.trees[PROXY_A] = Response((Redirect("https://a.example/"),))
    dialling = asyncio.create_task(rig.simulator.dial(ALICE, PROXY_A))
    await settle()
    await rig.simulator.close()
    assert (await dialling).status == "failed"
    assert rig.only_call(ALICE).status == "failed"


async def test_keys_that_nobody_waits_for_are_recorded_only(rig: Rig) -> None:
    rig.host.trees[PROXY_A] = masked(answer_on_bridge=False)
    call = await rig.simulator.dial(ALICE, PROXY_A)
    await rig.simulator.key_in(ALICE, call.id, "1")
    assert rig.ringing(BOB).heard == ()
    assert rig.only_call(ALICE).digits == "1"


async def test_two_taps_on_answer_are_one(rig: Rig) -> None:
    await rig.simulator.dial(ALICE, PROXY_A)
    ringing = rig.ringing(BOB)
    await asyncio.gather(*(rig.simulator.answer(BOB, ringing.id) for _ in range(2)))
    await rig.timers.pass_(1)
    assert rig.only_call(BOB).status == "in-progress"
    assert rig.host.told == [(OUT, "ringing"), (IN, "in-progress"), (OUT, "in-progress")]
