"""The real loop's time; everything else is tested with a time that does not pass by itself."""

from __future__ import annotations

import asyncio

from maskline.carriers.simulator.timers import LoopTimers, Timers, wait_for, wake


async def test_the_loop_s_time_ends_a_wait() -> None:
    timers: Timers = LoopTimers()
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    began = timers.time()
    await wait_for(timers, future, 0.001)
    assert future.done()
    assert timers.time() > began


async def test_a_wait_may_end_before_its_time() -> None:
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    waiting = asyncio.create_task(wait_for(LoopTimers(), future, 3600))
    await asyncio.sleep(0)
    assert not waiting.done()
    wake(future)
    wake(future)
    await waiting
