from __future__ import annotations

from typing import Any

from maskline.model.account import Account
from maskline.model.placed_call import PlacedCall
from tests.support.records import Records


async def test_put_get_and_delete(db: Any, records: Records, account: Account) -> None:
    one, other = (records.sids.new("CA") for _ in range(2))
    assert await db.placed_calls.get(one) is None
    placed = PlacedCall(
        dialled="+12125551234",
        twiml="<Response/>",
        status_events=("initiated", "completed"),
        options=(("Record", "true"), ("CallReason", "a ✈")),
    )
    await db.placed_calls.put(one, account.sid, placed)
    await db.placed_calls.put(other, account.sid, PlacedCall())
    assert await db.placed_calls.get(one) == placed
    await db.placed_calls.put(one, account.sid, PlacedCall(url="https://a.example/"))
    assert await db.placed_calls.get(one) == PlacedCall(url="https://a.example/")
    await db.placed_calls.delete(one)
    assert await db.placed_calls.get(one) is None
    assert await db.placed_calls.get(other) == PlacedCall()


async def test_a_call_and_how_it_is_to_go(db: Any, records: Records, account: Account) -> None:
    call = records.call(account.sid)
    assert await db.placed_calls.with_call(call.sid) is None
    await db.calls.add_many([call])
    assert await db.placed_calls.with_call(call.sid) == (call, None)
    await db.placed_calls.put(call.sid, account.sid, placed := PlacedCall(twiml="<Response/>"))
    assert await db.placed_calls.with_call(call.sid) == (call, placed)


async def test_callbacks_are_counted(db: Any, records: Records, account: Account) -> None:
    sid = records.sids.new("CA")
    assert await db.placed_calls.told(sid) == 0
    await db.placed_calls.put(sid, account.sid, PlacedCall())
    for count in range(3):
        assert await db.placed_calls.told(sid) == count
        await db.placed_calls.tell(sid)
    # What it is to do may change; what was told stays told.
    await db.placed_calls.put(sid, account.sid, PlacedCall(url="https://a.example/"))
    assert await db.placed_calls.told(sid) == 3


async def test_silent_calls(db: Any, records: Records, account: Account) -> None:
    now = records.clock()
    rings = records.call(account.sid, carrier="telnyx")
    talks = records.call(account.sid, carrier="telnyx", status="in-progress")
    others = [
        records.call(account.sid, carrier="simulator"),
        records.call(account.sid, carrier="telnyx", status="queued"),
        records.call(account.sid, carrier="telnyx", status="busy"),
    ]
    await db.calls.add_many([rings, talks, *others])

    async def silent(ringing: int, talking: int, oldest: int = 0, limit: int = 9) -> list[str]:
        found = await db.calls.silent("simulator", ringing, talking, oldest, limit)
        return sorted(one.sid for one in found)

    assert await silent(now, now) == []
    assert await silent(now + 1, now) == [rings.sid]
    assert await silent(now + 1, now + 1) == sorted([rings.sid, talks.sid])
    assert len(await silent(now + 1, now + 1, limit=1)) == 1
    assert await silent(now + 1, now + 1, oldest=now) == []


async def test_they_go_with_their_calls(db: Any, records: Records, account: Account) -> None:
    old, gone = records.call(account.sid), records.sids.new("CA")
    await db.calls.add_many([old])
    records.clock.advance(1000)
    new = records.call(account.sid)
    await db.calls.add_many([new])
    for sid in (old.sid, gone, new.sid):
        await db.placed_calls.put(sid, account.sid, PlacedCall())
    assert await db.retention.remove_calls(records.clock(), 10) == 1
    assert [await db.placed_calls.get(sid) is None for sid in (old.sid, gone, new.sid)] == [
        True,
        True,
        False,
    ]
