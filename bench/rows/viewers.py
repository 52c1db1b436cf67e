"""What browsers cost that listen to the console's events: the same traffic without them, with
fifty and with two hundred."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from http.client import HTTPConnection
from itertools import islice
from typing import Any, Final

import msgspec

from bench.databases import call_back
from bench.figures import Bar, Figure, Row, percentile
from bench.journey import SENT, Journeys
from bench.listeners import Heard, listening
from bench.load import Load
from bench.machine import Others, tree_cpu
from bench.population import ACCOUNT_SID, TOKEN, Population, spread
from bench.probe import Watched
from bench.receiver import Receiver
from bench.rows.doors import SESSIONS
from bench.run import WARM_UP, Run, Subject, spent_between
from bench.wire import DOOR, MESSAGE, SignedForm, Traffic
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
#: A round in which others took more of the machine's time is made again, so many in all.
_QUIET: Final = 0.05
_AGAIN: Final = 20


class _Side:
    """What the rounds with so many listeners gave."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.journeys: list[Load] = []
        self.answers: list[Load] = []
        self.watched: list[Watched] = []
        self.spent: list[float] = []
        self.heard: list[float] = []
        self.others: list[float] = []

    def forget(self) -> None:
        """Leaves out the last round."""
        of_rounds = (self.journeys, self.answers, self.watched, self.spent, self.heard, self.others)
        for values in of_rounds:
            values.pop()

    def of_answers(self, share: float) -> Figure:
        """A percentile from a text to its answer, in ms."""
        return Figure("ms", [one.ms(share) for one in self.answers])

    def of_journeys(self, share: float) -> Figure:
        """A percentile from a message to the callback that says `sent`, in ms."""
        return Figure("ms", [one.ms(share) for one in self.journeys])

    def of_server(self, share: float) -> Figure:
        """A percentile of what the server itself took for an answer, in ms."""
        return Figure("ms", [percentile(one.answers, share) * 1000 for one in self.watched])

    @property
    def holds(self) -> Figure:
        """The longest time in a round that the loop was held up, in ms."""
        return Figure("ms", [max(one.late) * 1000 for one in self.watched])

    @property
    def work(self) -> Figure:
        """The most work of the loop's thread between two looks of the probe in a round, in ms."""
        return Figure("ms", [max(one.work) * 1000 for one in self.watched])

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
            f"{who}: to the callback `sent` p50 {self.of_journeys(0.5)}, p99 "
            f"{self.of_journeys(0.99)}; within the server, from a request's head to the end of its "
            f"answer, p50 {self.of_server(0.5)}, p99 {self.of_server(0.99)}; its loop was late by "
            f"{self.holds} at most, and worked for {self.work} at most between two looks 2 ms "
            f"apart; {self.collections}; its main thread took {Figure('µs', self.spent)} a message"
        )


class _Rounds:
    """Rounds against one server."""

    def __init__(
        self, run: Run, subject: Subject, journeys: Journeys, messages: Iterator[bytes]
    ) -> None:
        self._run = run
        self._subject = subject
        self._journeys = journeys
        self._messages = messages
        self.cookie = ""

    async def once(self, side: _Side, seconds: float) -> float:
        """One round; the share of the machine's time that other programs took."""
        subject, journeys, rate = self._subject, self._journeys, self._run.options.rate
        # Made before the clock starts.
        wanted = list(islice(self._messages, int(rate * seconds) + 1))
        async with listening(subject.port, self.cookie, side.count) as heard:
            await subject.ask("watch/start")
            before = await subject.cpu()
            others = Others(lambda: self._ours(heard))
            journey = await journeys.run(wanted, seconds, rate=rate)
            share = others.share() or 0.0
            spent = spent_between(before, await subject.cpu())
            watched = await subject.ask("watch/stop")
            await subject.ask("idle")
        side.journeys.append(journey)
        side.answers.append(journeys.answers)
        side.watched.append(msgspec.json.decode(watched, type=Watched))
        side.spent.append(spent[_MAIN] / journey.count * 1e6)
        side.heard.append(heard.count / max(1, side.count))
        side.others.append(share)
        self._run.tell(
            f"{side.count} listeners: p99 {side.answers[-1].ms(0.99):.1f} ms, late by "
            f"{max(side.watched[-1].late) * 1000:.1f} ms at most; other programs {share:.0%}"
        )
        return share

    def _ours(self, heard: Heard) -> float:
        """Seconds that the server, its database and the listeners took."""
        listeners = tree_cpu(heard.pid) if heard.pid else 0.0
        return tree_cpu(self._subject.pid) + listeners + (self._run.engine.cpu() or 0.0)


async def viewers(run: Run) -> list[Row]:
    """Rounds without listeners, with fifty and with two hundred, in turn. One that other programs
    disturbed is made again."""
    population = Population(run.options.participants, run.options.pool)
    database = run.database(population)
    sides = [_Side(count) for count in COUNTS]
    seconds, again = run.options.seconds, 0
    async with Receiver().listening() as receiver:
        call_back(database, receiver.callback_url)
        async with run.subject("http-carrier", database, carrier=receiver.carrier_url) as subject:
            traffic = Traffic(run.prefix("SM"), spread(population, SESSIONS))
            wanted = traffic.endless(SignedForm(subject.port, DOOR + "/Message", MESSAGE))
            rounds = _Rounds(run, subject, Journeys(subject.pool, receiver, SENT, 200), wanted)
            rounds.cookie = await _cookie(database.url, subject.port)
            for count in COUNTS:
                await rounds.once(_Side(count), min(WARM_UP, seconds))
            for _ in range(run.options.rounds):
                for side in sides:
                    while await rounds.once(side, seconds) > _QUIET and again < _AGAIN:
                        again += 1
                        side.forget()
    return [_row(run, sides[0], side, again) for side in sides[1:]]


def _row(run: Run, without: _Side, side: _Side, again: int) -> Row:
    p99, control = side.of_answers(0.99), without.of_answers(0.99)
    sent = [one.of_journeys(0.5).median for one in (side, without)]
    return Row(
        key=f"viewers-{side.count}",
        title=f"latency at {run.options.rate:,} masked messages per second while {side.count} "
        "browsers listen",
        runs="p99, open loop: from a carrier's POST to its answer, which comes after the commit, "
        "while every message is handed to its carrier and told of, 3 requests each",
        figure=p99,
        control_runs="the same in the rounds between, when nobody listens",
        control=control,
        p50=side.of_answers(0.5),
        p99=p99,
        bars=[
            Bar("p99, ms", p99.median, "<=", 10.0),
            Bar("p50 to the callback `sent`, without as 1", sent[0] / sent[1], "<=", 1.1),
        ],
        remarks=[
            f"each browser heard {Figure('events', side.heard)} a round; the rest was counted",
            side.says(),
            without.says(),
            f"the control's p50: {without.of_answers(0.5)}",
            f"{again} rounds were made again, since other programs took more than {_QUIET:.0%} of "
            "the machine's time",
            "the browsers are one process on the load generator's core that yields to all else "
            "(SCHED_IDLE), since browsers run elsewhere",
        ],
        others=max([*side.others, *without.others]),
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
