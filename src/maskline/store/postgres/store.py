"""The store on PostgreSQL: transactions side by side, in as many processes as there are.

Transactions are READ COMMITTED and lock what a use-case looks up by its key (`{lock}` in the
queries), so that those that meet wait for each other and go on with what the other left: under
SERIALIZABLE nearly all that run at the same time would fail for touching neighbouring pages of the
same indexes, since all SIDs of a moment stand side by side. What locks can't order, unique indexes
refuse, and then the use-case is run again.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from random import SystemRandom
from types import MappingProxyType
from typing import Any, Final, Generic, TypeVar

from maskline.model.errors import Fault
from maskline.model.job import Job
from maskline.model.meter import Meter
from maskline.settings import PostgresSettings
from maskline.store.contract import StoreUnavailable, Transaction, UseCase
from maskline.store.postgres.connection import Connection, Pool, connect, create_pool
from maskline.store.postgres.executor import PostgresExecutor
from maskline.store.postgres.pending import (
    Form,
    ForRows,
    Statements,
    form_of,
    refusing,
    strict,
)
from maskline.store.postgres.presence import CHANNEL, REGISTRATIONS, Presence
from maskline.store.postgres.schema import migrate
from maskline.store.postgres.sets import (
    each_by_key,
    insert_few,
    insert_many,
    is_by_key,
    is_insert,
    select_each,
)
from maskline.store.postgres.trouble import Trouble, kind_of, told
from maskline.store.sql import load

T = TypeVar("T")

_CLOSED: Final = "the store is closed"
#: How often a use-case is run anew after each trouble. A unique key that is taken may be a fault of
#: the program as well as another transaction's.
_AGAIN: Final = MappingProxyType({Trouble.CONFLICT: 30, Trouble.TAKEN: 3, Trouble.LOST: 3})
#: Those that met so many conflicts go on one after the other.
_PATIENT: Final = 3
_WORD: Final = re.compile(r"\w+")
#: Up to how many rows of an INSERT are written out: each number of them is a statement more, which
#: every connection plans.
_FEW: Final = 2
#: Selects that are asked for many rows of parameters at once.
_EACH: Final = (
    "feedback_of",
    "leg",
    "message_outbound_by_provider",
    "number_owner",
    "route",
    "scheduled_hour",
)


class PostgresStore:
    """A store in a PostgreSQL database. It comes back by itself after the database was away."""

    shared = True

    def __init__(
        self,
        url: str,
        settings: PostgresSettings,
        *,
        serving: bool = False,
        meter: Meter | None = None,
    ) -> None:
        self._url = url
        self._settings = settings
        self._serving = serving
        self.meter = meter or Meter()
        self._listener: Callable[[list[Job]], None] | None = None
        self._waiting_listener: Callable[[], None] | None = None
        self._change_listener: Callable[[list[str]], None] | None = None
        self._broadcast_listener: Callable[[str], None] | None = None
        self._registration_listener: Callable[[], Awaitable[None]] | None = None
        self._looks: set[asyncio.Task[None]] = set()
        self._presence = (
            Presence(url, settings, self._hear, self._hear_broadcast) if serving else None
        )
        # A pooler may hand a statement that stands alone to one connection and what it was
        # prepared on to another.
        self._at_once = settings.pooler_url is not None
        self._pool: Pool | None = None
        self._writing: Statements
        self._reading: Statements
        self._under_way = 0
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._queue = asyncio.Lock()

    def on_jobs(self, listener: Callable[[list[Job]], None]) -> None:
        """Names who is told, on the event loop, of jobs that were committed."""
        self._listener = listener

    def on_waiting(self, listener: Callable[[], None]) -> None:
        """Names who is told, on the event loop, that some process left jobs for whoever polls."""
        self._waiting_listener = listener

    def on_changes(self, listener: Callable[[list[str]], None]) -> None:
        """Names who is told, on the event loop, what a commit of this process made or changed."""
        self._change_listener = listener

    def on_registrations(self, listener: Callable[[], Awaitable[None]]) -> None:
        """Names who looks, on the event loop, at what is registered after it was changed."""
        self._registration_listener = listener

    def on_broadcast(self, listener: Callable[[str], None]) -> None:
        """Names who is told, on the event loop, what some process broadcast."""
        self._broadcast_listener = listener

    async def broadcast(self, text: str) -> None:
        """Tells all processes, over the connection that lasts."""
        if self._presence is not None:
            await self._presence.tell(text)

    @property
    def leads(self) -> bool:
        """Whether this process holds the leader's lock."""
        return self._presence is not None and self._presence.leads

    async def open(self) -> None:
        """Connects and brings the schema up to date."""
        try:
            connection = await connect(self._url, self._settings)
            try:
                await migrate(connection)
                self._writing, self._reading = await statements(connection)
            finally:
                await connection.close()
            self._pool = await create_pool(self._url, self._settings, serving=self._serving)
            if self._presence is not None:
                self._presence.start()
        except Exception as error:
            raise told(error) from None

    async def close(self) -> None:
        """Finishes what it accepted, then disconnects."""
        pool, self._pool = self._pool, None
        if self._presence is not None:
            await self._presence.stop()
        await self._quiet.wait()
        if pool is not None:
            try:
                async with asyncio.timeout(self._settings.connect_timeout):
                    await pool.close()
            except Exception:
                pool.terminate()

    async def transact(self, use_case: UseCase[T], *, long: bool = False) -> T:
        """Runs `use_case` in a transaction and returns after the commit is durable."""
        with self._busy() as pool:
            attempt: _Attempt[T] = _Attempt(pool, self._writing, use_case, self._at_once)
            try:
                value = await self._insist(attempt, None if long else self._settings.timeout)
            except StoreUnavailable:
                self.meter.commits["failed",] += 1
                raise
        self.meter.commits["committed",] += 1
        self.meter.commit_seconds[()].add(attempt.commit_seconds)
        if attempt.left:
            await self._call(CHANNEL)
        if attempt.changed and self._change_listener is not None:
            self._change_listener(attempt.changed)
        if attempt.jobs and self._listener is not None:
            self._listener(attempt.jobs)
        if attempt.registers:
            await self._call(REGISTRATIONS)
            await self._look()
        return value

    async def read(self, use_case: UseCase[T]) -> T:
        """Runs a use-case over one snapshot of what is committed by now."""
        with self._busy() as pool:
            look: _Look[T] = _Look(pool, self._reading, use_case, begin_at_once=True)
            return await self._insist(look, self._settings.timeout)

    async def _insist(self, attempt: _Attempt[T], seconds: float | None) -> T:
        """Runs it until nothing is in its way."""
        met: Counter[Trouble] = Counter()
        while True:
            patient = met[Trouble.CONFLICT] >= _PATIENT
            try:
                async with asyncio.timeout(seconds), self._queue if patient else _nothing():
                    return await attempt.run()
            except TimeoutError:
                raise StoreUnavailable("the database took too long") from None
            except Exception as error:
                trouble = kind_of(error)
                met[trouble] += 1
                lost_answer = trouble is Trouble.LOST and attempt.committing
                if lost_answer or met[trouble] > _AGAIN.get(trouble, 0):
                    # No name is given to it: this frame is in its traceback, and the two would be
                    # a ring that only the garbage collector frees.
                    if told(error) is error:
                        raise
                    raise told(error) from None
            await asyncio.sleep(SystemRandom().uniform(0, 0.002 * met.total()))

    async def _call(self, channel: str) -> None:
        """Tells whoever polls; polling has to find it too, so that it may come to nothing."""
        if self._presence is not None:
            self._presence.call(channel)
        elif self._pool is not None:
            with contextlib.suppress(Exception):
                async with self._pool.acquire() as connection:
                    await connection.execute(f"NOTIFY {channel}")

    def _hear(self, channel: str) -> None:
        if channel == REGISTRATIONS:
            look = asyncio.create_task(self._look())
            self._looks.add(look)
            look.add_done_callback(self._looks.discard)
        elif self._waiting_listener is not None:
            self._waiting_listener()

    async def _look(self) -> None:
        if self._registration_listener is not None:
            await self._registration_listener()

    def _hear_broadcast(self, text: str) -> None:
        if self._broadcast_listener is not None:
            self._broadcast_listener(text)

    @contextlib.contextmanager
    def _busy(self) -> Iterator[Pool]:
        if self._pool is None:
            raise StoreUnavailable(_CLOSED)
        self._under_way += 1
        self._quiet.clear()
        try:
            yield self._pool
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._quiet.set()


class _Attempt(Generic[T]):
    """A use-case that writes. `jobs` are those that it committed, `left` says that it left some for
    whoever polls, `changed` are the SIDs of what it changed, `registers` says that it changed what
    is registered; `committing` says that the commit was sent, so that nobody but the database knows
    what became of it."""

    def __init__(
        self, pool: Pool, statements: Statements, use_case: UseCase[T], begin_at_once: bool
    ) -> None:
        self._pool = pool
        self._statements = statements
        self._use_case = use_case
        self._begin_at_once = begin_at_once
        self._committing_since = 0.0
        self.jobs: list[Job] = []
        self.left = False
        self.changed: list[str] = []
        self.registers = False
        self.commit_seconds = 0.0

    @property
    def committing(self) -> bool:
        """Whether the commit was sent."""
        return self._committing_since > 0

    async def run(self) -> T:
        """Once, in a transaction of its own."""
        async with self._pool.acquire() as connection:
            try:
                return await self._within(connection)
            except asyncio.CancelledError:
                # Nobody waits for it any more, and the server might never answer.
                connection.terminate()
                raise

    async def _within(self, connection: Connection) -> T:
        self._committing_since = 0.0
        executor = PostgresExecutor(connection, self._statements, lambda: self._begin(connection))
        tx = Transaction(executor)
        try:
            if self._begin_at_once:
                await executor.begin()
            try:
                value = await self._use_case(tx)
            except Fault:
                await executor.refuse()
                raise
            await executor.finish(self._commits)
        except Exception:
            # With a connection that is lost it can't be undone, and need not be.
            with contextlib.suppress(Exception):
                await executor.undo()
            raise
        if self.committing:
            self.commit_seconds = time.monotonic() - self._committing_since
        self.jobs = tx.outbox.added
        self.left = tx.outbox.left
        self.changed = tx.changed()
        self.registers = tx.registers()
        return value

    def _commits(self) -> None:
        self._committing_since = time.monotonic()

    def _begin(self, connection: Connection) -> Any:
        return connection.transaction(isolation="read_committed")


class _Look(_Attempt[T]):
    """A use-case that only reads."""

    def _begin(self, connection: Connection) -> Any:
        return connection.transaction(isolation="repeatable_read", readonly=True)


def _nothing() -> contextlib.AbstractAsyncContextManager[None]:
    return contextlib.nullcontext()


async def statements(connection: Connection) -> tuple[Statements, Statements]:
    """Those of transactions that write, and of those that read."""
    single = load("postgres", locking=True)
    reading = load("postgres")
    writes = {}
    sets = {}
    by_key = {}
    every: dict[str, ForRows] = {}
    unless: dict[str, ForRows] = {}
    looks = set()
    for name, statement in single.items():
        form = form_of(statement)
        if form is not None:
            writes[name] = form
        elif statement == reading[name] and statement.startswith("SELECT"):
            looks.add(name)
        if name in _EACH:
            sets[name] = select_each(statement, await _types(connection, statement))
        elif is_insert(statement) and form is not None and form.table is not None:
            sets[name] = insert_many(statement, await _types(connection, statement))
            few = [insert_few(statement, count) for count in range(1, _FEW + 1)]
            for forms, form_for in ((every, strict), (unless, refusing)):
                many, *written = (form_for(one, form.table) for one in (sets[name], *few))
                forms[name] = ForRows(many, written)
        elif is_by_key(statement) and form is not None:
            whole = each_by_key(statement, await _types(connection, statement))
            by_key[name] = Form(whole, form.table)
    # These are written by hand.
    every["outbox_add_in_line"] = ForRows(Form(single["outbox_add_in_line"], "outbox"))
    every["pool_use_each"] = ForRows(
        Form(single["pool_use_each"], "numbers", refuses=True),
        [Form(f"{single['pool_use']} RETURNING sid", "numbers", refuses=True)],
    )
    tables = {form.table for form in writes.values()}
    # Whatever is named as one may be it.
    reads = {
        name: frozenset(_WORD.findall(statement)) & tables
        for name, statement in single.items()
        if statement.startswith("SELECT")
    }
    return (
        Statements(single, writes, sets, by_key, every, unless, frozenset(looks), reads),
        Statements(reading, sets=sets),
    )


async def _types(connection: Connection, statement: str) -> list[str]:
    return [one.name for one in (await connection.prepare(statement)).get_parameters()]
