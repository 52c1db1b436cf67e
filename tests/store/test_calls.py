from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.model.account import Account
from maskline.model.call import FINAL, CallStatus
from maskline.model.page import PageRequest
from maskline.store.contract import Conflict
from maskline.store.repositories.calls import CallFilter
from tests.support.records import Records

ALL = PageRequest(size=100)


async def test_add_and_get(db: Any, records: Records, account: Account) -> None:
    call = records.call(
        account.sid,
        parent_call_sid=records.sids.new("CA"),
        interaction_sid=records.sids.new("KI"),
        start_time=1,
        end_time=2,
        duration=3,
    )
    await db.calls.add_many([call])
    assert await db.calls.get(call.sid, account.sid) == call
    assert await db.calls.get(call.sid, records.sids.new("AC")) is None
    assert await db.calls.by_sid(call.sid) == call
    assert await db.calls.by_sid(records.sids.new("CA")) is None


async def test_an_inbound_call_is_taken_once(db: Any, records: Records, account: Account) -> None:
    call = records.call(account.sid, provider_id="x")
    again = records.call(account.sid, provider_id="x")
    others = [
        records.call(account.sid, provider_id="x", carrier="telnyx"),
        records.call(account.sid, provider_id="x", direction="outbound-dial"),
    ]
    await db.calls.add_many([call, *others])
    with pytest.raises(Conflict):
        await db.calls.add_many([again])
    for one in (call, *others):
        assert await db.calls.by_sid(one.sid) == one
    assert await db.calls.by_sid(again.sid) is None


async def test_child(db: Any, records: Records, account: Account) -> None:
    parent = records.call(account.sid)
    assert await db.calls.child(parent.sid) is None
    for _ in range(2):
        child = records.call(account.sid, parent_call_sid=parent.sid, direction="outbound-dial")
        await db.calls.add_many([child])
    await db.calls.add_many([records.call(account.sid, parent_call_sid=records.sids.new("CA"))])
    assert await db.calls.child(parent.sid) == child


async def test_live(db: Any, records: Records, account: Account) -> None:
    made = [records.call(account.sid, status=status.value) for status in CallStatus]
    for call in [*made, records.call(account.sid, carrier="telnyx")]:
        await db.calls.add_many([call])
    live = [call for call in made if call.status not in FINAL]
    assert await db.calls.live("simulator") == live


@pytest.mark.parametrize(
    ("narrow", "expected"),
    [
        (CallFilter(), [2, 1, 0]),
        (CallFilter(to="+14158670002"), [2, 1]),
        (CallFilter(caller="+14158670001"), [1, 0]),
        (CallFilter(status="busy"), [2]),
        (CallFilter(parent_call_sid="CA" + "0" * 32), [1]),
        (CallFilter(to="+14158670002", caller="+14158670001"), [1]),
        (CallFilter(status="queued"), []),
    ],
)
async def test_a_list_is_narrowed(
    db: Any, records: Records, account: Account, narrow: CallFilter, expected: list[int]
) -> None:
    made = [
        records.call(
            account.sid,
            caller=f"+1415867000{caller}",
            called=f"+1415867000{called}",
            status=status,
            parent_call_sid=parent,
        )
        for caller, called, status, parent in (
            (1, 1, "completed", None),
            (1, 2, "completed", "CA" + "0" * 32),
            (3, 2, "busy", None),
        )
    ]
    for call in [*made, records.call(records.sids.new("AC"))]:
        await db.calls.add_many([call])
    page = await db.calls.page(account.sid, narrow, ALL)
    assert page.records == [made[place] for place in expected]


async def test_link(db: Any, records: Records, account: Account) -> None:
    call = records.call(account.sid)
    await db.calls.add_many([call])
    for interaction_sid in (records.sids.new("KI"), None):
        await db.calls.link(call.sid, interaction_sid)
        assert await db.calls.by_sid(call.sid) == msgspec.structs.replace(
            call, interaction_sid=interaction_sid
        )


async def test_update(db: Any, records: Records, account: Account) -> None:
    call, other = (records.call(account.sid, direction="outbound-dial") for _ in range(2))
    for one in (call, other):
        await db.calls.add_many([one])
    changed = msgspec.structs.replace(
        call,
        status="completed",
        start_time=1,
        end_time=2,
        duration=3,
        provider_id="new",
        date_updated=4,
    )
    await db.calls.update(changed)
    assert await db.calls.by_sid(call.sid) == changed
    await db.calls.update(msgspec.structs.replace(changed, provider_id=None))
    assert await db.calls.by_sid(call.sid) == changed
    assert await db.calls.by_sid(other.sid) == other


async def test_delete(db: Any, records: Records, account: Account) -> None:
    call = records.call(account.sid)
    await db.calls.add_many([call])
    assert not await db.calls.delete(call.sid, records.sids.new("AC"))
    assert await db.calls.delete(call.sid, account.sid)
    assert not await db.calls.delete(call.sid, account.sid)
    assert await db.calls.by_sid(call.sid) is None


async def test_a_leg_by_its_carrier_s_id(db: Any, records: Records, account: Account) -> None:
    parent = records.call(account.sid)
    leg = records.call(
        account.sid, parent_call_sid=parent.sid, direction="outbound-dial", provider_id="CAx"
    )
    await db.calls.add_many([parent, leg])
    assert await db.calls.dialled(parent.sid, "CAx") == leg
    assert await db.calls.dialled(parent.sid, "CAy") is None
    assert await db.calls.dialled(leg.sid, "CAx") is None
