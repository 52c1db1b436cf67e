"""Lists that are narrowed, an extension of ours: the records, the links, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twilio.rest import Client
from twilio.rest.proxy.v1.service import ServiceInstance

from tests.api.wire import Wire, error, unique

pytestmark = pytest.mark.both_engines


def listed(wire: Wire, path: str, **filters: str) -> list[str]:
    """The SIDs of a narrowed list, one record a page, by its own links."""
    body = wire.get(path, PageSize=1, **filters).json()
    found: list[str] = []
    while True:
        meta = body["meta"]
        records: list[dict[str, Any]] = body[meta["key"]]
        found += [one["sid"] for one in records]
        for name, value in filters.items():
            assert f"{name}={value}" in meta["url"].replace("%2B", "+")
            assert f"{name}={value}" in meta["first_page_url"].replace("%2B", "+")
        if meta["next_page_url"] is None:
            return found
        body = wire.get(meta["next_page_url"]).json()


@pytest.mark.covers(
    "GET /proxy/v1/Services/{ServiceSid}/Sessions",
    "param:UniqueName",
    "param:Status",
    "field:meta.next_page_url",
    "code:80701",
)
def test_sessions(wire: Wire, service: ServiceInstance) -> None:
    path = f"/proxy/v1/Services/{service.sid}/Sessions"
    names = [unique() for _ in range(6)]
    made = [service.sessions.create(unique_name=name).sid for name in names]
    for place in (1, 4):
        service.sessions(made[place]).update(status="closed")
    service.sessions(made[2]).update(status="in-progress")
    assert listed(wire, path, Status="open") == [made[5], made[3], made[0]]
    assert listed(wire, path, Status="in-progress") == [made[2]]
    assert listed(wire, path, Status="closed") == [made[4], made[1]]
    assert listed(wire, path, Status="failed") == []
    assert listed(wire, path, UniqueName=names[3]) == [made[3]]
    assert listed(wire, path, UniqueName=names[3], Status="open") == [made[3]]
    assert listed(wire, path, UniqueName=names[3], Status="closed") == []
    assert listed(wire, path, UniqueName="nobody") == []
    whole = wire.get(path, UniqueName="", Status="").json()
    assert [one["sid"] for one in whole["sessions"]] == made[::-1]
    for filters in ({"Status": "done"}, {"UniqueName": "a" * 192}, {"Status": "open", "Page": "1"}):
        assert error(wire.get(path, **filters)) == (400, 80701)
    second = wire.get(path, Status="closed", PageSize=1, Page=1).json()["sessions"]
    assert [one["sid"] for one in second] == [made[1]]


@pytest.mark.covers(
    "GET /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Participants",
    "param:Identifier",
    "code:80701",
)
def test_participants(wire: Wire, stocked: ServiceInstance, person: Callable[[], str]) -> None:
    session = stocked.sessions.create()
    path = f"/proxy/v1/Services/{stocked.sid}/Sessions/{session.sid}/Participants"
    people = [person(), person()]
    made = [session.participants.create(identifier=one).sid for one in people]
    session.participants(made[0]).delete()
    for identifier, sid in zip(people, made, strict=True):
        assert listed(wire, path, Identifier=identifier) == [sid]
    assert listed(wire, path, Identifier=person()) == []
    assert listed(wire, path) == made[::-1]
    assert error(wire.get(path, Identifier="a" * 192)) == (400, 80701)


@pytest.mark.covers("GET /proxy/v1/Services", "param:UniqueName", "code:80701")
def test_services(wire: Wire, other: Wire, client: Client, service: ServiceInstance) -> None:
    path = "/proxy/v1/Services"
    name = unique()
    made = client.proxy.v1.services.create(unique_name=name)
    assert listed(wire, path, UniqueName=name) == [made.sid]
    assert listed(other, path, UniqueName=name) == []
    assert listed(wire, path, UniqueName=unique()) == []
    made.delete()
    assert listed(wire, path, UniqueName=name) == []
    assert error(wire.get(path, UniqueName="a" * 192)) == (400, 80701)


@pytest.mark.covers(
    "GET /proxy/v1/Services/{ServiceSid}/PhoneNumbers",
    "param:IsReserved",
    "param:InUse",
    "code:80701",
)
def test_numbers(
    wire: Wire,
    client: Client,
    service: ServiceInstance,
    number: Callable[[], str],
    person: Callable[[], str],
) -> None:
    path = f"/proxy/v1/Services/{service.sid}/PhoneNumbers"
    made = []
    for place in range(4):
        bought = client.incoming_phone_numbers.create(phone_number=number())
        service.phone_numbers.create(sid=bought.sid, is_reserved=place % 2 == 1)
        made.append(bought.sid)
    service.sessions.create(
        participants=[
            {"Identifier": person(), "ProxyIdentifierSid": made[place]} for place in (0, 1)
        ]
    )
    assert listed(wire, path, IsReserved="true") == [made[3], made[1]]
    assert listed(wire, path, IsReserved="false") == [made[2], made[0]]
    assert listed(wire, path, InUse="0") == [made[3], made[2]]
    assert listed(wire, path, InUse="1") == [made[1], made[0]]
    assert listed(wire, path, InUse="0", IsReserved="false") == [made[2]]
    assert listed(wire, path, InUse="2") == []
    for filters in ({"InUse": "-1"}, {"IsReserved": "yes"}, {"InUse": "0", "Page": "1"}):
        assert error(wire.get(path, **filters)) == (400, 80701)


@pytest.mark.covers(
    "GET /proxy/v1/Services/{ServiceSid}/ShortCodes", "param:IsReserved", "param:InUse"
)
def test_short_codes(wire: Wire, service: ServiceInstance, short_code: Any) -> None:
    path = f"/proxy/v1/Services/{service.sid}/ShortCodes"
    wire.post(path, {"Sid": short_code.sid})
    assert listed(wire, path, IsReserved="false", InUse="0") == [short_code.sid]
    assert listed(wire, path, IsReserved="true") == []
    assert listed(wire, path, InUse="1") == []
