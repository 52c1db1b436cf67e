from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.messaging import deactivations
from maskline.messaging.deactivations import LIFE, Ticket
from maskline.model.account import Account, AccountStatus
from maskline.model.clock import DAY
from maskline.model.errors import Fault
from tests.support.memory import World, form

#: The clock's day is 2024-07-04.
TODAY = 1_720_051_200_000
GONE = "+12125550187"
ALSO = "+4915123456789"


def ticket(world: World, date: str = "2024-07-04", account: Account | None = None) -> Ticket:
    sid = (account or world.account).sid
    return world.do(deactivations.ticket(world.env, world.tx, sid, form({"Date": date})))


def numbers(world: World, given: Ticket) -> list[str]:
    return world.do(deactivations.numbers(world.env, world.tx, given))


def failed(world: World, recipient: str, at: int, **changes: Any) -> None:
    """A message of that moment that failed, and was known to at once."""
    values = {"status": "undelivered", "error_code": 30005, "direction": "outbound-api", **changes}
    sid = f"SM{at:012x}{world.records.sids.new('SM')[14:]}"
    values = {"date_created": at, "date_updated": at, **values}
    account = world.account.sid
    message = world.records.message(account, sid=sid, recipient=recipient, **values)
    world.do(world.tx.messages.add_many([message]))


def test_the_numbers_of_a_day(world: World) -> None:
    noon = world.clock.now
    failed(world, GONE, noon)
    failed(world, GONE, noon - 1)
    failed(world, ALSO, TODAY)
    failed(world, "+12125550188", TODAY - 1)
    failed(world, "+12125550189", noon, error_code=30003)
    failed(world, "+12125550190", noon, error_code=None, status="delivered")
    # One whose record does not show the recipient.
    failed(world, "+1212555XXXX", noon)
    assert numbers(world, ticket(world)) == [GONE, ALSO]
    assert numbers(world, ticket(world, "2024-07-03")) == ["+12125550188"]
    assert numbers(world, ticket(world, "2024-07-02")) == []


def test_the_day_is_that_of_the_report(world: World) -> None:
    failed(world, GONE, TODAY - DAY, date_updated=TODAY + 5)
    assert numbers(world, ticket(world)) == [GONE]
    assert numbers(world, ticket(world, "2024-07-03")) == []


def test_nobody_elses(world: World) -> None:
    failed(world, GONE, world.clock.now)
    assert numbers(world, ticket(world, account=world.add_account())) == []


@pytest.mark.parametrize(
    "date", ["", "2024-07-05", "yesterday", "2024-07-04T00:00:00Z", "20240704"]
)
def test_what_is_no_day(world: World, date: str) -> None:
    with pytest.raises(Fault) as caught:
        ticket(world, date)
    assert caught.value.code == 80701


def test_a_ticket_ends(world: World) -> None:
    given = ticket(world)
    assert given.expires == world.clock.now + LIFE
    world.clock.advance(LIFE - 1)
    assert numbers(world, given) == []
    world.clock.advance(1)
    with pytest.raises(Fault) as caught:
        numbers(world, given)
    assert caught.value.code == 20404


@pytest.mark.parametrize(
    "change",
    [
        {"account_sid": "AC" + "0" * 32},
        {"day": TODAY - DAY},
        {"expires": 2**50},
        {"signature": ""},
        {"signature": "0" * 64},
        {"signature": "é"},
    ],
)
def test_a_ticket_of_ones_own(world: World, change: dict[str, Any]) -> None:
    with pytest.raises(Fault) as caught:
        numbers(world, msgspec.structs.replace(ticket(world), **change))
    assert caught.value.code == 20404


def test_an_account_that_is_suspended(world: World) -> None:
    given = ticket(world)
    account = msgspec.structs.replace(world.account, status=AccountStatus.SUSPENDED.value)
    world.do(world.tx.accounts.update(account))
    with pytest.raises(Fault) as caught:
        numbers(world, given)
    assert caught.value.code == 20404
