"""Browsers' streams: how those that came all at once are looked after."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from maskline.console.feed import Feed
from maskline.console.resources import events
from maskline.console.resources.events import Stream, Wanted
from maskline.model.console import Role


class Gate:
    """Knows every browser, and when it was asked."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    async def seat(self, _: str, *, alive: bool) -> Any:
        """A seat of any account."""
        self.asked.append(asyncio.get_running_loop().time())
        return SimpleNamespace(user=SimpleNamespace(role="viewer", account_sid=None))


async def test_two_hundred_who_came_at_once_are_not_looked_after_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(events, "BEAT", 1.0)
    feed, gate, loop = Feed(200), Gate(), asyncio.get_running_loop()
    wanted = Wanted(frozenset(), "", "", frozenset(), Role.VIEWER)
    never: asyncio.Future[Any] = loop.create_future()

    async def receive() -> Any:
        return await asyncio.shield(never)

    async def follow() -> int:
        feed.enter()
        stream = Stream(feed, gate, lambda: 0, wanted, "", receive)  # type: ignore[arg-type]
        beats = 0
        async for chunk in stream.run(None):
            beats += b'"type":"beat"' in chunk
        return beats

    began = loop.time()
    following = [asyncio.create_task(follow()) for _ in range(200)]
    await asyncio.sleep(1.2)
    feed.close()
    assert await asyncio.gather(*following) == [1] * 200
    times = [at - began for at in gate.asked]
    assert 0.45 < min(times) <= max(times) < 1.2
    # A twentieth of a second has a tenth of them, more or less.
    stretches = [sum(int(at * 20) == place for at in times) for place in range(10, 24)]
    assert max(stretches) <= 80, stretches
