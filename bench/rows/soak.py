"""A soak: masked messages at a steady rate for minutes, each delivered and told of."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from bench.databases import call_back
from bench.figures import Bar, Figure, Row, percentile
from bench.journey import SENT, Journeys
from bench.machine import resident
from bench.plot import Line, Panel, draw
from bench.population import Population, spread
from bench.receiver import Receiver
from bench.rows.doors import SESSIONS
from bench.run import Run, Subject
from bench.wire import DOOR, MESSAGE, SignedForm, Traffic

#: The least and the most moments of the drawing; in between one a second.
_MOMENTS: Final = (10, 60)
_WARM_UP: Final = 3.0


class _Sample:
    """What was seen in one stretch of time."""

    def __init__(self, at: float, memory: float, journeys: list[float], answers: list[float]):
        self.at = at
        self.memory = memory
        self.journeys = [percentile(journeys, share) * 1000 for share in (0.5, 0.99)]
        self.answers = [percentile(answers, share) * 1000 for share in (0.5, 0.99)]


async def soak(run: Run) -> list[Row]:
    """Memory and latency over time."""
    population = Population(run.options.participants, run.options.pool)
    database = run.database(population, fresh=True)
    rate, seconds = run.options.rate, run.options.minutes * 60
    async with Receiver().listening() as receiver:
        call_back(database, receiver.callback_url)
        async with run.subject("http-carrier", database, carrier=receiver.carrier_url) as subject:
            traffic = Traffic(run.prefix("SM"), spread(population, SESSIONS))
            form = SignedForm(subject.port, DOOR + "/Message", MESSAGE)
            journeys = Journeys(subject.pool, receiver, SENT, 200)
            await journeys.run(traffic.endless(form), min(_WARM_UP, seconds / 10), rate=rate)
            watching = asyncio.create_task(_watch(run, subject, journeys, seconds))
            load = await journeys.run(traffic.endless(form), seconds, rate=rate)
            samples = await watching
            left = await subject.ask("idle")
    if left != b"0" or load.count < int(rate * seconds):
        raise RuntimeError(
            f"{load.count} of {rate * seconds:.0f} arrived, {left.decode()} jobs left"
        )
    return [_row(run, samples, load.count, load.late)]


async def _watch(run: Run, subject: Subject, journeys: Journeys, seconds: float) -> list[_Sample]:
    samples = []
    began = time.perf_counter()
    seen = [0, 0]
    moments = int(min(max(seconds, _MOMENTS[0]), _MOMENTS[1]))
    for place in range(1, moments + 1):
        await asyncio.sleep(max(0.0, began + place * seconds / moments - time.perf_counter()))
        parts = []
        for kind, known in enumerate(journeys.so_far):
            parts.append(known[seen[kind] :])
            seen[kind] += len(parts[-1])
        at = (time.perf_counter() - began) / 60
        samples.append(_Sample(at, resident(subject.pid), *parts))
        if place % 10 == 0:
            sample = samples[-1]
            run.tell(f"soak, {at:.1f} min: {sample.memory:.0f} MiB, p99 {sample.answers[1]:.1f} ms")
    return samples


def _row(run: Run, samples: list[_Sample], count: int, late: int) -> Row:
    tenth = len(samples) // 10
    first, last = samples[tenth : 2 * tenth], samples[-tenth:]
    p99 = [Figure("ms", [one.answers[1] for one in some]) for some in (last, first)]
    p50 = Figure("ms", [one.answers[0] for one in samples])
    memory = [Figure("MiB", [one.memory for one in some]) for some in (last, first)]
    minutes = run.options.minutes
    plot = draw(
        [one.at for one in samples],
        [
            Panel("resident memory of the server, MiB", [Line("memory", _of(samples, "memory"))]),
            Panel("message in → durable → answer, ms", _percentiles(samples, "answers")),
            Panel("message in → last callback, ms", _percentiles(samples, "journeys")),
        ],
        "minutes",
    )
    return Row(
        key="soak",
        title=f"soak, {run.options.rate:,} masked messages per second for {minutes:g} minutes",
        runs="p99 from sending a message to its answer, each tenth part of the time by itself; the "
        "last tenth. Every message is handed to its carrier and told of, 3 requests each",
        figure=p99[0],
        control_runs="the second tenth of the same run, when caches are filled",
        control=p99[1],
        p50=p50,
        p99=Figure("ms", [one.answers[1] for one in samples]),
        bars=[
            Bar("p99 of the last tenth, ms", p99[0].median, "<=", 10.0),
            Bar(
                "memory of the last tenth, with the second as 1",
                memory[0].median / memory[1].median,
                "<=",
                1.1,
            ),
        ],
        remarks=[
            f"{count:,} messages, all of them delivered and told of; {late:,} found no free "
            "connection and waited",
            f"resident memory: {memory[1]} in the second tenth, {memory[0]} in the last",
            "from the message to its last callback, in the last tenth: p50 "
            f"{Figure('ms', [one.journeys[0] for one in last])}, p99 "
            f"{Figure('ms', [one.journeys[1] for one in last])}",
        ],
        plot=plot,
    )


def _of(samples: list[_Sample], name: str) -> list[float]:
    return [getattr(one, name) for one in samples]


def _percentiles(samples: list[_Sample], name: str) -> list[Line]:
    values = _of(samples, name)
    return [Line(text, [one[place] for one in values]) for place, text in enumerate(("p50", "p99"))]  # type: ignore[index]
