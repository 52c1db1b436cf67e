"""Advanced Opt-Out over HTTP: an extension, which no SDK knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twilio.rest import Client

from tests.api.records import iso, sid
from tests.api.wire import Wire, error

pytestmark = pytest.mark.both_engines

FORM = {
    "Language": "FRENCH",
    "IsoCountryCode": "CA",
    "OptOutKeywords": ["ARRET", "STOP"],
    "OptInKeywords": ["DEBUT"],
    "HelpKeywords": ["AIDE"],
    "OptOutMessage": "C'est noté.",
    "OptInMessage": "De retour.",
    "HelpMessage": "Répondez ARRET.",
}


@pytest.fixture
def path(wire: Wire) -> str:
    """Where a new Messaging Service's lists are."""
    return f"{wire.messaging_service()}/AdvancedOptOut"


@pytest.mark.covers("GET /messaging/v1/Services/{ServiceSid}/AdvancedOptOut", "field:*")
@pytest.mark.covers(
    "POST /messaging/v1/Services/{ServiceSid}/AdvancedOptOut",
    "status:200",
    "param:Enabled",
    "field:*",
    "code:20001",
)
def test_on_and_off(wire: Wire, path: str) -> None:
    off = {
        "account_sid": wire.account_sid,
        "service_sid": path.split("/")[4],
        "enabled": False,
        "links": {"lists": f"{wire.url}{path}/Lists"},
        "url": f"{wire.url}{path}",
    }
    on = {**off, "enabled": True}
    assert wire.get(path).json() == off
    assert error(wire.post(path)) == (400, 20001)
    assert wire.post(path, {"Enabled": "true"}).json() == on
    assert wire.get(path).json() == on
    (english,) = wire.get(on["links"]["lists"]).json()["lists"]
    assert english["language"] == "ENGLISH"
    assert english["iso_country_code"] == ""
    assert {"STOP", "REVOKE", "OPTOUT"} < set(english["opt_out_keywords"])
    assert wire.post(path, {"Enabled": "false"}).json() == off


@pytest.mark.covers(
    "POST /messaging/v1/Services/{ServiceSid}/AdvancedOptOut/Lists",
    "status:201",
    "param:*",
    "field:*",
    "code:20001",
)
@pytest.mark.covers(
    "GET /messaging/v1/Services/{ServiceSid}/AdvancedOptOut/Lists/{Sid}", "field:*", "code:20404"
)
@pytest.mark.covers(
    "GET /messaging/v1/Services/{ServiceSid}/AdvancedOptOut/Lists", "param:IsoCountryCode"
)
@pytest.mark.covers(
    "POST /messaging/v1/Services/{ServiceSid}/AdvancedOptOut/Lists/{Sid}", "param:*", "field:*"
)
@pytest.mark.covers(
    "DELETE /messaging/v1/Services/{ServiceSid}/AdvancedOptOut/Lists/{Sid}",
    "status:204",
    "code:20001",
    "code:20404",
)
def test_a_list(wire: Wire, path: str) -> None:
    wire.post(path, {"Enabled": "true"})
    answer = wire.post(f"{path}/Lists", FORM)
    assert answer.status_code == 201
    made = answer.json()
    assert made == {
        "sid": sid(made, "OL"),
        "account_sid": wire.account_sid,
        "service_sid": path.split("/")[4],
        "iso_country_code": "CA",
        "language": "FRENCH",
        "opt_out_keywords": ["ARRET", "STOP"],
        "opt_in_keywords": ["DEBUT"],
        "help_keywords": ["AIDE"],
        "opt_out_message": "C'est noté.",
        "opt_in_message": "De retour.",
        "help_message": "Répondez ARRET.",
        "date_created": iso(made["date_created"]),
        "date_updated": made["date_created"],
        "url": f"{wire.url}{path}/Lists/{made['sid']}",
    }
    assert wire.get(made["url"]).json() == made
    assert error(wire.post(f"{path}/Lists", FORM)) == (400, 20001)
    assert wire.get(f"{path}/Lists", IsoCountryCode="CA").json()["lists"] == [made]
    english = wire.get(f"{path}/Lists").json()["lists"][1]
    changes = {name: value for name, value in FORM.items() if name.endswith(("s", "Message"))}
    changed = wire.post(made["url"], {**changes, "HelpKeywords": "SECOURS"}).json()
    assert changed == {
        **made,
        "help_keywords": ["SECOURS"],
        "date_updated": iso(changed["date_updated"]),
    }
    assert wire.delete(made["url"]).status_code == 204
    assert error(wire.get(made["url"])) == (404, 20404)
    assert error(wire.delete(made["url"])) == (404, 20404)
    assert error(wire.delete(english["url"])) == (400, 20001)


@pytest.mark.covers("POST /messaging/v1/Services/{ServiceSid}/AdvancedOptOut", "code:21701")
def test_no_such_service(wire: Wire) -> None:
    path = f"/messaging/v1/Services/MG{'0' * 32}/AdvancedOptOut"
    assert error(wire.post(path, {"Enabled": "true"})) == (404, 21701)
    assert error(wire.get(f"{path}/Lists")) == (404, 21701)


def test_twilios_resource_says_nothing_of_it(wire: Wire, path: str) -> None:
    service = path.rpartition("/")[0]
    before: dict[str, Any] = wire.get(service).json()
    wire.post(path, {"Enabled": "true"})
    after = wire.get(service).json()
    assert {**after, "date_updated": before["date_updated"]} == before


def test_an_opt_out_from_the_whole_service(
    wire: Wire, client: Client, number: Callable[[], str], person: Callable[[], str]
) -> None:
    """One that a program adds for one number holds for all of them."""
    service = wire.messaging_service()
    ours, bob = [number(), number()], person()
    for one in ours:
        bought = client.incoming_phone_numbers.create(phone_number=one)
        wire.post(f"{service}/PhoneNumbers", {"PhoneNumberSid": bought.sid})
    wire.post("/messaging/v1/OptOuts", {"ContactId": bob, "SenderId": ours[0]})
    form = {"To": bob, "From": ours[1], "Body": "Hello"}
    assert wire.post(wire.core("Messages.json"), form).status_code == 201
    wire.post(f"{service}/AdvancedOptOut", {"Enabled": "true"})
    assert error(wire.post(wire.core("Messages.json"), form)) == (400, 21610)
