from __future__ import annotations

from typing import Any

from maskline.model.account import Account
from maskline.model.clock import HOUR
from maskline.model.page import PageRequest
from maskline.model.service import Service
from maskline.store.repositories.series import Count, PoolClass, PoolLevel, Stretch
from tests.support.records import Records


async def test_processes_count_together(db: Any) -> None:
    one = [Count(100, "sent", "a", "accepted", 3), Count(100, "sent", "b", "failed", 1)]
    await db.series.add(one)
    await db.series.add([Count(100, "sent", "a", "accepted", 4), Count(103, "in", "a", "x", 1)])
    assert await db.series.since(100, 1) == [
        Stretch(100, "sent", "a", "accepted", 7, 7),
        Stretch(100, "sent", "b", "failed", 1, 1),
        Stretch(103, "in", "a", "x", 1, 1),
    ]
    assert await db.series.since(101, 1) == [Stretch(103, "in", "a", "x", 1, 1)]


async def test_minutes_are_put_together(db: Any) -> None:
    await db.series.add(Count(minute, "sent", "a", "", 2) for minute in (119, 120, 121, 124, 125))
    assert await db.series.since(120, 5) == [
        Stretch(120, "sent", "a", "", 6, 2),
        Stretch(125, "sent", "a", "", 2, 2),
    ]
    assert await db.series.since(0, 30) == [
        Stretch(90, "sent", "a", "", 2, 2),
        Stretch(120, "sent", "a", "", 8, 8),
    ]
    assert await db.series.since(0, 360) == [Stretch(0, "sent", "a", "", 10, 8)]


async def test_of_a_level_the_highest_stays(db: Any) -> None:
    for value in (5, 9, 7):
        await db.series.level([Count(100, "queue", "depth", "", value)])
    assert await db.series.since(100, 1) == [Stretch(100, "queue", "depth", "", 9, 9)]


async def test_old_minutes_go(db: Any) -> None:
    await db.series.add(Count(minute, "in", "a", "x", 1) for minute in (99, 100, 101))
    assert await db.series.remove(1, 101) == 2
    assert [one.minute for one in await db.series.since(0, 1)] == [101]
    # Longer stretches have ends of their own.
    assert [one.total for one in await db.series.since(0, 15)] == [3]
    assert await db.series.remove(15, 91) == 1
    assert await db.series.since(0, 15) == []
    assert [one.total for one in await db.series.since(0, 240)] == [3]


async def put(db: Any, records: Records, service: Service, *sizes: tuple[str, int, int]) -> None:
    """Numbers: what they begin with, sessions that use each, and whether it is reserved."""
    for place, (start, in_use, reserved) in enumerate(sizes):
        await db.numbers.add(
            records.number(
                service.account_sid,
                f"{start}55501{place:02}",
                service_sid=service.sid,
                in_use=in_use,
                is_reserved=reserved,
            )
        )


async def test_a_pool_is_seen_by_class(
    db: Any, records: Records, account: Account, service: Service
) -> None:
    await put(
        db, records, service, ("+1415", 2, 0), ("+1212", 0, 0), ("+1212", 1, 1), ("+44207", 0, 0)
    )
    other = records.service(account.sid)
    await db.services.add(other)
    await put(db, records, other, ("+1305", 0, 0))
    assert await db.series.classes(service.sid) == [
        PoolClass("1", 3, 2, 2),
        PoolClass("44", 1, 1, 0),
    ]
    assert await db.series.classes("KS0") == []
    hour = 500_000
    busiest = {(service.sid, "1"): 2, ("KS0", "1"): 9}
    levels = sorted(
        await db.series.levels(hour, busiest), key=lambda one: (one.service_sid, one.dial_class)
    )
    assert levels == [
        PoolLevel(service.sid, "1", hour, 3, 2, 2),
        PoolLevel(service.sid, "44", hour, 1, 1, 0),
        PoolLevel(other.sid, "1", hour, 1, 1, 0),
    ]


async def test_the_busiest_person_is_who_has_most_numbers(
    db: Any, records: Records, service: Service
) -> None:
    await put(
        db, records, service, ("+1415", 0, 0), ("+1212", 0, 0), ("+1305", 0, 1), ("+44207", 0, 0)
    )
    page = await db.numbers.pool(service.sid, "phone", PageRequest(size=10))
    sids = [one.sid for one in reversed(page.records)]
    for person, numbers in (("+1", sids[:1]), ("+2", [*sids[:3], sids[3]])):
        for sid in numbers:
            await db.affinities.take(service.sid, person, sid, 1000)
    # Who used it once uses it no more.
    await db.affinities.take(service.sid, "+3", sids[0], 1000)
    await db.affinities.release(service.sid, "+3", sids[0], 1000)
    wanted = {(service.sid, "1"): 2, (service.sid, "44"): 1}
    assert await db.series.busiest(("", ""), 100) == (wanted, None)
    # A part ends with a person, however few rows it is to have.
    found, after = await db.series.busiest(("", ""), 0)
    assert (found, after) == ({(service.sid, "1"): 1}, (service.sid, "+1"))
    found, after = await db.series.busiest(after, 1)
    assert (found, after) == (wanted, (service.sid, "+2"))
    found, after = await db.series.busiest(after, 1)
    assert (found, after) == ({}, None)
    assert await db.series.busiest((service.sid, "+3"), 1) == ({}, None)


async def test_an_outlook_has_the_last_look_and_sums(
    db: Any, records: Records, account: Account, service: Service
) -> None:
    def level(hour: int, busiest: int, **more: Any) -> PoolLevel:
        return PoolLevel(more.get("of", service.sid), "1", hour, 9, 8, busiest)

    await db.series.put_levels([level(100, 1), level(101, 5), level(102, 3)])
    await db.series.put_levels([level(102, 2)])
    foreign = records.service(records.account().sid)
    await db.services.add(foreign)
    await db.series.put_levels([level(102, 7, of=foreign.sid), level(102, 7, of="KS0")])
    (found,) = await db.series.outlooks(account.sid, 100)
    assert (found.service_sid, found.service_name) == (service.sid, service.unique_name)
    assert (found.numbers, found.unreserved, found.busiest, found.hour) == (9, 8, 2, 102)
    # Of the last hour, the peak.
    assert (found.samples, found.x, found.y, found.xy, found.xx) == (3, 3, 9, 11, 5)
    (found,) = await db.series.outlooks(account.sid, 101)
    assert (found.samples, found.x, found.y, found.xy, found.xx) == (2, 1, 8, 3, 1)
    assert await db.series.outlooks(account.sid, 103) == []
    assert await db.series.remove_levels(102) == 2
    (found,) = await db.series.outlooks(account.sid, 0)
    assert found.samples == 1


async def test_a_pools_map_comes_in_parts(db: Any, records: Records, service: Service) -> None:
    await put(db, records, service, *[("+1415", place, 0) for place in range(5)])
    await db.numbers.add(
        records.number(
            service.account_sid,
            "55501",
            sid=records.sids.new("SC"),
            kind="short-code",
            service_sid=service.sid,
            dial_class="",
            area_code="",
        )
    )
    found, after = [], None
    while True:
        page = await db.series.cells(service.sid, PageRequest(size=4, after=after))
        found += page.records
        after = page.last
        if not page.has_next:
            break
    assert len(found) == 6
    assert {one.number for one in found} >= {"55501", "+14155550100"}
    assert sorted(one.in_use for one in found) == [0, 0, 1, 2, 3, 4]


async def test_a_rate_is_counted_from_the_latest(
    db: Any, records: Records, service: Service
) -> None:
    clock: Any = records.clock
    start = clock()
    assert await db.series.new_sessions(service.sid, start, 10) == (0, None)
    for _ in range(5):
        await db.sessions.add(records.session(service))
        clock.advance(HOUR // 10)
    assert await db.series.new_sessions(service.sid, start, 10) == (5, start)
    assert await db.series.new_sessions(service.sid, start + HOUR // 10, 10) == (
        4,
        start + HOUR // 10,
    )
    assert await db.series.new_sessions(service.sid, start, 2) == (2, start + 3 * HOUR // 10)
