"""A world in memory for tests of the rules: a database, a clock that stands, and quick records."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Iterator, Mapping
from functools import cache
from typing import Any, TypeVar

import msgspec
import pytest

from maskline.env import Env
from maskline.model.account import Account
from maskline.model.alert import Alert
from maskline.model.form import Form
from maskline.model.job import Callback, Job, Relay
from maskline.model.messaging_service import MessagingService
from maskline.model.number import Number
from maskline.model.participant import Participant
from maskline.model.service import Service
from maskline.model.session import Session
from maskline.proxy import participants, services, sessions
from maskline.settings import Settings
from maskline.store.contract import Transaction
from maskline.store.migrate import migrations
from maskline.store.sql import load
from maskline.store.sqlite.executor import SqliteExecutor, drive
from tests.support.records import Records, StoppedClock

T = TypeVar("T")

ALICE = "+14155550100"
BOB = "+12125551234"
CAROL = "+14152345678"
DAVE = "+12122345678"


class World:
    """An empty database with one account in it, and what the rules need around them."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        self.connection.deserialize(_empty_database())
        self.connection.execute("PRAGMA foreign_keys = ON")
        self.executor = SqliteExecutor(self.connection, _statements())
        self.tx = Transaction(self.executor)
        self.clock = StoppedClock()
        self.records = Records(self.clock)
        self.env = Env(
            clock=self.clock,
            sids=self.records.sids,
            settings=settings or Settings(public_url="https://mask.example.com"),
        )
        self.account = self.add_account()

    def close(self) -> None:
        """Lets go of the database."""
        self.connection.close()

    def do(self, use_case: Awaitable[T]) -> T:
        """Runs a use-case; one that raises leaves no trace."""
        self.connection.execute("SAVEPOINT one")
        try:
            result = drive(use_case)
        except BaseException:
            self.connection.execute("ROLLBACK TO one")
            self.connection.execute("RELEASE one")
            raise
        self.connection.execute("RELEASE one")
        return result

    def rows(self, sql: str, *args: Any) -> list[tuple[Any, ...]]:
        """What a statement of the test's own finds."""
        return self.connection.execute(sql, args).fetchall()

    def change(self, section: str, **values: Any) -> None:
        """Changes settings of one section."""
        settings = self.env.settings
        part = msgspec.structs.replace(getattr(settings, section), **values)
        settings = msgspec.structs.replace(settings, **{section: part})
        self.env = msgspec.structs.replace(self.env, settings=settings)

    def add_account(self) -> Account:
        """Another account."""
        account = self.records.account()
        self.do(self.tx.accounts.add(account))
        return account

    def add_service(self, account: Account | None = None, **params: str) -> Service:
        """A Service, made from the API's parameters."""
        values = {"UniqueName": self.records.sids.new("XX"), **params}
        account = account or self.account
        return self.do(services.create(self.env, self.tx, account.sid, form(values)))

    def add_number(
        self,
        number: str = "",
        *,
        service: Service | None = None,
        reserved: bool = False,
        account: Account | None = None,
        **changes: Any,
    ) -> Number:
        """A number of the account, in a Service's pool when one is given."""
        found = self.records.number((account or self.account).sid, number, **changes)
        assert self.do(self.tx.numbers.add(found))
        if service is not None:
            assert self.do(self.tx.numbers.join(found.sid, service.sid, reserved, self.clock()))
        return self.number(found.number)

    def add_messaging_service(self, *numbers: Number, **changes: Any) -> MessagingService:
        """A Messaging Service with these numbers in it."""
        service = self.records.messaging_service(self.account.sid, **changes)
        self.do(self.tx.messaging_services.add(service))
        for number in numbers:
            assert self.do(self.tx.messaging_services.join(number.sid, service.sid, self.clock()))
        return service

    def pool(self, service: Service, count: int, **changes: Any) -> list[Number]:
        """So many numbers in the Service's pool."""
        return [self.add_number(service=service, **changes) for _ in range(count)]

    def add_session(self, service: Service, *identifiers: str, **params: str) -> Session:
        """A session with these people in it, who were sent along with it."""
        people = [msgspec.json.encode({"Identifier": one}).decode() for one in identifiers]
        values: dict[str, str | list[str]] = {**params}
        if people:
            values["Participants"] = people
        return self.do(sessions.create(self.env, self.tx, service, form(values)))

    def add_participant(
        self, service: Service, session: Session, identifier: str, **params: str
    ) -> Participant:
        """One person more in a session."""
        wanted = participants.candidate(form({"Identifier": identifier, **params}))
        return self.do(participants.add(self.env, self.tx, service, session, wanted))

    def people(self, session: Session) -> list[Participant]:
        """A session's participants, removed ones too, in the order in which they were made."""
        return self.do(self.tx.participants.of_session(session.sid))

    def person(self, session: Session, identifier: str) -> Participant:
        """A session's participant with that identifier."""
        return next(one for one in self.people(session) if one.identifier == identifier)

    def session(self, session: Session) -> Session:
        """The session as it is now."""
        found = self.do(self.tx.sessions.get(session.sid, session.service_sid))
        assert found is not None
        return found

    def number(self, number: str) -> Number:
        """The number as it is now."""
        found = self.do(self.tx.numbers.by_number(number))
        assert found is not None
        return found

    def jobs(self) -> list[Job]:
        """All jobs, in the order in which they were made."""
        return [
            job
            for (sid,) in self.rows("SELECT sid FROM outbox ORDER BY sid")
            if (job := self.do(self.tx.outbox.get(sid))) is not None
        ]

    def relays(self) -> list[Relay]:
        """What relay jobs are to send."""
        jobs = [job.payload for job in self.jobs() if job.kind == "relay"]
        return [msgspec.json.decode(payload, type=Relay) for payload in jobs]

    def callbacks(self) -> list[Callback]:
        """What callback jobs are to tell."""
        jobs = [job.payload for job in self.jobs() if job.kind == "callback"]
        return [msgspec.json.decode(payload, type=Callback) for payload in jobs]

    def alerts(self, account: Account | None = None) -> list[Alert]:
        """The account's alerts, oldest first."""
        sid = (account or self.account).sid
        found = self.rows("SELECT sid FROM alerts WHERE account_sid = ? ORDER BY sid", sid)
        alerts = [self.do(self.tx.alerts.get(one, sid)) for (one,) in found]
        return [alert for alert in alerts if alert is not None]

    def codes(self) -> list[int]:
        """The codes of the account's alerts, oldest first."""
        return [alert.error_code for alert in self.alerts()]


@pytest.fixture
def world() -> Iterator[World]:
    """An empty world."""
    world = World()
    yield world
    world.close()


def form(values: Mapping[str, str | list[str]]) -> Form:
    """A form as the API hands it over."""
    return Form({key: [one] if isinstance(one, str) else one for key, one in values.items()})


@cache
def _statements() -> Mapping[str, str]:
    return load("sqlite")


@cache
def _empty_database() -> bytes:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for step in migrations("sqlite"):
        for statement in step.statements:
            connection.execute(statement)
    image = connection.serialize()
    connection.close()
    return image


__all__ = [
    "ALICE",
    "BOB",
    "CAROL",
    "DAVE",
    "World",
    "drive",
    "form",
    "world",
]
