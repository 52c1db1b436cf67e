from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from maskline.batcher import Batcher


async def test_items_that_arrive_together_share_a_batch() -> None:
    batches: list[list[int]] = []

    async def run(items: Sequence[int]) -> Sequence[int]:
        batches.append(list(items))
        await asyncio.sleep(0)
        return [item * 2 for item in items]

    batcher: Batcher[int, int] = Batcher(run, limit=3)
    assert await asyncio.gather(*map(batcher.submit, range(7))) == [0, 2, 4, 6, 8, 10, 12]
    assert batches == [[0, 1, 2], [3, 4, 5], [6]]


async def test_one_bad_item_spoils_nothing_for_the_others() -> None:
    async def run(items: Sequence[int]) -> Sequence[int]:
        if 2 in items:
            raise ValueError("two")
        return items

    batcher: Batcher[int, int] = Batcher(run)
    results = await asyncio.gather(*map(batcher.submit, range(4)), return_exceptions=True)
    assert results[0] == 0
    assert isinstance(results[2], ValueError)
    assert results[3] == 3


async def test_a_caller_who_went_away_disturbs_nobody() -> None:
    async def run(items: Sequence[int]) -> Sequence[int]:
        return items

    batcher: Batcher[int, int] = Batcher(run)
    gone = batcher.submit(1)
    stays = batcher.submit(2)
    gone.cancel()
    assert await stays == 2
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_drain_waits_for_what_is_under_way() -> None:
    started = asyncio.Event()
    finish = asyncio.Event()

    async def run(items: Sequence[int]) -> Sequence[int]:
        started.set()
        await finish.wait()
        return items

    batcher: Batcher[int, int] = Batcher(run)
    future = batcher.submit(1)
    await started.wait()
    drained = asyncio.create_task(batcher.drain())
    await asyncio.sleep(0)
    assert not drained.done()
    finish.set()
    await drained
    assert future.result() == 1
