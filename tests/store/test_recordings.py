from __future__ import annotations

from typing import Any

import msgspec

from maskline.model.account import Account
from maskline.model.page import PageRequest
from maskline.model.recording import Recording
from maskline.store.repositories.alerts import AboutFilter
from maskline.store.repositories.recordings import RecordingFilter
from tests.support.records import NOON, Records

CALL, OTHER = "CA" + "1" * 32, "CA" + "2" * 32


def recording(records: Records, account: Account, **changes: Any) -> Recording:
    now = records.clock()
    blank = Recording(
        sid=records.sids.new("RE"),
        account_sid=account.sid,
        call_sid=CALL,
        carrier="one",
        provider_id=records.sids.new("XX"),
        url="https://carrier.example/1",
        status="completed",
        channels=2,
        source="DialVerb",
        track="both",
        duration=None,
        error_code=None,
        start_time=None,
        date_created=now,
        date_updated=now,
    )
    return msgspec.structs.replace(blank, **changes)


async def test_one(db: Any, records: Records, account: Account) -> None:
    one = recording(records, account, duration=7, error_code=13223, start_time=NOON)
    assert await db.recordings.add(one)
    assert not await db.recordings.add(recording(records, account, provider_id=one.provider_id))
    assert await db.recordings.of(CALL, one.provider_id) == one
    assert await db.recordings.of(OTHER, one.provider_id) is None
    assert await db.recordings.get(one.sid, account.sid) == one
    assert await db.recordings.get(one.sid, "AC" + "0" * 32) is None
    changed = msgspec.structs.replace(
        one,
        url="",
        status="deleted",
        channels=1,
        source="RecordVerb",
        track="inbound",
        duration=None,
        error_code=None,
        start_time=None,
        date_updated=NOON + 1,
    )
    await db.recordings.update(changed)
    assert await db.recordings.get(one.sid, account.sid) == changed


async def test_lists(db: Any, records: Records, account: Account) -> None:
    first = recording(records, account)
    records.clock.advance(1000)
    second = recording(records, account, call_sid=OTHER)
    gone = recording(records, account, status="deleted")
    for one in (first, second, gone):
        assert await db.recordings.add(one)

    async def found(**narrow: Any) -> list[Recording]:
        request = PageRequest(50)
        page = await db.recordings.page(account.sid, RecordingFilter(**narrow), request)
        return list(page.records)

    assert await found() == [second, first]
    assert await found(deleted=1) == [gone, second, first]
    assert await found(call_sid=CALL) == [first]
    assert await found(not_before=NOON + 1000) == [second]
    assert await found(before=NOON + 1000) == [first]


async def test_old_ones_go(db: Any, records: Records, account: Account) -> None:
    old = recording(records, account)
    assert await db.recordings.add(old)
    records.clock.advance(1000)
    new = recording(records, account)
    assert await db.recordings.add(new)
    assert await db.retention.remove_calls(NOON + 1000, 10) == 1
    assert await db.recordings.get(old.sid, account.sid) is None
    assert await db.recordings.get(new.sid, account.sid) == new


async def test_what_is_said_of_a_call(db: Any, records: Records, account: Account) -> None:
    error = records.alert(account.sid, resource_sid=CALL, log_level="error")
    warning = records.alert(account.sid, resource_sid="KI1", log_level="warning")
    other = records.alert(account.sid, resource_sid=OTHER, log_level="error")
    await db.alerts.add_many([error, warning, other])

    async def found(*narrow: Any, **more: Any) -> list[str]:
        page = await db.alerts.about(account.sid, AboutFilter(*narrow, **more), PageRequest(50))
        return [one.sid for one in page.records]

    assert await found(CALL) == [error.sid]
    assert await found(CALL, "KI1") == [warning.sid, error.sid]
    assert await found(CALL, "KI1", "error") == [error.sid]
    assert await found(CALL, "KI1", "warning") == [warning.sid]
    at = error.date_generated
    assert await found(CALL, not_before=at + 1) == []
    assert await found(CALL, before=at + 1, not_before=at) == [error.sid]
