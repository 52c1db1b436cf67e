from __future__ import annotations

from typing import Any

import msgspec

from maskline.model.api_request import ApiRequest
from maskline.model.page import PageRequest
from tests.support.records import Records


def request(records: Records, account: str = "AC1", **changes: Any) -> ApiRequest:
    made = ApiRequest(
        records.sids.new("RQ"), account, "", "GET", "/proxy/v1/Services", "", 200, None, 900
    )
    return msgspec.structs.replace(made, **changes)


async def test_an_accounts_requests_are_listed(db: Any, records: Records) -> None:
    mine = [request(records) for _ in range(3)]
    theirs = request(records, "AC2", status=404, code=20404, params="a=b", caller="SK1")
    await db.api_requests.add_many([*mine, theirs])
    page = await db.api_requests.page("AC1", PageRequest(size=2))
    assert page.records == [mine[2], mine[1]]
    assert page.has_next
    page = await db.api_requests.page("AC1", PageRequest(size=2, after=page.last))
    assert page.records == [mine[0]]
    assert await db.api_requests.get(theirs.sid) == theirs
    assert await db.api_requests.get("RQ0") is None


async def test_a_list_is_narrowed(db: Any, records: Records) -> None:
    made = [request(records, status=200 if place % 3 else 400) for place in range(9)]
    await db.api_requests.add_many(made)

    def refused(one: ApiRequest) -> bool:
        return one.status == 400

    page = await db.api_requests.page("AC1", PageRequest(size=2), refused)
    assert page.records == [made[6], made[3]]
    page = await db.api_requests.page("AC1", PageRequest(size=2, after=page.last), refused)
    assert page.records == [made[0]]
    assert not page.has_next


async def test_the_latest_are_kept(db: Any, records: Records) -> None:
    made = [request(records, f"AC{place % 2}") for place in range(7)]
    await db.api_requests.add_many(made)
    assert await db.api_requests.remove(7, 10) == 0
    assert await db.api_requests.remove(4, 2) == 2
    assert await db.api_requests.remove(4, 2) == 1
    assert await db.api_requests.remove(4, 2) == 0
    left = [one for one in made if await db.api_requests.get(one.sid)]
    assert left == made[3:]
