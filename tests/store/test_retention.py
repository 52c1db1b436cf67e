"""What is removed by its age, and what never is."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.model.account import Account, Switch
from maskline.model.message import Feedback
from maskline.model.page import PageRequest
from maskline.model.service import Service
from maskline.store.repositories.alerts import AlertFilter
from maskline.store.repositories.messages import Listener
from maskline.store.repositories.retention import Affinity
from tests.support.records import NOON, Records, StoppedClock

LATER = NOON + 1000


@pytest.fixture
def clock(records: Records) -> StoppedClock:
    assert isinstance(records.clock, StoppedClock)
    return records.clock


async def hold(db: Any, account: Account, switches: int = Switch.LEGAL_HOLD) -> None:
    await db.accounts.update(msgspec.structs.replace(account, switches=int(switches)))


async def other(db: Any, records: Records) -> Account:
    account = records.account()
    assert await db.accounts.add(account)
    return account


async def test_sessions_that_ended_before(db: Any, records: Records, service: Service) -> None:
    ended = [
        records.session(service, status="closed", date_ended=at)
        for at in (LATER - 2, LATER - 1, LATER, None)
    ]
    for session in ended:
        await db.sessions.add(session)
    found = await db.retention.sessions(LATER, 10)
    assert {one.sid for one in found} == {one.sid for one in ended[:2]}
    assert ended[0] in found
    assert len(await db.retention.sessions(LATER, 1)) == 1
    assert await db.retention.sessions(LATER - 2, 10) == []


async def test_sessions_of_an_account_on_hold_stay(
    db: Any, records: Records, account: Account, service: Service
) -> None:
    await db.sessions.add(records.session(service, status="closed", date_ended=NOON))
    free = records.service((await other(db, records)).sid)
    await db.services.add(free)
    theirs = records.session(free, status="closed", date_ended=NOON)
    await db.sessions.add(theirs)
    await hold(db, account, Switch.LEGAL_HOLD | Switch.ARGENTINA_NINE)
    assert await db.retention.sessions(LATER, 10) == [theirs]
    await hold(db, account, Switch.ARGENTINA_NINE)
    assert len(await db.retention.sessions(LATER, 10)) == 2


async def test_alerts(db: Any, records: Records, account: Account, clock: StoppedClock) -> None:
    old = [records.alert(account.sid) for _ in range(3)]
    held = records.alert((holder := await other(db, records)).sid)
    clock.advance(1000)
    new = records.alert(account.sid)
    await db.alerts.add_many([*old, held, new])
    await hold(db, holder)
    assert await db.retention.remove_alerts(NOON, 10) == 0
    assert await db.retention.remove_alerts(LATER, 2) == 2
    assert await db.retention.remove_alerts(LATER, 2) == 1
    assert await db.retention.remove_alerts(LATER, 2) == 0
    page = await db.alerts.page(account.sid, AlertFilter(), PageRequest())
    assert page.records == [new]
    assert await db.alerts.get(held.sid, holder.sid) == held


async def test_dead_jobs(db: Any, records: Records, account: Account, clock: StoppedClock) -> None:
    dead = [records.job(account.sid, state="dead") for _ in range(2)]
    pending = records.job(account.sid)
    held = records.job((holder := await other(db, records)).sid, state="dead")
    clock.advance(1000)
    new = records.job(account.sid, state="dead")
    await db.outbox.add_many([*dead, pending, held, new])
    await hold(db, holder)
    assert await db.retention.remove_dead_jobs(NOON, 10) == 0
    assert await db.retention.remove_dead_jobs(LATER, 10) == 2
    assert await db.retention.remove_dead_jobs(LATER, 10) == 0
    for job, left in ((dead[0], None), (dead[1], None), *((x, x) for x in (pending, held, new))):
        assert await db.outbox.get(job.sid) == left


async def test_messages_with_what_belongs_to_them(
    db: Any, records: Records, account: Account, clock: StoppedClock
) -> None:
    old = [
        records.message(account.sid),
        records.message(account.sid, sid=records.sids.new("MM"), direction="outbound-reply"),
        records.message(account.sid, direction="platform"),
    ]
    held = records.message((holder := await other(db, records)).sid)
    clock.advance(1000)
    new = records.message(account.sid)
    kept = (held, new)
    await db.messages.add_many([*old, *kept])
    await db.messages.add_media([records.media(one, 0) for one in (*old, *kept)])
    urls = (("POST", "https://example.com"),)
    await db.messages.listen_many(
        [Listener(one.sid, one.account_sid, "KS" + "1" * 32, urls) for one in (*old, *kept)]
    )
    for message in (*old, *kept):
        given = Feedback(message.sid, message.account_sid, "confirmed", NOON, NOON)
        await db.messages.give_feedback(given)
    await hold(db, holder)
    assert await db.retention.remove_messages(NOON, 10) == 0
    assert await db.retention.remove_messages(LATER, 2) == 2
    assert await db.retention.remove_messages(LATER, 2) == 1
    assert await db.retention.remove_messages(LATER, 2) == 0
    for one in (*old, *kept):
        stays = one in kept
        assert await db.messages.by_sid(one.sid) == (one if stays else None)
        assert len(await db.messages.media(one.sid)) == stays
        assert (await db.messages.feedback(one.sid) is not None) is stays
        assert (await db.messages.listener(one.sid, one.account_sid) is not None) is stays
    await hold(db, holder, Switch(0))
    assert await db.retention.remove_messages(LATER, 10) == 1


async def test_calls(db: Any, records: Records, account: Account, clock: StoppedClock) -> None:
    old = [records.call(account.sid) for _ in range(3)]
    held = records.call((holder := await other(db, records)).sid)
    clock.advance(1000)
    new = records.call(account.sid)
    await db.calls.add_many([*old, held, new])
    await hold(db, holder)
    assert await db.retention.remove_calls(NOON, 10) == 0
    assert await db.retention.remove_calls(LATER, 2) == 2
    assert await db.retention.remove_calls(LATER, 2) == 1
    assert await db.retention.remove_calls(LATER, 2) == 0
    assert [await db.calls.by_sid(one.sid) for one in old] == [None] * 3
    assert [await db.calls.by_sid(one.sid) for one in (held, new)] == [held, new]


async def test_handsets_messages(db: Any, records: Records, clock: StoppedClock) -> None:
    def one() -> Any:
        return records.handset_message("+14155550100", sid=records.sids.new("HM"))

    old = [one() for _ in range(3)]
    clock.advance(1000)
    new = one()
    await db.handsets.add_many([*old, new])
    assert await db.retention.remove_handset_messages(LATER, 2) == 2
    assert await db.retention.remove_handset_messages(LATER, 2) == 1
    assert await db.retention.remove_handset_messages(LATER, 2) == 0
    assert await db.handsets.page("+14155550100", "", 10) == [new]


async def test_affinities(db: Any, records: Records, account: Account, service: Service) -> None:
    held = records.service((holder := await other(db, records)).sid)
    await db.services.add(held)
    await hold(db, holder)
    for of, identifier, number in (
        (service, "a", "PN1"),
        (service, "a", "PN2"),
        (service, "b", "PN1"),
        (held, "a", "PN1"),
    ):
        await db.affinities.take(of.sid, identifier, number, NOON)
    for of, identifier, number, at in (
        (service, "a", "PN1", NOON),
        (service, "b", "PN1", LATER),
        (held, "a", "PN1", NOON),
    ):
        await db.affinities.release(of.sid, identifier, number, at)
    everything = await db.retention.affinities(("", "", ""), 10)
    assert everything == sorted(everything, key=lambda one: msgspec.structs.astuple(one)[:3])
    mine = [one for one in everything if one.service_sid == service.sid]
    assert mine == [
        Affinity(service.sid, "a", "PN1", 0, NOON),
        Affinity(service.sid, "a", "PN2", 1, NOON),
        Affinity(service.sid, "b", "PN1", 0, LATER),
    ]
    after = await db.retention.affinities((service.sid, "a", "PN2"), 1)
    assert after == [mine[2]]
    await db.retention.remove_affinities(everything, LATER)
    left = await db.retention.affinities(("", "", ""), 10)
    assert {(one.service_sid, one.identifier, one.number_sid) for one in left} == {
        (service.sid, "a", "PN2"),
        (service.sid, "b", "PN1"),
        (held.sid, "a", "PN1"),
    }
