"""Lists that are narrowed: the same records as by looking through all, at a bounded cost."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from maskline.model.page import Page, PageRequest
from maskline.model.service import Service
from maskline.store import executor
from maskline.store.repositories.base import single
from maskline.store.repositories.numbers import PoolFilter
from tests.support.records import Records

STATUSES = ["open", "in-progress", "closed"]


async def walk(fetch: Any, size: int) -> tuple[list[str], int, Page[Any]]:
    """All SIDs by the links to the next page, how many pages there were, and the last one."""
    sids: list[str] = []
    page, pages = await fetch(PageRequest(size=size)), 1
    while True:
        sids += [one.sid for one in page.records]
        if not page.has_next:
            return sids, pages, page
        page, pages = await fetch(PageRequest(size=size, after=page.last)), pages + 1


async def back(fetch: Any, size: int, before: str) -> list[str]:
    """All SIDs ahead of one, by the links to the previous page."""
    sids: list[str] = []
    while True:
        page = await fetch(PageRequest(size=size, before=before))
        sids = [one.sid for one in page.records] + sids
        if not page.has_previous:
            return sids
        before = page.first


@pytest_asyncio.fixture
async def made(db: Any, records: Records, service: Service) -> dict[str, list[str]]:
    """Sixty sessions, by their status, newest first; and one of another Service of each."""
    dice = random.Random(7)
    other = records.service(service.account_sid)
    await db.services.add(other)
    found: dict[str, list[str]] = {status: [] for status in STATUSES}
    for place in range(63):
        where = other if place % 21 == 20 else service
        status = dice.choices(STATUSES, [1, 5, 2])[0]
        ended = 5 if status == "closed" else None
        session = records.session(where, status=status, date_ended=ended)
        await db.sessions.add(session)
        if where is service:
            found[status].insert(0, session.sid)
    return found


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize("window", [1, 4, 500])
async def test_sessions_of_a_status(
    db: Any,
    service: Service,
    made: dict[str, list[str]],
    monkeypatch: pytest.MonkeyPatch,
    status: str,
    size: int,
    window: int,
) -> None:
    monkeypatch.setattr(executor, "WINDOW", window)

    async def fetch(request: PageRequest) -> Page[Any]:
        page = await db.sessions.page(service.sid, request, status)
        assert isinstance(page, Page)
        assert len(page.records) <= size
        assert {one.status for one in page.records} <= {status}
        return page

    sids, pages, last = await walk(fetch, size)
    assert sids == made[status]
    assert pages <= -(-60 // min(size, window)) + 1
    assert await back(fetch, size, last.last) == [sid for sid in sids if sid > last.last]
    first = await fetch(PageRequest(size=size))
    assert not first.has_previous


@pytest.mark.parametrize("status", ["failed", "unknown"])
async def test_statuses_that_no_session_has(
    db: Any, service: Service, made: dict[str, list[str]], status: str
) -> None:
    assert await db.sessions.page(service.sid, PageRequest(), status) == Page([], False, False)


async def test_a_window_without_any(
    db: Any, records: Records, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page may be empty while others follow, and ahead of it lies what it looked through."""
    monkeypatch.setattr(executor, "WINDOW", 2)
    rows = [records.session(service, status=one) for one in ("open", *["in-progress"] * 4)]
    for row in rows:
        await db.sessions.add(row)
    first = await db.sessions.page(service.sid, PageRequest(size=5), "open")
    assert (first.records, first.has_next, first.has_previous) == ([], True, False)
    second = await db.sessions.page(service.sid, PageRequest(size=5, after=first.last), "open")
    third = await db.sessions.page(service.sid, PageRequest(size=5, after=second.last), "open")
    assert [one.sid for one in third.records] == [rows[0].sid]
    assert (third.has_next, third.has_previous) == (False, True)
    again = await db.sessions.page(service.sid, PageRequest(size=5, before=third.first), "open")
    assert (again.records, again.has_next, again.has_previous) == ([], True, True)
    none = await db.sessions.page(service.sid, PageRequest(size=5, before=rows[-1].sid), "open")
    assert none == Page([], True, False)


async def test_a_session_moves_between_lists(db: Any, records: Records, service: Service) -> None:
    session = records.session(service)
    await db.sessions.add(session)

    async def where() -> list[str]:
        return [
            status
            for status in STATUSES
            if (await db.sessions.page(service.sid, PageRequest(), status)).records
        ]

    assert await where() == ["open"]
    await db.sessions.update(msgspec.structs.replace(session, status="closed", date_ended=9))
    assert await where() == ["closed"]
    await db.sessions.update(msgspec.structs.replace(session, status="in-progress"))
    assert await where() == ["in-progress"]


async def test_sessions_of_a_name(db: Any, records: Records, service: Service) -> None:
    one, other = (records.session(service, unique_name=name) for name in ("trip", "taxi"))
    for session in (one, other):
        await db.sessions.add(session)
    named = db.sessions.named_page
    assert (await named(service.sid, "trip", PageRequest())).records == [one]
    assert (await named(service.sid, "trip", PageRequest(), "open")).records == [one]
    assert (await named(service.sid, "trip", PageRequest(), "closed")).records == []
    assert (await named(service.sid, "Trip", PageRequest())).records == []


async def test_participants_of_an_identifier(db: Any, records: Records, service: Service) -> None:
    number = records.number(service.account_sid)
    await db.numbers.add(number)
    session, other = records.session(service), records.session(service)
    here = records.participant(session, "+14155550100", number)
    gone = records.participant(session, "+14155550101", number, pair=0, date_deleted=5)
    there = records.participant(other, "+14155550102", number)
    for one in (here, gone, there):
        await db.participants.add(one)
    named = db.participants.named_page
    for one in (here, gone):
        assert (await named(session.sid, one.identifier, PageRequest())).records == [one]
    assert (await named(session.sid, there.identifier, PageRequest())).records == []


async def test_services_of_a_name(db: Any, records: Records, service: Service) -> None:
    named = db.services.named_page
    found = await named(service.account_sid, service.unique_name, PageRequest())
    assert found.records == [service]
    assert (await named("AC1", service.unique_name, PageRequest())).records == []


@pytest.mark.parametrize("reserved", [None, True, False])
@pytest.mark.parametrize("in_use", [None, 0, 1])
@pytest.mark.parametrize("window", [3, 500])
async def test_numbers_of_a_pool(
    db: Any,
    records: Records,
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    reserved: bool | None,
    in_use: int | None,
    window: int,
) -> None:
    monkeypatch.setattr(executor, "WINDOW", window)
    expected = []
    for place in range(20):
        number = records.number(service.account_sid)
        await db.numbers.add(number)
        await db.numbers.join(number.sid, service.sid, place % 3 == 0, 1)
        await db.numbers.use(number.sid, place % 2)
        if reserved in (None, place % 3 == 0) and in_use in (None, place % 2):
            expected.insert(0, number.sid)

    async def fetch(request: PageRequest) -> Page[Any]:
        narrow = PoolFilter(reserved, in_use)
        page = await db.numbers.pool(service.sid, "phone", request, narrow)
        assert isinstance(page, Page)
        return page

    assert (await walk(fetch, 2))[0] == expected


@pytest.mark.parametrize(
    ("request_", "shown"),
    [
        (PageRequest(), True),
        (PageRequest(offset=1), False),
        (PageRequest(after="KS3"), True),
        (PageRequest(after="KS2"), False),
        (PageRequest(before="KS1"), True),
        (PageRequest(before="KS2"), False),
    ],
)
def test_a_list_of_one(records: Records, request_: PageRequest, shown: bool) -> None:
    record = records.service("AC1", sid="KS2")
    page = single(record, request_)
    assert page.records == ([record] if shown else [])
    assert (page.has_next, page.has_previous) == (False, False)
    assert single(None, request_).records == []
