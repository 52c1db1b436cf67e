"""What carriers are asked to do with calls, and what becomes of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
import pytest

from maskline.carriers.contract import ApiMissing, ApiRefused
from maskline.delivery.calls import CallHandler, Lines
from maskline.delivery.results import Finished, GiveUp, Retry
from maskline.model.call import Call
from maskline.model.job import CallDeed, CallOrder, Job
from maskline.model.placed_call import PlacedCall
from maskline.model.traffic import (
    Accepted,
    CallEvent,
    OutboundCall,
    Refused,
    SendResult,
    Throttled,
    Unclear,
)
from tests.support.memory import World
from tests.support.records import NOON

T = TypeVar("T")
JOB = Job("JB1", "call", "AC1", "", b"", "pending", 0, 0, "", "", NOON)


class Line:
    """A carrier whose answers a test chooses."""

    def __init__(self, answer: Any = True) -> None:
        self.answer = answer
        self.placed: list[OutboundCall] = []
        self.asked: list[tuple[str, ...]] = []

    def _say(self) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    @property
    def call_options(self) -> frozenset[str] | None:
        return frozenset({"SendDigits"})

    async def place(self, call: OutboundCall) -> SendResult:
        self.placed.append(call)
        result: SendResult = self._say()
        return result

    async def end(self, call_sid: str, provider_id: str | None, *, answered: bool) -> bool:
        self.asked.append(("end" if answered else "cancel", call_sid, str(provider_id)))
        return bool(self._say())

    async def steer(self, call_sid: str, provider_id: str | None) -> bool:
        self.asked.append(("steer", call_sid, str(provider_id)))
        return bool(self._say())

    async def look(self, call_sid: str, provider_id: str | None) -> CallEvent | None:
        self.asked.append(("look", call_sid, str(provider_id)))
        found: CallEvent | None = self._say()
        return found


class Bounded(Line):
    """One that ends calls by itself."""

    async def limit(self, call_sid: str, provider_id: str | None, seconds: int) -> bool:
        self.asked.append(("limit", call_sid, str(provider_id), str(seconds)))
        return bool(self._say())


class Desk:
    """The handler, over a database in memory."""

    def __init__(self, world: World, line: Line | None) -> None:
        self.world = world
        self.line = line
        self.handler = CallHandler(world.env, self, lambda _: self.line)  # type: ignore[arg-type]

    async def transact(self, use_case: Callable[[Any], Awaitable[T]]) -> T:
        return await use_case(self.world.tx)

    read = transact

    def add(self, **changes: Any) -> Call:
        call = self.world.records.call(self.world.account.sid, **changes)
        self.world.do(self.world.tx.calls.add_many([call]))
        return call

    def queued(self) -> Call:
        call = self.add(direction="outbound-api", status="queued", provider_id=None)
        kept = PlacedCall(url="https://a.example/")
        self.world.do(self.world.tx.placed_calls.put(call.sid, call.account_sid, kept))
        return call

    def run(self, call: Call, deed: CallDeed) -> Any:
        order = CallOrder(call.sid, call.account_sid, call.carrier, deed)
        return self.world.do(self.handler.run(JOB, order))

    def stored(self, call: Call) -> Call:
        found = self.world.do(self.world.tx.calls.by_sid(call.sid))
        assert found is not None
        return found


def test_a_call_is_placed_once(world: World) -> None:
    desk = Desk(world, line := Line(Accepted("theirs")))
    call = desk.queued()
    assert desk.run(call, CallDeed.PLACE) == Finished()
    assert (desk.stored(call).status, desk.stored(call).provider_id) == ("initiated", "theirs")
    # A process that takes the job over can't know how far the other came.
    assert desk.run(call, CallDeed.PLACE) == Finished()
    assert [one.reference for one in line.placed] == [call.sid]


@pytest.mark.parametrize("answer", [Unclear(), ValueError("a bug")])
def test_a_call_of_doubtful_fate_is_left(
    world: World, answer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk(world, Line(answer))
    call = desk.queued()
    assert desk.run(call, CallDeed.PLACE) == Finished()
    assert desk.stored(call).status == "initiated"
    assert call.sid in caplog.text
    assert not world.codes()


@pytest.mark.parametrize(
    ("answer", "after"),
    [
        (Throttled(3.0), 3.0),
        (Throttled(), 1.0),
        (Refused(20503, retry=True), None),
        (Refused(20503, retry=True, retry_after=2.0), 2.0),
    ],
)
def test_a_call_that_is_not_taken_now_is_placed_later(
    world: World, answer: Any, after: float | None
) -> None:
    desk = Desk(world, line := Line(answer))
    call = desk.queued()
    result = desk.run(call, CallDeed.PLACE)
    assert isinstance(result, Retry)
    assert (result.after, result.counts) == (after, True)
    assert desk.stored(call).status == "queued"
    line.answer = Accepted("theirs")
    assert desk.run(call, CallDeed.PLACE) == Finished()
    assert len(line.placed) == 2


def test_a_call_that_is_refused_has_failed(world: World) -> None:
    desk = Desk(world, Line(Refused(21215, retry=False)))
    call = desk.queued()
    assert desk.run(call, CallDeed.PLACE) == Finished()
    assert desk.stored(call).status == "failed"
    assert world.codes() == [21215]


def test_a_call_whose_carrier_is_gone(world: World) -> None:
    desk = Desk(world, None)
    call = desk.queued()
    assert desk.run(call, CallDeed.PLACE) == Finished()
    assert (desk.stored(call).status, world.codes()) == ("failed", [21212])


def test_a_call_that_waited_for_too_long(world: World) -> None:
    desk = Desk(world, Line())
    call = desk.queued()
    for deed, result in ((CallDeed.END, GiveUp("no")), (CallDeed.PLACE, Finished())):
        order = CallOrder(call.sid, call.account_sid, call.carrier, deed)
        assert world.do(desk.handler.exhausted(JOB, order, "no")) == result
    assert (desk.stored(call).status, world.codes()) == ("failed", [20503])


@pytest.mark.parametrize("deed", [CallDeed.END, CallDeed.CANCEL, CallDeed.STEER])
def test_a_live_call(world: World, deed: CallDeed) -> None:
    desk = Desk(world, line := Line())
    call = desk.add(status="in-progress", provider_id="theirs")
    assert desk.run(call, deed) == Finished()
    assert line.asked == [(deed.value, call.sid, "theirs")]
    line.answer = ApiRefused("not reached")
    assert desk.run(call, deed) == Retry("not reached")
    line.answer = False
    assert desk.run(call, deed) == Finished()
    assert world.codes() == [21220]
    desk.line = None
    assert desk.run(call, deed) == Finished()
    assert desk.stored(call).status == "in-progress"


def test_what_is_over_is_left(world: World) -> None:
    desk = Desk(world, line := Line())
    gone = world.records.call(world.account.sid)
    for call in (desk.add(status="completed"), gone):
        assert desk.run(call, CallDeed.END) == Finished()
    assert not line.asked


def test_a_silent_call_is_looked_at(world: World) -> None:
    desk = Desk(world, line := Line(None))
    call = desk.add(carrier="telnyx", provider_id="theirs")
    assert desk.run(call, CallDeed.LOOK) == Finished()
    line.answer = ApiRefused("not reached")
    assert desk.run(call, CallDeed.LOOK) == Finished()
    desk.line = None
    assert desk.run(call, CallDeed.LOOK) == Finished()
    assert desk.stored(call).status == "ringing"
    desk.line = line
    line.answer = CallEvent(call.sid, "completed", "theirs", 7, carrier="telnyx")
    assert desk.run(call, CallDeed.LOOK) == Finished()
    assert (desk.stored(call).status, desk.stored(call).duration) == ("completed", 7)


@pytest.mark.parametrize("line", [None, Line(None), Line(ApiRefused("401"))])
def test_a_call_of_which_nobody_can_say_anything_does_not_ring_for_ever(
    world: World, line: Line | None
) -> None:
    desk = Desk(world, line)
    call = desk.add(carrier="plivo")
    world.clock.advance((14_400 + 600) * 1000)
    assert desk.run(call, CallDeed.LOOK) == Finished()
    assert desk.stored(call).status == "ringing"
    world.clock.advance(1)
    assert desk.run(call, CallDeed.LOOK) == Finished()
    assert desk.stored(call).status == "failed"
    assert not world.codes()


def test_a_call_that_its_carrier_never_had(world: World) -> None:
    desk = Desk(world, Line(ApiMissing("404")))
    call = desk.add(carrier="telnyx")
    assert desk.run(call, CallDeed.LOOK) == Finished()
    assert desk.stored(call).status == "failed"
    assert not world.codes()


def test_the_handler_as_the_dispatcher_sees_it(world: World) -> None:
    handler = Desk(world, Line()).handler
    assert len(handler.delays) == 3
    one = CallOrder("CA1", "AC1", "one", CallDeed.PLACE)
    assert handler.decode(msgspec.json.encode(one)) == one
    assert handler.lane(JOB, one) == "call:AC1:one"


def test_a_leg_without_a_name_rings_as_long_as_its_call_is_there(world: World) -> None:
    """Some carriers name a leg when it is answered: until then nobody can be asked about it."""
    desk = Desk(world, line := Line(ApiMissing("gone")))
    parent = desk.add(status="in-progress")
    leg = desk.add(
        status="initiated",
        direction="outbound-dial",
        parent_call_sid=parent.sid,
        provider_id=None,
    )
    assert desk.run(leg, CallDeed.LOOK) == Finished()
    assert desk.stored(leg).status == "initiated"
    assert line.asked == []
    over = msgspec.structs.replace(parent, status="completed")
    world.do(world.tx.calls.update(over))
    assert desk.run(leg, CallDeed.LOOK) == Finished()
    assert desk.stored(leg).status == "failed"
    assert line.asked == [("look", leg.sid, "None")]


def test_lines_are_looked_up_at_each_call() -> None:
    accounts: dict[str, object] = {"texts": object()}
    lines = Lines({"simulator": (own := Line())}, accounts)
    assert lines("simulator") is own
    assert lines.options("texts") is None
    assert lines.options("one") is None
    accounts["one"] = Line()
    assert lines.options("one") == {"SendDigits"}


# Limits


def limited(desk: Desk, seconds: int, **changes: Any) -> Call:
    """A call that may last so long."""
    call = desk.add(status="in-progress", **changes)
    kept = PlacedCall(time_limit=seconds)
    desk.world.do(desk.world.tx.placed_calls.put(call.sid, call.account_sid, kept))
    return call


def test_a_call_ends_when_it_has_lasted_as_long_as_it_may(world: World) -> None:
    desk = Desk(world, line := Line())
    call = limited(desk, 60, start_time=NOON - 20_000)
    assert desk.run(call, CallDeed.LIMIT) == Retry("the call goes on", 40.0, counts=False)
    assert line.asked == []
    world.clock.now += 39_999
    assert desk.run(call, CallDeed.LIMIT) == Retry("the call goes on", 0.001, counts=False)
    world.clock.now += 1
    assert desk.run(call, CallDeed.LIMIT) == Finished()
    assert line.asked == [("end", call.sid, str(call.provider_id))]


def test_a_carrier_is_told_of_a_limit_where_it_has_them(world: World) -> None:
    desk = Desk(world, line := Bounded())
    call = limited(desk, 60, start_time=NOON)
    assert desk.run(call, CallDeed.LIMIT) == Retry("the call goes on", 60.0, counts=False)
    assert line.asked == [("limit", call.sid, str(call.provider_id), "60")]
    line.answer = ApiRefused("away")
    assert desk.run(call, CallDeed.LIMIT) == Retry("away")


def test_a_limit_is_counted_from_the_answer(world: World) -> None:
    desk = Desk(world, Line())
    call = limited(desk, 60, start_time=None)
    world.clock.now += 90_000
    assert desk.run(call, CallDeed.LIMIT) == Retry("the call goes on", 60.0, counts=False)


def test_a_limit_that_can_t_be_kept_is_told(world: World) -> None:
    line = Line(answer=False)
    desk = Desk(world, line)
    call = limited(desk, 60, start_time=NOON - 60_000)
    assert desk.run(call, CallDeed.LIMIT) == Finished()
    assert world.codes() == [21220]
    line.answer = ApiRefused("away")
    assert desk.run(call, CallDeed.LIMIT) == Retry("away")
    # Its record was deleted, and how it was to go with it.
    assert desk.run(desk.add(status="in-progress"), CallDeed.LIMIT) == Finished()
