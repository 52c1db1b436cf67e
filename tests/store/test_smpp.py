from __future__ import annotations

from typing import Any

import msgspec

from maskline.model.smpp import SentPart
from tests.support.records import Records

ACCOUNT = "AC" + "1" * 32


def sent(number: int, message_sid: str, **changes: Any) -> SentPart:
    plain = SentPart(
        "smpp", f"m{number}", message_sid, "+13055551234", number, 3, "sent", None, 1000
    )
    return msgspec.structs.replace(plain, **changes)


async def test_sent_messages_by_the_carriers_ids(db: Any, records: Records) -> None:
    whole = records.message(
        ACCOUNT, direction="outbound-api", carrier="smpp", provider_id="w", recipient="+13055551234"
    )
    again = records.message(
        ACCOUNT, direction="outbound-api", carrier="smpp", provider_id="w", recipient="+1"
    )
    inbound = records.message(ACCOUNT, carrier="smpp", provider_id="in")
    long = records.message(
        ACCOUNT, direction="outbound-api", carrier="smpp", recipient="+13055551234"
    )
    await db.messages.add_many([whole, again, inbound, long])
    parts = [sent(number, long.sid) for number in (1, 2, 3)]
    await db.smpp_sent.add(parts)
    find = db.smpp_sent.find
    assert await find("smpp", ["m3", "nothing", "m1"]) == [parts[2], parts[0]]
    (found,) = await find("smpp", ["w"])
    assert (found.message_sid, found.recipient, found.part, found.total) == (again.sid, "+1", 1, 1)
    assert await find("smpp", ["in"]) == []
    assert await find("other", ["w", "m1"]) == []
    assert await find("smpp", []) == []


async def test_an_id_that_is_given_anew_is_the_later_message_s(db: Any, records: Records) -> None:
    now = records.clock()
    old, new = (records.message(ACCOUNT, direction="outbound-api") for _ in range(2))
    plain = records.message(
        ACCOUNT, direction="outbound-api", carrier="smpp", provider_id="m1", date_created=now + 5
    )
    await db.messages.add_many([old, new])
    await db.smpp_sent.add([sent(1, old.sid, date_created=now)])
    await db.smpp_sent.add([sent(1, new.sid, date_created=now + 1)])
    (found,) = await db.smpp_sent.find("smpp", ["m1"])
    assert found.message_sid == new.sid
    await db.messages.add_many([plain])
    (found,) = await db.smpp_sent.find("smpp", ["m1"])
    assert found.message_sid == plain.sid


async def test_a_part_keeps_its_first_outcome(db: Any, records: Records) -> None:
    long = records.message(ACCOUNT, direction="outbound-api", recipient="+13055551234")
    await db.messages.add_many([long])
    await db.smpp_sent.add([sent(number, long.sid) for number in (1, 2, 3)])
    settle = db.smpp_sent.settle
    await settle("smpp", "m2", "delivered", None)
    await settle("smpp", "m2", "undelivered", 30005)
    found = await settle("smpp", "m3", "undelivered", 30003)
    assert [(one.part, one.status, one.error_code) for one in found] == [
        (1, "sent", None),
        (2, "delivered", None),
        (3, "undelivered", 30003),
    ]
    assert await settle("smpp", "nothing", "delivered", None) == []


async def test_sent_parts_go_by_their_age_and_with_their_message(db: Any, records: Records) -> None:
    long = records.message(ACCOUNT, direction="outbound-api")
    await db.messages.add_many([long])
    await db.smpp_sent.add([sent(1, long.sid), sent(2, long.sid, date_created=2000)])
    await db.smpp_sent.expire("smpp", 1001)
    assert [one.provider_id for one in await db.smpp_sent.find("smpp", ["m1", "m2"])] == ["m2"]
    await db.messages.delete(long.sid, ACCOUNT)
    assert await db.smpp_sent.find("smpp", ["m2"]) == []


async def test_what_was_seen_before(db: Any, records: Records) -> None:
    now = records.clock()
    await db.messages.add_many(
        [records.message(ACCOUNT, carrier="smpp", provider_id="ab-1", date_created=now)]
    )
    seen = db.smpp_sent.seen
    assert await seen("smpp", "ab", now, now + 1)
    assert not await seen("smpp", "ab", now + 1, now + 2)
    assert not await seen("smpp", "ab", now - 1, now)
    assert not await seen("smpp", "a", now, now + 1)
    assert not await seen("other", "ab", now, now + 1)
