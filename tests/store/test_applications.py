from __future__ import annotations

from typing import Any

import msgspec

from maskline.model.account import Account
from maskline.model.application import Application
from maskline.model.number import NumberHooks
from maskline.model.page import PageRequest
from tests.support.records import Records

ALL = PageRequest(size=100)


def made(records: Records, account: Account, name: str = "Desk") -> Application:
    return Application(records.sids.new("AP"), account.sid, name, 1, 1)


async def test_one_is_kept_and_changed_and_deleted(
    db: Any, records: Records, account: Account
) -> None:
    one, other = made(records, account), made(records, account, "Other")
    for application in (one, other):
        await db.applications.add(application)
        assert await db.applications.get(application.sid, account.sid) == application
    assert await db.applications.get(one.sid, records.sids.new("AC")) is None
    changed = msgspec.structs.replace(
        one,
        friendly_name="Ünïque ✈",
        date_updated=2,
        **{
            name: ("GET" if name.endswith("method") else f"https://a.example/{name}")
            for name in Application.__struct_fields__[5:]
            if not name.endswith(("lookup", "enabled"))
        },
        voice_caller_id_lookup=1,
        public_application_connect_enabled=1,
    )
    await db.applications.update(changed)
    assert await db.applications.get(one.sid, account.sid) == changed
    assert await db.applications.get(other.sid, account.sid) == other
    assert not await db.applications.delete(one.sid, records.sids.new("AC"))
    assert await db.applications.delete(one.sid, account.sid)
    assert await db.applications.get(one.sid, account.sid) is None


async def test_numbers_lose_one_that_is_deleted(
    db: Any, records: Records, account: Account
) -> None:
    one, other = made(records, account), made(records, account, "Other")
    for application in (one, other):
        await db.applications.add(application)
    set_before = [
        NumberHooks(sms_application_sid=one.sid, voice_application_sid=other.sid),
        NumberHooks(sms_url=f"https://a.example/{one.sid}", voice_application_sid=one.sid),
        NumberHooks(),
    ]
    numbers = [records.number(account.sid) for _ in set_before]
    for number, hooks in zip(numbers, set_before, strict=True):
        await db.numbers.add(number)
        await db.numbers.set_hooks(number.sid, hooks)
    assert not await db.applications.delete(one.sid, records.sids.new("AC"))
    assert [await db.numbers.hooks(number.sid) for number in numbers] == set_before
    assert await db.applications.delete(one.sid, account.sid)
    assert [await db.numbers.hooks(number.sid) for number in numbers] == [
        NumberHooks(voice_application_sid=other.sid),
        NumberHooks(sms_url=f"https://a.example/{one.sid}"),
        NumberHooks(),
    ]


async def test_pages(db: Any, records: Records, account: Account) -> None:
    rows = [made(records, account, name) for name in ("Desk", "Desk", "Other")]
    for application in rows:
        await db.applications.add(application)
    page = await db.applications.page(account.sid, "", ALL)
    assert page.records == rows[::-1]
    assert (await db.applications.page(account.sid, "Desk", ALL)).records == rows[1::-1]
    assert (await db.applications.page(records.sids.new("AC"), "", ALL)).records == []
