"""The command line on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from maskline.cli.program import run
from maskline.settings import PostgresSettings
from maskline.store.postgres import PostgresLook, PostgresStore
from tests.support.engines import NEWEST, PostgresEngine
from tests.support.postgres import Cluster
from tests.support.world import eventually

Answer = tuple[int, str, str]


@pytest.fixture
def maskline(
    engine: PostgresEngine,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Any:
    """Types a command line against the engine's database."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MASKLINE_DATABASE_URL", engine.url)

    def typed(*words: str) -> Answer:
        code = run(words)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return typed


@pytest.fixture
def empty(cluster: Cluster) -> Iterator[str]:
    """The address of a database without any table."""
    name = cluster.create(empty=True)
    yield cluster.url(name)
    cluster.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_an_empty_database(maskline: Any, empty: str) -> None:
    where = ("--database", empty)
    code, out, _ = maskline("migrate", "status", *where)
    assert code == 1
    assert "schema none yet" in out
    assert "to do: 0001 core" in out
    code, _, err = maskline("numbers", "list", *where)
    assert code == 1
    assert "there is no database at" in err
    code, out, _ = maskline("migrate", "up", *where)
    assert code == 0
    assert "done: 0001 core" in out
    assert "as before" in maskline("migrate", "up", *where)[1]
    assert maskline("migrate", "status", *where)[0] == 0


def test_accounts_and_numbers(maskline: Any) -> None:
    assert maskline("accounts", "add", "Acme")[0] == 0
    assert maskline("numbers", "add", "+14158670001")[0] == 0
    code, out, _ = maskline("numbers", "list")
    assert code == 0
    assert "+14158670001" in out
    code, _, err = maskline("numbers", "add", "+14158670001")
    assert code == 1
    assert "in the inventory already" in err


@pytest.mark.parametrize("words", [("migrate", "status"), ("migrate", "up"), ("numbers", "list")])
def test_a_newer_database_is_left_alone(
    maskline: Any, engine: PostgresEngine, words: tuple[str, ...]
) -> None:
    engine.set_schema_version(NEWEST + 1)
    code, _, err = maskline(*words)
    engine.set_schema_version(NEWEST)
    assert code == 1
    assert "start the newer version" in err.lower()


def test_the_doctor(maskline: Any, engine: PostgresEngine) -> None:
    maskline("accounts", "add", "Acme")
    _, out, _ = maskline("doctor", "--json")
    checks = {one["check"]: one for one in msgspec.json.decode(out)["checks"]}
    good = "database upkeep connections schema accounts pools outbox clock"
    for name in good.split():
        assert checks[name]["state"] == "ok", name
    assert "PostgreSQL" in checks["database"]["says"]
    assert "no server runs on it" in checks["database"]["says"]
    # The tests' server trades safety for speed.
    assert checks["durability"]["state"] == "warn"
    assert "fsync" in checks["durability"]["says"]


def test_the_doctor_sees_that_nobody_looks_after_the_tables(
    maskline: Any, engine: PostgresEngine
) -> None:
    def state() -> str:
        _, out, _ = maskline("doctor", "--json")
        checks = {one["check"]: one for one in msgspec.json.decode(out)["checks"]}
        return str(checks["upkeep"]["state"])

    cluster = engine.cluster
    cluster.execute("ALTER SYSTEM SET autovacuum = off")
    try:
        cluster.execute("SELECT pg_reload_conf()")
        eventually(lambda: state() == "warn")
    finally:
        cluster.execute("ALTER SYSTEM RESET autovacuum")
        cluster.execute("SELECT pg_reload_conf()")
    eventually(lambda: state() == "ok")


def test_whether_a_server_runs(engine: PostgresEngine) -> None:
    look = PostgresLook(engine.url, engine.settings)
    assert not look.is_served()

    async def serve() -> bool:
        store = PostgresStore(engine.url, engine.settings, serving=True)
        await store.open()
        try:
            return await asyncio.to_thread(look.is_served)
        finally:
            await store.close()

    assert asyncio.run(serve())


def test_a_server_that_only_lets_transactions_read(engine: PostgresEngine) -> None:
    url = f"{engine.url}?default_transaction_read_only=on"
    finding = next(PostgresLook(url, engine.settings).findings())
    assert finding.state == "bad"
    assert "only lets transactions read" in finding.says


def test_a_user_who_may_make_no_tables(
    engine: PostgresEngine, cluster: Cluster, empty: str
) -> None:
    cluster.execute("CREATE ROLE small LOGIN")
    try:
        for url, state in ((engine.url, "ok"), (empty, "bad")):
            name = url.rpartition("/")[2]
            cluster.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO small", name)
            look = PostgresLook(url.replace("postgres@", "small@"), engine.settings)
            finding = next(look.findings())
            assert finding.state == state
            assert ("may make no tables" in finding.says) is (state == "bad")
            cluster.execute("DROP OWNED BY small", name)
    finally:
        cluster.execute("DROP ROLE small")


def test_more_connections_than_there_are(engine: PostgresEngine) -> None:
    settings = msgspec.structs.replace(PostgresSettings(), pool_size=1000)
    found = {one.check: one.state for one in PostgresLook(engine.url, settings).findings()}
    assert found["connections"] == "bad"
