"""What browsers cost that listen to the console's events: the same traffic without them, with
fifty and with two hundred."""

from __future__ import annotations

import asyncio
from http.client import HTTPConnection
from typing import Any, Final

import msgspec

from bench.databases import call_back
from bench.figures import Bar, Figure, Row, percentile
from bench.journey import DELIVERED, Journeys
from bench.listeners import listening
from bench.load import Load
from bench.population import ACCOUNT_SID, TOKEN, Population, spread
from bench.probe import Watched
from bench.receiver import Receiver
from bench.rows.doors import SESSIONS
from bench.run import WARM_UP, Run, spent_between
from bench.wire import Texts
from maskline.access import sign_in, users
from maskline.access.audit import COMMAND_LINE
from maskline.databases import open_store
from maskline.env import Env
from maskline.model.clock import system_clock
from maskline.model.console import Role
from maskline.model.sid import SidFactory
from maskline.settings import load

#: How many listen, in turn.
COUNTS: Final = (0, 50, 200)
_MAIN: Final = "MainThread"


class _Side:
    """What the rounds with so many listeners gave."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.journeys: list[Load] = []
        self.answers: list[Load] = []
        self.watched: list[Watched] = []
        self.spent: list[float] = []
        self.heard: list[float] = []

    def of_answers(self, share: float) -> Figure:
        """A percentile from a text to its answer, in ms."""
        return Figure("ms", [one.ms(share) for one in self.answers])

    def of_journeys(self, share: float) -> Figure:
        """A percentile from a text to the callback that says `delivered`, in ms."""
        return Figure("ms", [one.ms(share) for one in self.journeys])

    def of_server(self, share: float) -> Figure:
        """A percentile of what the server itself took for an answer, in ms."""
        return Figure("ms", [percentile(one.answers, share) * 1000 for one in self.watched])

    @property
    def holds(self) -> Figure:
        """The longest time in a round that the loop was held up, in ms."""
        return Figure("ms", [max(one.late) * 1000 for one in self.watched])

    @property
    def collections(self) -> str:
        """What was spent on garbage."""
        all_of_them = [seconds for one in self.watched for seconds in one.collections]
        if not all_of_them:
            return "garbage was never collected"
        return (
            f"garbage was collected {len(all_of_them)} times, for {max(all_of_them) * 1000:.1f} ms "
            "at most"
        )

    def says(self) -> str:
        """All that is not in the table, in a line."""
        who = f"with {self.count}" if self.count else "without"
        return (
            f"{who}: to the callback `delivered` p50 {self.of_journeys(0.5)}, p99 "
            f"{self.of_journeys(0.99)}; within the server, from a request's head to the end of its "
            f"answer, p50 {self.of_server(0.5)}, p99 {self.of_server(0.99)}; its loop was held up "
            f"for {self.holds} at most; {self.collections}; its main thread took "
            f"{Figure('µs', self.spent)} a message"
        )


async def viewers(run: Run) -> list[Row]:
    """Rounds without listeners, with fifty and with two hundred, in turn."""
    population = Population(run.options.participants, run.options.pool)
    database = run.database(population)
    sides = [_Side(count) for count in COUNTS]
    rate, seconds = run.options.rate, run.options.seconds
    async with Receiver().listening() as receiver:
        call_back(database, receiver.callback_url, "simulator")
        async with run.subject("server", database) as subject:
            cookie = await _cookie(database.url, subject.port)
            texts = Texts(subject.port, spread(population, SESSIONS))
            journeys = Journeys(subject.pool, receiver, DELIVERED, 201)
            for number in range(run.options.rounds + 1):
                for side in sides:
                    length = seconds if number else min(WARM_UP, seconds)
                    wanted = texts.requests(int(rate * length) + 1)
                    async with listening(subject.port, cookie, side.count) as heard:
                        await subject.ask("watch/start")
                        before = await subject.cpu()
                        journey = await journeys.run(wanted, length, rate=rate)
                        spent = spent_between(before, await subject.cpu())
                        watched = await subject.ask("watch/stop")
                        await subject.ask("idle")
                    if not number:
                        continue
                    side.journeys.append(journey)
                    side.answers.append(journeys.answers)
                    side.watched.append(msgspec.json.decode(watched, type=Watched))
                    side.spent.append(spent[_MAIN] / journey.count * 1e6)
                    side.heard.append(heard.count / max(1, side.count))
                    run.tell(
                        f"{side.count} listeners, round {number}: p99 "
                        f"{side.answers[-1].ms(0.99):.1f} ms, held up for "
                        f"{max(side.watched[-1].late) * 1000:.1f} ms at most"
                    )
    return [_row(run, sides[0], side) for side in sides[1:]]


def _row(run: Run, without: _Side, side: _Side) -> Row:
    p99, control = side.of_answers(0.99), without.of_answers(0.99)
    delivered = [one.of_journeys(0.5).median for one in (side, without)]
    return Row(
        key=f"viewers-{side.count}",
        title=f"latency at {run.options.rate:,} masked messages per second while {side.count} "
        "browsers listen",
        runs="p99, open loop: from a simulated handset's POST to its answer, which comes after the "
        "commit, while every message is delivered and told of (three callback POSTs)",
        figure=p99,
        control_runs="the same in the rounds between, when nobody listens",
        control=control,
        p50=side.of_answers(0.5),
        p99=p99,
        bars=[
            Bar("p99, ms", p99.median, "<=", 10.0),
            Bar("p50 to `delivered`, without as 1", delivered[0] / delivered[1], "<=", 1.1),
        ],
        remarks=[
            f"each browser heard {Figure('events', side.heard)} a round; the rest was counted",
            side.says(),
            without.says(),
            f"the control's p50: {without.of_answers(0.5)}",
            "the browsers are one process on the load generator's core that yields to all else "
            "(nice 19), since browsers run elsewhere",
        ],
    )


async def _cookie(url: str, port: int) -> str:
    """A signed-in browser's."""
    settings = load(
        None,
        {
            "MASKLINE_DATABASE_URL": url,
            "MASKLINE_ACCOUNT_SID": ACCOUNT_SID,
            "MASKLINE_AUTH_TOKEN": TOKEN,
        },
        {},
    )
    env = Env(system_clock, SidFactory(system_clock), settings)
    store = open_store(settings)
    await store.open()

    async def make(tx: Any) -> str:
        user = await users.create(env, tx, COMMAND_LINE, "bench", Role.ADMIN, None)
        token, _ = await sign_in.new_link(env, tx, user)
        return token

    try:
        token = await store.transact(make)
    finally:
        await store.close()
    return await asyncio.to_thread(_enter, port, token)


def _enter(port: int, token: str) -> str:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    body = msgspec.json.encode({"token": token})
    headers = {"Content-Type": "application/json"}
    connection.request("POST", "/console/api/sign-in/link", body, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"the console let nobody in: {answer.status}")
    return (answer.getheader("Set-Cookie") or "").partition(";")[0]
