"""Messages to handsets and from them."""

from __future__ import annotations

import asyncio

import pytest

from maskline.carriers.contract import Carrier, HostUnavailable
from maskline.carriers.simulator import Behaviour, Limits, Refusal, Simulator
from maskline.carriers.simulator.errors import UnknownNumber
from maskline.model.sid import SidFactory
from maskline.model.traffic import Accepted, OutboundMessage, Refused
from tests.unit.carriers.simulator.fakes import (
    ALICE,
    BOB,
    NOBODY,
    PROXY_A,
    PROXY_B,
    FakeLedger,
    FakeTimers,
    Rig,
    outbound,
    settle,
)


def statuses(rig: Rig) -> list[tuple[str, int | None]]:
    return [(report.status, report.error_code) for report in rig.host.reports]


def test_it_is_a_carrier() -> None:
    timers = FakeTimers()
    carrier: Carrier = Simulator(
        clock=timers.clock, sids=SidFactory(timers.clock), ledger=FakeLedger()
    )
    assert carrier.name == "simulator"


# To handsets


async def test_a_message_shows_on_the_handset_and_is_reported(rig: Rig) -> None:
    result = await rig.simulator.send(outbound(media=("https://media.example/1.png",)))
    assert result == Accepted("sim-SM1")
    (shown,) = await rig.simulator.messages(BOB, "", 100)
    assert (shown.from_, shown.to, shown.body) == (PROXY_B, BOB, "hello")
    assert (shown.direction, shown.status) == ("inbound", "received")
    assert shown.media == ["https://media.example/1.png"]
    assert shown.at == "2027-01-15T08:00:00.000Z"
    await settle()
    (report,) = rig.host.reports
    assert (report.carrier, report.status) == ("simulator", "delivered")
    assert (report.message_sid, report.provider_id) == ("SM1", "sim-SM1")
    assert (report.error_code, report.job_sid) == (None, None)


async def test_it_is_accepted_only_when_it_is_kept(rig: Rig) -> None:
    rig.ledger.gate = asyncio.Event()
    sending = asyncio.create_task(rig.simulator.send(outbound()))
    await settle()
    assert not sending.done()
    assert not rig.host.reports
    assert not await rig.events()
    rig.ledger.gate.set()
    assert await sending == Accepted("sim-SM1")


async def test_what_cannot_be_kept_is_refused_for_now(rig: Rig) -> None:
    rig.ledger.failures = 1
    assert await rig.simulator.send(outbound()) == Refused(20503, retry=True)
    await settle()
    assert not rig.host.reports
    assert await rig.simulator.send(outbound()) == Accepted("sim-SM1")
    assert rig.ledger.bodies(BOB) == ["hello"]


@pytest.mark.parametrize("at_once", [False, True])
async def test_the_same_reference_shows_once(rig: Rig, at_once: bool) -> None:
    if at_once:
        results = list(await asyncio.gather(*(rig.simulator.send(outbound()) for _ in range(3))))
    else:
        results = [await rig.simulator.send(outbound()) for _ in range(3)]
    await settle()
    assert results == [Accepted("sim-SM1")] * 3
    assert rig.ledger.bodies(BOB) == ["hello"]
    received = [event for event in await rig.events() if event.type == "message.received"]
    assert len(received) == 1
    # A report that was lost on the way is made up for by another attempt.
    assert statuses(rig) == [("delivered", None)] * 3


async def test_the_same_reference_shows_once_after_a_restart(rig: Rig) -> None:
    await rig.simulator.send(outbound())
    again = Rig()
    again.ledger = rig.ledger
    again.simulator = Simulator(
        clock=again.timers.clock, sids=SidFactory(again.timers.clock), ledger=rig.ledger
    )
    await again.simulator.start(again.host)
    assert await again.simulator.send(outbound()) == Accepted("sim-SM1")
    assert rig.ledger.bodies(BOB) == ["hello"]
    await again.simulator.close()


async def test_messages_in_flight_share_writes_and_reports(rig: Rig) -> None:
    sending = [rig.simulator.send(outbound(f"SM{i}", body=str(i))) for i in range(1000)]
    assert all(isinstance(one, Accepted) for one in await asyncio.gather(*sending))
    await settle()
    assert rig.ledger.bodies(BOB) == [str(i) for i in range(1000)]
    assert [report.message_sid for report in rig.host.reports] == [f"SM{i}" for i in range(1000)]
    assert rig.ledger.writes <= 8
    assert len(rig.host.batches) <= 8
    assert rig.timers.set == 0


@pytest.mark.parametrize("recipient", ["", "12125551234", "sip:bob@example.org", "+1212555\n234"])
async def test_a_recipient_that_is_no_number_is_refused_for_good(rig: Rig, recipient: str) -> None:
    assert await rig.simulator.send(outbound(recipient=recipient)) == Refused(21211, retry=False)
    assert not rig.ledger.rows


@pytest.mark.parametrize(
    ("behaviour", "shows", "reported"),
    [
        (Behaviour(), True, [("delivered", None)]),
        (Behaviour(outcome="undelivered"), False, [("undelivered", 30003)]),
        (Behaviour(outcome="failed"), False, [("failed", 30008)]),
        (Behaviour(outcome="failed", error_code=30007), False, [("failed", 30007)]),
        (Behaviour(duplicate_receipts=2), True, [("delivered", None)] * 3),
        (Behaviour(lose_receipt=True), True, []),
        (Behaviour(lose_receipt=True, outcome="failed"), False, []),
        (Behaviour(out_of_order=True), True, [("delivered", None), ("sent", None)]),
        (
            Behaviour(outcome="undelivered", out_of_order=True, duplicate_receipts=1),
            False,
            [("undelivered", 30003), ("undelivered", 30003), ("sent", None)],
        ),
    ],
)
async def test_outcomes(
    rig: Rig, behaviour: Behaviour, shows: bool, reported: list[tuple[str, int | None]]
) -> None:
    rig.behave(BOB, behaviour)
    assert await rig.simulator.send(outbound()) == Accepted("sim-SM1")
    await settle()
    assert rig.ledger.bodies(BOB) == (["hello"] if shows else [])
    assert statuses(rig) == reported
    # Others are as they were.
    await rig.simulator.send(outbound("SM2", ALICE))
    await settle()
    assert statuses(rig) == [*reported, ("delivered", None)]


@pytest.mark.parametrize(
    ("refusal", "results"),
    [
        (Refusal(), [Refused(30001, retry=True)] * 3),
        (Refusal(21610, retry=False), [Refused(21610, retry=False)] * 3),
        (
            Refusal(30022, retry=True, retry_after=1.5, attempts=2),
            [Refused(30022, retry=True, retry_after=1.5)] * 2 + [Accepted("sim-SM1")],
        ),
    ],
)
async def test_refusals(rig: Rig, refusal: Refusal, results: list[Refused | Accepted]) -> None:
    rig.behave(BOB, Behaviour(refuse=refusal))
    assert [await rig.simulator.send(outbound()) for _ in range(3)] == results
    await settle()
    accepted = isinstance(results[-1], Accepted)
    assert rig.ledger.bodies(BOB) == (["hello"] if accepted else [])
    # The attempts of each message count for themselves.
    assert await rig.simulator.send(outbound("SM2")) == results[0]


async def test_attempts_are_remembered_within_a_bound() -> None:
    rig = await Rig(Limits(references=2)).started()
    rig.behave(BOB, Behaviour(refuse=Refusal(attempts=1)))
    for reference in ("SM1", "SM2", "SM3"):
        assert isinstance(await rig.simulator.send(outbound(reference)), Refused)
    assert isinstance(await rig.simulator.send(outbound("SM3")), Accepted)
    # Forgotten, so it counts as the first.
    assert isinstance(await rig.simulator.send(outbound("SM1")), Refused)


async def test_a_slow_acceptance(rig: Rig) -> None:
    rig.behave(BOB, Behaviour(accept_delay_ms=2000))
    sending = asyncio.create_task(rig.simulator.send(outbound()))
    await rig.timers.pass_(1.999)
    assert not sending.done()
    assert not rig.ledger.rows
    await rig.timers.pass_(0.001)
    assert sending.result() == Accepted("sim-SM1")


async def test_closing_does_not_wait_for_a_slow_acceptance(rig: Rig) -> None:
    rig.behave(BOB, Behaviour(accept_delay_ms=60_000))
    sending = asyncio.create_task(rig.simulator.send(outbound()))
    await settle()
    await rig.simulator.close()
    assert isinstance(await sending, Accepted)
    assert rig.ledger.bodies(BOB) == ["hello"]
    assert await rig.simulator.send(outbound("SM2")) == Refused(20503, retry=True)


# Receipts


async def test_receipts_come_at_their_time(rig: Rig) -> None:
    for name, delay in (("SM1", 300), ("SM2", 100), ("SM3", 200), ("SM4", 100)):
        rig.behave(BOB, Behaviour(delay_ms=delay))
        await rig.simulator.send(outbound(name))
    seen = []
    for _ in range(4):
        seen.append([report.message_sid for report in rig.host.reports])
        await rig.timers.pass_(0.1)
    seen.append([report.message_sid for report in rig.host.reports])
    assert seen == [
        [],
        ["SM2", "SM4"],
        ["SM2", "SM4", "SM3"],
        ["SM2", "SM4", "SM3", "SM1"],
        ["SM2", "SM4", "SM3", "SM1"],
    ]


async def test_receipts_that_fall_due_together_need_few_timers(rig: Rig) -> None:
    rig.behave(BOB, Behaviour(delay_ms=50))
    for i in range(100):
        await rig.simulator.send(outbound(f"SM{i}"))
        rig.timers.now += 0.0005
    await rig.timers.pass_(0.1)
    assert len(rig.host.reports) == 100
    assert rig.timers.set <= 12


async def test_closing_hands_over_what_waits(rig: Rig) -> None:
    rig.behave(BOB, Behaviour(delay_ms=3_600_000))
    await rig.simulator.send(outbound())
    await rig.simulator.close()
    assert statuses(rig) == [("delivered", None)]


async def test_a_server_that_is_down_gets_its_receipts_later(rig: Rig) -> None:
    rig.host.down = 3
    await rig.simulator.send(outbound())
    await rig.simulator.send(outbound("SM2"))
    await settle()
    assert not rig.host.reports
    await rig.timers.pass_(0.1 + 0.2 + 0.4)
    assert [report.message_sid for report in rig.host.reports] == ["SM1", "SM2"]
    receipts = [event for event in await rig.events() if event.type == "receipt"]
    assert len(receipts) == 2


async def test_what_the_server_can_never_take_is_dropped(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    rig.host.broken = 3
    await rig.simulator.send(outbound())
    await rig.timers.pass_(1.0)
    assert not rig.host.reports
    assert "ValueError" in caplog.text
    assert "+1" not in caplog.text
    await rig.simulator.send(outbound("SM2"))
    await settle()
    assert [report.message_sid for report in rig.host.reports] == ["SM2"]
    assert "receipt" not in [event.type for event in (await rig.events())[:-1]]


async def test_closing_gives_up_on_a_server_that_is_down(rig: Rig) -> None:
    rig.host.down = 1000
    await rig.simulator.send(outbound())
    await settle()
    await rig.simulator.close()
    assert not rig.host.reports


async def test_receipts_that_wait_are_bounded(caplog: pytest.LogCaptureFixture) -> None:
    rig = await Rig(Limits(receipts=2)).started()
    rig.behave(BOB, Behaviour(delay_ms=1000))
    for i in range(3):
        await rig.simulator.send(outbound(f"SM{i}"))
    await settle()
    # Too many are under way: the newest comes early.
    assert [report.message_sid for report in rig.host.reports] == ["SM2"]
    await rig.timers.pass_(1.0)
    assert len(rig.host.reports) == 3
    rig.behave(BOB, Behaviour())
    rig.host.down = 1
    for i in range(3, 7):
        await rig.simulator.send(outbound(f"SM{i}"))
    await rig.timers.pass_(1.0)
    assert [report.message_sid for report in rig.host.reports][3:] == ["SM3", "SM4"]
    assert caplog.text.count("dropped") == 1
    await rig.simulator.close()


# From handsets


async def test_a_handset_sends(rig: Rig) -> None:
    media = ["https://media.example/a.JPG?x=1", "https://media.example/b"]
    sent = await rig.simulator.text(ALICE, PROXY_A, "hi", media)
    assert (sent.from_, sent.to, sent.body, sent.media) == (ALICE, PROXY_A, "hi", media)
    assert (sent.direction, sent.status) == ("outbound", "sent")
    assert await rig.simulator.messages(ALICE, "", 10) == [sent]
    (taken,) = rig.host.messages
    assert (taken.carrier, taken.sender, taken.number) == ("simulator", ALICE, PROXY_A)
    assert taken.media == (
        (media[0], "image/jpeg"),
        (media[1], "application/octet-stream"),
    )
    # A carrier's name for a message is not the handset's.
    assert taken.provider_id != sent.id


async def test_the_server_has_it_before_the_handset_shows_it(rig: Rig) -> None:
    rig.host.down = 1
    with pytest.raises(HostUnavailable):
        await rig.simulator.text(ALICE, PROXY_A, "hi")
    assert not rig.ledger.rows
    assert not await rig.events()


async def test_nothing_is_kept_of_a_message_to_nobody(rig: Rig) -> None:
    with pytest.raises(UnknownNumber):
        await rig.simulator.text(ALICE, NOBODY, "hi")
    assert not rig.ledger.rows
    assert not await rig.events()
    assert not rig.simulator.phones(10)


async def test_before_the_start_nothing_can_be_sent() -> None:
    rig = Rig()
    with pytest.raises(HostUnavailable):
        await rig.simulator.text(ALICE, PROXY_A, "hi")
    with pytest.raises(HostUnavailable):
        await rig.simulator.dial(ALICE, PROXY_A)


async def test_a_message_can_arrive_more_than_once(rig: Rig) -> None:
    rig.behave(ALICE, Behaviour(duplicate_inbound=2))
    await rig.simulator.text(ALICE, PROXY_A, "hi")
    assert len(rig.host.messages) == 3
    assert len({one.provider_id for one in rig.host.messages}) == 1
    assert rig.ledger.bodies(ALICE) == ["hi"]


async def test_a_duplicate_that_the_server_cannot_take_is_left_out(rig: Rig) -> None:
    rig.behave(ALICE, Behaviour(duplicate_inbound=3))
    take = rig.host.message

    async def once(message: object) -> object:
        rig.host.down = len(rig.host.messages)
        return await take(message)  # type: ignore[arg-type]

    rig.host.message = once  # type: ignore[assignment,method-assign]
    sent = await rig.simulator.text(ALICE, PROXY_A, "hi")
    assert sent.body == "hi"
    assert len(rig.host.messages) == 1


async def test_what_the_server_took_is_kept_although_the_ledger_fails(rig: Rig) -> None:
    rig.ledger.failures = 2
    sending = asyncio.create_task(rig.simulator.text(ALICE, PROXY_A, "hi"))
    await rig.timers.pass_(0.6)
    assert (await sending).body == "hi"
    assert rig.ledger.bodies(ALICE) == ["hi"]


async def test_it_says_so_when_the_ledger_fails_for_long(rig: Rig) -> None:
    rig.ledger.failures = 100
    sending = asyncio.create_task(rig.simulator.text(ALICE, PROXY_A, "hi"))
    await rig.timers.pass_(10)
    with pytest.raises(HostUnavailable):
        await sending


async def test_a_handset_shows_its_messages_in_order_and_in_pages(rig: Rig) -> None:
    for i in range(3):
        await rig.simulator.text(ALICE, PROXY_A, f"out {i}")
        await rig.simulator.send(OutboundMessage(f"SM{i}", PROXY_A, ALICE, f"in {i}"))
    await rig.simulator.send(outbound("SMx"))
    everything = await rig.simulator.messages(ALICE, "", 100)
    bodies = ["out 0", "in 0", "out 1", "in 1", "out 2", "in 2"]
    assert [one.body for one in everything] == bodies
    first = await rig.simulator.messages(ALICE, "", 4)
    rest = await rig.simulator.messages(ALICE, first[-1].id, 4)
    assert first + rest == everything


async def test_phones_are_those_that_something_happened_on(rig: Rig) -> None:
    await rig.simulator.text(ALICE, PROXY_A, "hi")
    await rig.timers.pass_(1.5)
    await rig.simulator.send(outbound())
    assert [number for number, _ in rig.simulator.phones(10)] == [BOB, ALICE]
    assert rig.simulator.phones(1)[0][1] == rig.timers.clock()
    await rig.simulator.text(ALICE, PROXY_A, "hi")
    assert [number for number, _ in rig.simulator.phones(10)] == [ALICE, BOB]
    few = await Rig(Limits(handsets=1)).started()
    await few.simulator.text(ALICE, PROXY_A, "hi")
    await few.simulator.send(outbound())
    assert [number for number, _ in few.simulator.phones(10)] == [BOB]
