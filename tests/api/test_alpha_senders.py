"""Names as senders, channel senders and deactivations, through the official SDK; what it can't send
by plain HTTP."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client
from twilio.rest.messaging.v1.service import ServiceInstance

from tests.api.conftest import Refused
from tests.api.ledger import ROWS
from tests.api.records import iso, message_of, sid
from tests.api.wire import Wire, error
from tests.support.server import RunningServer

pytestmark = pytest.mark.both_engines

DEACTIVATIONS = "/messaging/v1/Deactivations"
GERMAN = "+4915123456789"
NOBODY = "XE" + "0" * 32


@pytest.fixture
def texts(client: Client, number: Callable[[], str]) -> ServiceInstance:
    """A new Messaging Service with a number."""
    service = client.messaging.v1.services.create(friendly_name="Texts")
    bought = client.incoming_phone_numbers.create(phone_number=number())
    service.phone_numbers.create(phone_number_sid=bought.sid)
    return service


def path_of(service: ServiceInstance) -> str:
    return f"/messaging/v1/Services/{service.sid}"


@pytest.mark.covers(
    "POST /messaging/v1/Services/{ServiceSid}/AlphaSenders",
    "status:201",
    "param:AlphaSender",
    "param:Carrier",
    "field:*",
)
@pytest.mark.covers("GET /messaging/v1/Services/{ServiceSid}/AlphaSenders/{Sid}", "field:*")
@pytest.mark.covers("GET /messaging/v1/Services/{ServiceSid}/AlphaSenders", "field:alpha_senders")
def test_a_name(wire: Wire, texts: ServiceInstance) -> None:
    path = f"{path_of(texts)}/AlphaSenders"
    made = wire.post(path, {"AlphaSender": "My Company", "Carrier": "simulator"}).json()
    assert made == {
        "sid": sid(made, "AI"),
        "account_sid": wire.account_sid,
        "service_sid": texts.sid,
        "date_created": iso(made["date_created"]),
        "date_updated": made["date_created"],
        "alpha_sender": "My Company",
        "capabilities": ["SMS"],
        "url": f"{wire.url}{path}/{made['sid']}",
    }
    assert wire.get(made["url"]).json() == made
    assert wire.get(path).json()["alpha_senders"] == [made]


@pytest.mark.covers("POST /messaging/v1/Services/{ServiceSid}/AlphaSenders", "code:21710")
@pytest.mark.covers(
    "DELETE /messaging/v1/Services/{ServiceSid}/AlphaSenders/{Sid}", "status:204", "code:20404"
)
def test_names_by_the_sdk(texts: ServiceInstance, refused: Refused) -> None:
    made = texts.alpha_senders.create(alpha_sender="Acme")
    assert [one.sid for one in texts.alpha_senders.list()] == [made.sid]
    assert texts.alpha_senders(made.sid).fetch().alpha_sender == "Acme"
    assert refused(texts.alpha_senders.create, alpha_sender="Acme", http=409) == 21710
    assert texts.alpha_senders(made.sid).delete() is True
    for work in (texts.alpha_senders(made.sid).fetch, texts.alpha_senders(made.sid).delete):
        assert refused(work, http=404) == 20404


@pytest.mark.covers("POST /messaging/v1/Services/{ServiceSid}/AlphaSenders", "code:20001")
@pytest.mark.parametrize("text", ["", "123456", "Toolonganame", "Acmé", "A.B", " Acme"])
def test_what_is_no_name(texts: ServiceInstance, refused: Refused, text: str) -> None:
    assert refused(texts.alpha_senders.create, alpha_sender=text) == 20001
    assert texts.alpha_senders.list() == []


@pytest.mark.covers(
    "POST /messaging/v1/Services/{ServiceSid}/DestinationAlphaSenders",
    "status:201",
    "param:*",
    "field:*",
)
@pytest.mark.covers(
    "GET /messaging/v1/Services/{ServiceSid}/DestinationAlphaSenders/{Sid}", "field:*"
)
@pytest.mark.covers(
    "GET /messaging/v1/Services/{ServiceSid}/DestinationAlphaSenders", "param:IsoCountryCode"
)
def test_a_countrys_name(wire: Wire, texts: ServiceInstance) -> None:
    path = f"{path_of(texts)}/DestinationAlphaSenders"
    form = {"AlphaSender": "Acme", "IsoCountryCode": "FR", "Carrier": "simulator"}
    made = wire.post(path, form).json()
    assert made == {
        "sid": sid(made, "AI"),
        "account_sid": wire.account_sid,
        "service_sid": texts.sid,
        "date_created": iso(made["date_created"]),
        "date_updated": made["date_created"],
        "alpha_sender": "Acme",
        "capabilities": ["SMS"],
        "iso_country_code": "FR",
        "url": f"{wire.url}{path}/{made['sid']}",
    }
    assert wire.get(made["url"]).json() == made
    default = wire.post(path, {"AlphaSender": "Acme"}).json()
    assert default["iso_country_code"] == ""
    assert wire.get(path).json()["alpha_senders"] == [default, made]
    narrowed = wire.get(path, IsoCountryCode="FR").json()
    assert narrowed["alpha_senders"] == [made]
    assert "IsoCountryCode=FR" in narrowed["meta"]["url"]
    # A name for all countries is one of the service's plain ones.
    plain = wire.get(f"{path_of(texts)}/AlphaSenders").json()["alpha_senders"]
    assert [one["sid"] for one in plain] == [default["sid"]]
    assert error(wire.get(f"{path_of(texts)}/AlphaSenders/{made['sid']}")) == (404, 20404)


@pytest.mark.covers(
    "POST /messaging/v1/Services/{ServiceSid}/DestinationAlphaSenders", "code:20001", "code:21710"
)
@pytest.mark.covers("GET /messaging/v1/Services/{ServiceSid}/DestinationAlphaSenders", "code:20001")
@pytest.mark.covers(
    "DELETE /messaging/v1/Services/{ServiceSid}/DestinationAlphaSenders/{Sid}",
    "status:204",
    "code:20404",
)
def test_countries_names_by_the_sdk(wire: Wire, texts: ServiceInstance, refused: Refused) -> None:
    names = texts.destination_alpha_senders
    made = names.create(alpha_sender="Acme", iso_country_code="DE")
    assert [one.sid for one in names.list(iso_country_code="DE")] == [made.sid]
    assert names.list(iso_country_code="FR") == []
    for country in ("US", "CA", "XX", "de"):
        assert refused(names.create, alpha_sender="Acme", iso_country_code=country) == 20001
    url = f"{path_of(texts)}/DestinationAlphaSenders"
    assert error(wire.get(url, IsoCountryCode="Germany")) == (400, 20001)
    assert refused(names.create, alpha_sender="Acme", iso_country_code="DE", http=409) == 21710
    assert names(made.sid).fetch().iso_country_code == "DE"
    assert names(made.sid).delete() is True
    assert refused(names(made.sid).delete, http=404) == 20404


@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/Messages.json", "code:21612", "code:21606"
)
def test_what_is_sent_by_a_name(client: Client, texts: ServiceInstance, refused: Refused) -> None:
    create = client.messages.create
    assert refused(create, to=GERMAN, from_="Acme Ltd", body="Hello") == 21606
    texts.alpha_senders.create(alpha_sender="Acme Ltd")
    assert create(to=GERMAN, from_="Acme Ltd", body="Hello").from_ == "Acme Ltd"
    sent = create(to=GERMAN, messaging_service_sid=texts.sid, body="Hello")
    assert client.messages(sent.sid).fetch().from_ == "Acme Ltd"
    assert refused(create, to="+12125550187", from_="Acme Ltd", body="Hello") == 21612
    home = create(to="+12125550187", messaging_service_sid=texts.sid, body="Hello")
    assert client.messages(home.sid).fetch().from_ == texts.phone_numbers.list()[0].phone_number


@pytest.mark.covers(
    "POST /messaging/v1/Services/{MessagingServiceSid}/ChannelSenders",
    "param:Sid",
    "code:20404",
    "code:20001",
    "code:21701",
)
@pytest.mark.covers(
    "GET /messaging/v1/Services/{MessagingServiceSid}/ChannelSenders",
    "param:PageSize",
    "param:Page",
    "param:PageToken",
    "field:*",
)
@pytest.mark.covers(
    "GET /messaging/v1/Services/{MessagingServiceSid}/ChannelSenders/{Sid}", "code:20404"
)
@pytest.mark.covers(
    "DELETE /messaging/v1/Services/{MessagingServiceSid}/ChannelSenders/{Sid}", "code:20404"
)
def test_there_are_no_channel_senders(
    client: Client, wire: Wire, texts: ServiceInstance, refused: Refused
) -> None:
    channels = texts.channel_senders
    assert channels.list() == []
    assert refused(channels.create, sid=NOBODY, http=404) == 20404
    for wrong in ("", "PN" + "0" * 32, "XE1"):
        assert refused(channels.create, sid=wrong) == 20001
    for work in (channels(NOBODY).fetch, channels(NOBODY).delete):
        assert refused(work, http=404) == 20404
    gone = client.messaging.v1.services("MG" + "0" * 32).channel_senders
    assert refused(gone.create, sid=NOBODY, http=404) == 21701
    url = f"{path_of(texts)}/ChannelSenders"
    page = wire.get(url, PageSize=1, Page=0, PageToken=f"PA{NOBODY}").json()
    assert page["senders"] == []
    assert page["meta"]["key"] == "senders"


# Deactivations


@pytest.mark.covers("GET /messaging/v1/Deactivations", "status:307", "param:Date")
@pytest.mark.covers(
    "GET /messaging/v1/Deactivations/{Date}",
    "status:200",
    "param:AccountSid",
    "param:Expires",
    "param:Signature",
)
def test_deactivations(
    client: Client, wire: Wire, server: RunningServer, person: Callable[[], str]
) -> None:
    gone = person()
    now = server.server.env.clock()
    legs = [
        msgspec.structs.replace(
            message_of(server, server.account_sid, person(), to),
            direction="outbound-api",
            error_code=code,
            date_updated=now,
        )
        for to, code in ((gone, 30005), (gone, 30005), (person(), 30003))
    ]
    server.transact(lambda tx: tx.messages.add_many(legs))
    today = iso_day(server)
    led = wire.get(DEACTIVATIONS, Date=today)
    assert led.status_code == 307
    assert led.json() == {"redirect_to": led.headers["Location"]}
    found = client.messaging.v1.deactivations().fetch(date=today)
    # Whoever was led there needs no credentials.
    file = requests.get(found.redirect_to, timeout=10)
    assert file.status_code == 200
    assert file.headers["Content-Type"].startswith("text/csv")
    assert file.headers["Cache-Control"] == "private, no-store"
    assert gone in file.text.split()
    assert len(file.text.split()) == len(set(file.text.split()))


def iso_day(server: RunningServer) -> str:
    """The server's day."""
    now = server.server.env.clock() / 1000
    return datetime.datetime.fromtimestamp(now, datetime.UTC).date().isoformat()


@pytest.mark.covers("GET /messaging/v1/Deactivations", "field:redirect_to")
def test_the_redirect_is_in_the_body_too(wire: Wire, server: RunningServer) -> None:
    """As programs of the SDK read it; clients that follow never see it."""
    assert "redirect_to" in wire.get(DEACTIVATIONS, Date=iso_day(server)).json()


@pytest.mark.covers("GET /messaging/v1/Deactivations", "code:20001")
@pytest.mark.parametrize("date", ["", "today", "2090-01-01", "1969-12-31"])
def test_what_is_no_day(client: Client, wire: Wire, date: str) -> None:
    assert error(wire.get(DEACTIVATIONS, Date=date)) == (400, 20001)
    with pytest.raises(TwilioRestException):
        client.messaging.v1.deactivations().fetch(date=date)


@pytest.mark.covers("GET /messaging/v1/Deactivations/{Date}", "code:20404", "code:20001")
def test_an_address_of_ones_own(wire: Wire, server: RunningServer) -> None:
    url = wire.get(DEACTIVATIONS, Date=iso_day(server)).json()["redirect_to"]
    for wrong in (
        url.partition("?")[0],
        url + "0",
        url.replace(iso_day(server), "2024-01-01"),
        url.replace(iso_day(server), "yesterday"),
        url.replace("Expires=", "Expires=9"),
        url.replace("AccountSid=AC", "AccountSid=AD"),
    ):
        answer = requests.get(wrong, timeout=10)
        assert answer.status_code in (400, 404), wrong
        assert error(answer)[1] in (20001, 20404)


def unserved() -> list[str]:
    rows = tomllib.loads(Path(ROWS).read_text("utf-8"))["messaging"]
    return [one["operation"] for one in rows if "unserved" in one]


@pytest.mark.parametrize("operation", unserved())
def test_what_the_page_calls_not_served_is_not(wire: Wire, operation: str) -> None:
    method, _, path = operation.partition(" ")
    for name, prefix in (("{DomainSid}", "DN"), ("{MessagingServiceSid}", "MG")):
        path = path.replace(name, prefix + "0" * 32)
    assert error(wire.send(method, path)) == (404, 20404)
