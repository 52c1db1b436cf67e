"""A batcher: what arrives while the last batch is under way goes into the next one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

I = TypeVar("I")  # noqa: E741
O = TypeVar("O")  # noqa: E741


class Batcher(Generic[I, O]):
    """Gathers single items into batches without a waiting window: an item alone goes at once.

    `run` gets the items in order and returns as many results. When a batch of several fails, its
    items are tried one by one, so that one bad item spoils nothing for the others.
    """

    def __init__(
        self, run: Callable[[Sequence[I]], Awaitable[Sequence[O]]], limit: int = 256
    ) -> None:
        self._run = run
        self._limit = limit
        self._waiting: deque[tuple[I, asyncio.Future[O]]] = deque()
        self._worker: asyncio.Task[None] | None = None

    def submit(self, item: I) -> asyncio.Future[O]:
        """Queues an item; the future has its result, or what `run` raised for it."""
        future: asyncio.Future[O] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        return future

    async def drain(self) -> None:
        """Returns when nothing is under way any more."""
        while self._worker is not None:
            await asyncio.wait([self._worker])

    async def _work(self) -> None:
        try:
            # Let everything that is ready in this turn of the loop join the batch.
            await asyncio.sleep(0)
            while self._waiting:
                batch = [
                    self._waiting.popleft() for _ in range(min(self._limit, len(self._waiting)))
                ]
                await self._batch(batch)
        finally:
            self._worker = None

    async def _batch(self, batch: list[tuple[I, asyncio.Future[O]]]) -> None:
        try:
            results = await self._run([item for item, _ in batch])
        except Exception as error:
            if len(batch) == 1:
                if not batch[0][1].done():
                    batch[0][1].set_exception(error)
                return
            for one in batch:
                await self._batch([one])
            return
        for (_, future), result in zip(batch, results, strict=True):
            if not future.done():
                future.set_result(result)
