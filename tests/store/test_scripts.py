from __future__ import annotations

from typing import Any

import msgspec

from maskline.model.script import CallScript
from maskline.model.sid import made_at
from tests.support.records import Records

CALL = "CA" + "1" * 32


def made(records: Records, **changes: Any) -> CallScript:
    blank = CallScript(records.sids.new("CD"), CALL, '{"type":"Response"}', None, None, 5)
    return msgspec.structs.replace(blank, **changes)


async def test_scripts(db: Any, records: Records) -> None:
    first, second = made(records), made(records, dialled_sid="CA" + "2" * 32)
    other = made(records, call_sid="CA" + "3" * 32)
    for one in (first, second, other):
        assert await db.scripts.add(one)
        assert await db.scripts.get(one.sid) == one
    assert await db.scripts.newest(CALL) == second
    assert await db.scripts.newest("CA" + "9" * 32) is None
    assert await db.scripts.get("CD" + "9" * 32) is None
    assert "Response" not in repr(first)


async def test_a_place_has_one_answer(db: Any, records: Records) -> None:
    place = f"{records.sids.new('CD')}:1"
    first, second = made(records, follows=place), made(records, follows=place)
    assert await db.scripts.following(place) is None
    assert await db.scripts.add(first)
    assert not await db.scripts.add(second)
    assert await db.scripts.following(place) == first
    assert await db.scripts.get(second.sid) is None


async def test_what_is_past_its_time_goes(db: Any, records: Records) -> None:
    first, second = made(records), made(records)
    for one in (first, second):
        await db.scripts.add(one)
    assert await db.scripts.remove(made_at(first.sid), 10) == 0
    later = made_at(second.sid) + 1
    assert await db.scripts.remove(later, 1) == 1
    assert await db.scripts.remove(later, 10) == 1
    assert await db.scripts.get(second.sid) is None
