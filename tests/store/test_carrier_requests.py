from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.model.account import Account
from maskline.model.carrier import CarrierRequest
from maskline.model.page import PageRequest
from maskline.store.repositories.carrier_requests import CarrierRequestFilter
from tests.support.records import Records

NUMBER = "+14158670001"


def made(records: Records, **changes: Any) -> CarrierRequest:
    blank = CarrierRequest(
        records.sids.new("CR"), "", "one", "POST", "Message", "", "{}", "a=1", 0, 200, 5
    )
    return msgspec.structs.replace(blank, **changes)


async def test_requests(db: Any, records: Records, account: Account) -> None:
    ours = made(records, account_sid=account.sid)
    lost = made(records, status=404, carrier="two")
    await db.carrier_requests.add_many([ours, lost])
    assert await db.carrier_requests.get(ours.sid) == ours
    assert await db.carrier_requests.get(ours.sid, account.sid) == ours
    assert await db.carrier_requests.get(lost.sid, account.sid) is None
    request = PageRequest(size=10)
    for narrow, found in (
        (CarrierRequestFilter(), [lost, ours]),
        (CarrierRequestFilter(account_sid=account.sid), [ours]),
        (CarrierRequestFilter(carrier="two"), [lost]),
        (CarrierRequestFilter(status=400), [lost]),
        (CarrierRequestFilter(account_sid=account.sid, status=400), []),
    ):
        page = await db.carrier_requests.page(narrow, request)
        assert page.records == found


async def test_whose_a_number_is(db: Any, records: Records, account: Account) -> None:
    await db.numbers.add(records.number(account.sid, NUMBER))
    found = await db.carrier_requests.owners([NUMBER, "+14158670002"])
    assert found == [account.sid, ""]
    assert await db.carrier_requests.owners([]) == []


@pytest.mark.covers("carrier:accounts.days")
async def test_what_is_past_its_days_goes(db: Any, records: Records) -> None:
    first, second = made(records), made(records)
    await db.carrier_requests.add_many([first, second])
    from maskline.model.sid import made_at

    assert await db.carrier_requests.remove(made_at(first.sid), 10) == 0
    later = made_at(second.sid) + 1
    assert await db.carrier_requests.remove(later, 1) == 1
    assert await db.carrier_requests.remove(later, 10) == 1
    assert await db.carrier_requests.get(second.sid) is None
