"""Pages of lists, in both products' forms."""

from __future__ import annotations

import pytest
from twilio.rest import Client
from twilio.rest.proxy.v1.service import ServiceInstance

from tests.api.wire import Wire, error, unique
from tests.support.server import RunningServer

pytestmark = pytest.mark.both_engines


def sessions(service: ServiceInstance, count: int) -> list[str]:
    """The SIDs of new sessions, the newest first."""
    return [service.sessions.create().sid for _ in range(count)][::-1]


@pytest.mark.covers(
    "GET /proxy/v1/Services/{ServiceSid}/Sessions",
    "param:PageSize",
    "param:Page",
    "param:PageToken",
    "field:meta.page",
    "field:meta.page_size",
    "field:meta.first_page_url",
    "field:meta.previous_page_url",
    "field:meta.url",
    "field:meta.next_page_url",
    "field:meta.key",
)
def test_from_page_to_page_and_back(service: ServiceInstance, wire: Wire) -> None:
    made = sessions(service, 5)
    path = f"/proxy/v1/Services/{service.sid}/Sessions"
    url = wire.url + path
    first = wire.get(path, PageSize=2).json()
    assert [one["sid"] for one in first["sessions"]] == made[:2]
    assert first["meta"] == {
        "page": 0,
        "page_size": 2,
        "first_page_url": f"{url}?PageSize=2&Page=0",
        "previous_page_url": None,
        "url": f"{url}?PageSize=2&Page=0",
        "next_page_url": f"{url}?PageSize=2&Page=1&PageToken=PA{made[1]}",
        "key": "sessions",
    }
    second = wire.get(first["meta"]["next_page_url"]).json()
    assert [one["sid"] for one in second["sessions"]] == made[2:4]
    assert second["meta"]["page"] == 1
    assert second["meta"]["url"] == first["meta"]["next_page_url"]
    last = wire.get(second["meta"]["next_page_url"]).json()
    assert [one["sid"] for one in last["sessions"]] == made[4:]
    assert last["meta"]["next_page_url"] is None
    back = wire.get(last["meta"]["previous_page_url"]).json()
    assert [one["sid"] for one in back["sessions"]] == made[2:4]
    assert back["meta"]["page"] == 1
    again = wire.get(back["meta"]["previous_page_url"]).json()
    assert [one["sid"] for one in again["sessions"]] == made[:2]
    assert again["meta"]["previous_page_url"] is None
    assert again["meta"]["next_page_url"] == first["meta"]["next_page_url"]


@pytest.mark.covers("GET /proxy/v1/Services/{ServiceSid}/Sessions", "param:PageToken")
def test_the_sdk_pages_stably_while_sessions_come_and_go(service: ServiceInstance) -> None:
    made = sessions(service, 6)
    page = service.sessions.page(page_size=2)
    assert [one.sid for one in page] == made[:2]
    later = sessions(service, 3)
    service.sessions(made[1]).delete()
    page = page.next_page()
    assert [one.sid for one in page] == made[2:4]
    target = page.next_page_url
    assert [one.sid for one in service.sessions.get_page(target)] == made[4:]
    before = page.previous_page()
    assert [one.sid for one in before] == [later[2], made[0]]
    assert [one.sid for one in service.sessions.list(page_size=2)] == [
        *later,
        made[0],
        *made[2:],
    ]
    assert [one.sid for one in service.sessions.list(limit=3, page_size=2)] == later
    assert [one.sid for one in service.sessions.stream(page_size=1)][:3] == later


@pytest.mark.covers("GET /proxy/v1/Services/{ServiceSid}/Sessions", "param:Page")
def test_a_page_number_without_a_token(service: ServiceInstance, wire: Wire) -> None:
    made = sessions(service, 5)
    path = f"/proxy/v1/Services/{service.sid}/Sessions"
    page = wire.get(path, PageSize=2, Page=1).json()
    assert [one["sid"] for one in page["sessions"]] == made[2:4]
    assert page["meta"]["previous_page_url"].endswith(f"&Page=0&PageToken=PB{made[2]}")
    empty = wire.get(path, PageSize=2, Page=7).json()
    assert empty["sessions"] == []
    assert empty["meta"]["next_page_url"] is None
    assert empty["meta"]["previous_page_url"].endswith("?PageSize=2&Page=6")
    assert wire.get(path, Page=2_147_483_647).json()["sessions"] == []


@pytest.mark.covers("GET /messaging/v1/Services", "param:PageSize")
@pytest.mark.covers("GET /api/2010-04-01/Accounts/{AccountSid}/Messages.json", "param:PageSize")
@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers.json", "param:PageSize"
)
def test_pages_outside_proxy_hold_a_thousand(wire: Wire) -> None:
    assert wire.get("/messaging/v1/Services", PageSize=1001).json()["meta"]["page_size"] == 1000
    for path in ("Messages.json", "IncomingPhoneNumbers.json"):
        for size, shown in ((101, 101), (1000, 1000), (1001, 1000)):
            body = wire.get(wire.core(path), PageSize=size).json()
            assert body["page_size"] == shown
            assert body["uri"].endswith(f"PageSize={shown}&Page=0")


@pytest.mark.covers(
    "GET /proxy/v1/Services/{ServiceSid}/Sessions",
    "param:PageSize",
    "param:Page",
    "param:PageToken",
    "code:80701",
)
def test_bounds(service: ServiceInstance, wire: Wire) -> None:
    path = f"/proxy/v1/Services/{service.sid}/Sessions"
    assert wire.get(path).json()["meta"]["page_size"] == 50
    for size, shown in ((1, 1), (100, 100), (101, 100), (1000, 100), (2_147_483_647, 100)):
        meta = wire.get(path, PageSize=size).json()["meta"]
        assert meta["page_size"] == shown
        assert meta["url"].endswith(f"PageSize={shown}&Page=0")
    for name, wrong in (
        ("PageSize", "0"),
        ("PageSize", "-1"),
        ("PageSize", "ten"),
        ("PageSize", "9" * 30),
        ("Page", "-1"),
        ("Page", "x"),
        ("PageToken", "PA"),
        ("PageToken", "PAKC1"),
        ("PageToken", "PX" + "KC" + "0" * 32),
        ("PageToken", "PA" + "KC" + "g" * 32),
        ("PageToken", "' OR 1=1 --"),
    ):
        assert error(wire.get(path, **{name: wrong})) == (400, 80701), (name, wrong)


def test_a_token_of_nobody_gives_a_page(service: ServiceInstance, wire: Wire) -> None:
    made = sessions(service, 2)
    path = f"/proxy/v1/Services/{service.sid}/Sessions"
    low, high = "KC" + "0" * 32, "KC" + "f" * 32
    assert wire.get(path, PageToken=f"PA{low}").json()["sessions"] == []
    after = wire.get(path, PageToken=f"PA{high}").json()
    assert [one["sid"] for one in after["sessions"]] == made
    before = wire.get(path, PageToken=f"PB{low}").json()
    assert [one["sid"] for one in before["sessions"]] == made
    assert wire.get(path, PageToken=f"PB{high}").json()["sessions"] == []


@pytest.mark.covers("GET /proxy/v1/Services", "param:PageSize", "field:meta.key")
@pytest.mark.covers("GET /proxy/v1/Services/{ServiceSid}/PhoneNumbers", "param:PageSize")
def test_other_lists_of_proxy(client: Client, stocked: ServiceInstance, wire: Wire) -> None:
    made = [client.proxy.v1.services.create(unique_name=unique()).sid for _ in range(3)][::-1]
    page = client.proxy.v1.services.page(page_size=2)
    assert [one.sid for one in page] == made[:2]
    assert next(page.next_page()).sid == made[2]
    assert [one.sid for one in page.next_page().previous_page()] == made[:2]
    assert len(stocked.phone_numbers.list(page_size=1)) == 2


@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/Keys.json",
    "param:PageSize",
    "param:Page",
    "param:PageToken",
    "field:first_page_uri",
    "field:next_page_uri",
    "field:previous_page_uri",
    "field:uri",
    "field:page",
    "field:page_size",
    "field:start",
    "field:end",
)
def test_pages_of_the_2010_api(client: Client, wire: Wire) -> None:
    made = [client.new_keys.create(friendly_name=str(i)).sid for i in range(5)][::-1]
    uri = f"/2010-04-01/Accounts/{wire.account_sid}/Keys.json"
    body = wire.get(wire.core("Keys.json"), PageSize=2).json()
    keys = body.pop("keys")
    assert [one["sid"] for one in keys] == made[:2]
    assert body == {
        "first_page_uri": f"{uri}?PageSize=2&Page=0",
        "next_page_uri": f"{uri}?PageSize=2&Page=1&PageToken=PA{made[1]}",
        "previous_page_uri": None,
        "uri": f"{uri}?PageSize=2&Page=0",
        "page": 0,
        "page_size": 2,
        "start": 0,
        "end": 1,
    }
    page = client.keys.page(page_size=2)
    second = page.next_page()
    assert [one.sid for one in second] == made[2:4]
    assert [one.sid for one in second.previous_page()] == made[:2]
    assert [one.sid for one in client.keys.list(limit=5, page_size=2)] == made
    numbered = wire.get(wire.core("Keys.json"), PageSize=2, Page=1).json()
    assert (numbered["start"], numbered["end"]) == (2, 3)
    empty = wire.get(wire.core("Keys.json"), PageSize=2, Page=500).json()
    assert (empty["start"], empty["end"], empty["keys"]) == (0, 0, [])


@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers.json",
    "param:PageSize",
    "param:FriendlyName",
)
def test_pages_keep_the_filters(client: Client, server: RunningServer) -> None:
    name = unique()
    made = [
        client.incoming_phone_numbers.create(area_code="646", friendly_name=name).sid
        for _ in range(3)
    ][::-1]
    client.incoming_phone_numbers.create(area_code="646")
    found = client.incoming_phone_numbers.list(friendly_name=name, page_size=1)
    assert [one.sid for one in found] == made
    page = client.incoming_phone_numbers.page(friendly_name=name, page_size=2)
    assert f"FriendlyName={name}" in page.next_page_url
    assert page.next_page_url.startswith(f"{server.url}/api/2010-04-01/")


def test_links_by_host_name_have_no_prefix(service: ServiceInstance, wire: Wire) -> None:
    headers = {"Host": "proxy.example.com"}
    answer = wire.send("GET", f"/v1/Services/{service.sid}", headers=headers).json()
    url = f"http://proxy.example.com/v1/Services/{service.sid}"
    assert answer["url"] == url
    assert answer["links"]["sessions"] == f"{url}/Sessions"
    listed = wire.send("GET", "/v1/Services?PageSize=1", headers=headers).json()
    assert listed["meta"]["first_page_url"] == (
        "http://proxy.example.com/v1/Services?PageSize=1&Page=0"
    )
    core = {"Host": "api.example.com"}
    keys = wire.send("GET", wire.core("Keys.json").removeprefix("/api"), headers=core).json()
    assert keys["uri"].startswith("/2010-04-01/Accounts/")
