"""Carriers' requests over HTTP: an account sees those about its numbers, and has them taken in
again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from maskline.model.carrier import CarrierRequest
from maskline.model.clock import iso
from maskline.model.number import ALL_CAPABILITIES
from maskline.proxy.inventory import Offer, new_number
from tests.api.wire import Wire, error
from tests.carriers.example import pigeon
from tests.support.carrier_desk import Client, tools
from tests.support.server import RunningServer

pytestmark = pytest.mark.both_engines

REQUESTS = "/monitor/v1/CarrierRequests"
Make = Callable[..., CarrierRequest]


@pytest.fixture
def make(server: RunningServer) -> Make:
    """Keeps a request that was not taken."""

    def add(**changes: Any) -> CarrierRequest:
        env = server.server.env
        blank = CarrierRequest(
            sid=env.sids.new("CR"),
            account_sid=server.account_sid,
            carrier="gone",
            method="POST",
            path="Message",
            query="a=1",
            headers='{"x-twilio-signature":"***"}',
            body="Body=hi",
            truncated=0,
            status=404,
            date_created=env.clock(),
        )
        one = msgspec.structs.replace(blank, **changes)
        server.transact(lambda tx: tx.carrier_requests.add_many([one]))
        return one

    return add


@pytest.mark.covers("GET /monitor/v1/CarrierRequests/{Sid}", "status:200", "field:*", "code:20404")
@pytest.mark.covers(
    "GET /monitor/v1/CarrierRequests",
    "status:200",
    "field:requests",
    "param:Carrier",
    "param:Failed",
    "param:PageSize",
)
def test_they_are_shown(wire: Wire, other: Wire, make: Make) -> None:
    kept, taken = make(), make(status=200, carrier="other")
    shown = {
        "sid": kept.sid,
        "account_sid": wire.account_sid,
        "carrier": "gone",
        "method": "POST",
        "path": "Message",
        "status": 404,
        "truncated": False,
        "date_created": iso(kept.date_created),
        "url": f"{wire.url}{REQUESTS}/{kept.sid}",
    }
    details = {"query": "a=1", "headers": {"x-twilio-signature": "***"}, "body": "Body=hi"}
    assert wire.get(f"{REQUESTS}/{kept.sid}").json() == shown | details
    for params, sids in (
        ({}, [taken.sid, kept.sid]),
        ({"Failed": "true"}, [kept.sid]),
        ({"Failed": "false"}, [taken.sid, kept.sid]),
        ({"Carrier": "other"}, [taken.sid]),
    ):
        listed = wire.get(REQUESTS, PageSize="2", **params).json()
        assert [one["sid"] for one in listed["requests"]][: len(sids)] == sids
        assert listed["meta"]["key"] == "requests"
    assert shown in wire.get(REQUESTS, Failed="true").json()["requests"]
    assert error(other.get(f"{REQUESTS}/{kept.sid}")) == (404, 20404)
    assert other.get(REQUESTS).json()["requests"] == []


@pytest.fixture
def carrier(server: RunningServer) -> Iterator[str]:
    """An account at a carrier that this process has."""
    adapter = pigeon.build("loft", pigeon.Settings(), pigeon.Credentials("coo"), tools(Client()))
    server.server._accounts.doors["loft"] = adapter
    yield "loft"
    del server.server._accounts.doors["loft"]


@pytest.mark.covers(
    "POST /monitor/v1/CarrierRequests/{Sid}", "status:200", "param:Action", "field:*"
)
def test_one_is_taken_in_again(
    wire: Wire, make: Make, carrier: str, server: RunningServer, number: Callable[[], str]
) -> None:
    ours = number()
    offer = Offer(ours, carrier, ALL_CAPABILITIES)
    row = new_number(server.server.env, server.account_sid, offer)
    server.transact(lambda tx: tx.numbers.add(row))
    hook = {"id": "L1", "event": "received", "sender": "+14155550100", "recipient": ours}
    headers = '{"content-type":"application/json"}'
    kept = make(carrier=carrier, path="hooks", headers=headers, body=json.dumps(hook), query="")
    url = f"{REQUESTS}/{kept.sid}"
    shown = wire.get(url).json()
    for outcome in ("taken", "duplicate"):
        answer = wire.post(url, {"Action": "replay"})
        assert answer.status_code == 200
        assert answer.json() == shown | {"outcome": outcome}


@pytest.mark.covers(
    "POST /monitor/v1/CarrierRequests/{Sid}", "param:Action", "code:20404", "code:20001"
)
def test_what_can_t_be_replayed(wire: Wire, other: Wire, make: Make) -> None:
    kept = make()
    assert error(wire.post(f"{REQUESTS}/{kept.sid}")) == (400, 20001)
    assert error(wire.post(f"{REQUESTS}/{kept.sid}", {"Action": "burn"})) == (400, 20001)
    assert error(other.post(f"{REQUESTS}/{kept.sid}", {"Action": "replay"})) == (404, 20404)
    # The account at the carrier is not there any more.
    assert error(wire.post(f"{REQUESTS}/{kept.sid}", {"Action": "replay"})) == (404, 20404)
