"""The events feed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator

import pytest

from maskline.carriers.simulator.errors import TooMany
from maskline.carriers.simulator.feed import Feed
from maskline.carriers.simulator.views import Event, event_json
from maskline.model.handset import HandsetMessage
from maskline.voice.instructions import Dial, Number, Response, Say
from tests.unit.carriers.simulator.fakes import (
    ALICE,
    BOB,
    PROXY_A,
    PROXY_B,
    START,
    FakeTimers,
    Rig,
    outbound,
    settle,
)

Listening = AsyncGenerator[Event | None, None]


def feed_of(timers: FakeTimers, size: int = 10, subscribers: int = 10) -> Feed:
    return Feed(timers.clock, timers, size, subscribers)


def publish(feed: Feed, count: int, number: str = ALICE) -> None:
    for i in range(count):
        feed.publish(f"t{i}", number, None)


async def take(listening: Listening, count: int) -> list[str]:
    types = []
    for _ in range(count):
        event = await anext(listening)
        types.append("silence" if event is None else event.type)
    return types


async def test_ids_rise_and_fit_into_a_double() -> None:
    timers = FakeTimers()
    feed = feed_of(timers)
    listening = feed.subscribe()
    publish(feed, 3)
    ids = [event.id async for event in _first(listening, 3) if event is not None]
    assert ids == [START * 1000 + 1, START * 1000 + 2, START * 1000 + 3]
    assert max(ids) < 2**53
    timers.now += 1
    assert feed_of(timers)._last > ids[-1]


async def _first(listening: Listening, count: int) -> AsyncGenerator[Event | None, None]:
    for _ in range(count):
        yield await anext(listening)
    await listening.aclose()


async def test_a_listener_hears_what_comes_after_it_came() -> None:
    feed = feed_of(FakeTimers())
    publish(feed, 2)
    listening = feed.subscribe()
    feed.publish("a", ALICE, None)
    assert await take(listening, 1) == ["a"]
    waiting = asyncio.create_task(take(listening, 2))
    await settle()
    feed.publish("b", ALICE, None)
    await settle()
    feed.publish("c", BOB, None)
    assert await waiting == ["b", "c"]


async def test_a_listener_comes_back() -> None:
    feed = feed_of(FakeTimers())
    publish(feed, 4)
    assert await take(feed.subscribe(after=START * 1000 + 2), 2) == ["t2", "t3"]


@pytest.mark.parametrize(
    ("after", "heard"),
    [
        (0, ["gap", "t2", "t3", "t4"]),
        (START * 1000 + 1, ["gap", "t2", "t3", "t4"]),
        (START * 1000 + 2, ["t2", "t3", "t4"]),
        (START * 1000 + 99, ["gap"]),
    ],
)
async def test_a_gap_is_told(after: int, heard: list[str]) -> None:
    feed = feed_of(FakeTimers(), size=3)
    publish(feed, 5)
    listening = feed.subscribe(after=after)
    assert await take(listening, len(heard)) == heard
    feed.publish("next", ALICE, None)
    assert await take(listening, 1) == ["next"]


async def test_coming_back_to_a_gap_leads_to_what_follows_it() -> None:
    feed = feed_of(FakeTimers(), size=3)
    publish(feed, 5)
    gap = await anext(feed.subscribe(after=0))
    assert gap is not None
    assert await take(feed.subscribe(after=gap.id), 3) == ["t2", "t3", "t4"]


async def test_a_restart_is_a_gap() -> None:
    assert await take(feed_of(FakeTimers()).subscribe(after=5), 1) == ["gap"]


async def test_a_slow_listener_is_told_of_the_gap() -> None:
    feed = feed_of(FakeTimers(), size=3)
    listening = feed.subscribe()
    publish(feed, 1)
    assert await take(listening, 1) == ["t0"]
    publish(feed, 10)
    assert await take(listening, 4) == ["gap", "t7", "t8", "t9"]


async def test_one_handset_s_events() -> None:
    feed = feed_of(FakeTimers())
    listening = feed.subscribe(BOB)
    publish(feed, 2)
    feed.publish("for bob", BOB, None)
    assert await take(listening, 1) == ["for bob"]


async def test_silence_is_told() -> None:
    timers = FakeTimers()
    feed = feed_of(timers)
    listening = feed.subscribe(BOB, silence=15)
    waiting = asyncio.create_task(take(listening, 2))
    # What the listener did not ask for is silence.
    for _ in range(2):
        await timers.pass_(7)
        feed.publish("t", ALICE, None)
    await timers.pass_(1)
    feed.publish("for bob", BOB, None)
    assert await waiting == ["silence", "for bob"]
    waiting = asyncio.create_task(take(listening, 1))
    await timers.pass_(14.9)
    assert not waiting.done()
    await timers.pass_(0.1)
    assert await waiting == ["silence"]


async def test_closing_ends_it_after_the_last_event() -> None:
    feed = feed_of(FakeTimers())
    listening = feed.subscribe()
    waiting = asyncio.create_task(take(listening, 1))
    await settle()
    feed.publish("last", ALICE, None)
    feed.close()
    assert await waiting == ["last"]
    with pytest.raises(StopAsyncIteration):
        await anext(listening)
    with pytest.raises(StopAsyncIteration):
        await anext(feed.subscribe())


async def test_listeners_are_bounded() -> None:
    feed = feed_of(FakeTimers(), subscribers=1)
    listening = feed.subscribe()
    publish(feed, 1)
    await take(listening, 1)
    with pytest.raises(TooMany):
        feed.subscribe()
    await listening.aclose()
    feed.subscribe()


async def test_a_listener_that_goes_leaves_nothing_behind() -> None:
    timers = FakeTimers()
    feed = feed_of(timers)
    waiting = asyncio.create_task(take(feed.subscribe(silence=15), 1))
    await settle()
    waiting.cancel()
    await settle()
    assert (feed._subscribers, feed._waiting, timers.waiting) == (0, [], 0)


# What is told


async def test_messages_are_told_to_both_handsets(rig: Rig) -> None:
    sent = await rig.simulator.text(ALICE, PROXY_A, "hi", ["https://media.example/1.png"])
    await rig.simulator.send(outbound())
    await settle()
    told = [json.loads(event_json(event)) for event in await rig.events()]
    assert [(one["type"], one["number"]) for one in told] == [
        ("message.sent", ALICE),
        ("message.received", BOB),
        ("receipt", BOB),
    ]
    at = "2027-01-15T08:00:00.000Z"
    assert told[0]["at"] == at
    assert told[0]["data"] == {
        "id": sent.id,
        "from": ALICE,
        "to": PROXY_A,
        "body": "hi",
        "media": ["https://media.example/1.png"],
        "direction": "outbound",
        "status": "sent",
        "at": at,
    }
    assert told[2]["data"] == {
        "message": told[1]["data"]["id"],
        "peer": PROXY_B,
        "status": "delivered",
        "error_code": None,
    }


async def test_calls_are_told_to_both_handsets(rig: Rig) -> None:
    rig.host.trees[PROXY_A] = Response(
        (Say("connecting"), Dial((Number(BOB),), PROXY_B, answer_on_bridge=True))
    )
    call = await rig.simulator.dial(ALICE, PROXY_A)
    ringing = rig.ringing(BOB)
    await rig.simulator.answer(BOB, ringing.id)
    await rig.simulator.key_in(ALICE, call.id, "1")
    await rig.simulator.hang_up(BOB, ringing.id)
    told = [json.loads(event_json(event)) for event in await rig.events()]
    assert [(one["type"], one["number"]) for one in told] == [
        ("call.ringing", ALICE),
        ("call.answered", ALICE),
        ("call.heard", ALICE),
        ("call.ringing", BOB),
        ("call.answered", BOB),
        ("call.digits", ALICE),
        ("call.heard", BOB),
        ("call.ended", BOB),
        ("call.ended", ALICE),
    ]
    assert told[2]["data"] == {"call": call.id, "heard": {"what": "say", "text": "connecting"}}
    assert told[5]["data"] == {"call": call.id, "digits": "1"}
    assert told[3]["data"] == {
        "id": ringing.id,
        "from": PROXY_B,
        "to": BOB,
        "direction": "inbound",
        "peer": PROXY_B,
        "status": "ringing",
        "heard": [],
        "digits": "",
        "started": "2027-01-15T08:00:00.000Z",
        "answered": None,
        "ended": None,
        "duration": None,
    }
    assert told[7]["data"]["status"] == "completed"


@pytest.mark.parametrize("ending", ["answered", "rejected", "given up", "timed out", "looped"])
async def test_no_handset_learns_the_other_s_number_or_leg(rig: Rig, ending: str) -> None:
    rig.host.dialled.add(PROXY_A)
    rig.host.trees[PROXY_A] = Response(
        (Dial((Number(BOB),), PROXY_B, answer_on_bridge=True, timeout=5),)
    )
    rig.host.trees[PROXY_B] = Response((Dial((Number(PROXY_A),), None, answer_on_bridge=True),))
    await rig.simulator.text(ALICE, PROXY_A, "hi")
    await rig.simulator.send(outbound())
    call = await rig.simulator.dial(ALICE if ending != "looped" else BOB, PROXY_A)
    number = call.from_
    ringing = rig.ringing(BOB)
    if ending == "answered":
        await rig.simulator.answer(BOB, ringing.id)
        await rig.simulator.key_in(BOB, ringing.id, "1")
        await rig.simulator.hang_up(number, call.id)
    elif ending == "rejected":
        await rig.simulator.reject(BOB, ringing.id)
    elif ending == "given up":
        await rig.simulator.hang_up(number, call.id)
    await rig.timers.pass_(10)
    secrets = {"inbound-1", "dialled-1", "sim-SM1", "SM1"}
    secrets |= {one.provider_id for one in rig.host.calls}
    secrets |= {one.provider_id for one in rig.host.messages}
    for one, other in ((ALICE, BOB), (BOB, ALICE)):
        seen = await rig.everything(one)
        assert one in seen
        assert other not in seen
        assert other[1:] not in seen
        assert not [secret for secret in secrets if secret in seen]
        others = [shown.id for shown in rig.simulator.calls(other)]
        others += [shown.id for shown in await rig.simulator.messages(other, "", 10)]
        assert not [shown for shown in others if shown in seen]


def test_a_gap_has_no_handset() -> None:
    event = Event(7, "gap", START, None, None)
    assert json.loads(event_json(event)) == {
        "id": 7,
        "type": "gap",
        "at": "2027-01-15T08:00:00.000Z",
        "number": None,
        "data": None,
    }


def test_an_event_is_one_line() -> None:
    row = HandsetMessage("HM1", ALICE, "inbound", PROXY_A, "a\nb\r\u2028c", "[]", "", START)
    text = event_json(Event(7, "message.received", START, ALICE, row))
    assert "\n" not in text
    assert "\r" not in text
    assert json.loads(text)["data"]["body"] == "a\nb\r\u2028c"
