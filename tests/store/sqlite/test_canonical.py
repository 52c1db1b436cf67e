"""What an earlier version wrote of people who have two numbers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from maskline.store.migrate import migrations

STEPS = migrations("sqlite")
(AT,) = (place for place, step in enumerate(STEPS) if step.name == "canonical")
KNOWN, OTHER = "+542231234567", "+5492231234567"


def step(database: sqlite3.Connection, number: int) -> None:
    """Takes one step of the schema."""
    for statement in STEPS[number].statements:
        database.execute(statement)


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    """A database as it was before."""
    database = sqlite3.connect(":memory:", isolation_level=None)
    for number in range(AT):
        step(database, number)
    yield database
    database.close()


def person(
    database: sqlite3.Connection, sid: str, session: str, identifier: str, pair: int = 1
) -> None:
    """A participant, on the same number as all, and what they met."""
    database.execute(
        "INSERT INTO participants (sid, account_sid, service_sid, session_sid, identifier,"
        " proxy_identifier, proxy_identifier_sid, pair, date_created, date_updated)"
        " VALUES (?, 'AC1', 'KS1', ?, ?, '+14158670001', 'PN1', ?, 1, 1)",
        (sid, session, identifier, pair),
    )
    database.execute(
        "INSERT INTO affinities VALUES ('KS1', ?, 'PN1', ?, 1) ON CONFLICT DO NOTHING",
        (identifier, pair),
    )


def people(database: sqlite3.Connection) -> list[str]:
    """Their identifiers, in order of their SIDs."""
    return [one for (one,) in database.execute("SELECT identifier FROM participants ORDER BY sid")]


def known(database: sqlite3.Connection) -> list[str]:
    """Who met the number."""
    return [one for (one,) in database.execute("SELECT identifier FROM affinities ORDER BY 1")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (OTHER, KNOWN),
        (KNOWN, KNOWN),
        ("+5215512345678", "+525512345678"),
        ("+5491123456789", "+541123456789"),
        ("+5493725123456", "+543725123456"),
        ("+5498001234567", "+5498001234567"),
        ("+521551234567", "+521551234567"),
        ("+14155550100", "+14155550100"),
        ("messenger:+5215512345678", "messenger:+5215512345678"),
    ],
)
def test_people_are_known_by_one_number(
    database: sqlite3.Connection, before: str, after: str
) -> None:
    person(database, "KP1", "KC1", before)
    person(database, "KP2", "KC2", before, pair=0)
    step(database, AT)
    assert people(database) == [after, after]
    assert known(database) == [after]


def test_whoever_is_there_in_both_forms_stays_so(database: sqlite3.Connection) -> None:
    person(database, "KP1", "KC1", KNOWN)
    person(database, "KP2", "KC2", OTHER)
    person(database, "KP3", "KC3", OTHER, pair=0)
    person(database, "KP4", "KC3", KNOWN, pair=0)
    step(database, AT)
    assert people(database) == [KNOWN, OTHER, OTHER, KNOWN]
    assert known(database) == [KNOWN, OTHER]
