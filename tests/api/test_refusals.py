"""Refusals of the Proxy API in the account's debugger."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import pytest

from tests.api.conftest import add_account
from tests.api.wire import Wire, error
from tests.support.receiver import Receiver
from tests.support.server import RunningServer
from tests.support.world import eventually

NOBODY = "+15551234567"


@pytest.fixture
def mine(server: RunningServer) -> Wire:
    """An account of the test's own, whose debugger is empty."""
    return add_account(server, f"AC{uuid.uuid4().hex}")


def alerts(wire: Wire) -> list[dict[str, Any]]:
    """The account's alerts with all that is known of them, newest first."""
    listed = wire.get("/monitor/v1/Alerts").json()["alerts"]
    return [wire.get(one["url"]).json() for one in listed]


def test_a_refusal_is_told_with_its_request(mine: Wire) -> None:
    service = mine.service()
    session = f"{service}/Sessions/{mine.post(f'{service}/Sessions').json()['sid']}"
    form = {"Identifier": NOBODY, "FriendlyName": "Alice Liddell"}
    answer = mine.post(f"{session}/Participants", form)
    assert error(answer) == (400, 80404)
    (alert,) = alerts(mine)
    assert (alert["error_code"], alert["log_level"]) == ("80404", "error")
    assert alert["resource_sid"] == session.rpartition("/")[2]
    assert alert["service_sid"] == service.rpartition("/")[2]
    assert (alert["request_method"], alert["request_url"]) == (
        "POST",
        f"{mine.url}{session}/Participants",
    )
    assert dict(parse_qsl(alert["request_variables"])) == {
        "Identifier": "+1555123XXXX",
        "FriendlyName": "[redacted]",
    }
    headers = {name.lower(): value for name, value in parse_qsl(alert["request_headers"])}
    assert headers["authorization"] == "[redacted]"
    assert json.loads(alert["response_body"]) == answer.json()
    text = dict(parse_qsl(alert["alert_text"]))
    assert (text["ErrorCode"], text["httpResponse"]) == ("80404", "400")
    assert text["Msg"] == answer.json()["message"]
    for secret in (NOBODY, NOBODY[1:], "Liddell", mine.auth[1]):
        assert secret not in json.dumps(alert)


def test_what_is_named_is_the_innermost_resource(mine: Wire) -> None:
    service = mine.service()
    assert error(mine.post(service, {"DefaultTtl": "x"})) == (400, 80701)
    assert error(mine.post("/proxy/v1/Services", {"UniqueName": "x" * 200})) == (400, 80701)
    assert error(mine.get(f"{service}/Sessions", PageSize="x")) == (400, 80701)
    by_name = mine.post(f"{service}/Sessions", {"UniqueName": "ride"}).json()["unique_name"]
    assert error(mine.post(f"{service}/Sessions/{by_name}", {"Ttl": "x"})) == (404, 20404)
    newest, before, oldest = alerts(mine)
    sid = service.rpartition("/")[2]
    assert (newest["resource_sid"], newest["service_sid"]) == (sid, sid)
    assert newest["request_method"] == "GET"
    assert newest["request_url"].endswith("/Sessions?PageSize=x")
    assert newest["request_variables"] == ""
    assert (before["resource_sid"], before["service_sid"]) == (None, None)
    assert oldest["resource_sid"] == sid


def test_a_refused_delete(mine: Wire, number: Callable[[], str], person: Callable[[], str]) -> None:
    service = mine.service()
    shop = mine.core("IncomingPhoneNumbers.json")
    sid = mine.post(shop, {"PhoneNumber": number()}).json()["sid"]
    assert mine.post(f"{service}/PhoneNumbers", {"Sid": sid}).status_code == 201
    session = mine.post(f"{service}/Sessions").json()["sid"]
    people = f"{service}/Sessions/{session}/Participants"
    named = {"Identifier": person(), "ProxyIdentifierSid": sid}
    assert mine.post(people, named).status_code == 201
    assert error(mine.delete(f"{service}/PhoneNumbers/{sid}")) == (400, 80611)
    (alert,) = alerts(mine)
    assert (alert["request_method"], alert["resource_sid"]) == ("DELETE", sid)


def test_what_is_no_refusal_of_proxy_is_not_told(mine: Wire) -> None:
    mine.service()
    assert error(mine.get("/proxy/v1/Services/KS" + "0" * 32)) == (404, 20404)
    assert (
        error(mine.post(mine.core("IncomingPhoneNumbers.json"), {"PhoneNumber": "1"}))[1] == 21421
    )
    wrong = Wire(mine.url, mine.account_sid, "wrong")
    assert error(wrong.post("/proxy/v1/Services", {})) == (401, 20003)
    assert alerts(mine) == []


def test_nobody_sees_another_account_s_refusals(mine: Wire, other: Wire) -> None:
    service = mine.service()
    assert error(mine.post(service, {"DefaultTtl": "x"})) == (400, 80701)
    (alert,) = alerts(mine)
    assert error(other.get(f"/monitor/v1/Alerts/{alert['sid']}")) == (404, 20404)


def test_a_flood_of_refusals_is_bounded(tmp_path: Path) -> None:
    with RunningServer(tmp_path, MASKLINE_DEBUGGER_ALERTS_PER_RESOURCE="3") as server:
        wire = Wire(server.url, server.account_sid, server.auth_token)
        service = wire.service()
        for _ in range(5):
            assert error(wire.post(service, {"DefaultTtl": "x"})) == (400, 80701)
        assert error(wire.post(f"{service}/Sessions", {"Status": "failed"})) == (400, 80608)
        told = alerts(wire)
        assert [one["error_code"] for one in told] == ["80608", *["80701"] * 3]
        assert ["left+out" in one["alert_text"] for one in told] == [False, True, False, False]


def test_it_is_told_to_the_account_s_program(tmp_path: Path, number: Callable[[], str]) -> None:
    with Receiver() as receiver, RunningServer(tmp_path) as server:

        async def listen(tx: Any) -> None:
            account = await tx.accounts.get(server.account_sid)
            url = f"{receiver.url}/debugger"
            account = msgspec.structs.replace(account, debugger_url=url)
            await tx.accounts.update(account)

        server.transact(listen)
        wire = Wire(server.url, server.account_sid, server.auth_token)
        service = wire.service()
        assert error(wire.post(f"{service}/PhoneNumbers", {"PhoneNumber": number()}))[1] == 80301
        (post,) = eventually(lambda: receiver.at("/debugger"))
        payload = json.loads(post.form["Payload"])
        assert payload["error_code"] == "80301"
        assert payload["webhook"]["request"]["method"] == "POST"
        assert payload["webhook"]["response"]["status_code"] == 404
        assert payload["webhook"]["request"]["parameters"]["PhoneNumber"].endswith("XXXX")
