"""Every list the same way: keyset pages by SID, newest first, both ways, whatever is added."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
import pytest_asyncio

from maskline.model.account import Account
from maskline.model.number import NumberHooks
from maskline.model.page import Page, PageRequest
from maskline.model.service import Service
from maskline.store.repositories.alerts import AlertFilter
from maskline.store.repositories.calls import CallFilter
from maskline.store.repositories.messages import MessageFilter
from tests.support.records import Records

Add = Callable[[], Awaitable[str]]
Fetch = Callable[[PageRequest], Awaitable[Page[Any]]]


class Listing:
    """One list of the store: `add` puts a record at its head and returns the SID."""

    def __init__(self, add: Add, fetch: Fetch) -> None:
        self.add = add
        self.fetch = fetch

    async def sids(self, request: PageRequest) -> list[str]:
        """The SIDs on a page, whose edges are checked."""
        page = await self.fetch(request)
        found = [_sid(record) for record in page.records]
        assert (page.first, page.last) == ((found[0], found[-1]) if found else (None, None))
        return found

    async def flags(self, request: PageRequest) -> tuple[bool, bool]:
        """Whether there are a previous and a next page."""
        page = await self.fetch(request)
        return page.has_previous, page.has_next


def _sid(record: Any) -> str:
    found = getattr(record, "sid", None) or record.number.sid
    assert isinstance(found, str)
    return found


def keys(db: Any, records: Records, service: Service) -> Listing:
    async def add() -> str:
        key = records.api_key(service.account_sid)
        await db.accounts.add_key(key)
        return key.sid

    return Listing(add, lambda request: db.accounts.keys(service.account_sid, request))


def services(db: Any, records: Records, service: Service) -> Listing:
    account_sid = records.sids.new("AC")

    async def add() -> str:
        one = records.service(account_sid)
        await db.services.add(one)
        return one.sid

    return Listing(add, lambda request: db.services.page(account_sid, request))


def numbers(db: Any, records: Records, service: Service) -> Listing:
    async def add() -> str:
        number = records.number(service.account_sid)
        await db.numbers.add(number)
        return number.sid

    return Listing(
        add, lambda request: db.numbers.page(service.account_sid, "phone", "%", "", request)
    )


def configured_numbers(db: Any, records: Records, service: Service) -> Listing:
    async def add() -> str:
        number = records.number(service.account_sid)
        await db.numbers.add(number)
        await db.numbers.set_hooks(number.sid, NumberHooks(sms_url=f"https://{number.sid}/"))
        return number.sid

    async def fetch(request: PageRequest) -> Page[Any]:
        page = await db.numbers.configured_page(service.account_sid, "phone", "%", "", request)
        assert isinstance(page, Page)
        for record in page.records:
            assert record.hooks.sms_url == f"https://{record.number.sid}/"
        return page

    return Listing(add, fetch)


def pool(db: Any, records: Records, service: Service) -> Listing:
    async def add() -> str:
        number = records.number(service.account_sid)
        await db.numbers.add(number)
        await db.numbers.join(number.sid, service.sid, False, 1)
        return number.sid

    return Listing(add, lambda request: db.numbers.pool(service.sid, "phone", request))


def sessions(db: Any, records: Records, service: Service) -> Listing:
    async def add() -> str:
        session = records.session(service)
        await db.sessions.add(session)
        return session.sid

    return Listing(add, lambda request: db.sessions.page(service.sid, request))


def participants(db: Any, records: Records, service: Service) -> Listing:
    session = records.session(service)

    async def add() -> str:
        number = records.number(service.account_sid)
        person = records.participant(session, number.number, number)
        await db.participants.add(person)
        return person.sid

    return Listing(add, lambda request: db.participants.page(session.sid, request))


def interactions(db: Any, records: Records, service: Service) -> Listing:
    session = records.session(service)

    async def add() -> str:
        interaction = records.interaction(session)
        await db.interactions.add_many([interaction])
        return interaction.sid

    return Listing(add, lambda request: db.interactions.page(session.sid, request))


def sent_interactions(db: Any, records: Records, service: Service) -> Listing:
    session = records.session(service)
    person_sid = records.sids.new("KP")

    async def add() -> str:
        interaction = records.interaction(session, outbound_participant_sid=person_sid)
        await db.interactions.add_many([interaction])
        return interaction.sid

    return Listing(add, lambda request: db.interactions.sent_to(session.sid, person_sid, request))


def messages(db: Any, records: Records, service: Service) -> Listing:
    async def add() -> str:
        message = records.message(service.account_sid)
        await db.messages.add_many([message])
        return message.sid

    return Listing(
        add, lambda request: db.messages.page(service.account_sid, MessageFilter(), request)
    )


def calls(db: Any, records: Records, service: Service) -> Listing:
    async def add() -> str:
        call = records.call(service.account_sid)
        await db.calls.add_many([call])
        return call.sid

    return Listing(add, lambda request: db.calls.page(service.account_sid, CallFilter(), request))


def alerts(db: Any, records: Records, service: Service) -> Listing:
    async def add() -> str:
        alert = records.alert(service.account_sid)
        await db.alerts.add_many([alert])
        return alert.sid

    return Listing(add, lambda request: db.alerts.page(service.account_sid, AlertFilter(), request))


LISTINGS = (
    keys,
    services,
    numbers,
    configured_numbers,
    pool,
    sessions,
    participants,
    interactions,
    sent_interactions,
    messages,
    calls,
    alerts,
)


@pytest_asyncio.fixture(params=LISTINGS, ids=lambda listing: listing.__name__)
async def listing(
    request: pytest.FixtureRequest, db: Any, records: Records, service: Service
) -> Listing:
    """An empty list, beside records of others that must not show in it."""
    other = records.service(records.sids.new("AC"))
    await db.accounts.add(records.account(sid=other.account_sid))
    await db.services.add(other)
    stranger = request.param(db, records, other)
    await stranger.add()
    made = request.param(db, records, service)
    assert isinstance(made, Listing)
    return made


async def filled(listing: Listing, count: int) -> Sequence[str]:
    """So many records; their SIDs, newest first."""
    return [await listing.add() for _ in range(count)][::-1]


async def test_an_empty_list(listing: Listing) -> None:
    page = await listing.fetch(PageRequest())
    assert page.records == []
    assert not page.has_next
    assert not page.has_previous
    assert page.first is page.last is None


async def test_pages_forward_and_back(listing: Listing) -> None:
    sids = await filled(listing, 5)
    first = PageRequest(size=2)
    assert await listing.sids(first) == sids[:2]
    assert await listing.flags(first) == (False, True)

    second = PageRequest(size=2, after=sids[1])
    assert await listing.sids(second) == sids[2:4]
    assert await listing.flags(second) == (True, True)

    third = PageRequest(size=2, after=sids[3])
    assert await listing.sids(third) == sids[4:]
    assert await listing.flags(third) == (True, False)

    back = PageRequest(size=2, before=sids[4])
    assert await listing.sids(back) == sids[2:4]
    assert await listing.flags(back) == (True, True)

    top = PageRequest(size=2, before=sids[2])
    assert await listing.sids(top) == sids[:2]
    assert await listing.flags(top) == (False, True)


async def test_a_page_that_holds_all(listing: Listing) -> None:
    sids = await filled(listing, 3)
    assert await listing.sids(PageRequest(size=3)) == sids
    assert await listing.flags(PageRequest(size=3)) == (False, False)
    assert await listing.sids(PageRequest(size=3, after=sids[-1])) == []
    assert await listing.sids(PageRequest(size=3, before=sids[0])) == []
    assert await listing.flags(PageRequest(size=3, before=sids[0])) == (False, True)


async def test_a_page_by_its_offset(listing: Listing) -> None:
    sids = await filled(listing, 5)
    assert await listing.sids(PageRequest(size=2, offset=2)) == sids[2:4]
    assert await listing.flags(PageRequest(size=2, offset=2)) == (True, True)
    assert await listing.flags(PageRequest(size=2, offset=4)) == (True, False)
    assert await listing.sids(PageRequest(size=2, offset=6)) == []


async def test_pages_stand_still_while_records_are_added(listing: Listing) -> None:
    sids = await filled(listing, 4)
    seen = await listing.sids(PageRequest(size=2))
    newer = await filled(listing, 2)
    seen += await listing.sids(PageRequest(size=2, after=seen[-1]))
    assert seen == sids
    assert await listing.sids(PageRequest(size=2, before=sids[0])) == newer
    assert await listing.sids(PageRequest(size=2)) == newer


async def test_messages_of_both_kinds_stand_in_one_order(
    db: Any, records: Records, account: Account
) -> None:
    made = [
        records.message(account.sid, sid=records.sids.new("MM" if i % 3 else "SM"))
        for i in range(7)
    ]
    await db.messages.add_many(made)
    first = await db.messages.page(account.sid, MessageFilter(), PageRequest(size=3))
    assert first.records == made[:3:-1]
    second = await db.messages.page(
        account.sid, MessageFilter(), PageRequest(size=3, after=first.last)
    )
    assert second.records == made[3:0:-1]
    back = await db.messages.page(
        account.sid, MessageFilter(), PageRequest(size=3, before=second.first)
    )
    assert back.records == first.records
