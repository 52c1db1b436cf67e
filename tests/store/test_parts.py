from __future__ import annotations

from typing import Any

import msgspec

from maskline.model.parts import MessagePart


def part(place: int, **changes: Any) -> MessagePart:
    plain = MessagePart(
        carrier="smpp",
        sender="+12125551234",
        number="+14158675310",
        reference=7,
        total=3,
        part=place,
        fingerprint=f"f{place}",
        coding=8,
        octets=b"\x00\xff" + bytes((place,)),
        is_done=0,
        date_created=1000 + place,
    )
    return msgspec.structs.replace(plain, **changes)


async def test_parts_of_a_message_in_order_each_once(db: Any) -> None:
    kept = db.message_parts
    for one in (part(3), part(1), part(1, octets=b"other", fingerprint="x")):
        await kept.add(one)
    for other in ({"sender": "+1"}, {"number": "+1"}, {"reference": 8}, {"total": 4}):
        await kept.add(part(2, **other))
    await kept.add(part(2, carrier="other"))
    assert await kept.group(part(1).group) == [part(1), part(3)]


async def test_what_waits_in_vain_or_is_complete(db: Any) -> None:
    kept = db.message_parts
    for one in (part(1), part(2), part(3), part(1, reference=8), part(1, carrier="other")):
        await kept.add(one)
    assert await kept.unfinished("smpp", 0) == [[part(1), part(2), part(3)]]
    waiting = [[part(1), part(2), part(3)], [part(1, reference=8)]]
    assert await kept.unfinished("smpp", 1001) == waiting[:1]
    assert await kept.unfinished("smpp", 1002) == waiting
    await kept.finish(part(1).group)
    assert await kept.unfinished("smpp", 1002) == waiting[1:]
    # One that comes after the others were done brings them along.
    await kept.drop(part(1).group)
    await kept.add(part(1))
    await kept.finish(part(1).group)
    await kept.add(part(2))
    found = await kept.unfinished("smpp", 2000)
    assert [part(1, is_done=1), part(2)] in found


async def test_parts_that_are_done_are_removed_by_their_age(db: Any) -> None:
    kept = db.message_parts
    await kept.add(part(1))
    await kept.expire("smpp", 5000)
    assert await kept.group(part(1).group) == [part(1)]
    await kept.finish(part(1).group)
    await kept.expire("smpp", 1001)
    await kept.expire("other", 5000)
    assert await kept.group(part(1).group) == [part(1, is_done=1)]
    await kept.expire("smpp", 1002)
    assert await kept.group(part(1).group) == []
