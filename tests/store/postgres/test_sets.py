from __future__ import annotations

import pytest

from maskline.store.postgres.sets import insert_many, is_insert, select_each
from maskline.store.sql import load


@pytest.mark.parametrize(
    ("statement", "yes"),
    [
        ("INSERT INTO a (b) VALUES ($1)", True),
        ("INSERT INTO a (b, c) VALUES ($1, $2) ON CONFLICT DO NOTHING", True),
        ("INSERT INTO a (b, c) VALUES ($2, $1)", False),
        ("INSERT INTO a (b, c) VALUES ($1, 0)", False),
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
