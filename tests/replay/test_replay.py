"""Ten thousand random operations over the API and the handsets, after which all must be well:
no pair leads to two sessions, `in_use` is right, every interaction's legs exist, nothing reached
anyone but the partner, and nobody was shown another's real number."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import msgspec
import pytest

from maskline.messaging.words import words_of
from maskline.settings import Settings
from tests.replay.model import PEOPLE, Model
from tests.replay.operations import OPERATIONS, Replay, set_up
from tests.replay.stage import Stage

#: How many, by engine: the second runs the same rules over other statements and locks.
COUNT = {"sqlite": 10_000, "postgres": 3_000}
#: Operations between two looks at everything.
ROUND = 250
#: What Maskline itself answers to whoever wrote, in place of a relay.
NOTICES = {
    value
    for name, value in msgspec.structs.asdict(Settings().messages).items()
    if name.startswith("reply_") and isinstance(value, str) and value
} | {known.reply for known in words_of(Settings().optout).values()}


@pytest.mark.both_engines
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [20260131])
async def test_replay(database: dict[str, str], server_engine: str, seed: int) -> None:
    stage, count = Stage(**database), COUNT[server_engine]
    await stage.start()
    try:
        replay = Replay(stage, random.Random(seed))
        await set_up(replay)
        eyes = Eyes(replay)
        weights = [one.weight for one in OPERATIONS]
        for place, operation in enumerate(replay.dice.choices(OPERATIONS, weights, k=count)):
            stage.clock.advance(replay.dice.randint(1, 20_000))
            try:
                await operation.run(replay)
            except AssertionError as error:
                raise AssertionError(f"{place}: {type(operation).__name__}: {error}") from error
            if place % ROUND == ROUND - 1:
                await stage.settle()
                await eyes.look()
                await check_rows(stage, replay.model)
    finally:
        await stage.stop()
    await check_rows(stage, replay.model)


class Eyes:
    """What people and programs get to see, looked through as it comes."""

    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        self._after = dict.fromkeys(PEOPLE, "")
        self._arrived: Counter[str] = Counter()
        self._told = 0
        self._wrote: set[tuple[str, str]] = set()

    async def look(self) -> None:
        """Looks at all that is new."""
        for who in PEOPLE:
            await self._handset(who)
        due = self._replay.model.due
        assert self._arrived == Counter(due.keys()), "lost, or twice"
        self._program()
        for who, text in self._replay.answers:
            assert real_numbers(text, but=who) == []
        self._replay.answers.clear()

    async def _handset(self, who: str) -> None:
        answers: list[tuple[str, str]] = []
        while True:
            path = f"messages?limit=1000&after={self._after[who]}"
            seen = await self._replay.stage.seen(who, path)
            assert real_numbers(seen.text, but=who) == []
            messages = seen.body["messages"]
            for message in messages:
                self._after[who] = message["id"]
                if message["direction"] == "outbound":
                    self._wrote.add((who, message["to"]))
                elif message["body"] in NOTICES:
                    answers.append((who, message["from"]))
                else:
                    self._message(who, message)
            if len(messages) < 1000:
                break
        # What a person wrote may show after the answer.
        assert self._wrote.issuperset(answers), "an answer to nothing"

    def _message(self, who: str, message: dict[str, Any]) -> None:
        token = message["body"].partition(" ")[0]
        text = self._replay.model.due.get(token)
        assert text is not None, f"nobody should have got {message['body']!r}"
        assert (who, message["from"]) == (text.to, text.sender)
        self._arrived[token] += 1

    def _program(self) -> None:
        told = self._replay.stage.program.told
        for one in told[self._told :]:
            # Who writes without a session is the program's to know.
            assert one.path == "/door" or real_numbers(one.text) == []
        self._told = len(told)


def real_numbers(text: str, but: str = "") -> list[str]:
    """The people's numbers that a text holds, in whatever form, but the one who may see it."""
    return [
        number
        for number in PEOPLE
        if number != but
        for form in (number[2:], f"({number[2:5]}) {number[5:8]}-{number[8:]}")
        if form in text
    ]


async def check_rows(stage: Stage, model: Model) -> None:
    """What the database holds, against the model."""
    active = {
        (one.line.number, one.identifier, one.sid)
        for meeting in model.meetings
        if meeting.active
        for one in meeting.live
    }
    rows = await stage.rows("SELECT proxy_identifier, identifier, sid, pair FROM participants")
    assert {row[:3] for row in rows if row[3]} == active
    assert {row[2] for row in rows if row[3] == 1} == {
        people[-1].sid for people in model.recent.values() if people
    }
    assert dict(await stage.rows("SELECT number, in_use FROM numbers")) == {
        line.number: model.load(line) for line in model.lines
    }
    counts = Counter((number, identifier) for number, identifier, _ in active)
    assert dict(counts) == {
        (number, identifier): times
        for number, identifier, times in await stage.rows(
            "SELECT n.number, a.identifier, a.active FROM affinities a"
            " JOIN numbers n ON n.sid = a.number_sid WHERE a.active > 0"
        )
    }
    statuses = {(one.sid, one.status, one.reason) for one in model.meetings}
    assert set(await stage.rows("SELECT sid, status, closed_reason FROM sessions")) == statuses
    await check_legs(stage, model)
    assert await stage.rows("SELECT sid FROM outbox WHERE state = 'dead'") == []


async def check_legs(stage: Stage, model: Model) -> None:
    """Each interaction lies in its session, and its legs are those of its people."""
    people = {one.sid: (one, meeting) for meeting in model.meetings for one in meeting.people}
    legs: dict[str, tuple[str, str]] = {
        sid: (sender, recipient)
        for sid, sender, recipient in await stage.rows(
            "SELECT sid, sender, recipient FROM messages"
            " UNION ALL SELECT sid, caller, called FROM calls"
        )
    }
    for session, caller, called, inbound, outbound in await stage.rows(
        "SELECT session_sid, inbound_participant_sid, outbound_participant_sid,"
        " inbound_resource_sid, outbound_resource_sid FROM interactions"
    ):
        assert caller is not None or called is not None
        if caller is not None:
            person, meeting = people[caller]
            assert meeting.sid == session
            if inbound not in model.deleted_legs:
                assert legs[inbound] == (person.identifier, person.line.number)
        if called is not None:
            person, meeting = people[called]
            assert meeting.sid == session
            assert called != caller
            if outbound not in model.deleted_legs:
                assert legs[outbound] == (person.line.number, person.identifier)
