"""Simulated time: an event loop whose clock jumps to the next timer, and a store that does its work
on the loop, so that nothing ever waits for the machine."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from maskline.model.job import Job
from maskline.store.contract import Transaction, UseCase
from maskline.store.sqlite.executor import drive
from tests.support.memory import World

T = TypeVar("T")


class _Selector(selectors.DefaultSelector):  # type: ignore[misc,valid-type]
    """Instead of waiting it moves the clock on."""

    loop: JumpingLoop

    def select(self, timeout: float | None = None) -> Any:
        """What is ready now."""
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("nothing will ever happen again")
        if not ready and timeout:
            self.loop.now += timeout
        return ready


class JumpingLoop(asyncio.SelectorEventLoop):
    """A loop whose time is its own. `now` is in seconds from 0."""

    def __init__(self) -> None:
        self.now = 0.0
        selector = _Selector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        """Its time."""
        return self.now


def run(main: Callable[[JumpingLoop], Coroutine[Any, Any, T]]) -> T:
    """Runs a coroutine to its end in simulated time."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, JumpingLoop)
        return runner.run(main(loop))


class InlineStore:
    """A world's database as one process's store."""

    shared = False

    def __init__(self, world: World) -> None:
        self._world = world
        self._listener: Callable[[list[Job]], None] = lambda _: None
        self.transactions = 0

    def on_jobs(self, listener: Callable[[list[Job]], None]) -> None:
        """Names who is told of jobs."""
        self._listener = listener

    async def transact(self, use_case: UseCase[T], *, long: bool = False) -> T:
        """Runs a use-case, once others of this moment have joined its batch."""
        await asyncio.sleep(0)
        self.transactions += 1
        tx = self._fresh()
        result = self._world.do(use_case(tx))
        if tx.outbox.added:
            self._listener(tx.outbox.added)
        return result

    async def read(self, use_case: UseCase[T]) -> T:
        """Runs a use-case that only reads."""
        return drive(use_case(self._fresh()))

    def _fresh(self) -> Transaction:
        return Transaction(self._world.executor)
