"""What the switchboard counts of the traffic that it takes in."""

from __future__ import annotations

from typing import Any, cast

import msgspec
import pytest

from maskline.carriers.contract import HostUnavailable
from maskline.env import Env
from maskline.gateway.switchboard import Switchboard
from maskline.messaging.inbound import UNPOOLED, Receipt
from maskline.model.sid import SidFactory
from maskline.model.traffic import CallEvent, InboundCall, InboundMessage, Intake, LegReport
from maskline.proxy.routing import Reason
from maskline.settings import Settings
from maskline.store.contract import StoreUnavailable
from maskline.voice.calls import CallPlan, Dialled
from maskline.voice.instructions import Response
from tests.support.records import StoppedClock

MESSAGE = InboundMessage("ours", "P1", "+14155550100", "+14158670001", "hi")
CALL = InboundCall("ours", "P2", "+14155550100", "+14158670001")
DIALLED = Dialled("CA2", "KI1", "KP2", "+14158670002", "+12125551234", "+12125551234", "ours", "")


class Shelf:
    """A store whose transactions come to what a test wants."""

    def __init__(self, result: Any) -> None:
        self.result = result

    async def transact(self, _: object) -> Any:
        """The result."""
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


class Desk:
    """A switchboard over such a store."""

    def __init__(self, result: Any) -> None:
        clock = StoppedClock()
        self.env = Env(clock, SidFactory(clock), Settings())
        nobody = cast(Any, None)
        self.board = Switchboard(self.env, cast(Any, Shelf(result)), nobody, nobody)


@pytest.mark.parametrize(
    ("receipt", "outcome", "reason"),
    [
        (Receipt(Intake.TAKEN, "SM1"), "relayed", ""),
        (Receipt(Intake.TAKEN, "SM1", Reason.NO_SESSION), "refused", "no-session"),
        (Receipt(Intake.TAKEN, "SM1", "opted-out"), "refused", "opted-out"),
        (Receipt(Intake.TAKEN, "SM1", UNPOOLED), "stored", ""),
        (Receipt(Intake.DUPLICATE, "SM1"), "duplicate", ""),
        (Receipt(Intake.UNKNOWN_NUMBER, None), "unknown-number", ""),
    ],
)
async def test_messages(receipt: Receipt, outcome: str, reason: str) -> None:
    desk = Desk([receipt])
    assert await desk.board.message(MESSAGE) is receipt.intake
    assert desk.env.meter.messages_in == {("ours", outcome, reason): 1}


@pytest.mark.parametrize(
    ("plan", "outcome", "reason"),
    [
        (CallPlan("CA1", "AC1", Response(), DIALLED), "relayed", ""),
        (CallPlan("CA1", "AC1", Response(), refused=Reason.EXPIRED), "refused", "expired"),
        (CallPlan("CA1", "AC1", Response()), "answered", ""),
        (None, "unknown-number", ""),
    ],
)
async def test_calls(plan: CallPlan | None, outcome: str, reason: str) -> None:
    desk = Desk([plan])
    await desk.board.call(CALL)
    assert desk.env.meter.calls_in == {("ours", outcome, reason): 1}


async def test_what_could_not_be_stored() -> None:
    desk = Desk(StoreUnavailable("away"))
    with pytest.raises(HostUnavailable):
        await desk.board.message(MESSAGE)
    with pytest.raises(HostUnavailable):
        await desk.board.call(CALL)
    with pytest.raises(HostUnavailable):
        await desk.board.call_events([CallEvent("CA1", "completed")])
    with pytest.raises(HostUnavailable):
        await desk.board.receipts([LegReport("ours", "delivered")])
    meter = desk.env.meter
    assert meter.messages_in == meter.calls_in == {("ours", "unavailable", ""): 1}
    assert not meter.call_reports
    assert not meter.reports


async def test_a_full_queue_takes_calls_but_no_messages() -> None:
    desk = Desk([None])
    desk.board._env = msgspec.structs.replace(desk.env, is_full=lambda: True)
    with pytest.raises(HostUnavailable):
        await desk.board.message(MESSAGE)
    assert desk.env.meter.messages_in == {("ours", "unavailable", ""): 1}
    assert await desk.board.call(CALL) is None


async def test_reports() -> None:
    desk = Desk(None)
    await desk.board.call_events([CallEvent("CA1", "ringing"), CallEvent("CA2", "completed")])
    await desk.board.receipts(
        [LegReport("ours", "delivered"), LegReport("ours", "failed", error_code=30003)]
    )
    assert desk.env.meter.call_reports == {("ringing",): 1, ("completed",): 1}
    assert desk.env.meter.reports == {
        ("ours", "delivered", ""): 1,
        ("ours", "failed", "30xxx"): 1,
    }
