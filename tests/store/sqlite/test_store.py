"""What is SQLite's alone: its file, its lock, its log, and how it groups commits."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from maskline.settings import SqliteSettings
from maskline.store.contract import SchemaTooNew, StoreUnavailable, Transaction
from maskline.store.sqlite import SqliteStore
from maskline.store.sqlite import connection as connections
from maskline.store.sqlite.connection import connect, migrate, schema_version
from tests.support.records import Records

SETTINGS = SqliteSettings()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database is to be."""
    return tmp_path / "data" / "maskline.db"


@pytest_asyncio.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    """An open store."""
    store = SqliteStore(path, SETTINGS)
    await store.open()
    yield store
    await store.close()


def commits(store: SqliteStore) -> list[str]:
    """What the writer commits from now on."""
    seen: list[str] = []

    def trace(statement: str) -> None:
        if statement == "COMMIT":
            seen.append(statement)

    store._writing.set_trace_callback(trace)
    return seen


async def add(tx: Transaction) -> bool:
    """A use-case that writes."""
    return await tx.accounts.add(Records().account())


async def test_the_files_are_for_their_owner_alone(path: Path, store: SqliteStore) -> None:
    await store.transact(add)
    assert {file.name for file in path.parent.iterdir()} == {
        "maskline.db",
        "maskline.db-shm",
        "maskline.db-wal",
    }
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


async def test_the_lock_file_is_for_its_owner_alone(path: Path) -> None:
    store = SqliteStore(path, SETTINGS, serving=True)
    await store.open()
    await store.close()
    lock = path.with_name("maskline.db.lock")
    assert stat.S_IMODE(lock.stat().st_mode) == 0o600


async def test_every_commit_is_flushed(store: SqliteStore) -> None:
    def pragma(name: str) -> object:
        return store._writing.execute(f"PRAGMA {name}").fetchone()[0]

    assert pragma("journal_mode") == "wal"
    assert pragma("synchronous") == 2  # FULL
    assert pragma("foreign_keys") == 1
    assert pragma("wal_autocheckpoint") == 0  # the checkpointer's business


async def test_requests_that_wait_together_are_committed_together(store: SqliteStore) -> None:
    seen = commits(store)
    await asyncio.gather(*(store.transact(add) for _ in range(200)))
    assert 1 <= len(seen) <= 20
    assert len(await store.read(lambda tx: tx.accounts.all())) == 200


@pytest.mark.parametrize(
    ("writes", "times"),
    [
        # Nothing to be undone.
        ([True, None, True], [1, 1, 1]),
        # Nothing of the others to be undone: none has written yet.
        ([None, False, True, True], [1, 1, 1, 1]),
        # All are run again, each so that it takes nothing with it.
        ([True, False, True, False, None], [2, 2, 1, 1, 1]),
    ],
    ids=["raises before it writes", "is the first to write", "writes after others"],
)
async def test_a_group_is_run_again_only_where_a_failure_must_be_undone(
    store: SqliteStore, writes: list[bool | None], times: list[int]
) -> None:
    """Each use-case writes (true), writes and raises (false), or only raises (null)."""
    told: list[str] = []
    store.on_jobs(lambda jobs: told.extend(job.sid for job in jobs))
    records = Records()
    account = records.account()
    await store.transact(lambda tx: tx.accounts.add(account))
    jobs = [records.job(account.sid) for _ in writes]
    runs = [0] * len(writes)

    async def one(tx: Transaction, place: int) -> None:
        runs[place] += 1
        if writes[place] is not None:
            await tx.outbox.add_many([jobs[place]])
        if not writes[place]:
            raise LookupError

    results = await asyncio.gather(
        *(store.transact(lambda tx, i=i: one(tx, i)) for i in range(len(writes))),
        return_exceptions=True,
    )
    assert [result is None for result in results] == [write is True for write in writes]
    assert runs == times
    written = [job.sid for job, write in zip(jobs, writes, strict=True) if write]
    assert told == written
    assert await store.read(lambda tx: tx.outbox.count("pending")) == len(written)


async def test_a_group_has_a_limit(path: Path) -> None:
    settings = msgspec.structs.replace(SETTINGS, group_limit=10)
    store = SqliteStore(path, settings)
    await store.open()
    seen = commits(store)
    await asyncio.gather(*(store.transact(add) for _ in range(100)))
    assert len(seen) >= 10
    await store.close()


async def test_two_servers_can_not_share_a_file(path: Path) -> None:
    first = SqliteStore(path, SETTINGS, serving=True)
    second = SqliteStore(path, SETTINGS, serving=True)
    await first.open()
    with pytest.raises(StoreUnavailable, match="another server"):
        await second.open()
    tool = SqliteStore(path, SETTINGS)
    await tool.open()
    await tool.transact(add)
    await tool.close()
    assert len(await first.read(lambda tx: tx.accounts.all())) == 1
    await first.close()
    await second.open()
    await second.close()


async def test_a_lock_that_can_not_be_made(path: Path) -> None:
    path.parent.mkdir()
    path.with_name("maskline.db.lock").mkdir()
    store = SqliteStore(path, SETTINGS, serving=True)
    with pytest.raises(StoreUnavailable, match="can't lock"):
        await store.open()


async def test_a_failed_open_lets_go_of_the_lock(path: Path) -> None:
    store = SqliteStore(path, SETTINGS, serving=True)
    await store.open()
    await store.close()
    connection = sqlite3.connect(path)
    version = connections.schema_version(connection)
    connection.execute("PRAGMA user_version = 99")
    with pytest.raises(SchemaTooNew):
        await store.open()
    connection.execute(f"PRAGMA user_version = {version}")
    connection.close()
    again = SqliteStore(path, SETTINGS, serving=True)
    await again.open()
    await again.close()


@pytest.fixture
def spoilt(path: Path) -> Path:
    """A file with something else in it."""
    path.parent.mkdir()
    path.write_bytes(b"no database" * 1000)
    return path


async def test_a_file_that_is_no_database(spoilt: Path) -> None:
    with pytest.raises(StoreUnavailable, match="can't open the database file"):
        await SqliteStore(spoilt, SETTINGS).open()


async def test_a_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="can't open the database file"):
        await SqliteStore(tmp_path, SETTINGS).open()


async def test_a_folder_that_can_not_be_made(spoilt: Path) -> None:
    with pytest.raises(StoreUnavailable, match="can't create the database file"):
        await SqliteStore(spoilt / "maskline.db", SETTINGS).open()


async def test_a_migration_that_fails_is_undone(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = connections.migrations("sqlite")
    bad = steps[0]._replace(
        number=len(steps) + 1,
        name="bad",
        statements=("CREATE TABLE bad (a TEXT)", "CREATE nonsense"),
    )
    monkeypatch.setattr(connections, "migrations", lambda _: (*steps, bad))
    store = SqliteStore(path, SETTINGS)
    with pytest.raises(StoreUnavailable, match="can't migrate the database"):
        await store.open()
    monkeypatch.undo()
    connection = connect(path, SETTINGS)
    assert schema_version(connection) == len(steps)
    assert not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'bad'").fetchall()
    connection.close()


def test_migrating_tells_its_steps_and_does_nothing_twice(path: Path) -> None:
    connection = connect(path, SETTINGS)
    told: list[str] = []
    newest = len(connections.migrations("sqlite"))
    assert migrate(connection, told.append) == (0, newest)
    assert told[0] == "0001 core"
    assert len(told) == newest
    assert migrate(connection, told.append) == (newest, newest)
    assert len(told) == newest
    connection.close()


def test_a_step_that_another_process_took_meanwhile(path: Path) -> None:
    one, other = connect(path, SETTINGS), connect(path, SETTINGS)
    newest = len(connections.migrations("sqlite"))
    assert migrate(one, lambda _: _migrated(other)) == (0, newest)
    one.close()
    other.close()


def _migrated(connection: sqlite3.Connection) -> None:
    migrate(connection)


async def test_a_use_case_that_waits_for_something_else(store: SqliteStore) -> None:
    async def dreamy(tx: Transaction) -> None:
        await add(tx)
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="other than its transaction"):
        await store.transact(dreamy)
    assert await store.read(lambda tx: tx.accounts.all()) == []


async def test_the_writer_outlives_a_lost_connection(store: SqliteStore) -> None:
    store._writing.close()
    results = await asyncio.gather(*(store.transact(add) for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [StoreUnavailable] * 3
    with pytest.raises(StoreUnavailable):
        await store.transact(add)


async def test_another_process_that_writes_for_too_long(path: Path) -> None:
    store = SqliteStore(path, msgspec.structs.replace(SETTINGS, busy_timeout_ms=0))
    await store.open()
    other = connect(path, SETTINGS)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked"):
        await store.transact(add)
    other.close()
    await store.transact(add)
    assert len(await store.read(lambda tx: tx.accounts.all())) == 1
    await store.close()


@pytest.mark.parametrize("by", ["another process", "the checkpointer"])
async def test_writing_waits_without_holding_up_the_loop(
    path: Path, store: SqliteStore, by: str
) -> None:
    other = connect(path, SETTINGS)
    if by == "another process":
        other.execute("BEGIN IMMEDIATE")
    else:
        store._gate.acquire()
    waiting = asyncio.create_task(store.transact(add))
    for _ in range(10):
        assert await store.read(lambda tx: tx.accounts.all()) == []
        await asyncio.sleep(0)
    assert not waiting.done()
    if by == "another process":
        other.execute("ROLLBACK")
    else:
        store._gate.release()
    assert await waiting
    other.close()


async def test_a_damaged_file_is_not_the_use_case_s_fault(path: Path, store: SqliteStore) -> None:
    async def damaged(tx: Transaction) -> None:
        raise sqlite3.DatabaseError("database disk image is malformed")

    kept, failed = await asyncio.gather(
        store.transact(add), store.transact(damaged), return_exceptions=True
    )
    assert isinstance(kept, StoreUnavailable)
    assert isinstance(failed, StoreUnavailable)


async def test_a_listener_that_fails_leaves_nobody_waiting(store: SqliteStore) -> None:
    errors: list[object] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _, context: errors.append(context["exception"])
    )

    def listener(_: object) -> None:
        raise ValueError("on purpose")

    store.on_jobs(listener)
    job = Records().job("AC1")
    await store.transact(lambda tx: tx.outbox.add_many([job]))
    assert await store.read(lambda tx: tx.outbox.get(job.sid)) == job
    assert [type(error) for error in errors] == [ValueError]


async def test_the_log_is_gone_after_closing(path: Path) -> None:
    store = SqliteStore(path, SETTINGS)
    await store.open()
    await store.transact(add)
    log = path.with_name("maskline.db-wal")
    assert log.stat().st_size > 0
    await store.close()
    assert not log.exists()
