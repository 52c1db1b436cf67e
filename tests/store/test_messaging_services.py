from __future__ import annotations

from typing import Any

import msgspec
import pytest
import pytest_asyncio

from maskline.model.account import Account
from maskline.model.messaging_service import MessagingService
from maskline.model.number import Number
from maskline.model.page import PageRequest
from maskline.model.service import Service
from maskline.store.contract import Store, Transaction
from tests.support.records import Records

ALL = PageRequest(size=100)


@pytest_asyncio.fixture
async def texts(db: Any, records: Records, account: Account) -> MessagingService:
    """A Messaging Service that does not defer."""
    texts = records.messaging_service(account.sid)
    await db.messaging_services.add(texts)
    return texts


async def sender(db: Any, records: Records, texts: MessagingService, **changes: Any) -> Number:
    """A number in the service, as it was before."""
    number = records.number(texts.account_sid, **changes)
    await db.numbers.add(number)
    assert await db.messaging_services.join(number.sid, texts.sid, 7)
    return number


async def diverted(db: Any, number: Number) -> int:
    """What the number says of its messages."""
    found = await db.numbers.by_number(number.number)
    return int(found.diverted)


CHANGES: dict[str, Any] = {
    "friendly_name": "Ünïque ✈",
    "inbound_request_url": "https://a.example/in",
    "inbound_method": "GET",
    "fallback_url": "https://a.example/fb",
    "fallback_method": "GET",
    "status_callback": "https://a.example/cb",
    "sticky_sender": 0,
    "mms_converter": 0,
    "smart_encoding": 0,
    "scan_message_content": "disable",
    "fallback_to_long_code": 0,
    "area_code_geomatch": 0,
    "synchronous_validation": 1,
    "validity_period": 600,
    "usecase": "marketing",
    "use_inbound_webhook_on_number": 1,
}


async def test_add_and_get(db: Any, records: Records, account: Account) -> None:
    for changes in ({}, CHANGES):
        texts = records.messaging_service(account.sid, **changes)
        await db.messaging_services.add(texts)
        assert await db.messaging_services.get(texts.sid, account.sid) == texts
        assert await db.messaging_services.peek(texts.sid) == texts
        assert await db.messaging_services.get(texts.sid, records.sids.new("AC")) is None


async def test_update(db: Any, records: Records, texts: MessagingService) -> None:
    other = records.messaging_service(texts.account_sid)
    await db.messaging_services.add(other)
    changed = msgspec.structs.replace(texts, date_updated=8, **CHANGES)
    await db.messaging_services.update(changed)
    assert await db.messaging_services.get(texts.sid, texts.account_sid) == changed
    assert await db.messaging_services.get(other.sid, other.account_sid) == other


async def test_pages_show_an_accounts_own(db: Any, records: Records, account: Account) -> None:
    made = [records.messaging_service(account.sid) for _ in range(3)]
    for one in (*made, records.messaging_service(records.sids.new("AC"))):
        await db.messaging_services.add(one)
    page = await db.messaging_services.page(account.sid, ALL)
    assert page.records == made[::-1]


async def test_a_number_joins_and_leaves(
    db: Any, records: Records, texts: MessagingService, service: Service
) -> None:
    number = records.number(texts.account_sid)
    await db.numbers.add(number)
    assert await db.messaging_services.sender(number.sid, texts.sid, "phone") is None
    assert await db.messaging_services.join(number.sid, texts.sid, 7)
    joined = msgspec.structs.replace(
        number, messaging_service_sid=texts.sid, messaging_since=7, diverted=1
    )
    assert await db.messaging_services.sender(number.sid, texts.sid, "phone") == joined
    assert await db.messaging_services.sender(number.sid, texts.sid, "short-code") is None
    assert await db.messaging_services.sender(number.sid, records.sids.new("MG"), "phone") is None
    other = records.messaging_service(texts.account_sid)
    await db.messaging_services.add(other)
    assert not await db.messaging_services.join(number.sid, other.sid, 8)
    assert await db.numbers.by_number(number.number) == joined

    # A pool and a Messaging Service know nothing of each other.
    assert await db.numbers.join(number.sid, service.sid, False, 9)
    await db.numbers.leave(number.sid)
    assert await db.numbers.by_number(number.number) == joined

    await db.messaging_services.leave(number.sid)
    assert await db.numbers.by_number(number.number) == number
    assert await db.messaging_services.join(number.sid, other.sid, 9)


async def test_senders_by_kind(db: Any, records: Records, texts: MessagingService) -> None:
    other = records.messaging_service(texts.account_sid)
    await db.messaging_services.add(other)
    assert await db.messaging_services.count(texts.sid) == 0
    phones = [(await sender(db, records, texts)).sid for _ in range(2)]
    code = await sender(db, records, texts, number="894546", kind="short-code")
    await sender(db, records, other)
    await db.numbers.add(records.number(texts.account_sid))
    page = await db.messaging_services.senders(texts.sid, "phone", ALL)
    assert [one.sid for one in page.records] == phones[::-1]
    page = await db.messaging_services.senders(texts.sid, "short-code", ALL)
    assert [one.sid for one in page.records] == [code.sid]
    assert await db.messaging_services.count(texts.sid) == 3


@pytest.mark.parametrize("defers", [0, 1])
async def test_a_number_takes_over_what_its_service_says(
    db: Any, records: Records, account: Account, defers: int
) -> None:
    texts = records.messaging_service(account.sid, use_inbound_webhook_on_number=defers)
    await db.messaging_services.add(texts)
    number = await sender(db, records, texts)
    assert await diverted(db, number) == 1 - defers


async def test_numbers_follow_when_the_service_changes(
    db: Any, records: Records, texts: MessagingService
) -> None:
    other = records.messaging_service(texts.account_sid)
    await db.messaging_services.add(other)
    mine = [await sender(db, records, texts) for _ in range(2)]
    theirs = await sender(db, records, other)
    free = records.number(texts.account_sid)
    await db.numbers.add(free)
    for defers in (1, 1, 0):
        await db.messaging_services.update(
            msgspec.structs.replace(texts, use_inbound_webhook_on_number=defers)
        )
        assert [await diverted(db, one) for one in mine] == [1 - defers] * 2
        assert await diverted(db, theirs) == 1
        assert await diverted(db, free) == 0


async def test_delete_frees_the_numbers(db: Any, records: Records, texts: MessagingService) -> None:
    other = records.messaging_service(texts.account_sid)
    await db.messaging_services.add(other)
    mine, theirs = await sender(db, records, texts), await sender(db, records, other)
    await db.messaging_services.delete(texts.sid)
    assert await db.messaging_services.get(texts.sid, texts.account_sid) is None
    assert await db.messaging_services.peek(texts.sid) is None
    assert await db.messaging_services.get(other.sid, other.account_sid) == other
    assert await db.numbers.by_number(mine.number) == mine
    assert await db.messaging_services.count(other.sid) == 1
    assert (await db.numbers.by_number(theirs.number)).messaging_service_sid == other.sid


async def test_a_number_that_is_given_back_is_in_no_service(
    db: Any, records: Records, texts: MessagingService
) -> None:
    number = await sender(db, records, texts)
    await db.numbers.delete(number.sid)
    assert await db.messaging_services.count(texts.sid) == 0
    assert await db.messaging_services.sender(number.sid, texts.sid, "phone") is None


async def test_nothing_of_a_transaction_that_fails_stays(
    store: Store, db: Any, records: Records, texts: MessagingService
) -> None:
    number = records.number(texts.account_sid)
    await db.numbers.add(number)

    async def fails(tx: Transaction) -> None:
        await tx.messaging_services.join(number.sid, texts.sid, 7)
        await tx.messaging_services.delete(texts.sid)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await store.transact(fails)
    assert await db.messaging_services.get(texts.sid, texts.account_sid) == texts
    assert await db.numbers.by_number(number.number) == number


async def test_numbers_that_are_diverted_from_a_pool_are_counted(
    db: Any, records: Records, texts: MessagingService, service: Service
) -> None:
    assert await db.messaging_services.pooled(texts.sid) == (0, 0)
    for pooled in (None, service.sid, service.sid):
        number = records.number(
            texts.account_sid,
            service_sid=pooled,
            messaging_service_sid=texts.sid,
            messaging_since=1,
            diverted=1,
        )
        await db.numbers.add(number)
    assert await db.messaging_services.pooled(texts.sid) == (3, 2)
    defers = msgspec.structs.replace(texts, use_inbound_webhook_on_number=1)
    await db.messaging_services.update(defers)
    assert await db.messaging_services.pooled(texts.sid) == (3, 0)
