"""Live calls that programs end, or have go on elsewhere."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.model.call import FINAL, Call, CallStatus
from maskline.model.errors import Fault
from maskline.model.job import CallOrder
from maskline.model.placed_call import CALL_OPTIONS, PlacedCall
from maskline.voice import silence, steering
from tests.support.memory import World, form

#: The code of a form that has no code of its own for what is wrong.
WRONG = 80701
URL = "https://a.example/next"
HELLO = "<Response><Say>Hi</Say></Response>"


def add(world: World, **changes: Any) -> Call:
    call = world.records.call(world.account.sid, **changes)
    world.do(world.tx.calls.add_many([call]))
    return call


def update(world: World, call: Call, *, can: bool = True, **values: str) -> Call:
    return world.do(
        steering.update(
            world.env,
            world.tx,
            world.account.sid,
            call.sid,
            form(dict(values)),
            lambda _: CALL_OPTIONS if can else None,
        )
    )


def refused(world: World, call: Call, **values: Any) -> int:
    with pytest.raises(Fault) as caught:
        update(world, call, **values)
    assert not deeds(world)
    return caught.value.code


def deeds(world: World) -> list[str]:
    jobs = [job for job in world.jobs() if job.kind == "call"]
    return [msgspec.json.decode(job.payload, type=CallOrder).deed.value for job in jobs]


def wishes(world: World, call: Call) -> PlacedCall | None:
    return world.do(world.tx.placed_calls.get(call.sid))


def test_one_that_waits_is_cancelled_at_once(world: World) -> None:
    for status in ("canceled", "completed"):
        call = add(world, direction="outbound-api", status="queued")
        assert update(world, call, Status=status).status == "canceled"
    assert not deeds(world)


@pytest.mark.parametrize(
    ("state", "status", "deed"),
    [
        ("initiated", "canceled", "cancel"),
        ("ringing", "canceled", "cancel"),
        ("ringing", "completed", "end"),
        ("in-progress", "completed", "end"),
    ],
)
def test_the_carrier_ends_one(world: World, state: str, status: str, deed: str) -> None:
    call = add(world, status=state)
    assert update(world, call, Status=status) == call
    assert deeds(world) == [deed]


def test_an_answered_one_is_not_cancelled(world: World) -> None:
    assert refused(world, add(world, status="in-progress"), Status="canceled") == 21220


@pytest.mark.parametrize("status", sorted(FINAL))
@pytest.mark.parametrize("values", [{"Status": "completed"}, {"Url": URL}, {"Twiml": HELLO}])
def test_what_is_over_is_over(world: World, status: str, values: dict[str, str]) -> None:
    assert refused(world, add(world, status=status), **values) == 21220


def test_nothing_asked_changes_nothing(world: World) -> None:
    for status in CallStatus:
        call = add(world, status=status.value)
        assert update(world, call) == call
    assert not deeds(world)


def test_one_goes_on_elsewhere(world: World) -> None:
    call = add(world, status="in-progress")
    assert update(world, call, Url=URL, Method="GET", Twiml=HELLO, FallbackUrl=f"{URL}/2") == call
    assert deeds(world) == ["steer"]
    assert wishes(world, call) == PlacedCall(
        url=URL, method="GET", fallback_url=f"{URL}/2", revision=1
    )
    update(world, call, Twiml=HELLO)
    assert wishes(world, call) == PlacedCall(twiml=HELLO, revision=2)
    assert deeds(world) == ["steer", "steer"]


def test_what_a_program_placed_keeps_its_other_wishes(world: World) -> None:
    call = add(world, status="in-progress", direction="outbound-api")
    kept = PlacedCall(url="https://a.example/first", status_url="https://a.example/s", timeout=5)
    world.do(world.tx.placed_calls.put(call.sid, call.account_sid, kept))
    update(world, call, Url=URL)
    assert wishes(world, call) == msgspec.structs.replace(kept, url=URL, revision=1)
    update(world, call, Url=URL)
    assert wishes(world, call).revision == 2
    update(world, call, StatusCallback="", TimeLimit="60")
    changed = msgspec.structs.replace(kept, url=URL, status_url="", time_limit=60, revision=2)
    assert wishes(world, call) == changed
    assert deeds(world) == ["steer", "steer", "limit"]
    # It waits until it is reached, and holds nothing up.
    assert [job.ordering_key for job in world.jobs()][-1] == ""


def test_one_is_bounded(world: World) -> None:
    came = add(world, status="in-progress")
    usual = str(PlacedCall().time_limit)
    for _ in range(2):
        update(world, came, TimeLimit=usual)
    assert deeds(world) == ["limit", "limit"]
    # What was not begun yet has its limit with it.
    waits = add(world, status="queued", direction="outbound-api")
    update(world, waits, TimeLimit="60", can=False)
    assert len(deeds(world)) == 2
    kept = wishes(world, waits)
    assert kept is not None
    assert kept.time_limit == 60


@pytest.mark.parametrize(
    ("changes", "values", "code"),
    [
        ({"status": "ringing"}, {"Url": URL}, 21220),
        ({"status": "queued"}, {"Twiml": HELLO}, 21220),
        ({"status": "in-progress", "direction": "outbound-dial"}, {"Url": URL}, 21220),
        ({"status": "in-progress"}, {"Url": URL, "can": False}, 21220),
        ({"status": "in-progress"}, {"Status": "completed", "can": False}, 21220),
        ({"status": "in-progress"}, {"TimeLimit": "60", "can": False}, 21220),
        ({"status": "completed"}, {"TimeLimit": "60"}, 21220),
        ({"status": "in-progress"}, {"TimeLimit": "0"}, WRONG),
        ({"status": "in-progress"}, {"Url": "x"}, 21205),
        ({"status": "in-progress"}, {"Url": URL, "Method": "PUT"}, 21209),
        ({"status": "in-progress"}, {"Twiml": "<x"}, WRONG),
        ({"status": "in-progress"}, {"Status": "busy"}, WRONG),
    ],
)
def test_refusals(world: World, changes: dict[str, str], values: dict[str, Any], code: int) -> None:
    assert refused(world, add(world, **changes), **values) == code


def test_another_account_s(world: World) -> None:
    call = world.records.call(world.add_account().sid, status="in-progress")
    world.do(world.tx.calls.add_many([call]))
    assert refused(world, call, Status="completed") == 20404


def test_calls_that_say_nothing_are_asked_about(world: World) -> None:
    rings = add(world, carrier="telnyx")
    talks = add(world, carrier="telnyx", status="in-progress")
    for other in (
        {"carrier": "simulator"},
        {"carrier": "telnyx", "status": "queued"},
        {"carrier": "telnyx", "status": "completed"},
    ):
        add(world, **other)
    assert world.do(silence.ask(world.env, world.tx, 10)) == 0
    world.clock.advance(silence.RINGING + 1)
    assert world.do(silence.ask(world.env, world.tx, 10)) == 1
    assert world.do(silence.ask(world.env, world.tx, 10)) == 0
    world.clock.advance(silence.TALKING)
    found = {one.sid for one in world.do(silence.silent(world.env, world.tx, 10))}
    assert found == {rings.sid, talks.sid}
    assert world.do(silence.ask(world.env, world.tx, 1)) == 1
    assert deeds(world) == ["look", "look"]
    world.clock.advance(silence.OLDEST)
    assert world.do(silence.ask(world.env, world.tx, 10)) == 0


def test_the_record_of_a_call_is_deleted_when_it_is_over(world: World) -> None:
    other = world.add_account()
    call, live = add(world, status="completed"), add(world, status="in-progress")
    kept = PlacedCall(url="https://a.example/")
    for one in (call, live):
        world.do(world.tx.placed_calls.put(one.sid, one.account_sid, kept))
    for sid, account, code in (
        (call.sid, other.sid, 20404),
        ("CA0", world.account.sid, 20404),
        (live.sid, world.account.sid, 20009),
    ):
        with pytest.raises(Fault) as refused:
            world.do(steering.delete(world.tx, account, sid))
        assert refused.value.code == code
    assert world.do(world.tx.placed_calls.get(call.sid)) == kept
    assert world.do(world.tx.placed_calls.get(live.sid)) == kept
    world.do(steering.delete(world.tx, world.account.sid, call.sid))
    assert world.do(world.tx.calls.by_sid(call.sid)) is None
    assert world.do(world.tx.placed_calls.get(call.sid)) is None
