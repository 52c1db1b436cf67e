from __future__ import annotations

from typing import Any

import msgspec

from maskline.model.account import Account
from tests.support.records import Records


async def test_add_and_get(db: Any, records: Records) -> None:
    account = records.account(friendly_name="Acme & Söhne")
    assert await db.accounts.add(account)
    assert await db.accounts.get(account.sid) == account
    assert await db.accounts.get(records.sids.new("AC")) is None


async def test_a_sid_that_is_taken(db: Any, records: Records, account: Account) -> None:
    assert not await db.accounts.add(records.account(sid=account.sid, friendly_name="Other"))
    assert await db.accounts.get(account.sid) == account


async def test_all_are_listed_oldest_first(db: Any, records: Records) -> None:
    made = [records.account() for _ in range(3)]
    for account in reversed(made):
        await db.accounts.add(account)
    assert await db.accounts.all() == made


async def test_update(db: Any, records: Records, account: Account) -> None:
    other = records.account()
    await db.accounts.add(other)
    changed = msgspec.structs.replace(
        account, friendly_name="New", auth_token="n" * 32, status="suspended", date_updated=7
    )
    await db.accounts.update(changed)
    assert await db.accounts.all() == [changed, other]


async def test_keys(db: Any, records: Records, account: Account) -> None:
    key = records.api_key(account.sid)
    await db.accounts.add_key(key)
    assert await db.accounts.key(key.sid) == key
    assert await db.accounts.key(records.sids.new("SK")) is None


async def test_a_key_is_renamed_by_its_account_alone(
    db: Any, records: Records, account: Account
) -> None:
    key = records.api_key(account.sid)
    await db.accounts.add_key(key)
    assert not await db.accounts.rename_key(key.sid, records.sids.new("AC"), "stolen", 9)
    assert await db.accounts.rename_key(key.sid, account.sid, "renamed", 9)
    renamed = msgspec.structs.replace(key, friendly_name="renamed", date_updated=9)
    assert await db.accounts.key(key.sid) == renamed


async def test_a_key_is_deleted_by_its_account_alone(
    db: Any, records: Records, account: Account
) -> None:
    key = records.api_key(account.sid)
    await db.accounts.add_key(key)
    assert not await db.accounts.delete_key(key.sid, records.sids.new("AC"))
    assert await db.accounts.delete_key(key.sid, account.sid)
    assert not await db.accounts.delete_key(key.sid, account.sid)
    assert await db.accounts.key(key.sid) is None
