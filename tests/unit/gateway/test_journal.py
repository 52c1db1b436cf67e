from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from maskline.carriers.redaction import Secrets
from maskline.gateway import journal as journals
from maskline.gateway.journal import Journal, request_of
from maskline.model.carrier import CarrierRequest
from maskline.model.traffic import InboundMessage
from maskline.store.contract import StoreUnavailable
from tests.support.carrier_desk import posted
from tests.support.memory import World

NUMBER = "+14158670001"
TEXT = InboundMessage("one", "1", "+14155550100", NUMBER, "hi")


class Carrier:
    name = "one"
    secrets = Secrets(frozenset({"x-sig"}))


class Store:
    """The world's database, or one that is away."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.away = False
        self.commits = 0

    async def transact(self, work: Callable[[Any], Awaitable[Any]]) -> Any:
        if self.away:
            raise StoreUnavailable("away")
        self.commits += 1
        return self.world.do(work(self.world.tx))


def kept(world: World) -> list[CarrierRequest]:
    found = world.rows("SELECT sid FROM carrier_requests ORDER BY sid")
    rows = [world.do(world.tx.carrier_requests.get(sid)) for (sid,) in found]
    return [one for one in rows if one is not None]


@pytest.fixture
def store(world: World, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr(journals, "_GATHER", 0)
    return Store(world)


def journal(world: World, store: Store) -> Any:
    return Journal(world.env, store)  # type: ignore[arg-type]


async def test_what_comes_together_is_written_together(world: World, store: Store) -> None:
    world.add_number(NUMBER)
    one = journal(world, store)
    request = posted("Message", {"Body": "hi"}, query="a=1", x_sig="s3cret")
    one(Carrier(), request, 200, [TEXT])
    one(Carrier(), posted("Status", {"a": "b"}), 404, [])
    await one.drain()
    first, second = kept(world)
    assert store.commits == 1
    assert (first.carrier, first.path, first.query, first.status) == ("one", "Message", "a=1", 200)
    assert (first.account_sid, second.account_sid) == (world.account.sid, "")
    assert first.body == "Body=hi"
    assert "s3cret" not in repr(first)
    again = request_of(first)
    assert (again.path, again.form, again.query) == ("Message", {"Body": "hi"}, {"a": "1"})


@pytest.mark.covers("carrier:accounts.requests")
async def test_the_body_has_a_bound(world: World, store: Store) -> None:
    world.change("carriers", request_bytes=4)
    one = journal(world, store)
    one(Carrier(), posted("Message", b"a=12345"), 200, [])
    await one.drain()
    (found,) = kept(world)
    assert (found.body, found.truncated) == ("a=12", 1)


async def test_too_many_are_not_kept(
    world: World, store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(journals, "_MOST", 2)
    one = journal(world, store)
    for _ in range(5):
        one(Carrier(), posted("Message", b""), 200, [])
    await one.drain()
    assert len(kept(world)) == 2
    assert "3 requests" in caplog.text


async def test_a_database_that_is_away_costs_what_was_noted(world: World, store: Store) -> None:
    one = journal(world, store)
    store.away = True
    one(Carrier(), posted("Message", b""), 200, [])
    await one.drain()
    store.away = False
    one(Carrier(), posted("Message", b""), 200, [])
    await one.drain()
    assert len(kept(world)) == 1
