"""The list of opt-outs over HTTP: ours under /messaging, Twilio's bulk form through the SDK."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from twilio.rest import Client

from tests.api.conftest import Refused
from tests.api.records import iso, sid
from tests.api.wire import Wire, error
from tests.support.server import RunningServer

pytestmark = pytest.mark.both_engines

OPT_OUTS = "/messaging/v1/OptOuts"
BULK = "/accounts/v1/Consents/Bulk"
SEEN = "2024-02-03T04:05:06Z"

Body = dict[str, Any]


@pytest.fixture
def sender(client: Client, number: Callable[[], str]) -> str:
    """A number of the account."""
    bought: str = client.incoming_phone_numbers.create(phone_number=number()).phone_number
    return bought


def listed(wire: Wire, **query: str) -> list[Body]:
    """What a list shows."""
    answer = wire.get(OPT_OUTS, **query)
    assert answer.status_code == 200, answer.text
    found: list[Body] = answer.json()["opt_outs"]
    return found


@pytest.mark.covers(
    "POST /messaging/v1/OptOuts",
    "status:201",
    "status:200",
    "param:ContactId",
    "param:SenderId",
    "param:Source",
    "param:DateOfConsent",
    "field:*",
)
@pytest.mark.covers("GET /messaging/v1/OptOuts/{Sid}", "status:200", "field:*", "code:20404")
@pytest.mark.covers("DELETE /messaging/v1/OptOuts/{Sid}", "status:204", "code:20404")
def test_an_opt_out(
    wire: Wire, sender: str, person: Callable[[], str], server: RunningServer
) -> None:
    form = {
        "ContactId": person(),
        "SenderId": sender,
        "Source": "website",
        "DateOfConsent": SEEN,
    }
    answer = wire.post(OPT_OUTS, form)
    assert answer.status_code == 201
    made = answer.json()
    assert made == {
        "sid": sid(made, "OO"),
        "account_sid": wire.account_sid,
        "contact_id": form["ContactId"],
        "sender_id": sender,
        "service_sid": None,
        "messaging_service_sid": None,
        "status": "opt-out",
        "source": "api",
        "detail": "website",
        "date_of_consent": SEEN,
        "date_replied": None,
        "date_created": iso(made["date_created"]),
        "url": f"{server.url}{OPT_OUTS}/{made['sid']}",
    }
    path = f"{OPT_OUTS}/{made['sid']}"
    assert wire.get(path).json() == made
    again = wire.post(OPT_OUTS, form | {"Source": "offline"})
    assert (again.status_code, again.json()) == (200, made)
    assert wire.delete(path).status_code == 204
    assert error(wire.get(path)) == error(wire.delete(path)) == (404, 20404)


@pytest.mark.covers("POST /messaging/v1/OptOuts", "code:20001")
def test_what_is_refused(
    wire: Wire, other: Wire, sender: str, person: Callable[[], str], number: Callable[[], str]
) -> None:
    good = {"ContactId": person(), "SenderId": sender}
    theirs = other.service().rpartition("/")[2]
    for wrong in (
        {"ContactId": ""},
        {"ContactId": "4155550100"},
        {"ContactId": "messenger:1"},
        {"SenderId": ""},
        {"SenderId": number()},
        {"SenderId": theirs},
        {"SenderId": "KS" + "0" * 32},
        {"SenderId": "MG" + "0" * 32},
        {"Source": "hearsay"},
        {"DateOfConsent": "yesterday"},
        {"DateOfConsent": "2999-01-01"},
    ):
        assert error(wire.post(OPT_OUTS, good | wrong)) == (400, 20001), wrong
    assert listed(wire, ContactId=good["ContactId"]) == []


def test_without_more_it_is_of_now_and_of_no_particular_source(
    wire: Wire, sender: str, person: Callable[[], str]
) -> None:
    made = wire.post(OPT_OUTS, {"ContactId": person(), "SenderId": sender}).json()
    assert made["detail"] == "others"
    assert made["date_of_consent"] == made["date_created"]


def test_it_stops_messages_until_it_is_deleted(
    wire: Wire, client: Client, stocked: Any, person: Callable[[], str], refused: Refused
) -> None:
    session = stocked.sessions.create()
    one = client.proxy.v1.services(stocked.sid).sessions(session.sid)
    bob = one.participants.create(identifier=person())
    messages = one.participants(bob.sid).message_interactions
    for sender in (bob.proxy_identifier, stocked.sid):
        form = {"ContactId": bob.identifier, "SenderId": sender}
        made = wire.post(OPT_OUTS, form).json()
        assert made["service_sid"] == (stocked.sid if sender != stocked.sid else None)
        assert refused(messages.create, body="hi") == 21610
        wire.delete(f"{OPT_OUTS}/{made['sid']}")
        assert messages.create(body="hi").outbound_resource_status == "queued"


@pytest.mark.covers(
    "GET /messaging/v1/OptOuts",
    "param:ContactId",
    "param:SenderId",
    "param:Source",
    "param:StartDate",
    "param:EndDate",
    "code:20001",
)
def test_a_list_is_narrowed(wire: Wire, sender: str, person: Callable[[], str]) -> None:
    bob, carol = person(), person()
    made = [
        wire.post(
            OPT_OUTS, {"ContactId": who, "SenderId": sender, "DateOfConsent": f"2024-01-0{day}"}
        ).json()
        for who, day in ((bob, 1), (carol, 2))
    ]
    mine = {"SenderId": sender}
    assert listed(wire, **mine) == made[::-1]
    assert listed(wire, ContactId=bob) == made[:1]
    assert listed(wire, **mine, Source="keyword") == []
    assert listed(wire, **mine, Source="api") == made[::-1]
    assert listed(wire, **mine, StartDate="2024-01-02") == made[1:]
    assert listed(wire, **mine, EndDate="2024-01-02") == made[:1]
    for wrong in ({"Source": "x"}, {"StartDate": "x"}, {"PageSize": "0"}):
        assert error(wire.get(OPT_OUTS, **wrong)) == (400, 20001)
    meta = wire.get(OPT_OUTS, **mine, PageSize="1").json()["meta"]
    assert sender.removeprefix("+") in meta["next_page_url"]
    second = wire.get(meta["next_page_url"]).json()["opt_outs"]
    assert second == made[:1]


def test_a_person_is_known_by_one_number(wire: Wire, sender: str) -> None:
    form = {"ContactId": "+5215512345678", "SenderId": sender}
    made = wire.post(OPT_OUTS, form).json()
    assert made["contact_id"] == "+525512345678"
    assert listed(wire, ContactId="+5215512345678", SenderId=sender) == [made]


@pytest.mark.covers("GET /messaging/v1/OptOuts/{Sid}", "code:20404")
def test_accounts_see_their_own(
    wire: Wire, other: Wire, sender: str, person: Callable[[], str]
) -> None:
    made = wire.post(OPT_OUTS, {"ContactId": person(), "SenderId": sender}).json()
    path = f"{OPT_OUTS}/{made['sid']}"
    assert error(other.get(path)) == error(other.delete(path)) == (404, 20404)
    assert made not in other.get(OPT_OUTS).json()["opt_outs"]
    assert wire.get(path).status_code == 200


@pytest.mark.covers(
    "POST /accounts/v1/Consents/Bulk", "status:201", "param:Items", "field:items", "code:20001"
)
def test_bulk(
    client: Client, wire: Wire, sender: str, person: Callable[[], str], refused: Refused
) -> None:
    bob, carol, service = person(), person(), wire.messaging_service().rpartition("/")[2]
    consents = client.accounts.v1.bulk_consents

    def item(contact: str, status: str, **more: str) -> dict[str, str]:
        given = {"contact_id": contact, "sender_id": sender, "status": status}
        return given | {"correlation_id": f"{contact}-{status}"} | more

    done = consents.create(
        items=[
            item(bob, "opt-out", source="offline", date_of_consent=SEEN),
            item(carol, "opt-out", sender_id=service),
        ]
    )
    assert done.items == [
        {"correlation_id": f"{who}-opt-out", "error_code": 0, "error_messages": []}
        for who in (bob, carol)
    ]
    (held,) = listed(wire, ContactId=bob)
    assert (held["detail"], held["date_of_consent"]) == ("offline", SEEN)
    assert [one["sender_id"] for one in listed(wire, ContactId=carol)] == [service]

    done = consents.create(
        items=[
            item(bob, "opt-in", source="opt-in-message"),
            item(carol, "opt-in"),
            item(carol, "opt-in", sender_id=service),
            item(carol, "opt-in", sender_id=service),
        ]
    )
    assert [one["error_code"] for one in done.items] == [0] * 4
    assert listed(wire, ContactId=bob) == listed(wire, ContactId=carol) == []
    assert refused(consents.create, []) == 20001
    assert refused(consents.create, [item(bob, "opt-out")] * 26) == 20001
    assert listed(wire, ContactId=bob) == []


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"contact_id": "bob"}, "contact_id must be a phone number"),
        ({"contact_id": None}, "contact_id is required"),
        ({"sender_id": "+14150000000"}, "sender_id must be one of the account's numbers"),
        ({"status": None}, "status is required"),
        ({"status": "maybe"}, "status must be one of"),
        ({"source": "hearsay"}, "source must be one of"),
        ({"date_of_consent": "2999-01-01"}, "date_of_consent is in the future"),
        ({"correlation_id": "x" * 65}, "correlation_id has more than 64 characters"),
        ({"status": 1}, "Items must be objects whose values are texts"),
    ],
)
def test_a_bad_item_keeps_no_other_from_being_done(
    wire: Wire, sender: str, person: Callable[[], str], wrong: Body, why: str
) -> None:
    good = {
        "contact_id": person(),
        "sender_id": sender,
        "status": "opt-out",
        "correlation_id": "one",
    }
    answer = wire.post(BULK, {"Items": [json.dumps(good | wrong), json.dumps(good)]})
    assert answer.status_code == 201
    bad, done = answer.json()["items"]
    assert bad["error_code"] == 20001
    assert why in bad["error_messages"][0]
    assert bad["correlation_id"] == (
        "" if "correlation_id" in wrong or wrong == {"status": 1} else "one"
    )
    assert done == {"correlation_id": "one", "error_code": 0, "error_messages": []}
    assert len(listed(wire, ContactId=good["contact_id"])) == 1


def test_what_is_no_object_is_a_bad_item(wire: Wire) -> None:
    answer = wire.post(BULK, {"Items": ["[", "[]"]})
    assert [one["error_code"] for one in answer.json()["items"]] == [20001, 20001]


def test_an_opt_out_by_keyword_is_in_the_list(
    wire: Wire, client: Client, sender: str, person: Callable[[], str], server: RunningServer
) -> None:
    bob = person()
    phone = f"/simulator/phones/{bob.replace('+', '%2B')}/messages"
    assert wire.send("POST", phone, json={"to": sender, "body": "Quit"}).status_code == 201
    (held,) = listed(wire, ContactId=bob)
    assert (held["source"], held["detail"], held["sender_id"]) == ("keyword", "quit", sender)
    assert held["date_replied"] == held["date_created"]
