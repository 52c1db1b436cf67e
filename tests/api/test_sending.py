"""Sending messages through the official SDK, to simulated phones; what it can't send by plain
HTTP."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from twilio.rest import Client
from twilio.rest.messaging.v1.service import ServiceInstance

from tests.api.conftest import Refused, add_number
from tests.api.wire import Wire, error, unique
from tests.support.receiver import Receiver
from tests.support.server import RunningServer
from tests.support.world import Handset, eventually

pytestmark = pytest.mark.both_engines

PICTURE = "https://a.example/1.png"


@pytest.fixture
def ours(server: RunningServer, number: Callable[[], str]) -> str:
    """A number of ours."""
    found = number()
    add_number(server, found, 7)
    return found


@pytest.fixture
def texts(client: Client, server: RunningServer, number: Callable[[], str]) -> ServiceInstance:
    """A Messaging Service with two numbers."""
    service = client.messaging.v1.services.create(friendly_name=unique())
    for _ in range(2):
        service.phone_numbers.create(phone_number_sid=add_number(server, number(), 7))
    return service


def messages(wire: Wire) -> str:
    return f"/api/2010-04-01/Accounts/{wire.account_sid}/Messages.json"


def in_an_hour() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)


@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/Messages.json",
    "status:201",
    "param:To",
    "param:From",
    "param:Body",
    "param:MediaUrl",
    "param:StatusCallback",
)
def test_a_message_by_a_number(
    client: Client, server: RunningServer, ours: str, person: Callable[[], str]
) -> None:
    phone = person()
    with Receiver() as program:
        sent = client.messages.create(
            to=phone,
            from_=ours,
            body="Hello ✈",
            media_url=[PICTURE],
            status_callback=f"{program.url}/status",
        )
        assert (sent.status, sent.direction, sent.num_media) == ("queued", "outbound-api", "1")
        assert (sent.from_, sent.to, sent.body) == (ours, phone, "Hello ✈")
        eventually(lambda: client.messages(sent.sid).fetch().status == "delivered")
        eventually(lambda: len(program.at("/status")) >= 2)
        told = program.at("/status")
        assert [one.form["MessageStatus"] for one in told] == ["sent", "delivered"]
        assert {one.form["MessageSid"] for one in told} == {sent.sid}
        assert "MessagingServiceSid" not in told[0].form
    (received,) = Handset(server, phone).inbox()
    assert (received["from"], received["body"]) == (ours, "Hello ✈")
    assert len(client.messages(sent.sid).media.list()) == 1


@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/Messages.json",
    "param:MessagingServiceSid",
    "field:*",
)
def test_messages_by_a_messaging_service(
    client: Client,
    wire: Wire,
    server: RunningServer,
    texts: ServiceInstance,
    person: Callable[[], str],
) -> None:
    phone = person()
    with Receiver() as program:
        client.messaging.v1.services(texts.sid).update(status_callback=f"{program.url}/status")
        form = {"To": phone, "MessagingServiceSid": texts.sid, "Body": "One"}
        shown = wire.post(messages(wire), form).json()
        dates = {name: shown.pop(name) for name in ("date_created", "date_updated")}
        assert all(dates.values())
        uri = f"/2010-04-01/Accounts/{wire.account_sid}/Messages/{shown['sid']}"
        assert shown == {
            "sid": shown["sid"],
            "account_sid": wire.account_sid,
            "messaging_service_sid": texts.sid,
            "from": None,
            "to": phone,
            "body": "One",
            "num_media": "0",
            "num_segments": "1",
            "direction": "outbound-api",
            "status": "accepted",
            "error_code": None,
            "error_message": None,
            "price": None,
            "price_unit": None,
            "api_version": "2010-04-01",
            "date_sent": None,
            "uri": f"{uri}.json",
            "subresource_uris": {"media": f"{uri}/Media.json"},
        }
        eventually(lambda: len(program.at("/status")) >= 2)
        assert program.at("/status")[0].form["MessagingServiceSid"] == texts.sid
    first = client.messages(shown["sid"]).fetch()
    again = client.messages.create(to=phone, messaging_service_sid=texts.sid, body="Two")
    eventually(lambda: client.messages(again.sid).fetch().from_ == first.from_)
    box = Handset(server, phone).receives(2)
    assert [one["body"] for one in box] == ["One", "Two"]


@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/Messages.json",
    "param:SmartEncoded",
    "param:ValidityPeriod",
    "param:ContentRetention",
    "param:AddressRetention",
    "param:ProvideFeedback",
    "param:ForceDelivery",
    "param:ShortenUrls",
    "param:SendAsMms",
    "param:RiskCheck",
    "param:TrafficType",
    "param:Attempt",
    "param:MaxPrice",
    "param:PersistentAction",
    "param:FallbackFrom",
    "param:ContentVariables",
)
def test_what_else_a_program_may_say(
    client: Client, server: RunningServer, ours: str, person: Callable[[], str]
) -> None:
    phone = person()
    sent = client.messages.create(
        to=phone,
        from_=ours,
        body="it\u2019s",
        smart_encoded=True,
        validity_period=600,
        content_retention="discard",
        address_retention="obfuscate",
        provide_feedback=False,
        force_delivery=False,
        shorten_urls=False,
        send_as_mms=False,
        risk_check="disable",
        traffic_type="free",
        attempt=1,
        max_price=0.1,
        persistent_action=["geo:1,2"],
        fallback_from=ours,
        content_variables="{}",
    )
    assert sent.body == ""
    assert phone not in sent.to
    (received,) = Handset(server, phone).receives()
    assert received["body"] == "it's"


REFUSALS: list[tuple[dict[str, Any], int]] = [
    ({"to": None}, 21604),
    ({"to": "+1999"}, 21211),
    ({"to": "+493012345678"}, 21614),
    ({"from_": None}, 21603),
    ({"from_": "+14155550199"}, 21606),
    ({"body": None}, 21602),
    ({"body": "x" * 1601}, 21617),
    ({"media_url": ["nothing"]}, 21620),
    ({"media_url": [PICTURE] * 11}, 21623),
    ({"content_sid": "HX" + "1" * 32}, 21655),
    ({"validity_period": 0}, 20001),
    ({"send_at": in_an_hour()}, 35111),
    ({"schedule_type": "fixed"}, 35112),
    ({"schedule_type": "fixed", "send_at": in_an_hour()}, 35118),
]


@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/Messages.json",
    "code:20001",
    "code:21211",
    "code:21602",
    "code:21603",
    "code:21604",
    "code:21606",
    "code:21614",
    "code:21617",
    "code:21620",
    "code:21623",
    "code:21655",
    "code:35111",
    "code:35112",
    "code:35118",
    "code:21701",
    "code:21705",
    "code:21266",
    "param:ContentSid",
)
def test_refusals(
    client: Client, wire: Wire, ours: str, person: Callable[[], str], refused: Refused
) -> None:
    for changes, code in REFUSALS:
        fields = {"to": person(), "from_": ours, "body": "Hello", **changes}
        fields = {name: value for name, value in fields.items() if value is not None}
        if "to" not in fields:
            fields["to"] = ""
        assert refused(client.messages.create, **fields) == code, changes
    assert refused(client.messages.create, to=ours, from_=ours, body="x") == 21266
    unknown = {"To": person(), "MessagingServiceSid": "MG" + "9" * 32, "Body": "x"}
    assert error(wire.post(messages(wire), unknown)) == (404, 21701)
    no_sid = {**unknown, "MessagingServiceSid": "MG9"}
    assert error(wire.post(messages(wire), no_sid)) == (400, 21705)


@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/Messages.json",
    "code:21610",
    "code:21704",
    "code:21711",
    "code:21612",
)
def test_refusals_that_depend_on_what_is_there(
    client: Client,
    server: RunningServer,
    ours: str,
    texts: ServiceInstance,
    person: Callable[[], str],
    number: Callable[[], str],
    refused: Refused,
) -> None:
    phone = Handset(server, person())
    phone.text(ours, "STOP")
    create = client.messages.create
    assert refused(create, to=phone.number, from_=ours, body="x") == 21610
    empty = client.messaging.v1.services.create(friendly_name=unique())
    by_empty = {"to": phone.number, "messaging_service_sid": empty.sid, "body": "x"}
    assert refused(create, **by_empty) == 21704
    elsewhere = {"to": phone.number, "messaging_service_sid": texts.sid, "body": "x"}
    assert refused(create, from_=ours, **elsewhere) == 21711
    plain = number()
    add_number(server, plain, 2)
    picture = {"to": phone.number, "media_url": [PICTURE]}
    assert refused(create, from_=plain, **picture) == 21612


@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/Messages.json",
    "param:ScheduleType",
    "param:SendAt",
    "code:35114",
)
@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json",
    "status:200",
    "param:Status",
    "code:30409",
)
def test_a_scheduled_message_is_cancelled(
    client: Client, wire: Wire, texts: ServiceInstance, person: Callable[[], str], refused: Refused
) -> None:
    fields = {
        "to": person(),
        "messaging_service_sid": texts.sid,
        "body": "Later",
        "schedule_type": "fixed",
    }
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=1)
    assert refused(client.messages.create, send_at=soon, **fields) == 35114
    sent = client.messages.create(send_at=in_an_hour(), **fields)
    assert (sent.status, sent.from_) == ("scheduled", None)
    one = client.messages(sent.sid)
    assert one.update(status="canceled").status == "canceled"
    assert one.fetch().status == "canceled"
    path = messages(wire).replace(".json", f"/{sent.sid}.json")
    assert error(wire.post(path, {"Status": "canceled"})) == (409, 30409)


@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json",
    "param:Body",
    "field:*",
    "code:20009",
    "code:20404",
    "code:20001",
)
def test_a_text_is_removed(
    client: Client, wire: Wire, server: RunningServer, ours: str, person: Callable[[], str]
) -> None:
    phone = Handset(server, person())
    sent = client.messages.create(to=phone.number, from_=ours, body="Secret")
    eventually(lambda: client.messages(sent.sid).fetch().status == "delivered")
    path = f"/api/2010-04-01/Accounts/{wire.account_sid}/Messages/{sent.sid}.json"
    before = wire.get(path).json()
    redacted = wire.post(path, {"Body": ""}).json()
    assert redacted == {**before, "body": "", "date_updated": redacted["date_updated"]}
    assert wire.get(path).json() == redacted
    assert error(wire.post(path, {"Body": "other"}))[1] == 20001
    assert error(wire.post(path.replace(sent.sid, "SM" + "9" * 32), {"Body": ""}))[1] == 20404
    phone.behave(refuse={"code": 30022, "attempts": 9})
    waiting = client.messages.create(to=phone.number, from_=ours, body="Secret")
    path = path.replace(sent.sid, waiting.sid)
    assert error(wire.post(path, {"Body": ""})) == (409, 20009)


@pytest.mark.covers(
    "DELETE /api/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json", "code:20009"
)
def test_one_under_way_is_not_deleted(
    client: Client, server: RunningServer, ours: str, person: Callable[[], str], refused: Refused
) -> None:
    phone = Handset(server, person())
    phone.behave(refuse={"code": 30022, "attempts": 9})
    waiting = client.messages(client.messages.create(to=phone.number, from_=ours, body="x").sid)
    assert refused(waiting.delete, http=409) == 20009
    assert waiting.fetch().status == "queued"


@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/Messages/{MessageSid}/Feedback.json",
    "status:200",
    "param:Outcome",
    "field:*",
    "code:20001",
    "code:20404",
)
def test_feedback(
    client: Client,
    wire: Wire,
    server: RunningServer,
    ours: str,
    person: Callable[[], str],
    refused: Refused,
) -> None:
    phone = Handset(server, person())
    sent = client.messages.create(
        to=phone.number, from_=ours, body="Your code: 12", provide_feedback=True
    )
    given = client.messages(sent.sid).feedback.create(outcome="confirmed")
    assert (given.outcome, given.message_sid) == ("confirmed", sent.sid)
    path = messages(wire).replace(".json", f"/{sent.sid}/Feedback.json")
    shown = wire.post(path, {"Outcome": "unconfirmed"}).json()
    dates = [shown.pop(name) for name in ("date_created", "date_updated")]
    assert all(date.endswith("+0000") for date in dates)
    assert shown == {
        "account_sid": wire.account_sid,
        "message_sid": sent.sid,
        "outcome": "unconfirmed",
        "uri": path.removeprefix("/api"),
    }
    assert client.messages(sent.sid).feedback.create().outcome == "confirmed"
    phone.text(ours, "Hi")
    came = eventually(lambda: client.messages.list(from_=phone.number))[0]
    assert refused(client.messages(came.sid).feedback.create) == 20001
    assert refused(client.messages(sent.sid).feedback.create, outcome="perhaps") == 20001
    assert refused(client.messages("SM" + "9" * 32).feedback.create, http=404) == 20404


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(30001, marks=pytest.mark.covers("code:30001")),
        pytest.param(30002, marks=pytest.mark.covers("code:30002")),
        pytest.param(30003, marks=pytest.mark.covers("code:30003")),
        pytest.param(30004, marks=pytest.mark.covers("code:30004")),
        pytest.param(30005, marks=pytest.mark.covers("code:30005")),
        pytest.param(30006, marks=pytest.mark.covers("code:30006")),
        pytest.param(30007, marks=pytest.mark.covers("code:30007")),
        pytest.param(30008, marks=pytest.mark.covers("code:30008")),
        pytest.param(30011, marks=pytest.mark.covers("code:30011")),
    ],
)
def test_what_becomes_of_a_message_is_told_in_words(
    client: Client,
    wire: Wire,
    server: RunningServer,
    ours: str,
    person: Callable[[], str],
    code: int,
) -> None:
    phone = Handset(server, person())
    phone.behave(outcome="undelivered", error_code=code)
    with Receiver() as program:
        sent = client.messages.create(
            to=phone.number, from_=ours, body="x", status_callback=f"{program.url}/status"
        )
        eventually(lambda: len(program.at("/status")) == 2)
        assert program.at("/status")[-1].form["ErrorCode"] == str(code)
    found = wire.get(messages(wire).replace(".json", f"/{sent.sid}.json")).json()
    assert (found["status"], found["error_code"]) == ("undelivered", code)
    assert found["error_message"]


@pytest.mark.covers("code:30036")
def test_a_message_that_waited_for_too_long(
    client: Client, wire: Wire, server: RunningServer, ours: str, person: Callable[[], str]
) -> None:
    phone = Handset(server, person())
    phone.behave(refuse={"code": 30001, "attempts": 9})
    sent = client.messages.create(to=phone.number, from_=ours, body="x", validity_period=1)
    path = messages(wire).replace(".json", f"/{sent.sid}.json")
    found = eventually(lambda: [one for one in [wire.get(path).json()] if one["error_code"]])[0]
    assert (found["status"], found["error_code"]) == ("failed", 30036)
    assert "validity" in found["error_message"]
