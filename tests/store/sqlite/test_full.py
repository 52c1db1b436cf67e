"""A disk that is full, or takes no more of a file: nothing is stored, and what was stored is read,
while it lasts and after."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from maskline.model.account import Account
from maskline.settings import SqliteSettings
from maskline.store.contract import StoreUnavailable
from maskline.store.sqlite import SqliteStore
from tests.support.records import Records

#: A log that soon begins anew, so that every place is met at which room may be missing.
SETTINGS = SqliteSettings(wal_limit_mb=1)
#: The log must not take all of it by itself, or the database has no room to take it in.
SMALL = 67_108_864
ROUNDS = 4

Fault = Callable[[SqliteStore, Path], contextlib.AbstractContextManager[None]]


@contextmanager
def filled(_: SqliteStore, folder: Path) -> Iterator[None]:
    """Something else takes all that is left of the disk."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1_048_576, 4096, 1):
            with contextlib.suppress(OSError):
                while file.write(bytes(size)):
                    pass
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def no_longer_files(_: SqliteStore, folder: Path) -> Iterator[None]:
    """No file may grow beyond what the shortest of these has: not the file, its log, its index."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    least = min(one.stat().st_size for one in folder.glob("maskline.db*") if one.stat().st_size)
    resource.setrlimit(resource.RLIMIT_FSIZE, (least, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def no_more_pages(store: SqliteStore, _: Path) -> Iterator[None]:
    """The database may have no page more than it has."""
    store._writing.execute("PRAGMA max_page_count = 1")
    try:
        yield
    finally:
        store._writing.execute("PRAGMA max_page_count = 1073741823")


@pytest.fixture(params=[filled, no_longer_files, no_more_pages])
def fault(request: pytest.FixtureRequest) -> Fault:
    """What keeps the disk from taking more."""
    found: Fault = request.param
    return found


@pytest.fixture
def folder(fault: Fault, tmp_path: Path) -> Iterator[Path]:
    """Where the database is to be: on a disk of its own if that is to be filled."""
    if fault is not filled:
        yield tmp_path
        return
    command = ["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(tmp_path)]
    if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount the small disk that is filled")
    yield tmp_path
    subprocess.run(["umount", "-l", str(tmp_path)], check=True)


@pytest_asyncio.fixture
async def store(folder: Path) -> AsyncIterator[SqliteStore]:
    """An open store."""
    store = SqliteStore(folder / "maskline.db", SETTINGS)
    await store.open()
    yield store
    await store.close()


class Traffic:
    """Two who write, and two who read what was written. `trouble` is what a reader met."""

    def __init__(self, store: SqliteStore, account: Account) -> None:
        self.store = store
        self.account = account
        self.records = Records()
        self.written: list[str] = []
        self.refused = 0
        self.reads = 0
        self.trouble: list[object] = []

    async def write(self) -> None:
        while True:
            message = self.records.message(self.account.sid, body="x" * 1500)
            try:
                await self.store.transact(lambda tx, one=message: tx.messages.add_many([one]))
            except StoreUnavailable:
                self.refused += 1
            else:
                self.written.append(message.sid)
            await asyncio.sleep(0.001)

    async def read(self) -> None:
        while True:
            self.reads += 1
            # The last that is there, which is in the log, and one that may have left it.
            for sid in (*self.written[-1:], *self.written[: self.reads % 50 + 1][-1:]):
                try:
                    found = await self.store.read(lambda tx, sid=sid: tx.messages.by_sid(sid))
                except StoreUnavailable as error:
                    self.trouble.append(error)
                else:
                    if found is None:
                        self.trouble.append(sid)
            await asyncio.sleep(0)

    async def until(self, look: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not look():  # noqa: ASYNC110
                await asyncio.sleep(0.002)


async def test_reads_are_answered_during_and_after(
    store: SqliteStore, folder: Path, fault: Fault
) -> None:
    account = Records().account()
    await store.transact(lambda tx: tx.accounts.add(account))
    traffic = Traffic(store, account)
    work = [asyncio.create_task(one()) for one in (traffic.write, traffic.read) * 2]
    try:
        for _ in range(ROUNDS):
            count = len(traffic.written)
            await traffic.until(lambda count=count: len(traffic.written) >= count + 200)
            with fault(store, folder):
                refused = traffic.refused
                await traffic.until(lambda refused=refused: traffic.refused >= refused + 20)
                reads = traffic.reads
                await traffic.until(lambda reads=reads: traffic.reads >= reads + 200)
            reads = traffic.reads
            await traffic.until(lambda reads=reads: traffic.reads >= reads + 200)
    finally:
        for one in work:
            one.cancel()
        await asyncio.gather(*work, return_exceptions=True)
    assert traffic.trouble == []
    for sid in traffic.written:
        assert await store.read(lambda tx, sid=sid: tx.messages.by_sid(sid)) is not None
