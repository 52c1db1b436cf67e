from __future__ import annotations

import pytest

from maskline.store.contract import Transaction
from maskline.store.postgres import PostgresStore
from maskline.store.postgres.sets import (
    each_by_key,
    insert_few,
    insert_many,
    is_by_key,
    is_insert,
    select_each,
)
from maskline.store.repositories.outbox import Postponement
from maskline.store.sql import load
from tests.support.records import Records


@pytest.mark.parametrize(
    ("statement", "yes"),
    [
        ("INSERT INTO a (b) VALUES ($1)", True),
        ("INSERT INTO a (b, c) VALUES ($1, $2) ON CONFLICT DO NOTHING", True),
        ("INSERT INTO a (b, c) VALUES ($2, $1)", False),
        ("INSERT INTO a (b, c) VALUES ($1, 0)", True),
        ("INSERT INTO a (b, c) VALUES ($1, $1)", False),
        ("INSERT INTO a (b) VALUES ($1) ON CONFLICT (b) DO UPDATE SET c = $2", False),
        ("INSERT INTO a (b) VALUES (lower($1))", False),
        ("SELECT b FROM a WHERE b = $1", False),
    ],
)
def test_which_statements_insert_a_row_of_parameters(statement: str, yes: bool) -> None:
    assert is_insert(statement) is yes


def test_an_insert_of_many() -> None:
    single = "INSERT INTO a (b, c) VALUES ($1, $2) ON CONFLICT DO NOTHING"
    assert insert_many(single, ["text", "int8"]) == (
        "INSERT INTO a (b, c) SELECT * FROM unnest($1::text[], $2::int8[]) ON CONFLICT DO NOTHING"
    )


def test_an_insert_of_many_with_a_number_in_each() -> None:
    single = "INSERT INTO a (b, c, d) VALUES ($1, 0, $2)"
    assert insert_many(single, ["text", "int8"]) == (
        "INSERT INTO a (b, c, d) SELECT p1, 0, p2 FROM unnest($1::text[], $2::int8[])"
        " AS asked (p1, p2)"
    )


def test_an_insert_of_a_few() -> None:
    single = "INSERT INTO a (b, c, d) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING"
    assert insert_few(single, 1) == single
    assert insert_few(single, 3) == (
        "INSERT INTO a (b, c, d) VALUES ($1, 0, $2), ($3, 0, $4), ($5, 0, $6)"
        " ON CONFLICT DO NOTHING"
    )


def test_a_select_for_each() -> None:
    assert select_each("SELECT c FROM a WHERE b = $2 AND d = $1", ["text", "int8"]) == (
        "SELECT found.* FROM unnest($1::text[], $2::int8[]) WITH ORDINALITY"
        " AS asked (p1, p2, place)"
        " LEFT JOIN LATERAL (SELECT c FROM a WHERE b = asked.p2 AND d = asked.p1 LIMIT 1)"
        " AS found ON true ORDER BY asked.place"
    )


def test_every_statement_that_adds_many_has_such_a_form() -> None:
    single = load("postgres")
    for name in ("message_add", "interaction_add", "outbox_add", "call_add", "alert_add"):
        assert is_insert(single[name]), name


@pytest.mark.parametrize(
    ("statement", "yes"),
    [
        ("DELETE FROM a WHERE b = $1", True),
        ("DELETE FROM a WHERE b = $1 AND c = $2", False),
        ("DELETE FROM a", False),
        ("UPDATE a SET b = $2\nWHERE sid = $1", True),
        ("UPDATE a SET b = b + $2 WHERE sid = $1 AND c = $3", True),
        ("UPDATE a SET b = $2 WHERE c = $1", True),
        ("UPDATE a SET b = $2 WHERE lower(c) = $1", False),
        ("UPDATE a SET b = (SELECT c FROM d) WHERE sid = $1", False),
        ("UPDATE a SET b = $2 WHERE sid = $1 RETURNING b", False),
    ],
)
def test_which_statements_change_what_a_key_names(statement: str, yes: bool) -> None:
    assert is_by_key(statement) is yes


def test_changes_of_many() -> None:
    assert each_by_key("DELETE FROM a WHERE b = $1", ["text"]) == (
        "DELETE FROM a WHERE b = ANY ($1::text[])"
    )
    assert each_by_key("UPDATE a SET b = $2 WHERE d = $1", ["text", "int8"]) == (
        "UPDATE a SET b = asked.p2"
        " FROM unnest($1::text[], $2::int8[]) AS asked (p1, p2) WHERE a.d = asked.p1"
    )
    single = "UPDATE a SET b = COALESCE($3, b) WHERE sid = $1 AND c = $2"
    assert each_by_key(single, ["text", "int8", "text"]) == (
        "UPDATE a SET b = COALESCE(asked.p3, b)"
        " FROM unnest($1::text[], $2::int8[], $3::text[]) AS asked (p1, p2, p3)"
        " WHERE a.sid = asked.p1 AND c = asked.p2"
    )


def test_what_traffic_changes_many_of_has_such_a_form() -> None:
    single = load("postgres", locking=True)
    for name in ("outbox_done", "outbox_claim", "outbox_postpone", "message_status", "pace_take"):
        assert is_by_key(single[name]), name


async def test_of_two_changes_to_one_row_the_second_wins(
    store: PostgresStore, records: Records
) -> None:
    account = records.account()
    jobs = [records.job(account.sid) for _ in range(3)]
    first, second, other = jobs

    async def change(tx: Transaction) -> None:
        await tx.outbox.add_many(jobs)
        await tx.outbox.postpone_many(
            [
                Postponement(first.sid, 1, 10, "", "first"),
                Postponement(second.sid, 2, 20, "", "second"),
                Postponement(first.sid, 3, 30, "", "third"),
            ]
        )

    await store.transact(change)
    for job, attempts in ((first, 3), (second, 2), (other, 0)):
        found = await store.read(lambda tx, job=job: tx.outbox.get(job.sid))
        assert found is not None
        assert found.attempts == attempts
