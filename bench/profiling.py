"""Where the time goes: one load on the server under test, its loop's thread profiled."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import msgspec

from bench.figures import Part
from bench.load import Load
from bench.population import Population, strangers
from bench.probe import Profile
from bench.rows import doors, loop
from bench.run import Run, Subject, spent_between
from bench.wire import CALL, DOOR, MESSAGE, Creates, SignedForm

KINDS = ("message", "call", "create", "loop")
_FASTEST = 20_000
#: Participants for a profile of creating sessions, whose cost hardly grows with them.
_ENOUGH = 20_000
_LOOP = "MainThread"


class Profiled(msgspec.Struct):
    """`parts` share out what a request costs the loop's thread; `text` has the functions too.

    The profiler makes small functions look larger than they are: the shares are right to a few
    per cent.
    """

    parts: list[Part]
    text: str


async def profile(run: Run, kind: str) -> Profiled:
    """Profiles one kind of load."""
    seconds = run.options.seconds
    async with _loads(run, kind) as (subject, go):
        await go(seconds / 2)
        before = await subject.cpu()
        load = await go(seconds)
        spent = spent_between(before, await subject.cpu())
        await subject.ask("profile/start")
        slowed = await go(seconds)
        seen = msgspec.json.decode(await subject.ask("profile/stop"), type=Profile)
    each = {name: time / load.count * 1e6 for name, time in spent.items()}
    total = sum(seen.parts.values())
    parts = [
        Part(name, time / total * each[_LOOP], time / total)
        for name, time in sorted(seen.parts.items(), key=lambda item: -item[1])
        if time / total >= 0.01
    ]
    lines = [
        f"{kind}: {load.rate:,.0f}/s; {slowed.rate:,.0f}/s while profiled",
        "processor time each, µs, by thread: "
        + ", ".join(f"{name} {time:.0f}" for name, time in each.items()),
        "",
        *(f"{part.us:7.0f} µs {part.share:6.1%}  {part.name}" for part in parts),
        "",
        seen.table,
    ]
    return Profiled(parts, "\n".join(lines))


@asynccontextmanager
async def _loads(
    run: Run, kind: str
) -> AsyncIterator[tuple[Subject, Callable[[float], Awaitable[Load]]]]:
    """The subject, and what loads it for some seconds."""
    options = run.options
    if kind == "loop":
        async with loop.sides(run) as (ours, _):
            yield ours.done.subject, ours.round
        return
    if kind == "create":
        population = Population(min(options.participants, _ENOUGH), options.pool)
        database = run.database(population, fresh=True)
        async with run.subject("acknowledge", database) as subject:
            creates = Creates(subject.port, strangers(population))

            def create(seconds: float) -> Awaitable[Load]:
                requests = creates.requests(int(_FASTEST / 2 * seconds))
                return subject.pool.closed(requests, seconds, 201)

            yield subject, create
        return
    fields, tail = (MESSAGE, "/Message") if kind == "message" else (CALL, "/Call")
    async with doors.subjects(run, kind) as (subject, _, traffic):
        form = SignedForm(subject.port, DOOR + tail, fields)

        def knock(seconds: float) -> Awaitable[Load]:
            requests = traffic.requests(form, int(_FASTEST * seconds))
            return subject.pool.closed(requests, seconds)

        yield subject, knock
