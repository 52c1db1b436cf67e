from __future__ import annotations

from typing import Any


async def test_each_process_reads_what_the_others_wrote(db: Any) -> None:
    await db.rates.put("a", b"1", 100)
    await db.rates.put("b", b"2", 200)
    await db.rates.put("c", b"", 300)
    assert sorted(await db.rates.others("a", 0)) == [b"", b"2"]
    await db.rates.put("b", b"\x00\xff", 400)
    assert sorted(await db.rates.others("a", 0)) == [b"", b"\x00\xff"]
    assert sorted(await db.rates.others("b", 0)) == [b"", b"1"]


async def test_what_is_past_is_removed(db: Any) -> None:
    await db.rates.put("a", b"1", 100)
    await db.rates.put("b", b"2", 200)
    await db.rates.put("c", b"3", 300)
    assert await db.rates.others("a", 200) == [b"3"]
    await db.rates.expire(200)
    assert await db.rates.others("x", 0) == [b"3"]
