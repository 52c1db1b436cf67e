"""Every resource of Proxy, whole: made, fetched, updated with nothing, and listed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from twilio.rest.proxy.v1.service import ServiceInstance

from maskline.model.number import Number
from maskline.model.sid import is_sid
from tests.api.records import Body, iso, on_top, sid, unchanged
from tests.api.test_pool import FLAGS
from tests.api.wire import Wire, unique
from tests.support.world import eventually


@pytest.mark.covers("POST /proxy/v1/Services", "field:*")
@pytest.mark.covers("GET /proxy/v1/Services/{Sid}", "field:*")
@pytest.mark.covers("POST /proxy/v1/Services/{Sid}", "field:*")
@pytest.mark.covers("GET /proxy/v1/Services", "field:services")
def test_a_service(wire: Wire) -> None:
    name = unique()
    form = {
        "UniqueName": name,
        "DefaultTtl": "3600",
        "CallbackUrl": "https://example.com/callback",
        "GeoMatchLevel": "area-code",
        "NumberSelectionBehavior": "avoid-sticky",
        "InterceptCallbackUrl": "https://example.com/intercept",
        "OutOfSessionCallbackUrl": "https://example.com/out",
        "ChatInstanceSid": "IS" + "a" * 32,
    }
    made = wire.post("/proxy/v1/Services", form).json()
    path = f"/proxy/v1/Services/{sid(made, 'KS')}"
    url = wire.url + path
    assert made == {
        "sid": made["sid"],
        "unique_name": name,
        "account_sid": wire.account_sid,
        "chat_instance_sid": "IS" + "a" * 32,
        "callback_url": "https://example.com/callback",
        "default_ttl": 3600,
        "number_selection_behavior": "avoid-sticky",
        "geo_match_level": "area-code",
        "intercept_callback_url": "https://example.com/intercept",
        "out_of_session_callback_url": "https://example.com/out",
        "date_created": iso(made["date_created"]),
        "date_updated": made["date_created"],
        "url": url,
        "links": {
            "sessions": f"{url}/Sessions",
            "phone_numbers": f"{url}/PhoneNumbers",
            "short_codes": f"{url}/ShortCodes",
        },
    }
    assert wire.get(path).json() == made
    body = unchanged(wire, path, made, iso)
    assert on_top(wire, "/proxy/v1/Services", "services") == body


@pytest.mark.covers("POST /proxy/v1/Services/{ServiceSid}/Sessions", "field:*")
@pytest.mark.covers("GET /proxy/v1/Services/{ServiceSid}/Sessions/{Sid}", "field:*")
@pytest.mark.covers("POST /proxy/v1/Services/{ServiceSid}/Sessions/{Sid}", "field:*")
@pytest.mark.covers("GET /proxy/v1/Services/{ServiceSid}/Sessions", "field:sessions")
def test_a_session(wire: Wire) -> None:
    service = wire.service()
    form = {
        "UniqueName": "ride 1",
        "DateExpiry": "2090-07-30T20:00:00Z",
        "Ttl": "600",
        "Mode": "message-only",
        "Status": "in-progress",
    }
    made = wire.post(f"{service}/Sessions", form).json()
    path = f"{service}/Sessions/{sid(made, 'KC')}"
    url = wire.url + path
    expected = {
        "sid": made["sid"],
        "service_sid": service.rpartition("/")[2],
        "account_sid": wire.account_sid,
        "date_started": None,
        "date_ended": None,
        "date_last_interaction": None,
        "date_expiry": "2090-07-30T20:00:00Z",
        "unique_name": "ride 1",
        "status": "in-progress",
        "closed_reason": None,
        "ttl": 600,
        "mode": "message-only",
        "date_created": iso(made["date_created"]),
        "date_updated": made["date_created"],
        "url": url,
        "links": {"interactions": f"{url}/Interactions", "participants": f"{url}/Participants"},
    }
    assert made == expected
    assert wire.get(path).json() == made
    body = unchanged(wire, path, made, iso)
    assert on_top(wire, f"{service}/Sessions", "sessions") == body
    closed = wire.post(path, {"Status": "closed"}).json()
    assert closed == body | {
        "status": "closed",
        "closed_reason": "api",
        "date_ended": iso(closed["date_ended"]),
        "date_updated": closed["date_ended"],
    }


@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Participants", "field:*"
)
@pytest.mark.covers(
    "GET /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Participants/{Sid}", "field:*"
)
@pytest.mark.covers(
    "GET /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Participants", "field:participants"
)
def test_a_participant(wire: Wire, stocked: ServiceInstance, person: Callable[[], str]) -> None:
    session = stocked.sessions.create()
    number, someone = stocked.phone_numbers.list()[0], person()
    people = f"/proxy/v1/Services/{stocked.sid}/Sessions/{session.sid}/Participants"
    form = {
        "Identifier": someone,
        "FriendlyName": "A person",
        "ProxyIdentifierSid": number.sid,
    }
    made = wire.post(people, form).json()
    path = f"{people}/{sid(made, 'KP')}"
    assert made == {
        "sid": made["sid"],
        "session_sid": session.sid,
        "service_sid": stocked.sid,
        "account_sid": wire.account_sid,
        "friendly_name": "A person",
        "identifier": someone,
        "proxy_identifier": number.phone_number,
        "proxy_identifier_sid": number.sid,
        "date_deleted": None,
        "date_created": iso(made["date_created"]),
        "date_updated": made["date_created"],
        "url": wire.url + path,
        "links": {"message_interactions": f"{wire.url}{path}/MessageInteractions"},
    }
    assert wire.get(path).json() == made
    assert wire.get(people).json()["participants"] == [made]


@pytest.mark.covers("POST /proxy/v1/Services/{ServiceSid}/PhoneNumbers", "field:*")
@pytest.mark.covers("GET /proxy/v1/Services/{ServiceSid}/PhoneNumbers/{Sid}", "field:*")
@pytest.mark.covers("POST /proxy/v1/Services/{ServiceSid}/PhoneNumbers/{Sid}", "field:*")
@pytest.mark.covers("GET /proxy/v1/Services/{ServiceSid}/PhoneNumbers", "field:phone_numbers")
def test_a_number_of_a_pool(wire: Wire, number: Callable[[], str]) -> None:
    service, text = wire.service(), number()
    form = {"PhoneNumber": text, "FriendlyName": "Front desk"}
    bought = wire.post(wire.core("IncomingPhoneNumbers.json"), form).json()
    form = {"Sid": bought["sid"], "IsReserved": "true"}
    made = wire.post(f"{service}/PhoneNumbers", form).json()
    path = f"{service}/PhoneNumbers/{sid(made, 'PN')}"
    assert made == {
        "sid": bought["sid"],
        "account_sid": wire.account_sid,
        "service_sid": service.rpartition("/")[2],
        "date_created": iso(made["date_created"]),
        "date_updated": made["date_created"],
        "phone_number": text,
        "friendly_name": "Front desk",
        "iso_country": "US",
        "capabilities": FLAGS,
        "url": wire.url + path,
        "is_reserved": True,
        "in_use": 0,
    }
    assert wire.get(path).json() == made
    body = unchanged(wire, path, made, iso)
    assert wire.get(f"{service}/PhoneNumbers").json()["phone_numbers"] == [body]


@pytest.mark.covers("POST /proxy/v1/Services/{ServiceSid}/ShortCodes", "field:*")
@pytest.mark.covers("GET /proxy/v1/Services/{ServiceSid}/ShortCodes/{Sid}", "field:*")
@pytest.mark.covers("POST /proxy/v1/Services/{ServiceSid}/ShortCodes/{Sid}", "field:*")
@pytest.mark.covers("GET /proxy/v1/Services/{ServiceSid}/ShortCodes", "field:short_codes")
def test_a_short_code_of_a_pool(wire: Wire, short_code: Number) -> None:
    service = wire.service()
    form = {"Sid": short_code.sid, "IsReserved": "true"}
    made = wire.post(f"{service}/ShortCodes", form).json()
    path = f"{service}/ShortCodes/{short_code.sid}"
    texts = {"sms_inbound": True, "sms_outbound": True}
    assert made == {
        "sid": short_code.sid,
        "account_sid": wire.account_sid,
        "service_sid": service.rpartition("/")[2],
        "date_created": iso(made["date_created"]),
        "date_updated": made["date_created"],
        "short_code": short_code.number,
        "iso_country": "US",
        "capabilities": dict.fromkeys(FLAGS, False) | texts,
        "url": wire.url + path,
        "is_reserved": True,
    }
    assert wire.get(path).json() == made
    body = unchanged(wire, path, made, iso)
    assert wire.get(f"{service}/ShortCodes").json()["short_codes"] == [body]


@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Participants/{ParticipantSid}"
    "/MessageInteractions",
    "field:*",
)
@pytest.mark.covers(
    "GET /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Participants/{ParticipantSid}"
    "/MessageInteractions/{Sid}",
    "field:*",
)
@pytest.mark.covers(
    "GET /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Participants/{ParticipantSid}"
    "/MessageInteractions",
    "field:interactions",
)
@pytest.mark.covers(
    "GET /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Interactions/{Sid}", "field:*"
)
@pytest.mark.covers(
    "GET /proxy/v1/Services/{ServiceSid}/Sessions/{SessionSid}/Interactions", "field:interactions"
)
def test_an_interaction(wire: Wire, stocked: ServiceInstance, person: Callable[[], str]) -> None:
    session = stocked.sessions.create(participants=[{"Identifier": person()}])
    addressed = session.participants.list()[0]
    inside = f"/proxy/v1/Services/{stocked.sid}/Sessions/{session.sid}"
    messages = f"{inside}/Participants/{addressed.sid}/MessageInteractions"
    made = wire.post(messages, {"Body": "Hello"}).json()
    path = f"{messages}/{sid(made, 'KI')}"
    message = made["outbound_resource_sid"]
    assert is_sid(message, "SM")
    assert made == {
        "sid": made["sid"],
        "session_sid": session.sid,
        "service_sid": stocked.sid,
        "account_sid": wire.account_sid,
        "data": '{"body":"Hello"}',
        "type": "message",
        "participant_sid": addressed.sid,
        "inbound_participant_sid": None,
        "inbound_resource_sid": None,
        "inbound_resource_status": None,
        "inbound_resource_type": None,
        "inbound_resource_url": None,
        "outbound_participant_sid": addressed.sid,
        "outbound_resource_sid": message,
        "outbound_resource_status": "queued",
        "outbound_resource_type": "Message",
        "outbound_resource_url": wire.url + wire.core(f"Messages/{message}.json"),
        "date_created": iso(made["date_created"]),
        "date_updated": made["date_created"],
        "url": wire.url + path,
    }

    def delivered() -> Body | None:
        body: Body = wire.get(path).json()
        return body if body["outbound_resource_status"] == "delivered" else None

    body = eventually(delivered)
    assert body is not None
    assert body == made | {
        "outbound_resource_status": "delivered",
        "date_updated": iso(body["date_updated"]),
    }
    assert wire.get(messages).json()["interactions"] == [body]
    one = f"{inside}/Interactions/{made['sid']}"
    del body["participant_sid"]
    body["url"] = wire.url + one
    assert wire.get(one).json() == body
    assert wire.get(f"{inside}/Interactions").json()["interactions"] == [body]
