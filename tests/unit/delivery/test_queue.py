"""The queue's bound: when it is full, and when it has room again."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from maskline.delivery.queue import Queue
from maskline.store.contract import StoreUnavailable


class Shelf:
    """A store that says how many jobs wait."""

    def __init__(self, waiting: int | Exception) -> None:
        self.waiting = waiting
        self.looks = 0
        self.looked = asyncio.Event()

    async def read(self, _: object) -> int:
        """So many, or that it is not there."""
        self.looks += 1
        self.looked.set()
        if isinstance(self.waiting, Exception):
            raise self.waiting
        return self.waiting


def queue(shelf: Shelf, bound: int) -> Queue:
    return Queue(cast(Any, shelf), bound)


async def test_full_at_its_bound_and_until_a_tenth_is_done(
    caplog: pytest.LogCaptureFixture,
) -> None:
    shelf = Shelf(0)
    one = queue(shelf, 100)
    seen = []
    for waiting in (99, 100, 99, 90, 89, 99, 100):
        shelf.waiting = waiting
        await one.look()
        seen.append(one.is_full)
    assert seen == [False, True, True, True, False, False, True]
    assert caplog.text.count("is full") == 2
    assert caplog.text.count("has room again") == 1


async def test_a_database_that_is_away_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maskline.delivery.queue._PAUSE", 0)
    shelf = Shelf(100)
    one = queue(shelf, 100)
    await one.look()
    shelf.waiting = StoreUnavailable("away")
    shelf.looked.clear()
    one.start()
    await shelf.looked.wait()
    assert one.is_full
    shelf.waiting = 0
    for _ in range(2):
        # The second look begins when the first has been taken in.
        shelf.looked.clear()
        await shelf.looked.wait()
    assert not one.is_full
    await one.stop()


async def test_without_a_bound_nobody_looks() -> None:
    shelf = Shelf(10**9)
    one = queue(shelf, 0)
    one.start()
    await asyncio.sleep(0)
    await one.stop()
    assert (one.is_full, shelf.looks) == (False, 0)
