"""What the assignment should do, by brute force over plain lists.

It shares no code with the rule: every number of the pool is looked at, one by one, each time.
"""

from __future__ import annotations

from dataclasses import dataclass, field

VOICE = 1
SMS = 2
BOTH = VOICE | SMS
NEEDS = {"voice-only": VOICE, "message-only": SMS, "voice-and-message": BOTH}


def country_code(number: str) -> str:
    """The calling code, of the few countries that the tests know."""
    return next(code for code in ("+1", "+44", "+52") if number.startswith(code))


def area(number: str) -> str:
    """The area code, in North America only."""
    return number[2:5] if number.startswith("+1") else ""


@dataclass(eq=False)
class Line:
    """A number of the account. `met` holds, per person, when they last took or left it."""

    number: str
    can: int
    service: int | None = None
    reserved: bool = False
    met: dict[str, int] = field(default_factory=dict)


@dataclass(eq=False)
class Person:
    """A participant. `live` until removed."""

    identifier: str
    line: Line
    live: bool = True


@dataclass(eq=False)
class Meeting:
    """A session. `ends` is when its time is over, null for never."""

    service: int
    mode: str
    people: list[Person] = field(default_factory=list)
    active: bool = True
    ttl: int = 0
    ends: int | None = None

    @property
    def live(self) -> list[Person]:
        """Those who were not removed."""
        return [person for person in self.people if person.live]


@dataclass
class Rules:
    """What a Service prefers."""

    level: str
    sticky: bool


@dataclass
class Oracle:
    """The whole state. Pairs, loads and counts are derived from it anew each time. `last` is who
    has each active pair, the one who took it last at the end; `conflicts` that there may be more
    than one."""

    lines: list[Line]
    services: list[Rules]
    meetings: list[Meeting] = field(default_factory=list)
    now: int = 0
    cooldown: int = 0
    conflicts: bool = False
    last: dict[tuple[str, str], list[Person]] = field(default_factory=dict)

    def pairs(self) -> list[tuple[str, str]]:
        """Every active (number, identifier) pair, repeated if it is active twice."""
        return [
            (person.line.number, person.identifier)
            for meeting in self.meetings
            if meeting.active
            for person in meeting.live
        ]

    def load(self, line: Line) -> int:
        """How many active sessions use the number."""
        return sum(
            any(person.line is line for person in meeting.live)
            for meeting in self.meetings
            if meeting.active
        )

    def holders(self) -> list[tuple[str, str, Person]]:
        """To whom each active pair leads."""
        return [(*pair, people[-1]) for pair, people in self.last.items() if people]

    def busy(self, line: Line, identifier: str) -> bool:
        """Whether the person is in an active session with the number."""
        return (line.number, identifier) in self.pairs()

    def over(self, meeting: Meeting) -> bool:
        """Whether the session's end has come before it was closed."""
        return meeting.active and meeting.ends is not None and meeting.ends <= self.now

    def begin(self, meeting: Meeting) -> None:
        """The session goes on from now."""
        meeting.active = True
        meeting.ends = self.now + meeting.ttl if meeting.ttl else None

    def close(self, meeting: Meeting) -> None:
        """The session ends, unless it has."""
        if meeting.active:
            for person in meeting.live:
                self.let_go(person)
        meeting.active, meeting.ends = False, None

    def cooling(self, line: Line, identifier: str) -> bool:
        """Whether the person left the number too short a time ago."""
        left = line.met.get(identifier)
        return bool(self.cooldown) and left is not None and left > self.now - self.cooldown

    def refusal(self, service: int, mode: str, identifier: str) -> int | None:
        """The code with which one more session of this person is refused; null when it is not."""
        pool = [line for line in self.lines if line.service == service]
        needs = NEEDS[mode]
        if not pool:
            return 80205
        able = [line for line in pool if line.can & needs == needs]
        if not able:
            without_voice = needs & VOICE and not any(line.can & VOICE for line in pool)
            return 80201 if without_voice or needs == VOICE else 80202
        near = [line for line in able if country_code(line.number) == country_code(identifier)]
        if not near:
            return 80203
        if self.services[service].level == "area-code" and area(identifier):
            near = [line for line in near if area(line.number) == area(identifier)]
            if not near:
                return 80206
        open_ = [line for line in near if not line.reserved]
        if not open_:
            return 80207
        if all(self.busy(line, identifier) for line in open_):
            return 80208
        return None

    def best(self, service: int, mode: str, identifier: str) -> list[Line]:
        """The numbers that are as good as any by all that concerns one person alone: capability,
        country, geo level, free, cooled down, and sticky or not."""
        needs = NEEDS[mode]
        rules = self.services[service]
        found = [
            line
            for line in self.lines
            if line.service == service
            and not line.reserved
            and line.can & needs == needs
            and country_code(line.number) == country_code(identifier)
            and not self.busy(line, identifier)
        ]
        if rules.level != "country" and area(identifier):
            in_area = [line for line in found if area(line.number) == area(identifier)]
            found = in_area if in_area or rules.level == "area-code" else found
        found = [line for line in found if not self.cooling(line, identifier)] or found
        wanted = [line for line in found if (identifier in line.met) == rules.sticky]
        return wanted or found

    def least(self, lines: list[Line], identifier: str) -> list[Line]:
        """Of those that cool down the one that began first, of others the least loaded; and among
        these, where the person met them, the least recently used, and where they did not, those
        that can do the least."""
        if self.cooling(lines[0], identifier):
            oldest = min(line.met[identifier] for line in lines)
            lines = [line for line in lines if line.met[identifier] == oldest]
        load = min(self.load(line) for line in lines)
        lines = [line for line in lines if self.load(line) == load]
        if identifier in lines[0].met:
            oldest = min(line.met[identifier] for line in lines)
            return [line for line in lines if line.met[identifier] == oldest]
        fewest = min(line.can.bit_count() for line in lines)
        return [line for line in lines if line.can.bit_count() == fewest]

    def one(self, service: int, mode: str, identifier: str, partner: Line | None) -> list[Line]:
        """What one person may be given who is added to a partner who came before."""
        best = self.best(service, mode, identifier)
        others = [line for line in best if line is not partner]
        return self.least(others or best, identifier)

    def beside(self, service: int, mode: str, identifier: str, named: Line) -> list[Line]:
        """What one person may be given whose partner is given a named number in the same breath."""
        best = self.best(service, mode, identifier)
        return [named] if named in best else self.least(best, identifier)

    def both(self, service: int, mode: str, one: str, other: str) -> list[tuple[Line, Line]]:
        """What two people may be given together."""
        first, second = self.best(service, mode, one), self.best(service, mode, other)
        shared = [line for line in first if line in second]
        if shared:
            knowers = [who for who in (one, other) if who in shared[0].met] or [one]
            return [(line, line) for who in knowers for line in self.least(shared, who)]
        return [(a, b) for a in self.least(first, one) for b in self.least(second, other)]

    def take(self, meeting: Meeting, person: Person) -> None:
        """The person holds the pair from now on."""
        if person not in meeting.people:
            meeting.people.append(person)
        person.line.met[person.identifier] = self.now
        self.last.setdefault((person.line.number, person.identifier), []).append(person)

    def let_go(self, person: Person) -> None:
        """The person does not hold it any more."""
        self.last[person.line.number, person.identifier].remove(person)
        person.line.met[person.identifier] = self.now
