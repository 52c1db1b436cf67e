from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.model.account import Account
from maskline.model.number import Capability, Number, NumberHooks
from maskline.model.page import PageRequest
from maskline.model.service import Service
from tests.support.records import Records

ALL = PageRequest(size=100)
VOICE = int(Capability.VOICE)
SMS = int(Capability.SMS)


async def stored(db: Any, number: Number) -> Number:
    """The number as it is now."""
    found = await db.numbers.by_number(number.number)
    assert isinstance(found, Number)
    return found


async def test_add_and_get(db: Any, records: Records, account: Account) -> None:
    number = records.number(account.sid, "+442079460958", friendly_name="London", iso_country="GB")
    assert await db.numbers.add(number)
    assert await db.numbers.get(number.sid, account.sid) == number
    assert await db.numbers.get(number.sid, records.sids.new("AC")) is None
    assert await db.numbers.by_number("+442079460958") == number
    assert await db.numbers.by_number("+442079460959") is None


async def test_a_number_has_one_owner(db: Any, records: Records, account: Account) -> None:
    number = records.number(account.sid)
    assert await db.numbers.add(number)
    assert not await db.numbers.add(records.number(account.sid, number.number))
    assert not await db.numbers.add(records.number(records.sids.new("AC"), number.number))
    assert await stored(db, number) == number


async def test_rename(db: Any, records: Records, account: Account) -> None:
    number, other = records.number(account.sid), records.number(account.sid)
    for one in (number, other):
        await db.numbers.add(one)
    await db.numbers.rename(number.sid, "new", 7)
    renamed = msgspec.structs.replace(number, friendly_name="new", date_updated=7)
    assert await stored(db, number) == renamed
    assert await stored(db, other) == other


async def test_delete_takes_the_hooks_along(db: Any, records: Records, account: Account) -> None:
    number, other = records.number(account.sid), records.number(account.sid)
    for one in (number, other):
        await db.numbers.add(one)
        await db.numbers.set_hooks(one.sid, NumberHooks(sms_url="https://a.example/"))
    await db.numbers.delete(number.sid)
    assert await db.numbers.by_number(number.number) is None
    assert await db.numbers.hooks(number.sid) == NumberHooks()
    assert await db.numbers.hooks(other.sid) == NumberHooks(sms_url="https://a.example/")
    assert await db.numbers.add(records.number(account.sid, number.number))


async def test_hooks(db: Any, records: Records, account: Account) -> None:
    number = records.number(account.sid)
    await db.numbers.add(number)
    assert await db.numbers.hooks(number.sid) == NumberHooks()
    for hooks in (
        NumberHooks(sms_url="https://a.example/ü", voice_caller_id_lookup=True),
        NumberHooks(voice_method="GET"),
    ):
        await db.numbers.set_hooks(number.sid, hooks)
        assert await db.numbers.hooks(number.sid) == hooks


@pytest.mark.parametrize(
    ("kind", "pattern", "name", "expected"),
    [
        ("phone", "%", "", ["+442079460958", "+14155550100", "+12125551234"]),
        ("phone", "+1%", "", ["+14155550100", "+12125551234"]),
        ("phone", "%0100", "", ["+14155550100"]),
        ("phone", "+1415555____", "", ["+14155550100"]),
        ("phone", r"+1\_%", "", []),
        ("phone", "%", "desk", ["+12125551234"]),
        ("phone", "%", "Desk", []),
        ("phone", "+44%", "desk", []),
        ("short-code", "%", "", ["894546"]),
        ("short-code", "_94546", "", ["894546"]),
    ],
)
async def test_a_list_is_narrowed(
    db: Any,
    records: Records,
    account: Account,
    kind: str,
    pattern: str,
    name: str,
    expected: list[str],
) -> None:
    await db.numbers.add(records.number(account.sid, "+12125551234", friendly_name="desk"))
    await db.numbers.add(records.number(account.sid, "+14155550100"))
    await db.numbers.add(records.number(account.sid, "894546", kind="short-code"))
    await db.numbers.add(records.number(account.sid, "+442079460958"))
    await db.numbers.add(records.number(records.sids.new("AC"), "+14155550101"))
    page = await db.numbers.page(account.sid, kind, pattern, name, ALL)
    assert [one.number for one in page.records] == expected


async def test_a_number_joins_and_leaves_a_pool(
    db: Any, records: Records, service: Service
) -> None:
    number = records.number(service.account_sid)
    await db.numbers.add(number)
    assert await db.numbers.in_pool(number.sid, service.sid, "phone") is None

    assert await db.numbers.join(number.sid, service.sid, True, 7)
    joined = msgspec.structs.replace(
        number, service_sid=service.sid, is_reserved=1, pool_created=7, pool_updated=7
    )
    assert await db.numbers.in_pool(number.sid, service.sid, "phone") == joined
    assert await db.numbers.in_pool(number.sid, service.sid, "short-code") is None
    assert await db.numbers.in_pool(number.sid, records.sids.new("KS"), "phone") is None
    assert not await db.numbers.join(number.sid, records.sids.new("KS"), False, 8)
    assert await stored(db, number) == joined

    await db.numbers.use(number.sid, 1)
    await db.affinities.take_many([(service.sid, "+14155550100", number.sid, 7)])
    await db.affinities.release(service.sid, "+14155550100", number.sid, 8)
    await db.numbers.leave(number.sid)
    assert await stored(db, number) == number
    assert await db.affinities.active(service.sid, "+14155550100", number.sid) is None
    assert await db.numbers.join(number.sid, service.sid, False, 9)


async def test_reserve(db: Any, records: Records, service: Service) -> None:
    number = records.number(service.account_sid)
    await db.numbers.add(number)
    await db.numbers.join(number.sid, service.sid, False, 7)
    for reserved in (True, False):
        await db.numbers.reserve(number.sid, reserved, 8)
        found = await stored(db, number)
        assert (found.is_reserved, found.pool_updated, found.pool_created) == (reserved, 8, 7)


async def test_count(db: Any, records: Records, service: Service) -> None:
    assert await db.numbers.count(service.sid, False) == 0
    for reserved in (True, False, False):
        number = records.number(service.account_sid)
        await db.numbers.add(number)
        await db.numbers.join(number.sid, service.sid, reserved, 7)
    await db.numbers.add(records.number(service.account_sid))
    assert await db.numbers.count(service.sid, False) == 2
    assert await db.numbers.count(service.sid, True) == 1


async def test_how_many_are_in_pools_and_used(db: Any, records: Records, service: Service) -> None:
    assert await db.numbers.pool_usage() == (0, 0)
    numbers = [records.number(service.account_sid) for _ in range(4)]
    for number in numbers:
        await db.numbers.add(number)
    for number in numbers[:3]:
        await db.numbers.join(number.sid, service.sid, False, 7)
    for number in (numbers[0], numbers[0], numbers[1]):
        await db.numbers.use(number.sid, 1)
    assert await db.numbers.pool_usage() == (3, 2)


async def test_use(db: Any, records: Records, service: Service) -> None:
    number = records.number(service.account_sid)
    await db.numbers.add(number)
    await db.numbers.join(number.sid, service.sid, False, 7)
    for change, expected in ((1, 1), (1, 2), (-1, 1), (-1, 0)):
        await db.numbers.use(number.sid, change)
        assert (await stored(db, number)).in_use == expected


@pytest.mark.parametrize(
    ("question", "has", "unreserved"),
    [
        (("", "", 0), True, None),
        (("", "", VOICE), True, None),
        (("", "", SMS), True, None),
        (("", "", VOICE | SMS), False, None),
        (("1", "", SMS), True, True),
        (("1", "", VOICE), False, False),
        (("1", "415", SMS), True, True),
        (("1", "212", SMS), False, False),
        (("44", "", VOICE), True, False),
        (("52", "", 0), False, False),
    ],
)
async def test_what_a_pool_has(
    db: Any,
    records: Records,
    service: Service,
    question: tuple[str, str, int],
    has: bool,
    unreserved: bool | None,
) -> None:
    texts = records.number(service.account_sid, "+14155550100", capabilities=SMS)
    calls = records.number(service.account_sid, "+442079460958", capabilities=VOICE)
    outside = records.number(service.account_sid, "+525512345678")
    for number in (texts, calls, outside):
        await db.numbers.add(number)
    await db.numbers.join(texts.sid, service.sid, False, 7)
    await db.numbers.join(calls.sid, service.sid, True, 7)
    assert await db.numbers.pool_has(service.sid, *question) is has
    assert not await db.numbers.pool_has(records.sids.new("KS"), *question)
    if unreserved is not None:
        assert await db.numbers.pool_has_unreserved(service.sid, *question) is unreserved


async def test_an_empty_pool_has_nothing(db: Any, service: Service) -> None:
    assert not await db.numbers.pool_has(service.sid)
