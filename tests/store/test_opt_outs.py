from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.model.account import Account
from maskline.model.opt_out import OptOut, Reach
from maskline.model.page import PageRequest
from maskline.store.repositories.opt_outs import OptOutFilter
from tests.support.records import Records

ALICE = "+14155550100"
BOB = "+442079460958"
NUMBER = "+14158670001"
OTHER = "+14158670002"


async def added(
    db: Any, records: Records, account: Account, sender: str, person: str, **changes: Any
) -> OptOut:
    """An opt-out in the store."""
    opt_out = records.opt_out(account.sid, sender, person, **changes)
    assert await db.opt_outs.add(opt_out)
    return opt_out


async def test_add_and_get(db: Any, records: Records, account: Account) -> None:
    made = await added(
        db, records, account, NUMBER, BOB, service_sid=records.sids.new("KS"), date_replied=7
    )
    assert await db.opt_outs.get(made.sid, account.sid) == made
    assert await db.opt_outs.get(made.sid, records.sids.new("AC")) is None
    assert await db.opt_outs.of(account.sid, NUMBER, BOB) == made
    for pair in ((NUMBER, ALICE), (OTHER, BOB)):
        assert await db.opt_outs.of(account.sid, *pair) is None


async def test_a_pair_is_there_once(db: Any, records: Records, account: Account) -> None:
    made = await added(db, records, account, NUMBER, BOB)
    assert not await db.opt_outs.add(records.opt_out(account.sid, NUMBER, BOB, source="api"))
    assert await db.opt_outs.of(account.sid, NUMBER, BOB) == made


async def test_reach(db: Any, records: Records, account: Account) -> None:
    at = {"service_sid": "KS1", "messaging_service_sid": "MG1"}
    for number in (NUMBER, OTHER):
        await db.numbers.add(records.number(account.sid, number, **at))
    made = await added(db, records, account, NUMBER, BOB, service_sid="KS1")
    assert await db.opt_outs.reach(NUMBER, BOB) == Reach.SENDER | Reach.SERVICE
    assert await db.opt_outs.reach(OTHER, BOB) == Reach.SERVICE
    assert await db.opt_outs.reach(NUMBER, ALICE) is None
    assert await db.opt_outs.reach("+14158670009", BOB) is None
    await added(db, records, account, "+14158670009", BOB, messaging_service_sid="MG1")
    assert await db.opt_outs.reach(OTHER, BOB) == Reach.SERVICE | Reach.MESSAGING_SERVICE
    assert await db.opt_outs.delete(made.sid, account.sid)
    assert await db.opt_outs.reach(OTHER, BOB) == Reach.MESSAGING_SERVICE


@pytest.mark.parametrize("sender", [NUMBER, "KS1", "MG1"])
async def test_reach_by_name(db: Any, records: Records, account: Account, sender: str) -> None:
    at = {"service_sid": "KS1", "messaging_service_sid": "MG1"}
    await db.numbers.add(records.number(account.sid, NUMBER, **at))
    await db.numbers.add(records.number(account.sid, OTHER))
    await added(db, records, account, sender, BOB)
    assert await db.opt_outs.reach(NUMBER, BOB) == Reach.SENDER
    assert not await db.opt_outs.reach(OTHER, BOB)


async def test_numbers_in_no_service_have_nothing_in_common(
    db: Any, records: Records, account: Account
) -> None:
    for number in (NUMBER, OTHER):
        await db.numbers.add(records.number(account.sid, number))
    await added(db, records, account, NUMBER, BOB)
    assert await db.opt_outs.reach(OTHER, BOB) == 0


async def test_newest(db: Any, records: Records, account: Account) -> None:
    assert await db.opt_outs.newest() == 0
    for number in (NUMBER, OTHER):
        now = records.clock.advance(10)  # type: ignore[attr-defined]
        await added(db, records, account, number, BOB)
        assert await db.opt_outs.newest() == now


async def test_replied_and_delete(db: Any, records: Records, account: Account) -> None:
    made = await added(db, records, account, NUMBER, BOB)
    await db.opt_outs.replied(made.sid, 9)
    told = msgspec.structs.replace(made, date_replied=9)
    assert await db.opt_outs.get(made.sid, account.sid) == told
    assert not await db.opt_outs.delete(made.sid, records.sids.new("AC"))
    assert await db.opt_outs.delete(made.sid, account.sid)
    assert not await db.opt_outs.delete(made.sid, account.sid)


@pytest.mark.parametrize(
    ("scope", "left"),
    [
        ("number", ["same KS", "same MG"]),
        ("messaging_service", ["same KS"]),
        ("service", ["same MG"]),
    ],
)
async def test_end(
    db: Any, records: Records, account: Account, scope: str, left: list[str]
) -> None:
    at = {"service_sid": "KS1", "messaging_service_sid": "MG1"}
    number = records.number(account.sid, NUMBER, **at)
    for sender in (NUMBER, "KS1", "MG1"):
        await added(db, records, account, sender, BOB)
    await added(db, records, account, OTHER, BOB, service_sid="KS1", detail="same KS")
    await added(
        db, records, account, "+14158670009", BOB, messaging_service_sid="MG1", detail="same MG"
    )
    others = [
        await added(db, records, account, NUMBER, ALICE, **at),
        await added(db, records, records.account(), NUMBER, BOB, **at),
        await added(db, records, account, "+14158670008", BOB),
    ]
    assert await db.opt_outs.end(number, BOB, scope)
    assert not await db.opt_outs.end(number, BOB, scope)
    for one in others:
        assert await db.opt_outs.get(one.sid, one.account_sid) == one
    page = await db.opt_outs.page(account.sid, OptOutFilter(identifier=BOB), PageRequest())
    assert sorted(one.detail for one in page.records if one not in others) == left


async def test_a_number_in_no_service_ends_its_own_alone(
    db: Any, records: Records, account: Account
) -> None:
    number = records.number(account.sid, NUMBER)
    kept = await added(db, records, account, OTHER, BOB, service_sid="KS1")
    for scope in ("number", "messaging_service", "service"):
        assert not await db.opt_outs.end(number, BOB, scope)
    assert await db.opt_outs.get(kept.sid, account.sid) == kept


@pytest.mark.parametrize(
    ("narrow", "places"),
    [
        ({}, [2, 1, 0]),
        ({"sender": NUMBER}, [2, 0]),
        ({"identifier": BOB}, [1, 0]),
        ({"sender": NUMBER, "identifier": BOB}, [0]),
        ({"source": "cli"}, [1]),
        ({"not_before": 2}, [2, 1]),
        ({"before": 2}, [0]),
        ({"sender": "+1"}, []),
    ],
)
async def test_a_list_is_narrowed(
    db: Any, records: Records, account: Account, narrow: dict[str, Any], places: list[int]
) -> None:
    made = [
        await added(db, records, account, NUMBER, BOB, date_of_consent=1),
        await added(db, records, account, OTHER, BOB, date_of_consent=2, source="cli"),
        await added(db, records, account, NUMBER, ALICE, date_of_consent=3),
    ]
    await added(db, records, records.account(), NUMBER, BOB)
    page = await db.opt_outs.page(account.sid, OptOutFilter(**narrow), PageRequest(size=10))
    assert page.records == [made[place] for place in places]


async def test_a_persons_opt_outs_and_those_from_a_sender(
    db: Any, records: Records, account: Account
) -> None:
    made = [
        records.opt_out(account.sid, sender, person, source=source)
        for sender, person, source in (
            ("+1", "+9", "keyword"),
            ("+2", "+9", "api"),
            ("+1", "+8", "console"),
            ("+1", "+7", "keyword"),
        )
    ]
    foreign = records.opt_out(records.account().sid, "+1", "+9")
    for one in (*made, foreign):
        await db.opt_outs.add(one)
    assert await db.opt_outs.of_person(account.sid, "+9", 10) == [made[1], made[0]]
    assert await db.opt_outs.of_person(account.sid, "+9", 1) == [made[1]]
    page = await db.opt_outs.narrowed(account.sid, OptOutFilter(sender="+1"), PageRequest(size=2))
    assert page.records == [made[3], made[2]]
    assert page.has_next
    narrow = OptOutFilter(sender="+1", source="keyword")
    page = await db.opt_outs.narrowed(account.sid, narrow, PageRequest(size=5))
    assert page.records == [made[3], made[0]]
