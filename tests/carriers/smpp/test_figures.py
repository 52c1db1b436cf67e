"""What an account counts, for metrics."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from maskline.carriers.smpp import pdu
from maskline.carriers.smpp.pdu import ShortMessage
from maskline.model.meter import Meter
from maskline.model.traffic import Accepted, Refused, Unclear
from tests.carriers.smpp.conftest import ALICE, NUMBER, Line

Eventually = Callable[..., Any]


def gauges(meter: Meter) -> dict[str, float]:
    """How things stand, by a short name."""
    shown = (meter.smpp_links, meter.smpp_window, meter.smpp_in_flight, meter.smpp_waiting)
    names = ("links", "window", "in_flight", "waiting")
    return {
        f"{name}{labels[1:]}" if labels[1:] else name: look()
        for name, found in zip(names, shown, strict=True)
        for labels, look in found.items()
    }


@pytest.mark.covers("carrier:smpp.metrics")
async def test_links_and_windows_are_seen_as_they_are(line: Line, eventually: Eventually) -> None:
    assert gauges(line.meter) == {}
    await line.connect(binds=2, window=2)
    await eventually(lambda: line.carrier.is_bound)
    held: list[Any] = []
    line.smsc.on_submit = lambda session, one: held.append((session, one))
    sends = [asyncio.create_task(line.carrier.send(line.message(str(n)))) for n in range(7)]
    await eventually(lambda: len(held) == 4)
    assert gauges(line.meter) == {
        "links('bound',)": 2,
        "links('down',)": 0,
        "window": 4,
        "in_flight": 4,
        "waiting": 3,
    }
    line.smsc.on_submit = line.smsc.accept
    for session, one in held:
        line.smsc.accept(session, one)
    await asyncio.gather(*sends)
    assert gauges(line.meter)["in_flight"] == 0
    await line.carrier.close()
    assert gauges(line.meter) == {}


async def test_an_account_that_is_built_anew_stays_to_be_seen(
    line: Line, eventually: Eventually
) -> None:
    old = await line.connect()
    await eventually(lambda: line.carrier.is_bound)
    await line.connect(binds=3)
    await eventually(lambda: line.carrier.is_bound)
    await old.close()
    assert gauges(line.meter)["links('bound',)"] == 3


@pytest.mark.covers("carrier:smpp.bind-refused")
async def test_binds_are_counted_by_what_they_came_to(line: Line, eventually: Eventually) -> None:
    line.smsc.bind_statuses.extend([0x08, 0x05])
    await line.connect()
    session = await line.smsc.session()
    await eventually(lambda: line.carrier.is_bound)
    assert line.meter.smpp_binds == {("smpp", "refused"): 2, ("smpp", "bound"): 1}
    session.cut()
    await eventually(lambda: line.meter.smpp_binds["smpp", "bound"] == 2)
    assert line.meter.smpp_lost == {("smpp",): 1}
    await line.smsc.session()
    await line.smsc.stop()
    await eventually(lambda: line.meter.smpp_binds["smpp", "failed"] >= 2)
    assert gauges(line.meter)["links('down',)"] == 1
    # To take leave is to lose nothing.
    before = dict(line.meter.smpp_lost)
    await line.carrier.close()
    assert line.meter.smpp_lost == before


async def test_submissions_are_counted_by_what_they_came_to(
    line: Line, eventually: Eventually
) -> None:
    await line.connect()
    line.smsc.refuse(0x58, 0x0B)
    # One that is throttled is submitted again, which is another one.
    refused = await line.carrier.send(line.message("first"))
    assert refused == Refused(21211, retry=False)
    assert isinstance(await line.carrier.send(line.message("x" * 200)), Accepted)
    line.smsc.on_submit = lambda session, _: session.cut()
    assert await line.carrier.send(line.message("last")) == Unclear()
    assert line.meter.smpp_submissions == {
        ("smpp", "throttled"): 1,
        ("smpp", "refused"): 1,
        ("smpp", "accepted"): 2,
        ("smpp", "lost"): 1,
    }


async def test_what_is_handed_over_is_counted_by_our_answer(line: Line) -> None:
    await line.connect()
    session = await line.smsc.session()
    text = ShortMessage(
        source_ton=1,
        source=ALICE[1:],
        destination_ton=1,
        destination=NUMBER[1:],
        short_message=b"hi",
    )
    assert await session.deliver(text) == 0
    line.host.unavailable = 1
    assert await session.deliver(text) == 0x64
    line.host.unknown.add(NUMBER)
    assert await session.deliver(text) == 0x65
    broken = await asyncio.wait_for(session.request(pdu.DELIVER_SM, b"x"), 10)
    assert broken.status == 0x65
    assert line.meter.smpp_deliveries == {
        ("smpp", "taken"): 1,
        ("smpp", "again"): 1,
        ("smpp", "refused"): 2,
    }
    # Labels are words of ours: whoever writes what to whom is in none.
    counted = [labels for counts in vars(line.meter).values() for labels in counts]
    assert {word for labels in counted for word in labels} <= {
        *("smpp", "bound", "down", "taken", "again", "refused"),
    }
