from __future__ import annotations

from typing import Any

import pytest

from maskline.model.account import Account
from maskline.model.page import PageRequest
from maskline.store.repositories.alerts import AlertFilter
from tests.support.records import Records


async def test_add_and_get(db: Any, records: Records, account: Account) -> None:
    alert = records.alert(
        account.sid,
        service_sid=records.sids.new("KS"),
        resource_sid=records.sids.new("KI"),
        request_method="POST",
        request_url="https://a.example/cb",
        request_variables="a=b",
        request_headers="X: y",
        response_headers="Z: w",
        response_body="no",
    )
    await db.alerts.add_many([alert])
    assert await db.alerts.get(alert.sid, account.sid) == alert
    assert await db.alerts.get(alert.sid, records.sids.new("AC")) is None


@pytest.mark.parametrize(("level", "expected"), [("", [1, 0]), ("error", [1]), ("notice", [])])
async def test_a_list_is_narrowed(
    db: Any, records: Records, account: Account, level: str, expected: list[int]
) -> None:
    made = [records.alert(account.sid, log_level=level) for level in ("warning", "error")]
    await db.alerts.add_many([*made, records.alert(records.sids.new("AC"))])
    page = await db.alerts.page(account.sid, AlertFilter(level=level), PageRequest())
    assert page.records == [made[place] for place in expected]


@pytest.mark.parametrize(
    ("narrow", "expected"),
    [
        (AlertFilter(), [3, 2, 1]),
        (AlertFilter(not_before=2), [3, 2]),
        (AlertFilter(before=2), [1]),
        (AlertFilter(not_before=2, before=3), [2]),
    ],
)
async def test_a_list_is_narrowed_to_a_span_of_time(
    db: Any, records: Records, account: Account, narrow: AlertFilter, expected: list[int]
) -> None:
    made = [records.alert(account.sid, date_generated=at) for at in (1, 2, 3)]
    await db.alerts.add_many(made)
    page = await db.alerts.page(account.sid, narrow, PageRequest())
    assert [one.date_generated for one in page.records] == expected


async def test_alerts_are_narrowed_by_anything(db: Any, records: Records, account: Account) -> None:
    made = [records.alert(account.sid, error_code=code) for code in (80903, 80908, 80903)]
    await db.alerts.add_many(made)
    page = await db.alerts.narrowed(
        account.sid, lambda one: one.error_code == 80903, PageRequest(size=1)
    )
    assert page.records == [made[2]]
    page = await db.alerts.narrowed(
        account.sid, lambda one: one.error_code == 80903, PageRequest(size=1, after=page.last)
    )
    assert page.records == [made[0]]
