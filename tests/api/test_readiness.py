"""The readiness check, an extension: what it answers, and that each account sees its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests

from tests.api.wire import Wire

pytestmark = pytest.mark.both_engines

PATH = "/messaging/v1/a2p/Readiness"


@pytest.mark.covers("GET /messaging/v1/a2p/Readiness", "status:200", "field:*")
def test_what_has_to_be_put_right(wire: Wire, number: Callable[[], str]) -> None:
    bought = wire.post(wire.core("IncomingPhoneNumbers.json"), {"PhoneNumber": number()}).json()[
        "sid"
    ]
    service = wire.post("/proxy/v1/Services", {"UniqueName": f"ready-{bought}"}).json()["sid"]
    assert wire.post(f"/proxy/v1/Services/{service}/PhoneNumbers", {"Sid": bought}).ok
    answer = wire.get(PATH)
    assert answer.status_code == 200
    found = answer.json()
    assert set(found) == {"account_sid", "ok", "checks"}
    assert (found["account_sid"], found["ok"]) == (wire.account_sid, False)
    for one in found["checks"]:
        assert set(one) == {"check", "state", "says", "advice", "details"}
        assert (one["advice"] == "") is (one["state"] == "ok")
    assert ("messaging-service", "bad") in {(one["check"], one["state"]) for one in found["checks"]}


def test_only_who_is_signed_in(wire: Wire) -> None:
    assert requests.get(f"{wire.url}{PATH}", timeout=10).status_code == 401
