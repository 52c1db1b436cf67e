"""What the schema tells PostgreSQL of its tables' upkeep."""

from __future__ import annotations

import json

import pytest

from tests.support.engines import PostgresEngine

OPTIONS = """
SELECT json_object_agg(relname, reloptions)::text FROM pg_class
WHERE relkind = 'r' AND reloptions IS NOT NULL AND relnamespace = 'public'::regnamespace
"""
GROWING = "messages interactions calls sessions participants affinities alerts handset_messages"


@pytest.mark.usefixtures("store")
def test_tables_that_churn_are_looked_after_sooner_than_by_default(
    engine: PostgresEngine,
) -> None:
    options = {
        table: dict(one.split("=") for one in found)
        for table, found in json.loads(engine.cluster.value(OPTIONS, engine.name)).items()
    }
    for table in GROWING.split():
        assert float(options[table]["autovacuum_vacuum_scale_factor"]) <= 0.02, table
    for table in ("outbox", "rates"):
        assert float(options[table]["autovacuum_vacuum_scale_factor"]) == 0, table
    for table in ("messages", "interactions", "calls"):
        assert int(options[table]["fillfactor"]) < 100, table
