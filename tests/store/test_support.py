from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.model.account import Account
from maskline.model.console import Picture
from maskline.model.draft import Draft
from maskline.model.message import Feedback, Message
from maskline.model.page import PageRequest
from maskline.model.participant import Pair
from maskline.model.service import Service
from maskline.model.webhook_attempt import WebhookAttempt
from maskline.store.contract import Store, Transaction
from maskline.store.repositories.sending import Scheduled
from tests.support.records import Records

PERSON, NUMBER = "+14155550100", "+14158675310"


def attempt(records: Records, resource: str | None, **changes: Any) -> WebhookAttempt:
    made = WebhookAttempt(
        records.sids.new("WA"),
        "AC1",
        resource,
        "KC1",
        records.sids.new("JB"),
        "callback",
        "POST",
        "https://a.example/cb",
        200,
        None,
        5,
        '["a","b",1]',
    )
    return msgspec.structs.replace(made, **changes)


async def test_webhook_attempts_are_kept_for_a_while(db: Any, records: Records) -> None:
    clock: Any = records.clock
    first = attempt(records, "KI1")
    clock.advance(1)
    second = attempt(
        records,
        "KI1",
        status=None,
        error="timed out",
        told=None,
        params="a=b",
        response_headers="c=d",
        response_body="e",
    )
    other = attempt(records, None)
    await db.webhook_attempts.add_many([first, second, other])
    # As when the answer to a commit was lost.
    await db.webhook_attempts.add_many([second])
    assert await db.webhook_attempts.get(second.sid) == second
    assert await db.webhook_attempts.get(records.sids.new("WA")) is None
    assert await db.webhook_attempts.of(["KI1", "KI2"], 10) == [second, first]
    assert await db.webhook_attempts.of(["KI1"], 1) == [second]
    assert await db.webhook_attempts.remove(clock(), 10) == 1
    assert await db.webhook_attempts.get(first.sid) is None
    assert await db.webhook_attempts.remove(clock() + 1, 1) == 1


async def test_pictures_are_kept_for_a_while(db: Any, records: Records) -> None:
    clock: Any = records.clock
    picture = Picture(records.sids.new("PI"), "image/png", b"\x00\xff\x89PNG")
    await db.handsets.add_picture(picture)
    assert await db.handsets.picture(picture.sid) == picture
    assert await db.handsets.picture(records.sids.new("PI")) is None
    assert await db.retention.remove_pictures(clock(), 10) == 0
    assert await db.retention.remove_pictures(clock() + 1, 10) == 1
    assert await db.handsets.picture(picture.sid) is None


async def _service(db: Any, records: Records, account: Account, name: str) -> Service:
    service = records.service(account.sid, unique_name=name)
    await db.services.add(service)
    return service


async def test_sessions_of_all_services_in_one_list(
    db: Any, records: Records, account: Account
) -> None:
    one = await _service(db, records, account, "one")
    two = await _service(db, records, account, "two")
    other = records.account()
    await db.accounts.add(other)
    foreign = await _service(db, records, other, "one")
    made = [
        records.session(service, unique_name="ride", status=status, date_ended=ended)
        for service, status, ended in (
            (one, "open", None),
            (two, "closed", 5),
            (foreign, "open", None),
        )
    ]
    made.append(records.session(one, status="in-progress"))
    for session in made:
        await db.sessions.add(session)
    mine = [made[3], made[1], made[0]]
    page = await db.support.sessions(account.sid, PageRequest(size=2))
    assert (page.records, page.has_next) == (mine[:2], True)
    rest = await db.support.sessions(account.sid, PageRequest(size=2, after=page.last))
    assert (rest.records, rest.has_next) == (mine[2:], False)
    for status, expected in (
        ("active", [made[3], made[0]]),
        ("open", [made[0]]),
        ("closed", [made[1]]),
    ):
        found = await db.support.sessions(account.sid, PageRequest(), status)
        assert found.records == expected
    assert await db.support.active(account.sid, 1) == [made[3]]
    assert (await db.support.active_of(one.sid, PageRequest())).records == [made[3], made[0]]
    assert await db.support.sessions_named(account.sid, "ride", 5) == [made[1], made[0]]
    assert await db.support.session(made[2].sid) == made[2]
    assert await db.support.session(records.sids.new("KC")) is None
    assert await db.support.count_sessions(account.sid, 10) == 2
    assert await db.support.count_sessions(account.sid, 1) == 1
    assert await db.support.count_services(account.sid) == 2
    assert [one.name for one in await db.support.pools(account.sid, 5)] == ["two", "one"]


async def test_a_person_is_found_by_the_numbers_that_they_met(
    db: Any, records: Records, account: Account, service: Service
) -> None:
    number = records.number(account.sid, NUMBER, service_sid=service.sid)
    await db.numbers.add(number)
    people = []
    for pair in (Pair.FREE, Pair.FREE, Pair.HELD, Pair.SHARED):
        session = records.session(service)
        await db.sessions.add(session)
        person = records.participant(session, PERSON, number, pair=pair)
        assert await db.participants.add(person)
        people.append(person)
    assert await db.support.people(account.sid, PERSON, 10) == []
    await db.affinities.take(service.sid, PERSON, number.sid, 5)
    found = await db.support.people(account.sid, PERSON, 10)
    assert {one.sid for one in found} == {one.sid for one in people}
    held = await db.support.people(account.sid, PERSON, 1)
    assert {one.sid for one in held} == {one.sid for one in people[1:]}
    assert await db.support.people(records.sids.new("AC"), PERSON, 10) == []
    on = await db.support.on_number(NUMBER, 10)
    assert {one.sid for one in on} == {one.sid for one in people}
    assert await db.support.participant(people[0].sid) == people[0]


async def test_legs_alerts_and_counts(db: Any, records: Records, account: Account) -> None:
    clock: Any = records.clock
    messages = [records.message(account.sid, sid=records.sids.new(kind)) for kind in ("SM", "MM")]
    await db.messages.add_many([*messages, records.message(account.sid, direction="platform")])
    parent = records.call(account.sid)
    child = records.call(account.sid, parent_call_sid=parent.sid, provider_id="2")
    await db.calls.add_many([parent, child])
    alerts = [
        records.alert(account.sid, resource_sid="KI1", error_code=code)
        for code in (80903, 80903, 80908)
    ]
    await db.alerts.add_many(alerts)
    assert await db.support.latest_messages(account.sid, 5) == messages[::-1]
    assert await db.support.latest_messages(account.sid, 1) == messages[1:]
    assert await db.support.latest_calls(account.sid, 1) == [child]
    assert await db.support.children(parent.sid) == [child]
    assert await db.support.alerts_of("KI1", account.sid, 2) == alerts[:0:-1]
    assert await db.support.alerts_of("KI1", "AC1", 2) == []
    assert await db.support.alert(alerts[0].sid) == alerts[0]
    now = clock()
    assert await db.support.count_messages(account.sid, now, 10) == 3
    assert await db.support.count_messages(account.sid, now + 1, 10) == 0
    assert await db.support.count_calls(account.sid, now, 1) == 1
    codes = await db.support.codes(account.sid, now, 10, 5)
    assert [(one.code, one.count, one.last_at) for one in codes] == [
        (80903, 2, now),
        (80908, 1, now),
    ]
    assert [one.code for one in await db.support.codes(account.sid, now, 1, 5)] == [80908]
    dead = records.job(account.sid, state="dead")
    await db.outbox.add_many([dead, records.job(account.sid)])
    assert await db.support.count_dead(account.sid, 10) == 1
    opt_out = records.opt_out(account.sid, NUMBER, PERSON)
    await db.opt_outs.add(opt_out)
    assert await db.support.opt_out(opt_out.sid) == opt_out
    assert await db.support.count_numbers(account.sid) == 0


async def test_commits_announce_what_they_changed(
    store: Store, records: Records, account: Account, service: Service
) -> None:
    told: list[list[str]] = []
    store.on_changes(told.append)
    session = records.session(service)
    interaction = records.interaction(session)
    message, call = records.message(account.sid), records.call(account.sid)
    alert, sent = records.alert(account.sid), attempt(records, None)

    async def write(tx: Transaction) -> None:
        await tx.sessions.add(session)
        await tx.interactions.add_many([interaction])
        await tx.messages.add_many([message])
        await tx.calls.add_many([call])
        await tx.alerts.add_many([alert])
        await tx.webhook_attempts.add_many([sent])

    async def fail(tx: Transaction) -> None:
        await tx.sessions.update(session)
        raise ValueError("undone")

    await store.transact(write)
    everything = {one.sid for one in (session, interaction, message, call, alert, sent)}
    assert [set(one) for one in told] == [everything]
    told.clear()
    with pytest.raises(ValueError, match="undone"):
        await store.transact(fail)
    assert told == []
    for change in (
        lambda tx: tx.sessions.update(session),
        lambda tx: tx.interactions.update_many([interaction]),
        lambda tx: tx.calls.update(call),
        lambda tx: tx.calls.link(call.sid, None),
        lambda tx: tx.messages.link(message.sid, interaction.sid),
    ):
        await store.transact(change)
    changed = [session.sid, interaction.sid, call.sid, call.sid, message.sid]
    assert told == [[sid] for sid in changed]
    told.clear()
    await store.read(lambda tx: tx.support.session(session.sid))
    await store.transact(lambda tx: tx.accounts.all())
    assert told == []


async def test_scheduled_messages_by_their_hour(
    db: Any, records: Records, account: Account
) -> None:
    made = []
    for place, at in enumerate((30, 10, 20, 10)):
        message = records.message(
            account.sid, status="scheduled", messaging_service_sid=f"MG{place % 2}"
        )
        await db.messages.add_many([message])
        await db.sending.schedule(
            Scheduled(message.sid, account.sid, at, Draft(PERSON, PERSON, "Later"))
        )
        made.append(message)
    order = [made[1], made[3], made[2], made[0]]
    page = await db.support.scheduled(account.sid, "", PageRequest(size=10))
    assert (page.records, page.has_next, page.has_previous) == (order, False, False)
    page = await db.support.scheduled(account.sid, "", PageRequest(size=2))
    assert (page.records, page.has_next, page.last) == (order[:2], True, order[1].sid)
    page = await db.support.scheduled(account.sid, "", PageRequest(size=2, after=page.last))
    assert (page.records, page.has_next) == (order[2:], False)
    # From the beginning after one that has gone.
    gone = PageRequest(size=1, after="SM" + "9" * 32)
    assert (await db.support.scheduled(account.sid, "", gone)).records == order[:1]
    page = await db.support.scheduled(account.sid, "MG1", PageRequest(size=10))
    assert page.records == [made[1], made[3]]
    other = records.sids.new("AC")
    assert (await db.support.scheduled(other, "", PageRequest(size=10))).records == []
    sids = [one.sid for one in made]
    assert await db.support.hours([*sids, "SM0"]) == dict(zip(sids, (30, 10, 20, 10), strict=True))
    assert await db.support.hours([]) == {}


async def test_feedback_of_many(db: Any, records: Records, account: Account) -> None:
    messages = [records.message(account.sid) for _ in range(3)]
    for one in messages[:2]:
        await db.messages.give_feedback(Feedback(one.sid, account.sid, "confirmed", 1, 1))
    sids = [one.sid for one in messages]
    assert await db.support.feedback(sids) == dict.fromkeys(sids[:2], "confirmed")
    assert await db.support.feedback([]) == {}


async def test_messages_in_a_state_and_of_a_service(
    db: Any, records: Records, account: Account
) -> None:
    made = [
        records.message(account.sid, status=status, messaging_service_sid=service)
        for status, service in (("sent", "MG1"), ("failed", "MG1"), ("failed", None))
    ]
    await db.messages.add_many(made)
    everything = PageRequest(size=10)

    async def found(status: str, service: str) -> list[Message]:
        page = await db.support.messages(account.sid, status, service, everything)
        return list(page.records)

    assert await found("failed", "") == [made[2], made[1]]
    assert await found("failed", "MG1") == [made[1]]
    assert await found("", "MG1") == [made[1], made[0]]
    assert await found("sent", "MG2") == []


async def test_numbers_that_are_free_for_a_messaging_service(
    db: Any, records: Records, account: Account
) -> None:
    service = records.messaging_service(account.sid)
    await db.messaging_services.add(service)
    free, taken, silent = (
        records.number(account.sid),
        records.number(account.sid),
        records.number(account.sid, capabilities=1),
    )
    theirs = records.number(records.sids.new("AC"))
    for one in (free, taken, silent, theirs):
        await db.numbers.add(one)
    await db.messaging_services.join(taken.sid, service.sid, 7)
    assert [one.sid for one in await db.support.free_senders(account.sid, 10)] == [free.sid]
    assert await db.support.free_senders(account.sid, 0) == []
