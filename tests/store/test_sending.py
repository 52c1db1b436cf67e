from __future__ import annotations

from typing import Any

import msgspec

from maskline.model.account import Account
from maskline.model.draft import Draft
from maskline.store.repositories.sending import Scheduled
from tests.support.records import Records

PERSON = "+12125550187"


def scheduled(records: Records, account: Account, send_at: int) -> Scheduled:
    draft = Draft(PERSON, PERSON, "Ünïque ✈", ("https://a.example/1.png",), discards=True)
    return Scheduled(records.sids.new("SM"), account.sid, send_at, draft)


async def test_messages_wait_for_their_hour(db: Any, records: Records, account: Account) -> None:
    late, early, never = (scheduled(records, account, at) for at in (20, 10, 99))
    for one in (late, early, never):
        await db.sending.schedule(one)
    assert await db.sending.due(9, 10) == []
    assert await db.sending.due(20, 10) == [early, late]
    assert await db.sending.due(20, 1) == [early]
    assert await db.sending.unschedule(early.message_sid)
    assert not await db.sending.unschedule(early.message_sid)
    assert await db.sending.due(20, 10) == [late]


async def test_a_pool_and_when_each_was_used(db: Any, records: Records, account: Account) -> None:
    service = records.messaging_service(account.sid)
    await db.messaging_services.add(service)
    numbers = [records.number(account.sid) for _ in range(3)]
    for number in numbers:
        await db.numbers.add(number)
    for number in numbers[:2]:
        await db.messaging_services.join(number.sid, service.sid, 7)
    await db.sending.use(numbers[0].sid, 5)
    await db.sending.use(numbers[0].sid, 6)
    pool = {number.sid: used_at for number, used_at in await db.sending.pool(service.sid)}
    assert pool == {numbers[0].sid: 6, numbers[1].sid: 0}


async def test_sticky(db: Any, records: Records, account: Account) -> None:
    service = records.messaging_service(account.sid)
    assert await db.sending.sticky(service.sid, PERSON) is None
    assert await db.sending.keep(service.sid, PERSON, "PN1", 5, None)
    # Another was first.
    assert not await db.sending.keep(service.sid, PERSON, "PN2", 6, None)
    assert not await db.sending.keep(service.sid, PERSON, "PN2", 6, "PN3")
    assert await db.sending.sticky(service.sid, PERSON) == ("PN1", 5)
    assert await db.sending.keep(service.sid, PERSON, "PN2", 7, "PN1")
    assert await db.sending.sticky(service.sid, PERSON) == ("PN2", 7)
    assert await db.sending.sticky(service.sid, "+12125550188") is None
    assert await db.sending.forget_sticky(7, 10) == 0
    assert await db.sending.forget_sticky(8, 10) == 1
    assert await db.sending.sticky(service.sid, PERSON) is None


async def test_a_sender_that_leaves_is_forgotten(
    db: Any, records: Records, account: Account
) -> None:
    service = records.messaging_service(account.sid)
    await db.messaging_services.add(service)
    for leave in ("leave", "delete"):
        number = records.number(account.sid)
        await db.numbers.add(number)
        await db.messaging_services.join(number.sid, service.sid, 7)
        await db.sending.keep(service.sid, PERSON, number.sid, 5, None)
        gone = number.sid if leave == "leave" else service.sid
        await getattr(db.messaging_services, leave)(gone)
        assert await db.sending.sticky(service.sid, PERSON) is None


async def test_redact_and_withdraw(db: Any, records: Records, account: Account) -> None:
    waits = records.message(account.sid, status="scheduled", body="Hello")
    gone = msgspec.structs.replace(
        waits, sid=records.sids.new("SM"), status="queued", provider_id="theirs"
    )
    await db.messages.add_many([waits, gone])
    await db.messages.withdraw(gone.sid)
    assert await db.messages.held(gone.sid, account.sid) == gone
    await db.messages.redact(waits.sid, 9)
    redacted = await db.messages.held(waits.sid, account.sid)
    assert (redacted.body, redacted.date_updated) == ("", 9)
    assert await db.messages.held(waits.sid, records.sids.new("AC")) is None
    await db.messages.withdraw(waits.sid)
    assert await db.messages.held(waits.sid, account.sid) is None
