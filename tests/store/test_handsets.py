from __future__ import annotations

from typing import Any

from tests.support.records import Records

PHONE = "+14155550100"


async def test_messages_in_order_and_from_where_one_left_off(db: Any, records: Records) -> None:
    made = [records.handset_message(PHONE) for _ in range(5)]
    await db.handsets.add_many([*reversed(made), records.handset_message("+14155550101")])
    assert await db.handsets.page(PHONE, "", 10) == made
    assert await db.handsets.page(PHONE, "", 2) == made[:2]
    assert await db.handsets.page(PHONE, made[1].sid, 2) == made[2:4]
    assert await db.handsets.page(PHONE, made[4].sid, 2) == []


async def test_a_reference_is_taken_once_per_handset(db: Any, records: Records) -> None:
    first = records.handset_message(PHONE, reference="SM1")
    again = records.handset_message(PHONE, reference="SM1")
    elsewhere = records.handset_message("+14155550101", reference="SM1")
    without = [records.handset_message(PHONE) for _ in range(2)]
    await db.handsets.add_many([first, again, elsewhere, *without])
    assert await db.handsets.page(PHONE, "", 10) == [first, *without]
    assert await db.handsets.page("+14155550101", "", 10) == [elsewhere]
