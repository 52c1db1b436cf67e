"""What the server should hold, written down plainly: the oracle of the replay.

It shares no code with the server. Who holds a pair, how many sessions use a number and who hears
from whom are worked out anew each time from plain lists.
"""

from __future__ import annotations

from dataclasses import dataclass, field

#: The people of the replay, all of them of North America.
PEOPLE = tuple(f"+1202456{place:04d}" for place in range(1111, 1121))
#: The numbers that the account buys.
NUMBERS = tuple(f"+1415867{place:04d}" for place in range(5310, 5324))
#: A number that nobody has.
NOBODYS = "+14158679999"


@dataclass(eq=False)
class Line:
    """A number of the account, in the pool of one Service or of none."""

    sid: str
    number: str
    service: Service | None = None
    reserved: bool = False


@dataclass(eq=False)
class Service:
    """A Service. `asks` says that its intercept callback is set, `door` that its out-of-session
    callback is."""

    sid: str
    name: str
    default_ttl: int = 0
    asks: bool = False
    door: bool = False
    deleted: bool = False


@dataclass(eq=False)
class Person:
    """A participant."""

    sid: str
    identifier: str
    line: Line
    meeting: Meeting
    live: bool = True


@dataclass(eq=False)
class Meeting:
    """A session. Times are ms; `ends` is when it is over, null for never."""

    sid: str
    service: Service
    mode: str
    name: str | None
    born: int
    ttl: int = 0
    date: int | None = None
    status: str = "open"
    reason: str | None = None
    last: int | None = None
    ends: int | None = None
    ended: int | None = None
    reopened: int | None = None
    people: list[Person] = field(default_factory=list)

    @property
    def active(self) -> bool:
        """Whether it is not closed."""
        return self.status != "closed"

    @property
    def live(self) -> list[Person]:
        """Those who were not removed."""
        return [person for person in self.people if person.live]

    def over(self, now: int) -> bool:
        """Whether its end has come, be it closed or not."""
        return self.active and self.ends is not None and self.ends <= now

    def open_at(self, now: int) -> bool:
        """Whether it goes on."""
        return self.active and not self.over(now)

    def reckon(self) -> None:
        """Works out when it ends; a ttl counts from the last of what happened to it."""
        span = self.ttl or self.service.default_ttl
        if self.date is not None or not span:
            self.ends = self.date
        else:
            self.ends = max(self.born, self.last or 0, self.reopened or 0) + span * 1000

    def partner(self, person: Person) -> Person | None:
        """The other one."""
        return next((one for one in self.live if one is not person), None)


@dataclass(eq=False)
class Text:
    """Something that was sent and that must arrive at one place, once."""

    token: str
    to: str
    sender: str


@dataclass
class Model:
    """Everything."""

    lines: list[Line] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)
    gone: list[Service] = field(default_factory=list)
    meetings: list[Meeting] = field(default_factory=list)
    #: Who was in touch last over each pair, the latest last; those of active sessions alone.
    recent: dict[tuple[str, str], list[Person]] = field(default_factory=dict)
    conflicts: bool = False
    hold: bool = False
    #: Who wants no more messages from which number.
    opted: set[tuple[str, str]] = field(default_factory=set)
    #: What must arrive, by its token.
    due: dict[str, Text] = field(default_factory=dict)
    #: Messages and calls that were deleted by the API.
    deleted_legs: set[str] = field(default_factory=set)

    def of(self, line: Line, identifier: str) -> list[Person]:
        """Who has the pair in an active session, the latest last."""
        return self.recent.setdefault((line.number, identifier), [])

    def holder(self, line: Line, identifier: str) -> Person | None:
        """To whose session the pair leads."""
        found = self.of(line, identifier)
        return found[-1] if found else None

    def take(self, person: Person) -> None:
        """The pair leads to this person's session now."""
        people = self.of(person.line, person.identifier)
        if person in people:
            people.remove(person)
        people.append(person)

    def let_go(self, person: Person) -> None:
        """The pair does not lead there any more."""
        self.of(person.line, person.identifier).remove(person)

    def close(self, meeting: Meeting, reason: str, now: int) -> None:
        """Ends an active session."""
        for person in meeting.live:
            self.let_go(person)
        meeting.status, meeting.reason, meeting.ended, meeting.ends = "closed", reason, now, None

    def expire(self, meeting: Meeting, now: int) -> None:
        """Ends a session whose time is over."""
        self.close(meeting, "ttl" if meeting.date is None else "date-expiry", now)

    def interact(self, meeting: Meeting, to: Person, now: int) -> None:
        """Something passes to a person."""
        meeting.status, meeting.last = "in-progress", now
        meeting.reckon()
        self.take(to)

    def touch(self, meeting: Meeting, now: int) -> None:
        """Something was tried that is kept from the partner."""
        meeting.status, meeting.last = "in-progress", now
        meeting.reckon()

    def forget(self, meeting: Meeting) -> None:
        """The session is deleted."""
        if meeting.active:
            for person in meeting.live:
                self.let_go(person)
        self.meetings.remove(meeting)

    def pool(self, service: Service) -> list[Line]:
        """The numbers of a Service."""
        return [line for line in self.lines if line.service is service]

    def free(self, service: Service, identifier: str) -> list[Line]:
        """The numbers that the person may be given."""
        return [
            line
            for line in self.pool(service)
            if not line.reserved and not self.of(line, identifier)
        ]

    def none_free(self, service: Service, identifier: str) -> int | None:
        """The code with which a person is refused who names no number; null when they are not."""
        pool = self.pool(service)
        if not pool:
            return 80205
        if all(line.reserved for line in pool):
            return 80207
        return None if self.free(service, identifier) else 80208

    def load(self, line: Line) -> int:
        """How many active sessions use a number."""
        return sum(
            any(person.line is line for person in meeting.live)
            for meeting in self.meetings
            if meeting.active
        )

    def route(self, sender: str, line: Line, kind: str, now: int) -> Person | Meeting | None:
        """Whom a message or call reaches: the partner, or the session that is over, or nobody.

        `kind` is `message` or `voice`.
        """
        person = None if line.service is None else self.holder(line, sender)
        if person is None:
            return None
        meeting = person.meeting
        if meeting.over(now):
            return meeting
        if kind not in meeting.mode:
            return None
        return meeting.partner(person)
