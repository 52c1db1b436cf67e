from __future__ import annotations

from typing import Any

import msgspec

from maskline.model.account import Account
from maskline.model.carrier import CarrierAccount, SyncedNumber
from tests.support.records import Records

ONE = CarrierAccount("one", "twilio", '{"a":1}', "v1.x", 5, 5)
NUMBER = "+14158670001"


async def test_accounts(db: Any) -> None:
    assert await db.carriers.add(ONE)
    assert not await db.carriers.add(msgspec.structs.replace(ONE, kind="other"))
    two = msgspec.structs.replace(ONE, name="two")
    assert await db.carriers.add(two)
    assert await db.carriers.get("one") == ONE
    assert await db.carriers.get("three") is None
    assert await db.carriers.all() == [ONE, two]
    assert await db.carriers.marks() == {"one": 5, "two": 5}
    changed = msgspec.structs.replace(ONE, settings="{}", credentials="v1.y", date_updated=9)
    await db.carriers.update(changed)
    assert await db.carriers.get("one") == changed
    assert await db.carriers.marks() == {"one": 9, "two": 5}
    assert await db.carriers.delete("one")
    assert not await db.carriers.delete("one")
    assert await db.carriers.all() == [two]


async def test_numbers_move_between_accounts(db: Any, records: Records, account: Account) -> None:
    number = records.number(account.sid, NUMBER)
    await db.numbers.add(number)
    assert await db.carriers.numbers("one", 10) == []
    await db.carriers.move(number.sid, "one", 7)
    assert await db.carriers.numbers("one", 10) == [NUMBER]
    found = await db.numbers.by_number(NUMBER)
    assert (found.carrier, found.date_updated) == ("one", 7)


async def test_what_a_carrier_had_before_is_remembered(db: Any) -> None:
    old = SyncedNumber(NUMBER, "one", "PN1", '{"SmsUrl":"x"}', 5)
    await db.carriers.remember(old)
    assert await db.carriers.remembered(NUMBER) == old
    moved = msgspec.structs.replace(old, carrier="two", hooks="{}", date_created=6)
    await db.carriers.remember(moved)
    assert await db.carriers.synced("one") == []
    assert await db.carriers.synced("two") == [moved]
    await db.carriers.forget(NUMBER)
    assert await db.carriers.remembered(NUMBER) is None


async def test_a_number_s_hooks_by_itself(db: Any, records: Records, account: Account) -> None:
    number = records.number(account.sid, NUMBER)
    await db.numbers.add(number)
    assert await db.numbers.hooks_of(NUMBER) is None
    hooks = msgspec.structs.replace(await db.numbers.hooks(number.sid), sms_url="https://a")
    await db.numbers.set_hooks(number.sid, hooks)
    assert await db.numbers.hooks_of(NUMBER) == hooks
    assert await db.numbers.hooks_of("+14158670002") is None


async def test_a_call_by_the_carrier_s_id(db: Any, records: Records, account: Account) -> None:
    call = records.call(account.sid, carrier="one", provider_id="CA7")
    await db.calls.add_many([call])
    assert await db.calls.inbound("one", "CA7") == call
    assert await db.calls.inbound("two", "CA7") is None
