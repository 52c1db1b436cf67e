"""Latency in an open loop: messages arrive at a fixed rate, whatever the answers do."""

from __future__ import annotations

from typing import Final

from bench.databases import call_back
from bench.figures import Bar, Figure, Row
from bench.journey import DELIVERED, Journeys
from bench.load import Load
from bench.population import Population, spread
from bench.receiver import Receiver
from bench.rows.doors import SESSIONS, subjects
from bench.rows.loop import sides
from bench.run import WARM_UP, Run
from bench.wire import DOOR, MESSAGE, SignedForm, Texts

_RATE: Final = 1_000
_WINDOW: Final = 128
_FASTEST: Final = 8_000


async def acknowledged(run: Run) -> list[Row]:
    """HTTP in → durable → 200 at 1,000 messages per second, their jobs left alone."""
    loads: list[list[Load]] = [[], []]
    seconds = run.options.seconds
    async with subjects(run, "message") as (product, control, traffic):
        forms = [
            SignedForm(subject.port, DOOR + "/Message", MESSAGE) for subject in (product, control)
        ]
        for number in range(run.options.rounds + 1):
            for side, subject in enumerate((product, control)):
                requests = traffic.requests(forms[side], int(_RATE * seconds))
                load = await subject.pool.opened(requests, _RATE, seconds)
                if number:
                    loads[side].append(load)
        run.tell(f"latency at {_RATE:,}/s: p50 {loads[0][-1].ms(0.5):.2f} ms")
    return [
        _row(
            "latency",
            f"latency at {_RATE:,} masked messages per second, acknowledged",
            "open loop; from sending the request to its answer, which comes after the commit",
            loads,
            "bare ASGI, as for the rate",
        )
    ]


async def delivering(run: Run) -> list[Row]:
    """The same while each is handed over and told of."""
    loads: list[list[Load]] = [[], []]
    journeys: list[Load] = []
    seconds = run.options.seconds
    async with sides(run) as both:
        for number in range(run.options.rounds + 1):
            for side, each in enumerate(both):
                load = await each.round(seconds, rate=_RATE)
                if number:
                    loads[side].append(each.journeys.answers)
                    if side == 0:
                        journeys.append(load)
        run.tell(f"latency while delivering: p50 {loads[0][-1].ms(0.5):.2f} ms")
    row = _row(
        "latency-loop",
        f"latency at {_RATE:,} masked messages per second, while all are delivered",
        "open loop; the answer, as above, while carrier and callback POSTs (3 per message) go out",
        loads,
        "the full loop's control: the same HTTP calls, no store",
    )
    p50 = Figure("ms", [load.ms(0.5) for load in journeys])
    p99 = Figure("ms", [load.ms(0.99) for load in journeys])
    row.remarks.append(f"from the message to its last callback: p50 {p50}, p99 {p99}")
    row.remarks.append(
        "intake and delivery share one loop: where the full loop's rate is not well above "
        f"{_RATE:,} per second, answers wait behind outgoing requests"
    )
    return [row]


def _row(key: str, title: str, runs: str, loads: list[list[Load]], control: str) -> Row:
    ours, bare = loads
    p50, p99 = (Figure("ms", [load.ms(share) for load in ours]) for share in (0.5, 0.99))
    late = sum(load.late for load in ours)
    return Row(
        key=key,
        title=title,
        runs=runs,
        figure=p50,
        control_runs=control,
        control=Figure("ms", [load.ms(0.5) for load in bare]),
        p50=p50,
        p99=p99,
        bars=[Bar("p50, ms", p50.median, "<=", 1.0), Bar("p99, ms", p99.median, "<=", 10.0)],
        remarks=[
            f"the control's p99: {Figure('ms', [load.ms(0.99) for load in bare])}",
            f"{late:,} of {sum(load.count for load in ours):,} found no free connection and waited",
        ],
    )


async def end_to_end(run: Run) -> list[Row]:
    """From a simulated handset to the callback that says `delivered`, at half of the rate that
    saturates the server."""
    population = Population(run.options.participants, run.options.pool)
    database = run.database(population)
    seconds = run.options.seconds
    loads = []
    async with Receiver().listening() as receiver:
        call_back(database, receiver.callback_url, "simulator")
        async with run.subject("server", database) as subject:
            texts = Texts(subject.port, spread(population, SESSIONS))
            journeys = Journeys(subject.pool, receiver, DELIVERED, 201)
            for length in (min(WARM_UP, seconds), seconds):
                wanted = texts.requests(int(_FASTEST * length) + _WINDOW)
                full = await journeys.run(wanted, length, window=_WINDOW)
                await subject.ask("idle")
            run.tell(f"end to end, saturated: {full.rate:,.0f}/s")
            half = full.rate / 2
            for _ in range(run.options.rounds):
                wanted = texts.requests(int(half * seconds) + 1)
                loads.append(await journeys.run(wanted, seconds, rate=half))
                await subject.ask("idle")
                run.tell(f"end to end at {half:,.0f}/s: p99 {loads[-1].ms(0.99):.1f} ms")
    p50, p99 = (Figure("ms", [load.ms(share) for load in loads]) for share in (0.5, 0.99))
    return [
        Row(
            key="end-to-end",
            title="masked message, end to end through the simulator and back to a webhook",
            runs=f"at {half:,.0f}/s, half of the {full.rate:,.0f}/s that saturate; from the "
            "handset's POST to the callback `delivered`",
            figure=p99,
            p50=p50,
            p99=p99,
            bars=[Bar("p99, ms", p99.median, "<=", 50.0)],
            remarks=[
                "that is five durable steps and three callback POSTs; the two handsets' own "
                "ledgers are in the same database",
            ],
        )
    ]
