"""Which index a statement takes must not hang on how large its table was when it was planned: a
queue is short at one moment and long at the next, and a plan outlives both."""

from __future__ import annotations

import re

import asyncpg
import pytest

from maskline.model.account import Account
from maskline.store.postgres import PostgresStore
from maskline.store.postgres.connection import _SESSION
from tests.support.engines import PostgresEngine
from tests.support.records import Records

_SCAN = re.compile(r"Scan (?:Backward )?(?:using|on) (outbox_\w+)")

#: What is asked while traffic flows, and the index that serves it whatever the queue's length.
_BEST = {
    "outbox_add_in_line": {"outbox_order"},
    "outbox_due_in_order": {"outbox_due", "outbox_order"},
    "outbox_due_behind": {"outbox_order"},
    "outbox_renew_many": {"outbox_pkey"},
    "outbox_done": {"outbox_pkey"},
    "outbox_claim": {"outbox_pkey"},
    "outbox_postpone": {"outbox_pkey"},
    "outbox_get": {"outbox_pkey"},
}


@pytest.mark.parametrize("jobs", [0, 3, 20_000])
async def test_the_queue_is_asked_by_the_right_index(
    store: PostgresStore, engine: PostgresEngine, account: Account, records: Records, jobs: int
) -> None:
    if jobs:
        await store.transact(lambda tx: tx.outbox.add_many([records.job(account.sid)]))
    connection = await asyncpg.connect(engine.url, server_settings=_SESSION)
    try:
        await connection.execute(
            "INSERT INTO outbox SELECT 'JB' || i, kind, account_sid, 'key' || i, payload, state,"
            " attempts, due_at + i, owner, last_error, date_created"
            f" FROM outbox, generate_series(2, {jobs}) AS i"
        )
        await connection.execute("VACUUM ANALYZE outbox")
        for name, best in _BEST.items():
            assert await _indexes(connection, store._writing.single[name]) == best, name
    finally:
        await connection.close()


async def _indexes(connection: asyncpg.Connection, statement: str) -> set[str]:
    """The indexes of the plan that would serve from now on."""
    asked = len((await connection.prepare(statement)).get_parameters())
    await connection.execute(f"PREPARE planned AS {statement}")
    nulls = ", ".join(["NULL"] * asked)
    lines = await connection.fetch(f"EXPLAIN EXECUTE planned({nulls})")
    await connection.execute("DEALLOCATE planned")
    found = (_SCAN.search(line[0]) for line in lines)
    return {match[1] for match in found if match}
