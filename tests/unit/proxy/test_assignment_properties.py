"""Random histories of sessions and pools, held against the oracle after every step."""

from __future__ import annotations

import random
from collections.abc import Awaitable
from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from maskline.model.account import Switch
from maskline.model.errors import Fault
from maskline.model.number import NumberKind
from maskline.model.participant import Pair
from maskline.model.service import GeoMatchLevel
from maskline.model.session import Session
from maskline.proxy import participants, pool, sessions
from tests.support.memory import World, form
from tests.support.oracle import BOTH, SMS, VOICE, Line, Meeting, Oracle, Person, Rules

#: Two area codes of one country, and two other countries.
NUMBERS = (
    "+14158670001",
    "+14158670002",
    "+14158670003",
    "+12128670001",
    "+12128670002",
    "+442079460001",
    "+441534460002",
    "+525512345678",
)
#: The same, with one whose area code no number has; +44 is Britain's, Jersey's too.
PEOPLE = (
    "+14155550100",
    "+14155550101",
    "+12125551234",
    "+13055551234",
    "+442079460958",
    "+441534123456",
    "+525587654321",
)

lines = st.integers(0, len(NUMBERS) - 1)
services = st.integers(0, 1)
modes = st.sampled_from(["voice-and-message", "message-only", "voice-only"])
people = st.sampled_from(PEOPLE)
#: Mostly nobody names a number.
wishes = st.sampled_from([None, None, None, None, 0, 1, 3, 5])
#: Which of the sessions that there are.
places = st.integers(0, 999)
#: Seconds; mostly a session has no end.
ttls = st.sampled_from([0, 0, 0, 50, 500])
fails = st.sampled_from([False, False, True])


class Histories(RuleBasedStateMachine):
    """Does everything twice: with the rules over a database, and with the oracle."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.sessions: list[Session] = []

    def teardown(self) -> None:
        """Lets go of the database."""
        self.world.close()

    @initialize(
        abilities=st.lists(
            st.sampled_from([BOTH, BOTH, BOTH, SMS, VOICE]),
            min_size=len(NUMBERS),
            max_size=len(NUMBERS),
        ),
        rules=st.lists(
            st.builds(
                Rules, st.sampled_from([level.value for level in GeoMatchLevel]), st.booleans()
            ),
            min_size=2,
            max_size=2,
        ),
        where=st.lists(
            st.sampled_from([0, 0, 0, 1, None]), min_size=len(NUMBERS), max_size=len(NUMBERS)
        ),
        cooldown=st.sampled_from([0, 60]),
    )
    def begin(
        self, abilities: list[int], rules: list[Rules], where: list[int | None], cooldown: int
    ) -> None:
        """An inventory, two Services, some numbers in their pools, and a cool-down or none."""
        self.world.change("numbers", cooldown_seconds=cooldown)
        self.numbers = [
            self.world.add_number(number, capabilities=can)
            for number, can in zip(NUMBERS, abilities, strict=True)
        ]
        self.services = [
            self.world.add_service(
                GeoMatchLevel=one.level,
                NumberSelectionBehavior="prefer-sticky" if one.sticky else "avoid-sticky",
            )
            for one in rules
        ]
        self.oracle = Oracle(
            [Line(number, can) for number, can in zip(NUMBERS, abilities, strict=True)],
            rules,
            cooldown=cooldown,
        )
        for line, service in enumerate(where):
            if service is not None:
                self.join(line, service, reserved=False)

    def attempt(self, use_case: Awaitable[Any], codes: set[int]) -> Any:
        """Runs it; it must be refused with one of the codes, or succeed when there are none."""
        refused = None
        result = None
        try:
            result = self.world.do(use_case)
        except Fault as fault:
            refused = fault.code
        assert refused in (codes or {None})
        return result

    @rule(line=lines, service=services, reserved=st.sampled_from([False, False, True]))
    def join(self, line: int, service: int, reserved: bool) -> None:
        """Puts a number into a pool."""
        found = self.oracle.lines[line]
        codes = set()
        if found.service is not None:
            codes = {80104 if found.service == service else 80101}
        params = {"Sid": self.numbers[line].sid, "IsReserved": str(reserved).lower()}
        world = self.world
        where = self.services[service]
        self.attempt(pool.add(world.env, world.tx, where, NumberKind.PHONE, form(params)), codes)
        if not codes:
            found.service, found.reserved, found.met = service, reserved, {}

    @rule(line=lines)
    def leave(self, line: int) -> None:
        """Takes a number out of its pool."""
        found = self.oracle.lines[line]
        if found.service is None:
            return
        codes = {80611} if self.oracle.load(found) else set()
        where = self.services[found.service]
        sid = self.numbers[line].sid
        self.attempt(pool.remove(self.world.tx, where, NumberKind.PHONE, sid), codes)
        if not codes:
            found.service, found.reserved, found.met = None, False, {}

    @rule(line=lines, reserved=st.booleans())
    def reserve(self, line: int, reserved: bool) -> None:
        """Reserves a number or makes it available."""
        found = self.oracle.lines[line]
        if found.service is None:
            return
        world = self.world
        params = form({"IsReserved": str(reserved).lower()})
        where, sid = self.services[found.service], self.numbers[line].sid
        self.attempt(pool.update(world.env, world.tx, where, NumberKind.PHONE, sid, params), set())
        found.reserved = reserved

    @rule(seconds=st.integers(1, 100))
    def wait(self, seconds: int) -> None:
        """Time goes by."""
        self.world.clock.advance(seconds * 1000)
        self.oracle.now += seconds

    @rule()
    def sweep(self) -> None:
        """Sessions whose time is over are closed."""
        overdue = [meeting for meeting in self.oracle.meetings if self.oracle.over(meeting)]
        done = self.world.do(sessions.expire_overdue(self.world.env, self.world.tx, 1000))
        assert done == len(overdue)
        for meeting in overdue:
            self.oracle.close(meeting)

    @rule(conflicts=st.booleans())
    def allow(self, conflicts: bool) -> None:
        """The operator allows conflicts, or forbids them."""
        switches = int(Switch.ALLOW_PARTICIPANT_CONFLICT) if conflicts else 0
        account = msgspec.structs.replace(self.world.account, switches=switches)
        self.world.do(self.world.tx.accounts.update(account))
        self.oracle.conflicts = conflicts

    @rule(
        service=services,
        mode=modes,
        ttl=ttls,
        fail=fails,
        asked=st.lists(st.tuples(people, wishes), max_size=2, unique_by=lambda one: one[0]).map(
            lambda found: found[::-1]
        ),
    )
    def create(
        self, service: int, mode: str, ttl: int, fail: bool, asked: list[tuple[str, int | None]]
    ) -> None:
        """A session with nobody, one or two in it, who may name their numbers."""
        meeting = Meeting(service, mode, ttl=ttl)
        items = [
            msgspec.json.encode(
                {"Identifier": one}
                if wish is None
                else {"Identifier": one, "ProxyIdentifierSid": self.numbers[wish].sid}
            ).decode()
            for one, wish in asked
        ]
        codes, outcomes = self.expected(meeting, asked, fail)
        world = self.world
        flags = {"Mode": mode, "Ttl": str(ttl), "FailOnParticipantConflict": str(fail).lower()}
        params = form({**flags, **({"Participants": items} if items else {})})
        session = self.attempt(
            sessions.create(world.env, world.tx, self.services[service], params), codes
        )
        if session is not None:
            self.oracle.begin(meeting)
            self.oracle.meetings.append(meeting)
            self.sessions.append(session)
            self.settle(meeting, session, [one for one, _ in asked], outcomes)

    @precondition(lambda self: self.sessions)
    @rule(place=places, one=people, wish=wishes, fail=fails)
    def add(self, place: int, one: str, wish: int | None, fail: bool) -> None:
        """One person more in a session."""
        meeting, session = self.at(place)
        present = {person.identifier: person.live for person in meeting.people}
        if not meeting.active or self.oracle.over(meeting):
            codes, outcomes = {80607}, []
        elif len(meeting.live) == 2:
            codes, outcomes = {80609}, []
        elif one in present:
            codes, outcomes = {80103 if present[one] else 80612}, []
        else:
            codes, outcomes = self.expected(meeting, [(one, wish)], fail)
        params = {"Identifier": one}
        if wish is not None:
            params["ProxyIdentifier"] = NUMBERS[wish]
        world = self.world
        wanted = participants.candidate(form(params))
        where = self.services[meeting.service]
        current = world.session(session)
        add = participants.add(world.env, world.tx, where, current, wanted, fail=fail)
        self.attempt(add, codes)
        if not codes:
            self.settle(meeting, session, [one], outcomes)

    @precondition(lambda self: self.sessions)
    @rule(place=places, who=st.integers(0, 1))
    def remove(self, place: int, who: int) -> None:
        """A person is removed from a session."""
        meeting, session = self.at(place)
        if who >= len(meeting.people):
            return
        person = meeting.people[who]
        sid = self.world.person(session, person.identifier).sid
        codes = set() if person.live else {20404}
        world = self.world
        self.attempt(participants.remove(world.env, world.tx, session, sid), codes)
        if person.live:
            person.live = False
            if meeting.active:
                self.oracle.let_go(person)

    @precondition(lambda self: self.sessions)
    @rule(place=places)
    def close(self, place: int) -> None:
        """A session is closed, perhaps once more."""
        meeting, session = self.at(place)
        self.update(meeting, session, set(), Status="closed")
        self.oracle.close(meeting)

    @precondition(lambda self: self.sessions)
    @rule(place=places, fail=fails)
    def reopen(self, place: int, fail: bool) -> None:
        """A session that is closed or over is opened again, with the numbers that it had."""
        meeting, session = self.at(place)
        oracle, codes = self.oracle, set()
        ended = not meeting.active or oracle.over(meeting)
        for person in meeting.live if ended else []:
            others = oracle.last.get((person.line.number, person.identifier), [])
            if person.line.service != meeting.service:
                codes.add(80605)
            elif any(one is not person for one in others) and (fail or not oracle.conflicts):
                codes.add(80604)
        flag = {"FailOnParticipantConflict": str(fail).lower()}
        self.update(meeting, session, codes, Status="in-progress", **flag)
        if ended and not codes:
            oracle.close(meeting)
            for person in meeting.live:
                oracle.take(meeting, person)
            oracle.begin(meeting)

    @precondition(lambda self: self.sessions)
    @rule(place=places)
    def delete(self, place: int) -> None:
        """A session is deleted."""
        meeting, session = self.at(place)
        world = self.world
        where = self.services[meeting.service]
        self.attempt(sessions.delete(world.env, world.tx, where, session.sid), set())
        if meeting.active:
            for person in meeting.live:
                self.oracle.let_go(person)
        del self.sessions[place % len(self.sessions)]
        self.oracle.meetings.remove(meeting)

    def at(self, place: int) -> tuple[Meeting, Session]:
        """One of the sessions."""
        place %= len(self.sessions)
        return self.oracle.meetings[place], self.sessions[place]

    def update(self, meeting: Meeting, session: Session, codes: set[int], **params: str) -> None:
        """Changes a session's status."""
        world = self.world
        where, values = self.services[meeting.service], form(params)
        self.attempt(sessions.update(world.env, world.tx, where, session.sid, values), codes)

    def expected(
        self, meeting: Meeting, asked: list[tuple[str, int | None]], fail: bool
    ) -> tuple[set[int], list[tuple[Line, ...]]]:
        """The refusals that fit, or else the numbers that may be given, for each in turn."""
        oracle, service, mode = self.oracle, meeting.service, meeting.mode
        codes = set()
        names = [None if wish is None else oracle.lines[wish] for _, wish in asked]
        for (one, _), line in zip(asked, names, strict=True):
            if line is None:
                codes.add(oracle.refusal(service, mode, one))
            elif line.service != service:
                codes.add(80605)
            elif oracle.busy(line, one) and (fail or not oracle.conflicts):
                codes.add(80604)
        codes.discard(None)
        if codes:
            return {code for code in codes if code is not None}, []
        if len(asked) == 2 and names == [None, None]:
            return set(), list(oracle.both(service, mode, asked[0][0], asked[1][0]))
        options: list[list[Line]] = []
        for place, ((one, _), line) in enumerate(zip(asked, names, strict=True)):
            other = names[1 - place] if len(asked) == 2 else None
            if line is not None:
                options.append([line])
            elif other is not None:
                options.append(oracle.beside(service, mode, one, other))
            else:
                partner = meeting.live[0].line if meeting.live else None
                options.append(oracle.one(service, mode, one, partner))
        if len(options) == 2:
            return set(), [(a, b) for a in options[0] for b in options[1]]
        return set(), [(a,) for a in options[0]] if options else [()]

    def settle(
        self,
        meeting: Meeting,
        session: Session,
        who: list[str],
        outcomes: list[tuple[Line, ...]],
    ) -> None:
        """What was given must be one of the outcomes."""
        given = tuple(self.world.person(session, one).proxy_identifier for one in who)
        allowed = {tuple(line.number for line in outcome): outcome for outcome in outcomes}
        assert given in allowed
        for one, line in zip(who, allowed[given], strict=True):
            self.oracle.take(meeting, Person(one, line))

    @invariant()
    def each_pair_leads_to_one_session(self) -> None:
        """And that is the oracle's, as are all pairs that are active."""
        if not hasattr(self, "oracle"):
            return
        rows = self.world.rows(
            "SELECT proxy_identifier, identifier, session_sid, pair FROM participants"
            " WHERE pair <> 0"
        )
        assert sorted(row[:2] for row in rows) == sorted(self.oracle.pairs())
        where = {
            person: session.sid
            for meeting, session in zip(self.oracle.meetings, self.sessions, strict=True)
            for person in meeting.people
        }
        assert sorted(row[:3] for row in rows if row[3] == Pair.HELD) == sorted(
            (number, who, where[person]) for number, who, person in self.oracle.holders()
        )

    @invariant()
    def loads_are_right(self) -> None:
        """`in_use` counts the active sessions that use the number."""
        if not hasattr(self, "oracle"):
            return
        loads = {line.number: self.oracle.load(line) for line in self.oracle.lines}
        assert dict(self.world.rows("SELECT number, in_use FROM numbers")) == loads

    @invariant()
    def pasts_are_right(self) -> None:
        """An affinity counts its live pairs, and is there from the first one on."""
        if not hasattr(self, "oracle"):
            return
        found = self.world.rows(
            "SELECT n.number, a.identifier, a.active FROM affinities a"
            " JOIN numbers n ON n.sid = a.number_sid AND n.service_sid = a.service_sid"
        )
        pairs = self.oracle.pairs()
        assert sorted(found) == sorted(
            (line.number, who, pairs.count((line.number, who)))
            for line in self.oracle.lines
            for who in line.met
        )
        assert self.world.rows("SELECT COUNT(*) FROM affinities") == [(len(found),)]


@pytest.mark.covers("says:numbers.in-use")
def test_histories() -> None:
    run_state_machine_as_test(
        Histories, settings=settings(max_examples=100, stateful_step_count=40, deadline=None)
    )


#: How often each thing happens in a long history.
WEIGHTS = {
    "create": 30,
    "add": 12,
    "remove": 5,
    "close": 14,
    "reopen": 8,
    "delete": 3,
    "wait": 8,
    "reserve": 4,
    "join": 3,
    "leave": 2,
    "sweep": 4,
    "allow": 2,
}


@pytest.mark.parametrize("seed", range(24))
def test_long_histories(seed: int) -> None:
    """Full pools and long pasts, which the shorter ones seldom get to."""
    dice = random.Random(seed)
    history = Histories()
    levels = [level.value for level in GeoMatchLevel]
    history.begin(
        abilities=dice.choices([BOTH, SMS, VOICE], [6, 1, 1], k=len(NUMBERS)),
        rules=[Rules(dice.choice(levels), bool(seed >> place & 1)) for place in range(2)],
        where=dice.choices([0, 1, None], [6, 2, 1], k=len(NUMBERS)),
        cooldown=dice.choice([0, 60, 600]),
    )

    def wish() -> int | None:
        return dice.randrange(len(NUMBERS)) if dice.random() < 0.1 else None

    for what in dice.choices(list(WEIGHTS), list(WEIGHTS.values()), k=250):
        place, line = dice.randrange(1000), dice.randrange(len(NUMBERS))
        if what == "create":
            who = dice.sample(PEOPLE, dice.choice([0, 1, 2, 2, 2]))
            mode = dice.choice(["voice-and-message", "voice-and-message", "message-only"])
            ttl = dice.choice([0, 0, 0, 500, 2000])
            asked = [(one, wish()) for one in who]
            history.create(0 if dice.random() < 0.8 else 1, mode, ttl, dice.random() < 0.3, asked)
        elif what == "wait":
            history.wait(dice.randint(1, 100))
        elif what == "reserve":
            history.reserve(line, dice.random() < 0.3)
        elif what == "join":
            history.join(line, dice.randrange(2), dice.random() < 0.2)
        elif what == "leave":
            history.leave(line)
        elif what == "sweep":
            history.sweep()
        elif what == "allow":
            history.allow(bool(seed % 2) and dice.random() < 0.7)
        elif history.sessions:
            fail = dice.random() < 0.3
            more = {
                "add": (dice.choice(PEOPLE), wish(), fail),
                "remove": (dice.randrange(2),),
                "reopen": (fail,),
            }
            getattr(history, what)(place, *more.get(what, ()))
        history.each_pair_leads_to_one_session()
        history.loads_are_right()
        history.pasts_are_right()
    history.teardown()
