"""Retention in a steady state: each round a day's messages come and the oldest day's go."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any, Final

from bench.databases import Database
from bench.figures import Bar, Figure, Row
from bench.population import ACCOUNT_SID, Population
from bench.rows.outbox import store_of
from bench.run import Run
from maskline.delivery.housekeeping import Housekeeper, chores
from maskline.env import Env
from maskline.model.clock import DAY
from maskline.model.message import Message
from maskline.model.sid import SidFactory
from maskline.settings import RetentionSettings, Settings
from maskline.store.contract import Store
from maskline.store.repositories.messages import StatusChange

_KEPT: Final = 10
_ROUNDS: Final = 30
_AT_ONCE: Final = 500
#: Seconds that the server has between two rounds for its own upkeep, which runs by the clock.
_REST: Final = 1.0
_BEGINNING: Final = 1_700_000_000_000


class _Clock:
    def __init__(self) -> None:
        self.now = _BEGINNING

    def __call__(self) -> int:
        return self.now


async def prune(run: Run) -> list[Row]:
    """Rows removed per second, and what becomes of the size."""
    database = run.database(Population(1_000, 50), fresh=True)
    day = max(_AT_ONCE, run.options.jobs // 5)
    if run.engine.name == "postgres":
        # Days pass in seconds here, so that its upkeep has to look as often.
        database.run("ALTER SYSTEM SET autovacuum_naptime = '1s'")
        database.run("SELECT pg_reload_conf()")
    clock = _Clock()
    retention = RetentionSettings(messages_days=_KEPT)
    env = Env(clock, SidFactory(clock), Settings(retention=retention))
    store = store_of(database)
    await store.open()
    removing = next(one for one in chores() if one.name == "removing messages")
    housekeeper = Housekeeper(env, store, [])
    sizes, rates = [], []
    try:
        for number in range(_ROUNDS):
            await _day(env, store, day)
            clock.now += DAY
            began = time.perf_counter()
            await housekeeper.do(removing)
            seconds = time.perf_counter() - began
            if number > _KEPT:
                rates.append(day / seconds)
            await asyncio.sleep(_REST)
            sizes.append(await asyncio.to_thread(_size, database))
            run.tell(f"prune, round {number + 1}: {sizes[-1]:.0f} MiB")
    finally:
        await store.close()
    left = database.count("messages")
    if left != _KEPT * day:
        raise RuntimeError(f"{left} messages are left, not {_KEPT * day}")
    began = time.perf_counter()
    await asyncio.to_thread(database.run, "DELETE FROM messages")
    bare = left / (time.perf_counter() - began)
    steady = sizes[_KEPT + 1 :]
    return [
        Row(
            key="prune",
            title=f"retention, {day:,} messages a round come and as many go",
            runs="messages removed per second by the server's own chore, in transactions of their "
            f"own; {_KEPT} rounds are kept, {_ROUNDS} are run",
            figure=Figure("/s", rates),
            control_runs="one DELETE of all that is left, which holds its rows until it ends",
            control=Figure("/s", [bare]),
            bars=[
                Bar(
                    "size after the last round, first full one as 1",
                    steady[-1] / steady[0],
                    "<=",
                    1.3,
                )
            ],
            remarks=[
                f"size with indexes, MiB, from the first full round on: {_series(steady)}",
                "each message is written once and updated twice, as the way to its person does",
            ],
        )
    ]


def _series(sizes: Sequence[float]) -> str:
    return " ".join(f"{size:.0f}" for size in sizes)


def _size(database: Database) -> float:
    """MiB of what holds the messages."""
    path = getattr(database, "path", None)
    if path is not None:
        return float(path.stat().st_size) / 2**20
    return float(database.value("SELECT pg_total_relation_size('messages')")) / 2**20


async def _day(env: Env, store: Store, count: int) -> None:
    for _ in range(0, count, _AT_ONCE):
        some = [_message(env) for _ in range(_AT_ONCE)]

        async def add(tx: Any, some: Sequence[Message] = some) -> None:
            await tx.messages.add_many(some)

        await store.transact(add)
        for status in ("sent", "delivered"):
            changes = [_change(one, status, env.clock()) for one in some]

            async def change(tx: Any, changes: Sequence[StatusChange] = changes) -> None:
                await tx.messages.set_status_many(changes)

            await store.transact(change)


def _change(message: Message, status: str, now: int) -> StatusChange:
    provider_id = f"X{message.sid[2:]}" if status == "sent" else None
    return StatusChange(message.sid, status, None, provider_id, now, now)


def _message(env: Env) -> Message:
    now = env.clock()
    return Message(
        sid=env.sids.new("SM"),
        account_sid=ACCOUNT_SID,
        direction="outbound-reply",
        sender="+12015558000",
        recipient="+12025550000",
        body="I am at the door, and the bell is shy: ring twice, please.",
        status="queued",
        error_code=None,
        num_media=0,
        num_segments=1,
        carrier="bench",
        provider_id=None,
        interaction_sid=None,
        date_created=now,
        date_sent=None,
        date_updated=now,
    )
