"""The feed: places in the stream, what is missing, and how fast listeners are stirred."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from maskline.console import feed as feed_module
from maskline.console.feed import Feed, Frame, Told
from maskline.console.shapes.events import Beat, Skipped
from maskline.model.errors import Fault


class All:
    """Wants everything."""

    def take(self, frame: Frame) -> bytes | None:
        """The frame."""
        return frame.data


class Hidden:
    """Wants what may be read by those who may not read messages, of one topic."""

    def take(self, frame: Frame) -> bytes | None:
        """The frame without words."""
        return frame.hidden if frame.topic == "messages" else None


def told(number: int, topic: str = "messages", **more: Any) -> Told:
    return Told(topic, Beat(number), **more)


async def test_a_piece_holds_what_followed_and_is_wanted() -> None:
    feed = Feed(10)
    feed.publish([told(1), told(2, "calls"), told(3, hidden=Skipped(9))])
    everything, reached = feed.piece(All(), 0)
    assert reached == feed.last == 3
    assert [f'"at":{number}'.encode() in everything for number in (1, 2, 3)] == [True] * 3
    assert everything.count(b"\n\n") == 3
    rest, _ = feed.piece(All(), 2)
    assert rest.count(b"\n\n") == 1
    hidden, reached = feed.piece(Hidden(), 0)
    assert (b'"at":3' in hidden, b'"count":9' in hidden, reached) == (False, True, 3)
    assert feed.piece(All(), 3) == (b"", 3)


async def test_what_is_kept_costs_the_collector_nothing() -> None:
    feed = Feed(10)
    feed.publish([told(number) for number in range(100)])
    assert [gc.is_tracked(frame) for frame in feed._frames] == [False] * 100


async def test_a_piece_is_made_once_for_all_who_want_the_same() -> None:
    feed, wanted = Feed(10), All()
    feed.publish([told(1)])
    assert feed.piece(wanted, 0) is feed.piece(wanted, 0)
    first = feed.piece(wanted, 0)
    feed.publish([told(2)])
    assert feed.piece(wanted, 0) is not first


async def test_who_falls_behind_is_told_how_much_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feed_module, "KEPT", 3)
    feed = Feed(10)
    feed.publish([told(number) for number in range(5)])
    data, reached = feed.piece(All(), 0)
    assert (b'"type":"skipped","count":2' in data, reached) == (True, 5)
    assert feed.piece(All(), 2)[0].count(b"skipped") == 0


async def test_a_place_holds_while_what_follows_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "KEPT", 3)
    feed = Feed(10)
    assert feed.place(None) == (0, False)
    feed.publish([told(number) for number in range(5)])
    boot = feed.frame(Beat(0), 0).partition(b"-")[0].removeprefix(b"id: ").decode()
    assert [feed.place(f"{boot}-{number}") for number in (1, 2, 5, 6)] == [
        (5, False),
        (2, True),
        (5, True),
        (5, False),
    ]
    for other in ("", "x", f"{boot}-", f"{boot}-x", f"{boot}--1", f"{boot}-²", "00000000-2"):
        assert feed.place(other) == (5, False)


async def test_a_piece_goes_through_so_many_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "_IN_A_PIECE", 2)
    monkeypatch.setattr(feed_module, "KEPT", 5)
    feed, wanted = Feed(10), All()
    feed.publish([told(number) for number in range(1, 8)])
    place, heard = 0, []
    while place < feed.last:
        data, place = feed.piece(wanted, place)
        heard.append((data.count(b"skipped"), data.count(b'"at"'), place))
    assert heard == [(1, 2, 4), (0, 2, 6), (0, 1, 7)]
    # Whoever is cut off in the midst of it goes on from there.
    assert feed.piece(wanted, 0)[0].rpartition(b"id: ")[2].partition(b"\n")[0].endswith(b"-4")


async def test_pieces_are_remembered_for_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "_PIECES", 2)
    feed, wanted = Feed(10), All()
    feed.publish([told(number) for number in range(5)])
    first = feed.piece(wanted, 0)
    assert feed.piece(wanted, 1)
    assert feed.piece(wanted, 0) is first
    assert feed.piece(wanted, 2)
    assert feed.piece(wanted, 0) is not first
    assert len(feed._pieces) == 2


async def test_two_hundred_who_catch_up_never_hold_the_loop_for_long() -> None:
    feed, loop = Feed(200), asyncio.get_running_loop()
    feed.publish([told(number) for number in range(feed_module.KEPT)])
    looked_at = 0

    class Counting(All):
        def take(self, frame: Frame) -> bytes | None:
            nonlocal looked_at
            looked_at += 1
            return frame.data

    async def listen(place: int) -> int:
        stirred, wanted, heard = asyncio.Event(), Counting(), 0
        feed.stirred.add(stirred.set)
        try:
            feed.again(stirred.set)
            while place < feed.last:
                await stirred.wait()
                stirred.clear()
                data, place = feed.piece(wanted, place)
                heard += data.count(b"\n\n")
                if place < feed.last:
                    feed.again(stirred.set)
        finally:
            feed.stirred.discard(stirred.set)
        return heard

    most = 0

    def turn() -> None:
        nonlocal looked_at, most, ticking
        most, looked_at = max(most, looked_at), 0
        ticking = loop.call_soon(turn)

    ticking = loop.call_soon(turn)
    # Each has got as far as nobody else, so that nothing is shared.
    places = [feed.last - 900 + number for number in range(200)]
    heard = await asyncio.wait_for(asyncio.gather(*map(listen, places)), 20)
    ticking.cancel()
    assert heard == [feed.last - place for place in places]
    # So many events in one turn of the loop take less than two milliseconds.
    assert 0 < most <= 1250


async def test_there_is_room_for_so_many() -> None:
    seen: list[bool] = []
    feed = Feed(2, seen.append)
    feed.enter()
    feed.enter()
    with pytest.raises(Fault):
        feed.enter()
    feed.leave()
    feed.enter()
    feed.leave()
    feed.leave()
    assert seen == [True, False]


async def test_a_few_are_stirred_at_once_and_the_others_a_few_at_a_time() -> None:
    feed = Feed(100)
    loop = asyncio.get_running_loop()
    times: list[float] = []
    done = asyncio.Event()

    def stir() -> None:
        times.append(loop.time())
        if len(times) == 35:
            done.set()

    # Each listener has a function of its own.
    for _ in range(35):
        feed.stirred.add(lambda: stir())
    began = loop.time()
    for number in range(20):
        feed.publish([told(number)])
    await asyncio.wait_for(done.wait(), 5)
    assert len(times) == 35
    for place in range(35):
        # No earlier than its turn, however often something was published.
        assert times[place] - began >= place // 5 * 0.01 - 0.001
    times.clear()
    done.clear()
    feed.publish([told(21)])
    await asyncio.wait_for(done.wait(), 5)


async def test_the_end_is_told_to_all_at_once() -> None:
    feed = Feed(100)
    heard: list[int] = []
    for number in range(35):
        feed.stirred.add(lambda number=number: heard.append(number))  # type: ignore[misc]
    feed.close()
    assert len(heard) == 35
    assert feed.closed
