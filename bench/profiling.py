"""Where the time goes: one load on the server under test, its threads profiled."""

from __future__ import annotations

import msgspec

from bench.population import Population, spread
from bench.rows.doors import CALLBACK, SESSIONS
from bench.run import Run
from bench.wire import CALL, DOOR, MESSAGE, SignedForm, Traffic

KINDS = ("message", "call")
_FASTEST = 12_000


async def profile(run: Run, kind: str) -> str:
    """The top functions of the loop's thread by their own time, and the threads' processor time.

    The profiler itself takes about as long again: the shares count, not the sums.
    """
    options = run.options
    population = Population(options.participants, options.pool, callback_url=CALLBACK)
    path = run.database(population)
    fields, prefix, tail = (
        (MESSAGE, "SM", "/Message") if kind == "message" else (CALL, "CA", "/Call")
    )
    traffic = Traffic(prefix, spread(population, SESSIONS))
    async with run.subject("acknowledge", path) as subject:
        form = SignedForm(subject.port, DOOR + tail, fields)
        few = traffic.requests(form, _FASTEST)
        await subject.pool.closed(few, options.seconds)
        before = await subject.cpu()
        requests = traffic.requests(form, int(_FASTEST * options.seconds))
        load = await subject.pool.closed(requests, options.seconds)
        after = await subject.cpu()
        await subject.ask("profile/start")
        requests = traffic.requests(form, int(_FASTEST * options.seconds))
        slowed = await subject.pool.closed(requests, options.seconds)
        tables = msgspec.json.decode(await subject.ask("profile/stop"), type=dict[str, str])
    spent = {name: (after[name] - before.get(name, 0.0)) / load.count * 1e6 for name in after}
    lines = [
        f"{kind}: {load.rate:,.0f}/s; {slowed.rate:,.0f}/s while profiled",
        "processor time each, µs, by thread: "
        + ", ".join(f"{name} {time:.0f}" for name, time in spent.items()),
    ]
    for name, table in tables.items():
        lines += [f"\n== thread: {name} ({slowed.count:,} requests)", table]
    return "\n".join(lines)
