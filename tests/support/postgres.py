"""A throw-away PostgreSQL server: on a free port of the loopback, gone when the tests are."""

from __future__ import annotations

import asyncio
import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import asyncpg

from maskline.settings import PostgresSettings
from maskline.store.postgres import PostgresStore
from tests.support.programs import find

T = TypeVar("T")

_PR_SET_PDEATHSIG = 1
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "32MB",
    "max_connections": "100",
    "deadlock_timeout": "100ms",
    "listen_addresses": "127.0.0.1",
}


#: Deletes, and not TRUNCATE, which makes a file anew for each table and index.
_EMPTY = """
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables
                WHERE schemaname = 'public'
                  AND tablename NOT IN ('maskline_schema', 'compatible_steps') LOOP
        EXECUTE format('ALTER TABLE %I DISABLE TRIGGER ALL; DELETE FROM %I; '
                       'ALTER TABLE %I ENABLE TRIGGER ALL', name, name, name);
    END LOOP;
END $$
"""


class Cluster:
    """A server. Its databases compare texts by a language's rules, as many do by default."""

    def __init__(self, directory: Path, **settings: str) -> None:
        self._directory = directory
        self._settings = {**_SETTINGS, **settings}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._user = unprivileged()
        self._process: subprocess.Popen[bytes] | None = None
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._made = 0
        self._template = ""
        self._spare: list[str] = []

    @property
    def directory(self) -> Path:
        """Where its files are: the folder `data`, and its log."""
        return self._directory

    def url(self, name: str = "postgres") -> str:
        """A database's address."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def make(self) -> None:
        """Makes the server's files and starts it."""
        if self._user is not None:
            os.chown(self._directory, self._user.pw_uid, self._user.pw_gid)
        common = [_program("initdb"), "-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8"]
        done = self._run([*common, "--no-sync", "--locale=C", "--locale-provider=icu",
                          "--icu-locale=en"])  # fmt: skip
        if done.returncode:
            done = self._run([*common, "--no-sync"])
        if done.returncode:
            raise RuntimeError(done.stdout.decode())
        self.start()
        self._template = self.create(empty=True)
        store = PostgresStore(self.url(self._template), PostgresSettings())
        self.run(_open_and_close(store))

    def start(self) -> None:
        """Starts it, and returns when it answers."""
        options = [f"--{name}={value}" for name, value in self._settings.items()]
        log = (self._directory / "log").open("ab")
        self._process = subprocess.Popen(
            [_program("postgres"), "-D", "data", "-p", str(self.port), "-k", "", *options],
            cwd=self._directory,
            stdout=log,
            stderr=log,
            preexec_fn=end_with_parent,
            **as_user(self._user),
        )
        log.close()
        until = time.monotonic() + 30
        while True:
            try:
                return self.execute("SELECT 1")
            except (OSError, asyncpg.PostgresError):
                if self._process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError((self._directory / "log").read_text()) from None
                time.sleep(0.02)

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._process is not None and self._process.poll() is None

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """Ends it: SIGQUIT as a crash would, SIGINT in order."""
        assert self._process is not None
        self._process.send_signal(how)
        self._process.wait(30)

    def remove(self) -> None:
        """Ends it and removes its files."""
        self.stop()
        shutil.rmtree(self._directory)

    def create(self, *, empty: bool = False) -> str:
        """A new database, with the schema unless it is to be empty; its name."""
        self._made += 1
        name = f"test{self._made}"
        template = "template0" if empty else self._template
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def borrow(self) -> str:
        """A database with the schema and no rows, for a while; its name."""
        return self._spare.pop() if self._spare else self.create()

    def give_back(self, name: str) -> None:
        """Empties a borrowed database. That takes milliseconds; to make one anew and to drop it
        has the server write all that it holds to disk."""
        self.execute(_EMPTY, name)
        self._spare.append(name)

    def execute(self, statement: str, name: str = "postgres") -> None:
        """Runs statements in a database."""
        self.run(self._execute(statement, name))

    def value(self, statement: str, name: str = "postgres") -> Any:
        """The first column of the first row."""
        return self.run(self._value(statement, name))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs a coroutine beside the test's own loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    async def _execute(self, statement: str, name: str) -> None:
        connection = await asyncpg.connect(self.url(name))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def _value(self, statement: str, name: str) -> Any:
        connection = await asyncpg.connect(self.url(name))
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            command,
            cwd=self._directory,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            **as_user(self._user),
        )


def make_cluster(directory: Path | None = None, **settings: str) -> Cluster:
    """A server that runs, in a folder that an unprivileged user can reach."""
    folder = directory or Path(tempfile.mkdtemp(prefix="maskline-postgres-"))
    cluster = Cluster(folder, **settings)
    cluster.make()
    return cluster


async def _open_and_close(store: PostgresStore) -> None:
    await store.open()
    await store.close()


def _program(name: str) -> str:
    found = find(name)
    assert found is not None, f"{name} is not installed"
    return found


def as_user(user: pwd.struct_passwd | None) -> dict[str, Any]:
    """The arguments that have a process run as that user, in none of our own groups."""
    if user is None:
        return {}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def unprivileged() -> pwd.struct_passwd | None:
    """Whom to run a server as that refuses to be root; null when we are not."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("there is no unprivileged user to run PostgreSQL as")


def end_with_parent() -> None:
    """Has a child die with us, so that tests that are killed leave no server behind."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)
