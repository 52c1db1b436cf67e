"""Monitor alerts, through the official SDK."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable

import pytest
from twilio.rest import Client

from maskline.model.alert import Alert
from maskline.model.sid import ALERT
from tests.api.conftest import add_account
from tests.api.wire import Wire, error
from tests.support.server import RunningServer

DAY = datetime.datetime(2031, 5, 1, tzinfo=datetime.UTC)

Make = Callable[..., Alert]


@pytest.fixture
def make(server: RunningServer) -> Make:
    """Adds an alert of the first account."""

    def add(**changes: object) -> Alert:
        env = server.server.env
        fields: dict[str, object] = {
            "sid": env.sids.new(ALERT),
            "account_sid": server.account_sid,
            "service_sid": "KS" + "a" * 32,
            "resource_sid": "KI" + "b" * 32,
            "error_code": 80908,
            "log_level": "warning",
            "alert_text": "A callback could not be delivered",
            "request_method": "POST",
            "request_url": "https://a.example/cb",
            "request_variables": "interactionSid=KI",
            "request_headers": "A: b",
            "response_headers": "C: d",
            "response_body": "no",
            "date_generated": int(DAY.timestamp() * 1000),
            "date_created": int(DAY.timestamp() * 1000),
        }
        alert = Alert(**(fields | changes))  # type: ignore[arg-type]
        server.transact(lambda tx: tx.alerts.add_many([alert]))
        return alert

    return add


@pytest.fixture
def alerts(client: Client, server: RunningServer) -> Client:
    """The SDK with the base URL of Monitor changed."""
    client.monitor.base_url = f"{server.url}/monitor"
    return client


@pytest.mark.covers(
    "GET /monitor/v1/Alerts/{Sid}",
    "status:200",
    "field:account_sid",
    "field:alert_text",
    "field:api_version",
    "field:date_created",
    "field:date_generated",
    "field:date_updated",
    "field:error_code",
    "field:log_level",
    "field:more_info",
    "field:request_method",
    "field:request_url",
    "field:request_variables",
    "field:resource_sid",
    "field:response_body",
    "field:response_headers",
    "field:sid",
    "field:url",
    "field:request_headers",
    "field:service_sid",
    "code:20404",
)
def test_an_alert_is_told_with_its_request_and_answer(
    alerts: Client, make: Make, wire: Wire, other: Wire
) -> None:
    made = make()
    fetched = alerts.monitor.v1.alerts(made.sid).fetch()
    assert (fetched.error_code, fetched.log_level) == ("80908", "warning")
    assert fetched.date_generated == DAY
    body = wire.get(f"/monitor/v1/Alerts/{made.sid}").json()
    assert body == {
        "account_sid": made.account_sid,
        "alert_text": (
            "Msg=A+callback+could+not+be+delivered&ErrorCode=80908&LogLevel=WARN"
            "&sourceComponent=proxy&url=https%3A%2F%2Fa.example%2Fcb"
        ),
        "api_version": "2010-04-01",
        "date_created": "2031-05-01T00:00:00Z",
        "date_generated": "2031-05-01T00:00:00Z",
        "date_updated": "2031-05-01T00:00:00Z",
        "error_code": "80908",
        "log_level": "warning",
        "more_info": "https://www.twilio.com/docs/errors/80908",
        "request_method": "POST",
        "request_url": "https://a.example/cb",
        "resource_sid": made.resource_sid,
        "service_sid": made.service_sid,
        "sid": made.sid,
        "url": f"{wire.url}/monitor/v1/Alerts/{made.sid}",
        "request_variables": "interactionSid=KI",
        "request_headers": "A: b",
        "response_headers": "C: d",
        "response_body": "no",
    }
    assert error(other.get(f"/monitor/v1/Alerts/{made.sid}")) == (404, 20404)
    assert error(wire.get("/monitor/v1/Alerts/NO" + "0" * 32)) == (404, 20404)


@pytest.mark.covers(
    "GET /monitor/v1/Alerts",
    "param:LogLevel",
    "param:StartDate",
    "param:EndDate",
    "param:PageSize",
    "param:Page",
    "param:PageToken",
    "field:alerts",
    "field:meta.page",
    "field:meta.page_size",
    "field:meta.first_page_url",
    "field:meta.previous_page_url",
    "field:meta.url",
    "field:meta.next_page_url",
    "field:meta.key",
)
def test_alerts_are_listed_and_narrowed(alerts: Client, make: Make, wire: Wire) -> None:
    days = [DAY + datetime.timedelta(days=100 + i) for i in range(4)]
    made = [
        make(
            date_generated=int(day.timestamp() * 1000), log_level="error" if i % 2 else "warning"
        ).sid
        for i, day in enumerate(days)
    ]
    span = {"start_date": days[0], "end_date": days[3]}
    listed = alerts.monitor.v1.alerts.list
    assert [one.sid for one in listed(**span, page_size=2)] == made[::-1]
    assert [one.sid for one in listed(**span, log_level="error")] == [made[3], made[1]]
    assert [one.sid for one in listed(start_date=days[1], end_date=days[2])] == [made[2], made[1]]
    first = wire.get(
        "/monitor/v1/Alerts", LogLevel="error", StartDate=days[0].isoformat(), PageSize=1
    ).json()
    assert first["meta"]["key"] == "alerts"
    assert "LogLevel=error" in first["meta"]["next_page_url"]
    second = wire.get(first["meta"]["next_page_url"]).json()
    assert [one["sid"] for one in second["alerts"]] == [made[1]]
    assert "request_variables" not in second["alerts"][0]


@pytest.mark.parametrize(
    ("span", "shown"),
    [
        ({"StartDate": "2032-02-01", "EndDate": "2032-02-01"}, True),
        ({"StartDate": "2032-02-01T12:00:00Z", "EndDate": "2032-02-01T12:00:00Z"}, True),
        ({"StartDate": "2032-02-01T12:00:01Z"}, False),
        ({"StartDate": "2032-02-01T11:59:59Z", "EndDate": "2032-02-01T11:59:59Z"}, False),
        ({"StartDate": "2032-02-01T13:00:00+01:00", "EndDate": "2032-02-02"}, True),
        ({"StartDate": "2032-01-31", "EndDate": "2032-01-31"}, False),
        ({"StartDate": "2032-02-02", "EndDate": "2032-02-01"}, False),
    ],
)
def test_both_ends_of_a_span_belong_to_it(
    make: Make, wire: Wire, span: dict[str, str], shown: bool
) -> None:
    noon = datetime.datetime(2032, 2, 1, 12, 0, 0, 700_000, datetime.UTC)
    made = make(date_generated=int(noon.timestamp() * 1000)).sid
    found = [one["sid"] for one in wire.get("/monitor/v1/Alerts", **span).json()["alerts"]]
    assert (made in found) is shown


@pytest.mark.covers("GET /monitor/v1/Alerts", "param:PageSize", "field:meta.page_size")
def test_a_page_holds_up_to_a_thousand(wire: Wire) -> None:
    for size, shown in ((1, 1), (1000, 1000), (1001, 1000), (2_147_483_647, 1000)):
        meta = wire.get("/monitor/v1/Alerts", PageSize=size).json()["meta"]
        assert meta["page_size"] == shown
    assert wire.get("/monitor/v1/Alerts").json()["meta"]["page_size"] == 50


@pytest.mark.covers("GET /monitor/v1/Alerts", "field:alerts")
@pytest.mark.covers("GET /monitor/v1/Alerts/{Sid}", "code:20404")
def test_alerts_past_their_days_are_not_shown(server: RunningServer, make: Make) -> None:
    wire = add_account(server, f"AC{uuid.uuid4().hex}")
    now = server.server.env.clock()
    age = 30 * 86_400_000
    made = [
        make(account_sid=wire.account_sid, date_generated=now - at).sid
        for at in (0, age - 60_000, age)
    ]

    def listed(**query: str) -> list[str]:
        return [one["sid"] for one in wire.get("/monitor/v1/Alerts", **query).json()["alerts"]]

    assert listed() == [made[1], made[0]]
    assert listed(StartDate="2001-01-01") == [made[1], made[0]]
    assert wire.get(f"/monitor/v1/Alerts/{made[1]}").status_code == 200
    assert error(wire.get(f"/monitor/v1/Alerts/{made[2]}")) == (404, 20404)


@pytest.mark.covers("GET /monitor/v1/Alerts/{Sid}", "field:service_sid")
def test_alerts_outlive_their_service(wire: Wire, make: Make) -> None:
    service = wire.service()
    sid = service.rpartition("/")[2]
    made = make(service_sid=sid, resource_sid=sid).sid
    assert wire.delete(service).status_code == 204
    assert wire.get(f"/monitor/v1/Alerts/{made}").json()["service_sid"] == sid


@pytest.mark.covers("GET /monitor/v1/Alerts", "code:20001")
@pytest.mark.parametrize(
    "query",
    [
        {"LogLevel": "loud"},
        {"LogLevel": "ERROR"},
        {"StartDate": "yesterday"},
        {"EndDate": "2030-02-30"},
        {"EndDate": "2030-02-28T25:00:00Z"},
        {"PageSize": "0"},
        {"Page": "-1"},
        {"PageToken": "x"},
    ],
)
def test_wrong_filters_are_refused(wire: Wire, query: dict[str, str]) -> None:
    assert error(wire.get("/monitor/v1/Alerts", **query)) == (400, 20001)
