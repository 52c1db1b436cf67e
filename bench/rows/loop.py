"""The full loop in one process: a masked message in, committed, handed to its carrier over HTTP,
told to the program over HTTP, and its jobs acknowledged durably."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from bench.databases import call_back
from bench.figures import Bar, Figure, Row
from bench.journey import SENT, Journeys
from bench.load import Load
from bench.population import Population, spread
from bench.receiver import Receiver
from bench.rows.doors import SESSIONS
from bench.run import WARM_UP, Contestant, Run, Subject, spent_between
from bench.wire import DOOR, MESSAGE, SignedForm, Traffic

#: Messages under way at once, so that no backlog builds up.
WINDOW: Final = 256
_FASTEST: Final = 12_000


class Side:
    """One contestant: its server, the receiver of its requests, and what it did."""

    def __init__(self, subject: Subject, receiver: Receiver, traffic: Traffic) -> None:
        self.receiver = receiver
        self.form = SignedForm(subject.port, DOOR + "/Message", MESSAGE)
        self.traffic = traffic
        self.done = Contestant(subject, lambda count: traffic.requests(self.form, count))
        self.journeys = Journeys(subject.pool, receiver, SENT, 200)

    async def round(self, seconds: float, *, rate: float | None = None) -> Load:
        """One round, until the last job is gone."""
        wanted = int(seconds * (rate or _FASTEST)) + WINDOW
        before = await self.done.subject.cpu()
        load = await self.journeys.run(
            self.done.requests(wanted), seconds, rate=rate, window=None if rate else WINDOW
        )
        left = await self.done.subject.ask("idle")
        if left != b"0":
            raise RuntimeError(f"{left.decode()} jobs are left")
        self.done.cpu.append(spent_between(before, await self.done.subject.cpu()))
        self.done.loads.append(load)
        return load


async def loop(run: Run) -> list[Row]:
    """Messages per second, in a window."""
    seconds = run.options.seconds
    async with sides(run) as (ours, bare):
        for side in (ours, bare):
            await side.round(min(WARM_UP, seconds))
            side.done.loads.clear()
            side.done.cpu.clear()
            side.receiver.sends = side.receiver.callbacks = 0
        for number in range(run.options.rounds):
            for name, side in (("A", ours), ("B", bare)):
                load = await side.round(seconds)
                run.tell(f"full loop, round {number + 1}, {name}: {load.rate:,.0f}/s")
    calls = [
        (side.receiver.sends + side.receiver.callbacks) / side.done.count for side in (ours, bare)
    ]
    if abs(calls[0] - calls[1]) > 0.01:
        raise RuntimeError(f"{calls[0]:.2f} calls a message, but the control made {calls[1]:.2f}")
    figure, control = Figure("/s", ours.done.rates), Figure("/s", bare.done.rates)
    return [
        Row(
            key="loop",
            title="masked message, full loop in one process",
            runs=f"in, commit, carrier POST, {calls[0] - 1:.0f} callback POSTs, jobs deleted "
            f"durably; {WINDOW} messages under way",
            figure=figure,
            control_runs="the same HTTP calls: form, signature, 200, then as many POSTs by bare "
            "aiohttp, signed; no store",
            control=control,
            p50=Figure("ms", [load.ms(0.5) for load in ours.done.loads]),
            p99=Figure("ms", [load.ms(0.99) for load in ours.done.loads]),
            bars=[
                Bar("messages per second", figure.median, ">=", 2_500),
                Bar("share of the control", figure.median / control.median, ">=", 0.5),
            ],
            remarks=[
                f"{calls[0]:.0f} outgoing requests a message, {figure.median * calls[0]:,.0f} per "
                f"second; the control: {control.median * calls[1]:,.0f}, nearly all of it the HTTP "
                "client's work",
                "the bar of 2,500 was set when a message had one callback; the product tells every "
                "status, which makes two and one request more",
                f"processor time each, µs: {ours.done.per_request()}; "
                f"control: {bare.done.per_request()}",
                "latency is from the message to its last callback, and long because "
                f"{WINDOW} are under way",
                "the load generator, which also answers for carrier and program, was busy "
                f"{max(load.busy for load in ours.done.loads):.0%} of the time",
            ],
        )
    ]


@asynccontextmanager
async def sides(run: Run) -> AsyncIterator[tuple[Side, Side]]:
    """The product and its control, each with a receiver of its own."""
    population = Population(run.options.participants, run.options.pool)
    database = run.database(population)
    async with Receiver().listening() as ours, Receiver().listening() as bare:
        call_back(database, ours.callback_url)
        async with run.both(
            run.subject("http-carrier", database, carrier=ours.carrier_url),
            run.subject(
                "loop-control",
                run.empty(),
                carrier=bare.carrier_url,
                callback=bare.callback_url,
            ),
        ) as (product, control):
            pairs = spread(population, SESSIONS)
            yield (
                Side(product, ours, Traffic(run.prefix("SM"), pairs)),
                Side(control, bare, Traffic("SM", pairs)),
            )
