from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from maskline.settings import SqliteSettings
from maskline.store.sqlite.checkpoint import Checkpointer
from maskline.store.sqlite.connection import connect

PAGE = 4096
LIMIT_MB = 4
#: Half of a scripted log's limit, in frames; the gate is for the last 200.
HALF = 2048
FEW = 200
SETTINGS = SqliteSettings(wal_limit_mb=LIMIT_MB)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database is."""
    return tmp_path / "maskline.db"


@pytest.fixture
def writing(path: Path) -> Iterator[sqlite3.Connection]:
    """The writer's connection, with a table to fill."""
    connection = connect(path, SETTINGS)
    connection.execute("CREATE TABLE filler (text TEXT)")
    yield connection
    connection.close()


@pytest.fixture
def beside(path: Path) -> Iterator[sqlite3.Connection]:
    """The checkpointer's connection."""
    connection = connect(path, SETTINGS)
    yield connection
    connection.close()


class Scripted(Checkpointer):
    """Its checkpoints find what a test says, and note whether the gate was held."""

    def __init__(self, beside: sqlite3.Connection, found: list[tuple[int, int]]) -> None:
        self.gate = threading.Lock()
        super().__init__(beside, self.gate, 2 * HALF * PAGE)
        self.found = found
        self.gated: list[bool] = []

    def _checkpoint(self) -> tuple[int, int]:
        self.gated.append(self.gate.locked())
        return self.found.pop(0)


MANY = HALF + FEW
MOST = 2 * HALF


@pytest.mark.parametrize(
    ("found", "gated"),
    [
        pytest.param([(0, 0)], [False], id="an empty log"),
        pytest.param([(HALF, 0)], [False], id="a short log, though nothing was moved"),
        pytest.param(
            [(MANY, MANY), (MANY + FEW, MANY + FEW), (MANY + FEW + 9, MANY + FEW + 9)],
            [False, False, True],
            id="few frames came meanwhile",
        ),
        pytest.param(
            [(MANY, MANY), (MANY + 300, MANY + 300), (MANY + 400, MANY + 400), (MANY + 500, 0)],
            [False, False, False, True],
            id="passes beside the writer until few come meanwhile",
        ),
        pytest.param(
            [(MANY, MANY), (MANY + 250, MANY + 250), (MOST + 1, MANY + 500), (0, 0)],
            [False, False, False, True],
            id="the writer is faster than the passes",
        ),
        pytest.param(
            [*((HALF + 1 + 201 * i, HALF + 1 + 201 * i) for i in range(6)), (0, 0)],
            [False] * 6 + [True],
            id="the writer is not chased for long",
        ),
        pytest.param([(MANY, 10), (MANY, 10)], [False, False], id="a reader holds on to the log"),
        pytest.param(
            [(MANY, 10), (MANY, 20), (MANY, 20)],
            [False, False, True],
            id="a reader lets go of some of it",
        ),
        pytest.param(
            [(MANY, 10), (50, 50)], [False, False], id="the log began anew in the meantime"
        ),
        pytest.param(
            [(MOST + 1, 10), (MOST + 1, MOST + 1)], [False, True], id="a log that is long"
        ),
    ],
)
def test_when_the_gate_is_taken(
    beside: sqlite3.Connection, found: list[tuple[int, int]], gated: list[bool]
) -> None:
    checkpointer = Scripted(beside, found)
    checkpointer._pass()
    assert checkpointer.gated == gated
    assert checkpointer.found == []
    assert not checkpointer.gate.locked()


def test_the_last_pass_does_not_wait_for_few_frames(beside: sqlite3.Connection) -> None:
    checkpointer = Scripted(beside, [(MANY, 10), (MANY, MANY)])
    checkpointer._stopping.set()
    checkpointer._pass()
    assert checkpointer.gated == [False, True]


def fill(writing: sqlite3.Connection, megabytes: int) -> None:
    """Commits so much, in 64 KB at a time."""
    for _ in range(megabytes * 16):
        writing.execute("INSERT INTO filler VALUES (?)", ("x" * 65_000,))


def test_the_log_stays_within_its_limit(
    path: Path, writing: sqlite3.Connection, beside: sqlite3.Connection
) -> None:
    checkpointer = Checkpointer(beside, threading.Lock(), LIMIT_MB * 1_048_576)
    log = path.with_name("maskline.db-wal")
    largest = 0
    for _ in range(30):
        fill(writing, 1)
        checkpointer._pass()
        largest = max(largest, log.stat().st_size)
    assert path.stat().st_size > 5 * LIMIT_MB * 1_048_576
    assert largest <= LIMIT_MB * 1_048_576


def test_a_long_reader_delays_the_checkpoint_but_does_not_spin(
    path: Path, writing: sqlite3.Connection, beside: sqlite3.Connection
) -> None:
    checkpointer = Checkpointer(beside, threading.Lock(), LIMIT_MB * 1_048_576)
    reader = connect(path, SETTINGS, read_only=True)
    reader.execute("BEGIN")
    assert reader.execute("SELECT COUNT(*) FROM filler").fetchone() == (0,)
    fill(writing, 3)
    checkpointer._pass()
    assert reader.execute("SELECT COUNT(*) FROM filler").fetchone() == (0,)
    reader.close()
    checkpointer._pass()
    fill(writing, 1)
    assert beside.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[1] < 512


def test_a_failing_disk_is_left_to_the_writer(beside: sqlite3.Connection) -> None:
    checkpointer = Checkpointer(beside, threading.Lock(), LIMIT_MB * 1_048_576)
    beside.close()
    checkpointer._pass()


def test_the_thread_works_when_it_is_told_and_ends(
    writing: sqlite3.Connection, beside: sqlite3.Connection
) -> None:
    worked = threading.Event()

    class Watched(Checkpointer):
        def _checkpoint(self) -> tuple[int, int]:
            worked.set()
            return super()._checkpoint()

    checkpointer = Watched(beside, threading.Lock(), LIMIT_MB * 1_048_576)
    checkpointer.start()
    assert not worked.is_set()
    fill(writing, 1)
    checkpointer.nudge()
    assert worked.wait(10)
    fill(writing, 1)
    checkpointer.stop()
    _, frames, moved = beside.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    assert frames == moved
