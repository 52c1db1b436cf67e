from __future__ import annotations

import asyncio

import pytest

from maskline.carriers.contract import Host
from maskline.carriers.health import Breaker
from maskline.delivery.guarded import Guarded
from maskline.model.meter import Meter
from maskline.model.traffic import Accepted, OutboundMessage, Refused, SendResult

TEXT = OutboundMessage("SM1", "+14158670001", "+14155550100", "hi")
AWAY = Refused(20503, retry=True)


class Carrier:
    name = "one"

    def __init__(self, *results: SendResult) -> None:
        self.results = list(results)
        self.closed = self.started = False

    async def send(self, message: OutboundMessage) -> SendResult:
        if not self.results:
            await asyncio.sleep(3600)
        return self.results.pop(0)

    async def start(self, host: Host) -> None:
        self.started = True

    async def close(self) -> None:
        self.closed = True


async def test_messages_are_held_while_it_is_not_well(caplog: pytest.LogCaptureFixture) -> None:
    now, meter = [0], Meter()
    carrier = Carrier(AWAY, AWAY, Accepted("1"), Accepted("2"))
    one = Guarded(carrier, Breaker(2, 1000), lambda: now[0], meter)
    assert [await one.send(TEXT) for _ in range(4)] == [AWAY] * 4
    assert len(carrier.results) == 2
    assert (one.unwell_for(0), one.unwell_for(700)) == (1, 700)
    assert "not well" in caplog.text
    now[0] = 1000
    assert [await one.send(TEXT) for _ in range(2)] == [Accepted("1"), Accepted("2")]
    assert "well again" in caplog.text
    assert one.unwell_for(5000) == 0
    assert meter.carrier_held == {("one",): 2}
    assert meter.carrier_turns == {("one", "open"): 1, ("one", "closed"): 1}
    assert sum(meter.carrier_seconds["one",].counts) == 4


async def test_an_attempt_that_is_cut_off_keeps_nobody_out() -> None:
    now = [0]
    carrier = Carrier(AWAY)
    one = Guarded(carrier, Breaker(1, 1000), lambda: now[0], Meter())
    await one.send(TEXT)
    now[0] = 1000
    task = asyncio.create_task(one.send(TEXT))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    carrier.results = [Accepted("1")]
    now[0] += 2000
    assert await one.send(TEXT) == Accepted("1")


async def test_it_begins_and_ends_with_its_carrier() -> None:
    carrier = Carrier()
    one = Guarded(carrier, Breaker(1, 1000), lambda: 0, Meter())
    await one.start(None)  # type: ignore[arg-type]
    await one.close()
    assert carrier.started
    assert carrier.closed
    assert one.name == "one"
