"""The population of a benchmark's database: a Service, its pool, sessions and their people.

Written by the store's own statements, in the state that the allocator would have left: both people
of a session share a number, spread evenly over the pool. Everybody is in one session, except a hub,
who may be in one on each of the first numbers of the pool; all others are then on the rest, so that
the numbers which the hub may still be given are the most loaded ones: the allocator's worst case.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import asyncpg
import msgspec
from phonenumbers import parse, region_code_for_number

from maskline.model.account import Account, AccountStatus
from maskline.model.interaction import Interaction
from maskline.model.number import ALL_CAPABILITIES, REACH, Number, NumberKind
from maskline.model.participant import Pair, Participant
from maskline.model.service import GeoMatchLevel, NumberSelection, Service
from maskline.model.session import Mode, Session, SessionStatus
from maskline.numbers.dialling import area_code, dial_class
from maskline.settings import PostgresSettings, SqliteSettings
from maskline.store.postgres import PostgresStore
from maskline.store.sql import load
from maskline.store.sqlite.connection import connect, migrate

ACCOUNT_SID: Final = "AC" + "b" * 32
SERVICE_SID: Final = "KS" + "b" * 32
TOKEN: Final = "a-token-for-benchmarks-0123456789"
CREDENTIALS_KEY: Final = f"{'A' * 43}="
HUB: Final = "+12125559999"

_BORN: Final = 1_700_000_000_000

# The area codes of the United States. With the exchange 555, which nobody has, each gives ten
# thousand numbers: the first eight thousand are people, the rest proxies.
_AREAS: Final = tuple(
    str(code)
    for code in range(201, 990)
    if region_code_for_number(parse(f"+1{code}5550000")) == "US"
)
_PEOPLE_PER_AREA: Final = 8_000
MOST_PEOPLE: Final = len(_AREAS) * _PEOPLE_PER_AREA


class Population(msgspec.Struct, frozen=True):
    """What a database holds."""

    participants: int
    pool: int
    carrier: str = "bench"
    callback_url: str | None = None
    hub_numbers: int = 0
    interactions: int = 0

    @property
    def sessions(self) -> int:
        """Sessions of two, without the hub's."""
        return self.participants // 2

    def pair(self, session: int, side: int) -> tuple[str, str]:
        """Who writes (0 or 1 of a session), and the proxy number that they write to."""
        return person(2 * session + side), proxy(self.number(session))

    def number(self, session: int) -> int:
        """The index of a session's number."""
        return self.hub_numbers + session % (self.pool - self.hub_numbers)


def person(index: int) -> str:
    """A person's number, valid for libphonenumber."""
    area = _AREAS[index % len(_AREAS)]
    return f"+1{area}555{index // len(_AREAS) % _PEOPLE_PER_AREA:04d}"


def proxy(index: int) -> str:
    """A proxy number; none is a person's."""
    area = _AREAS[index % len(_AREAS)]
    return f"+1{area}555{_PEOPLE_PER_AREA + index // len(_AREAS):04d}"


def sid(prefix: str, index: int) -> str:
    """A SID in the order of `index`, as if made a millisecond after the one before."""
    return f"{prefix}{(_BORN + index) << 16:016x}{index * 0x9E3779B97F4A7C15 % 2**64:016x}"


def build(path: Path, population: Population) -> None:
    """Writes the database file, complete and with an empty log."""
    settings = SqliteSettings()
    connection = connect(path, settings)
    migrate(connection)
    # The file is not in use yet: what a crash would leave is made anew.
    connection.execute("PRAGMA synchronous = OFF")
    statements = load("sqlite")
    connection.execute("BEGIN")
    for name, rows in (
        ("account_add", [_account()]),
        ("service_add", [_service(population)]),
        ("number_add", _numbers(population)),
        ("session_add", _sessions(population)),
        ("participant_add", _participants(population)),
    ):
        connection.executemany(statements[name], map(msgspec.structs.astuple, rows))
    connection.executemany(statements["affinity_take"], _affinities(population))
    if population.interactions:
        connection.execute("DROP INDEX interactions_session")
        connection.execute(_past(population, "printf('%016x', ({0}) << 16)"))
        connection.execute(_INDEX)
    connection.execute("COMMIT")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


async def build_postgres(url: str, population: Population) -> None:
    """The same in a database of PostgreSQL's that has nothing in it, not even a schema."""
    store = PostgresStore(url, PostgresSettings())
    await store.open()
    await store.close()
    connection = await asyncpg.connect(url)
    try:
        # As for the file: what a crash would leave is made anew.
        await connection.execute("SET synchronous_commit = off")
        for table, rows in (
            ("accounts", [_account()]),
            ("services", [_service(population)]),
            ("numbers", _numbers(population)),
            ("sessions", _sessions(population)),
            ("participants", _participants(population)),
        ):
            await connection.copy_records_to_table(
                table,
                columns=_columns(table),
                records=(msgspec.structs.astuple(row) for row in rows),
            )
        await connection.copy_records_to_table(
            "affinities",
            columns=("service_sid", "identifier", "number_sid", "last_used", "active"),
            records=((*row, 1) for row in _affinities(population)),
        )
        if population.interactions:
            await connection.execute("DROP INDEX interactions_session")
            hexadecimal = "lpad(to_hex(({0}) << 16), 16, '0')"
            await connection.execute(_past(population, hexadecimal), timeout=3600)
            await connection.execute(_INDEX, timeout=3600)
        await connection.execute("VACUUM ANALYZE", timeout=3600)
        await connection.execute("CHECKPOINT", timeout=3600)
    finally:
        await connection.close()


def _columns(table: str) -> tuple[str, ...]:
    records = {
        "accounts": Account,
        "services": Service,
        "numbers": Number,
        "sessions": Session,
        "participants": Participant,
    }
    return records[table].__struct_fields__


_INDEX: Final = "CREATE INDEX interactions_session ON interactions (session_sid, sid)"


def _past(population: Population, hexadecimal: str) -> str:
    """A statement that writes old interactions: as many to each session, one after the other."""
    each = -(-population.interactions // population.sessions)
    at = f"{_BORN + population.sessions} + s.place * {each} + n.step"
    text = '{"body":"I am at the door, and the bell is shy: ring twice, please."}'
    ours, theirs = (hexadecimal.format(at) + f" || '{mark * 16}'" for mark in "ab")
    return f"""
        INSERT INTO interactions ({", ".join(Interaction.__struct_fields__)})
        WITH RECURSIVE
        n (step) AS (SELECT 0 UNION ALL SELECT step + 1 FROM n WHERE step < {each - 1}),
        s AS (SELECT sid, ROW_NUMBER() OVER (ORDER BY sid) - 1 AS place FROM sessions)
        SELECT 'KI' || {ours}, '{ACCOUNT_SID}', '{SERVICE_SID}', s.sid, 'message', '{text}', 0,
            'KP{"c" * 32}', 'SM' || {ours}, 'received',
            'KP{"d" * 32}', 'SM' || {theirs}, 'delivered', {at}, {at}
        FROM s CROSS JOIN n WHERE s.place * {each} + n.step < {population.interactions}
        ORDER BY s.place, n.step
    """


def strangers(population: Population) -> Iterator[str]:
    """People whom the database does not hold; each once."""
    for index in range(MOST_PEOPLE - 1, population.participants, -1):
        yield person(index)


def spread(population: Population, sessions: int) -> list[tuple[str, str]]:
    """(sender, proxy number) pairs of that many sessions, evenly over all, both ways, in an order
    as random as people's, and the same in every run."""
    sessions = min(sessions, population.sessions)
    step = population.sessions // sessions
    pairs = [population.pair(index * step, side) for side in (0, 1) for index in range(sessions)]
    random.Random(1).shuffle(pairs)
    return pairs


def _account() -> Account:
    return Account(ACCOUNT_SID, "Benchmark", TOKEN, AccountStatus.ACTIVE.value, _BORN, _BORN)


def _service(population: Population) -> Service:
    return Service(
        sid=SERVICE_SID,
        account_sid=ACCOUNT_SID,
        unique_name="benchmark",
        chat_instance_sid=None,
        callback_url=population.callback_url,
        intercept_callback_url=None,
        out_of_session_callback_url=None,
        default_ttl=0,
        geo_match_level=GeoMatchLevel.COUNTRY.value,
        number_selection_behavior=NumberSelection.PREFER_STICKY.value,
        date_created=_BORN,
        date_updated=_BORN,
    )


def _numbers(population: Population) -> Iterator[Number]:
    load = Counter(map(population.number, range(population.sessions)))
    for index in range(population.pool):
        number = proxy(index)
        yield Number(
            sid=sid("PN", index),
            account_sid=ACCOUNT_SID,
            kind=NumberKind.PHONE.value,
            number=number,
            friendly_name=number,
            carrier=population.carrier,
            iso_country="US",
            dial_class=dial_class(number),
            area_code=area_code(number),
            capabilities=ALL_CAPABILITIES,
            reach=REACH,
            service_sid=SERVICE_SID,
            is_reserved=0,
            in_use=load[index] + (index < population.hub_numbers),
            pool_created=_BORN,
            pool_updated=_BORN,
            date_created=_BORN,
            date_updated=_BORN,
        )


def _sessions(population: Population) -> Iterator[Session]:
    for index in range(population.sessions + population.hub_numbers):
        at = _BORN + index
        yield Session(
            sid=sid("KC", index),
            account_sid=ACCOUNT_SID,
            service_sid=SERVICE_SID,
            unique_name=f"order-{index}",
            status=SessionStatus.OPEN.value,
            closed_reason=None,
            mode=Mode.VOICE_AND_MESSAGE.value,
            ttl=0,
            date_expiry=None,
            date_started=None,
            date_ended=None,
            date_last_interaction=None,
            expires_at=None,
            date_created=at,
            date_updated=at,
        )


def _memberships(population: Population) -> Iterator[tuple[int, str, int]]:
    """Session, identifier and number of everybody."""
    for session in range(population.sessions):
        for side in (0, 1):
            yield session, person(2 * session + side), population.number(session)
    for index in range(population.hub_numbers):
        yield population.sessions + index, HUB, index


def _participants(population: Population) -> Iterator[Participant]:
    for index, (session, identifier, number) in enumerate(_memberships(population)):
        at = _BORN + index
        yield Participant(
            sid=sid("KP", index),
            account_sid=ACCOUNT_SID,
            service_sid=SERVICE_SID,
            session_sid=sid("KC", session),
            identifier=identifier,
            friendly_name=None,
            proxy_identifier=proxy(number),
            proxy_identifier_sid=sid("PN", number),
            pair=Pair.HELD,
            date_deleted=None,
            date_created=at,
            date_updated=at,
        )


def _affinities(population: Population) -> Iterator[Sequence[object]]:
    for _, identifier, number in _memberships(population):
        yield SERVICE_SID, identifier, sid("PN", number), _BORN
