"""What the allocator asks: kept apart from its rule, which has its own tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import pytest_asyncio

from maskline.model.number import REACH, Capability, Number
from maskline.model.service import Service
from maskline.store.repositories.affinities import MANY, NEAR, NONE, Span
from tests.support.records import Records

ALICE = "+14155550100"
BOB = "+12125551234"
VOICE = int(Capability.VOICE)
SMS = int(Capability.SMS)


class Pool:
    """A Service's pool, and the past of people with its numbers."""

    def __init__(self, db: Any, records: Records, service: Service) -> None:
        self.db = db
        self.records = records
        self.service = service

    async def add(self, number: str = "", *, in_use: int = 0, **changes: Any) -> Number:
        """A number in the pool."""
        reserved = changes.pop("reserved", False)
        made = self.records.number(self.service.account_sid, number, **changes)
        await self.db.numbers.add(made)
        await self.db.numbers.join(made.sid, self.service.sid, reserved, 1)
        await self.db.numbers.use(made.sid, in_use)
        found = await self.db.numbers.by_number(made.number)
        assert isinstance(found, Number)
        return found

    async def met(
        self, identifier: str, number: Number, at: int = 1, *, busy: bool = False
    ) -> None:
        """The person used the number, and still does when `busy`."""
        await self.db.affinities.take_many([(self.service.sid, identifier, number.sid, at)])
        if not busy:
            await self.db.affinities.release(self.service.sid, identifier, number.sid, at)

    async def known(self, identifier: str = ALICE, **wanted: Any) -> Number | None:
        """The best of the numbers that the person knows."""
        given = {
            "dial_class": "1",
            "area_code": "",
            "reach": 0,
            "partner_number_sid": "",
            "weight": -1,
            "past": MANY,
            **wanted,
        }
        found = await self.db.affinities.known(self.service.sid, identifier, *given.values())
        assert found is None or isinstance(found, Number)
        return found

    async def new(self, identifier: str = ALICE, **wanted: Any) -> Number | None:
        """The best of the numbers that the person does not know."""
        given = {
            "dial_class": "1",
            "area_code": "",
            "reach": REACH,
            "avoid_number_sid": "",
            **wanted,
        }
        found = await self.db.affinities.new(self.service.sid, identifier, *given.values())
        assert found is None or isinstance(found, Number)
        return found


@pytest_asyncio.fixture
async def pool(db: Any, records: Records, service: Service) -> Pool:
    """An empty pool, beside that of another Service that has all that one could want."""
    other = records.service(service.account_sid)
    await db.services.add(other)
    for number in ("+14158670900", "+12128670900", "+442079460900"):
        await Pool(db, records, other).add(number)
    return Pool(db, records, service)


def numbers(found: Sequence[Number | None]) -> list[str]:
    """Their numbers."""
    return [one.number for one in found if one is not None]


async def test_a_person_s_sessions_with_a_number_are_counted(pool: Pool) -> None:
    number = await pool.add()
    active = pool.db.affinities.active
    assert await active(pool.service.sid, ALICE, number.sid) is None
    take, release = pool.db.affinities.take_many, pool.db.affinities.release
    for expected in (1, 2):
        await take([(pool.service.sid, ALICE, number.sid, 5)])
        assert await active(pool.service.sid, ALICE, number.sid) == expected
    for expected in (1, 0):
        await release(pool.service.sid, ALICE, number.sid, 5)
        assert await active(pool.service.sid, ALICE, number.sid) == expected
    assert await active(pool.service.sid, BOB, number.sid) is None
    assert await active(pool.records.sids.new("KS"), ALICE, number.sid) is None


async def test_a_number_that_leaves_is_forgotten(pool: Pool) -> None:
    gone, kept = await pool.add(), await pool.add()
    for number in (gone, kept):
        await pool.met(ALICE, number)
    await pool.db.numbers.leave(gone.sid)
    assert await pool.db.affinities.active(pool.service.sid, ALICE, gone.sid) is None
    assert await pool.db.affinities.active(pool.service.sid, ALICE, kept.sid) == 0


async def test_the_first_number_of_two_people_who_never_met_any(pool: Pool) -> None:
    first = pool.db.affinities.first
    asked = (pool.service.sid, ALICE, BOB)
    assert await first(*asked, "1", REACH) == (None, None, None)
    await pool.add(reserved=True)
    await pool.add("+447700900123")
    await pool.add(reach=SMS)
    await pool.add(in_use=2)
    least = await pool.add(in_use=1)
    assert await first(*asked, "1", REACH) == (None, None, least)
    assert await first(*asked, "1", NONE) == (None, None, None)
    assert await first(pool.records.sids.new("KS"), ALICE, BOB, "1", REACH) == (None, None, None)
    await pool.met(BOB, await pool.add(in_use=9))
    assert await first(*asked, "1", REACH) == (None, 1, None)
    assert await first(pool.service.sid, BOB, ALICE, "1", REACH) == (1, None, None)


async def test_the_past_of_two_people(pool: Pool) -> None:
    past = pool.db.affinities.past
    assert await past(pool.service.sid, ALICE, BOB) == (None, None)
    busy, *others = [await pool.add() for _ in range(MANY + 2)]
    await pool.met(ALICE, busy, busy=True)
    assert await past(pool.service.sid, ALICE, BOB) == (0, None)
    await pool.met(ALICE, others[0])
    await pool.met(BOB, busy)
    assert await past(pool.service.sid, ALICE, BOB) == (1, 1)
    assert await past(pool.service.sid, BOB) == (1, None)
    assert await past(pool.records.sids.new("KS"), ALICE, BOB) == (None, None)
    for number in others:
        await pool.met(ALICE, number)
    assert await past(pool.service.sid, BOB, ALICE) == (1, MANY)


async def test_known_looks_no_further_than_there_is_a_past(pool: Pool) -> None:
    """Numbers that don't fit are all that is near; the one that does is met most recently."""
    for at in range(NEAR):
        await pool.met(ALICE, await pool.add("", capabilities=SMS), at)
    fits = await pool.add()
    await pool.met(ALICE, fits, NEAR)
    assert (await pool.db.affinities.past(pool.service.sid, ALICE))[0] == MANY
    assert await pool.known(reach=REACH) == fits
    assert await pool.known(reach=REACH, past=NEAR) is None


async def test_known_is_met_before_and_free(pool: Pool) -> None:
    busy, free, never = await pool.add(), await pool.add(), await pool.add()
    assert await pool.known() is None
    await pool.met(ALICE, busy, busy=True)
    await pool.met(BOB, never)
    assert await pool.known() is None
    await pool.met(ALICE, free)
    assert await pool.known() == free
    assert await pool.known(BOB) == never


async def test_known_must_fit(pool: Pool) -> None:
    texts = await pool.add("+14155550101", capabilities=SMS)
    british = await pool.add("+442079460958")
    held = await pool.add("+12125551235", reserved=True)
    for number in (texts, british, held):
        await pool.met(ALICE, number)
    assert await pool.known() == texts
    assert await pool.known(reach=SMS) == texts
    assert await pool.known(reach=VOICE) is None
    assert await pool.known(area_code="415") == texts
    assert await pool.known(area_code="212") is None
    assert await pool.known(dial_class="44", reach=REACH) == british
    assert await pool.known(dial_class="52") is None


async def test_known_that_is_in_another_pool_by_now(pool: Pool) -> None:
    number = await pool.add()
    await pool.db.numbers.leave(number.sid)
    await pool.met(ALICE, number)
    assert await pool.known() is None


async def test_known_least_loaded_then_least_recently_used(pool: Pool) -> None:
    loaded = await pool.add(in_use=2)
    late, early = await pool.add(in_use=1), await pool.add(in_use=1)
    for number, at in ((loaded, 1), (late, 3), (early, 2)):
        await pool.met(ALICE, number, at)
    assert await pool.known() == early


async def test_known_with_the_partner_s_number_in_mind(pool: Pool) -> None:
    partners, other = await pool.add(in_use=1), await pool.add()
    for number in (partners, other):
        await pool.met(ALICE, number)
    assert await pool.known() == other
    assert await pool.known(partner_number_sid=partners.sid, weight=1) == partners
    assert await pool.known(partner_number_sid=other.sid, weight=-1) == partners


async def test_known_left_in_a_span(pool: Pool) -> None:
    early, late = await pool.add(in_use=1), await pool.add()
    await pool.met(ALICE, early, at=10)
    await pool.met(ALICE, late, at=20)
    assert await pool.known() == late
    assert await pool.known(span=Span(until=19)) == early
    assert await pool.known(span=Span(after=10)) == late
    assert await pool.known(span=Span(after=20)) is None
    # What cools down is taken in the order in which it was left.
    assert await pool.known(span=Span(after=9)) == early


async def test_numbers_for_two_left_in_spans(pool: Pool) -> None:
    early, late = await pool.add(in_use=1), await pool.add()
    for number, at in ((early, 10), (late, 20)):
        await pool.met(ALICE, number, at=at)
        await pool.met(BOB, number, at=at + 5)
    asked = (pool.service.sid, ALICE, BOB, "1", "", REACH)
    both = pool.db.affinities.both_know
    assert await both(*asked) == late
    assert await both(*asked, Span(until=10)) == early
    assert await both(*asked, Span(), Span(until=15)) == early
    assert await both(*asked, Span(after=10), Span(until=24)) is None
    assert await both(*asked, Span(after=9), Span(after=9)) == early
    lone = await pool.add()
    await pool.met(ALICE, lone, at=30)
    one_knows = pool.db.affinities.one_knows
    assert await one_knows(*asked) == lone
    assert await one_knows(*asked, Span(until=30)) == lone
    assert await one_knows(*asked, Span(after=30)) is None


async def test_known_looks_beyond_the_nearest(pool: Pool) -> None:
    fits = await pool.add("+442079460958")
    await pool.met(ALICE, fits, at=1000)
    for _ in range(NEAR):
        await pool.met(ALICE, await pool.add())
    assert await pool.known(dial_class="44") == fits


@pytest.mark.parametrize("hub", [ALICE, BOB])
async def test_what_both_know_is_near_to_one_of_them(pool: Pool, hub: str) -> None:
    shared = await pool.add()
    for person in (ALICE, BOB):
        await pool.met(person, shared, at=1000)
    for _ in range(NEAR):
        await pool.met(hub, await pool.add())
    asked = (pool.service.sid, ALICE, BOB, "1", "", REACH)
    assert await pool.db.affinities.both_know(*asked) == shared


async def test_new_is_never_met(pool: Pool) -> None:
    busy, free, never = await pool.add(), await pool.add(), await pool.add(in_use=9)
    await pool.met(ALICE, busy, busy=True)
    await pool.met(ALICE, free)
    assert await pool.new() == never
    await pool.met(ALICE, never)
    assert await pool.new() is None


async def test_new_must_fit(pool: Pool) -> None:
    texts = await pool.add("+14155550101", capabilities=SMS)
    british = await pool.add("+442079460958")
    await pool.add("+12125551235", reserved=True)
    assert await pool.new() is None
    assert await pool.new(reach=SMS) == texts
    assert await pool.new(reach=VOICE) is None
    assert await pool.new(reach=SMS, area_code="415") == texts
    assert await pool.new(reach=SMS, area_code="212") is None
    assert await pool.new(dial_class="44") == british
    assert await pool.new(dial_class="52") is None


@pytest.mark.parametrize("area", ["", "415"])
async def test_new_least_loaded_but_not_the_partner_s(pool: Pool, area: str) -> None:
    second, first = await pool.add(in_use=1), await pool.add()
    assert await pool.new(area_code=area) == first
    assert await pool.new(area_code=area, avoid_number_sid=first.sid) == second


async def test_numbers_for_two(pool: Pool) -> None:
    """Of ten numbers one for each way in which two people can know it, or not."""
    one_knows, other_knows, both_know, nobody, reserved = [await pool.add() for _ in range(5)]
    await pool.db.numbers.reserve(reserved.sid, True, 2)
    british = await pool.add("+442079460958", in_use=0)
    one_busy, other_busy = await pool.add(), await pool.add()
    for person, number in (
        (ALICE, one_knows),
        (BOB, other_knows),
        (ALICE, both_know),
        (BOB, both_know),
    ):
        await pool.met(person, number)
    await pool.met(ALICE, one_busy, busy=True)
    await pool.met(BOB, other_busy, busy=True)
    await pool.met(ALICE, other_busy)
    await pool.met(BOB, one_busy)

    ask = pool.db.affinities
    sid = pool.service.sid
    assert await ask.both_know(sid, ALICE, BOB, "1", "", REACH) == both_know
    assert await ask.one_knows(sid, ALICE, BOB, "1", "", REACH) == one_knows
    assert await ask.one_knows(sid, BOB, ALICE, "1", "", REACH) == other_knows
    assert await ask.joint(sid, ALICE, BOB, "1", "", REACH) == nobody
    assert await ask.joint(sid, ALICE, BOB, "44", "", REACH) == british
    for question in (ask.both_know, ask.one_knows, ask.joint):
        assert await question(sid, ALICE, BOB, "1", "212", REACH) is None
        assert await question(sid, ALICE, BOB, "52", "", REACH) is None
        assert await question(sid, ALICE, BOB, "1", "415", REACH) is not None
    assert await ask.joint(sid, ALICE, BOB, "1", "", SMS) is None
