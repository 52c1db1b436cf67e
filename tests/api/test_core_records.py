"""Every resource of the 2010 API, whole: made, fetched, updated with nothing, and listed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from maskline.model.call import Call
from maskline.model.message import Message
from maskline.numbers.e164 import friendly
from tests.api.records import Body, on_top, rfc2822, sid, unchanged
from tests.api.wire import Wire, error
from tests.support.server import RunningServer

#: When the fixtures' messages and calls took place, up to the seconds.
NOON = "Sun, 13 Sep 2020 12:00"

HOOKS = {
    "SmsUrl": "https://example.com/sms",
    "SmsMethod": "GET",
    "SmsFallbackUrl": "https://example.com/sms-fallback",
    "SmsFallbackMethod": "GET",
    "SmsApplicationSid": "AP" + "a" * 32,
    "VoiceUrl": "https://example.com/voice",
    "VoiceMethod": "GET",
    "VoiceFallbackUrl": "https://example.com/voice-fallback",
    "VoiceFallbackMethod": "GET",
    "VoiceApplicationSid": "AP" + "b" * 32,
    "VoiceCallerIdLookup": "true",
    "VoiceReceiveMode": "fax",
    "StatusCallback": "https://example.com/status",
    "StatusCallbackMethod": "GET",
    "TrunkSid": "TK" + "a" * 32,
    "AddressSid": "AD" + "a" * 32,
    "IdentitySid": "RI" + "a" * 32,
    "BundleSid": "BU" + "a" * 32,
    "EmergencyStatus": "Active",
    "EmergencyAddressSid": "AD" + "b" * 32,
    "SmsStopFilter": "false",
}
SHOWN = {
    "sms_url": HOOKS["SmsUrl"],
    "sms_method": "GET",
    "sms_fallback_url": HOOKS["SmsFallbackUrl"],
    "sms_fallback_method": "GET",
    "sms_application_sid": HOOKS["SmsApplicationSid"],
    "voice_url": HOOKS["VoiceUrl"],
    "voice_method": "GET",
    "voice_fallback_url": HOOKS["VoiceFallbackUrl"],
    "voice_fallback_method": "GET",
    "voice_application_sid": HOOKS["VoiceApplicationSid"],
    "voice_caller_id_lookup": True,
    "voice_receive_mode": "fax",
    "status_callback": HOOKS["StatusCallback"],
    "status_callback_method": "GET",
    "trunk_sid": HOOKS["TrunkSid"],
    "address_sid": HOOKS["AddressSid"],
    "identity_sid": HOOKS["IdentitySid"],
    "bundle_sid": HOOKS["BundleSid"],
    "emergency_status": "Active",
    "emergency_address_sid": HOOKS["EmergencyAddressSid"],
    "sms_stop_filter": False,
}
PLAIN = {
    "sms_url": "",
    "sms_method": "POST",
    "sms_fallback_url": "",
    "sms_fallback_method": "POST",
    "sms_application_sid": "",
    "voice_url": "",
    "voice_method": "POST",
    "voice_fallback_url": "",
    "voice_fallback_method": "POST",
    "voice_application_sid": "",
    "voice_caller_id_lookup": False,
    "voice_receive_mode": "voice",
    "status_callback": "",
    "status_callback_method": "POST",
    "trunk_sid": None,
    "address_sid": None,
    "identity_sid": None,
    "bundle_sid": None,
    "emergency_status": "Inactive",
    "emergency_address_sid": None,
    "sms_stop_filter": True,
}


TYPES = {"": "local", "/Local": "local", "/Mobile": "mobile", "/TollFree": "toll-free"}


def bought(wire: Wire, form: dict[str, str], hooks: Body, kind: str = "") -> Body:
    """A number after its purchase, which answers with the whole of it."""
    answer = wire.post(wire.core(f"IncomingPhoneNumbers{kind}.json"), form)
    assert answer.status_code == 201
    made: Body = answer.json()
    assert made == hooks | {
        "sid": sid(made, "PN"),
        "account_sid": wire.account_sid,
        "phone_number": form["PhoneNumber"],
        "friendly_name": form.get("FriendlyName", friendly(form["PhoneNumber"])),
        "capabilities": {"voice": True, "sms": True, "mms": True, "fax": False},
        "status": "in-use",
        "type": TYPES[kind],
        "origin": "twilio",
        "beta": False,
        "api_version": "2010-04-01",
        "address_requirements": "none",
        "emergency_address_status": "unregistered",
        "date_created": rfc2822(made["date_created"]),
        "date_updated": made["date_created"],
        "uri": f"/2010-04-01/Accounts/{wire.account_sid}/IncomingPhoneNumbers/{made['sid']}.json",
    }
    return made


@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers.json",
    "field:*",
    "param:ApiVersion",
    "param:SmsStopFilter",
)
@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/{Sid}.json", "field:*"
)
@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/{Sid}.json", "field:*"
)
@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers.json",
    "field:incoming_phone_numbers",
)
def test_a_number_of_the_account(wire: Wire, number: Callable[[], str]) -> None:
    form = {"PhoneNumber": number(), "FriendlyName": "Front desk", "ApiVersion": "2008-08-01"}
    made = bought(wire, form | HOOKS, SHOWN)
    path = wire.core(f"IncomingPhoneNumbers/{made['sid']}.json")
    assert wire.get(path).json() == made
    body = unchanged(wire, path, made, rfc2822)
    numbers = wire.core("IncomingPhoneNumbers.json")
    assert on_top(wire, numbers, "incoming_phone_numbers") == body


@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/{Sid}.json",
    "param:SmsUrl",
    "param:SmsMethod",
    "param:SmsFallbackUrl",
    "param:SmsFallbackMethod",
    "param:SmsApplicationSid",
    "param:VoiceUrl",
    "param:VoiceMethod",
    "param:VoiceFallbackUrl",
    "param:VoiceFallbackMethod",
    "param:VoiceApplicationSid",
    "param:VoiceCallerIdLookup",
    "param:VoiceReceiveMode",
    "param:StatusCallback",
    "param:StatusCallbackMethod",
    "param:TrunkSid",
    "param:AddressSid",
    "param:IdentitySid",
    "param:BundleSid",
    "param:EmergencyStatus",
    "param:EmergencyAddressSid",
    "param:SmsStopFilter",
    "param:ApiVersion",
)
def test_each_setting_of_a_number_changes_its_own_field(
    wire: Wire, number: Callable[[], str]
) -> None:
    body = bought(wire, {"PhoneNumber": number()}, PLAIN)
    path = wire.core(f"IncomingPhoneNumbers/{body['sid']}.json")
    assert len(HOOKS) == len(SHOWN) == len(PLAIN)
    for (parameter, sent), (field, shown) in zip(HOOKS.items(), SHOWN.items(), strict=True):
        assert body[field] == PLAIN[field] != shown
        wire.post(path, {parameter: sent})
        after = wire.get(path).json()
        updated = rfc2822(after["date_updated"])
        assert after == body | {field: shown, "date_updated": updated}, parameter
        body = after
    unversioned = wire.post(path, {"ApiVersion": "2008-08-01"}).json()
    assert unversioned == body | {"date_updated": unversioned["date_updated"]}


@pytest.mark.parametrize(
    ("country", "kind", "area"),
    [
        pytest.param(
            "US",
            "Local",
            "212",
            marks=[
                pytest.mark.covers(
                    "GET /api/2010-04-01/Accounts/{AccountSid}/AvailablePhoneNumbers/{CountryCode}"
                    "/Local.json",
                    "param:*",
                    "field:*",
                ),
                pytest.mark.covers(
                    "POST /api/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/Local.json",
                    "param:*",
                    "field:*",
                ),
            ],
        ),
        pytest.param(
            "GB",
            "Mobile",
            None,
            marks=[
                pytest.mark.covers(
                    "GET /api/2010-04-01/Accounts/{AccountSid}/AvailablePhoneNumbers/{CountryCode}"
                    "/Mobile.json",
                    "param:*",
                    "field:*",
                ),
                pytest.mark.covers(
                    "POST /api/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/Mobile.json",
                    "param:*",
                    "field:*",
                ),
            ],
        ),
        pytest.param(
            "US",
            "TollFree",
            "833",
            marks=[
                pytest.mark.covers(
                    "GET /api/2010-04-01/Accounts/{AccountSid}/AvailablePhoneNumbers/{CountryCode}"
                    "/TollFree.json",
                    "param:*",
                    "field:*",
                ),
                pytest.mark.covers(
                    "POST /api/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/TollFree.json",
                    "param:*",
                    "field:*",
                ),
            ],
        ),
    ],
)
def test_a_number_that_a_search_finds(
    wire: Wire, country: str, kind: str, area: str | None
) -> None:
    path = wire.core(f"AvailablePhoneNumbers/{country}/{kind}.json")

    def found(**query: str) -> list[str]:
        answer = wire.get(path, **query)
        assert answer.status_code == 200
        body = answer.json()
        offers = body.pop("available_phone_numbers")
        uri = f"{path.removeprefix('/api')}?PageSize={query.get('PageSize', 30)}&Page=0"
        assert body == {
            "first_page_uri": uri,
            "next_page_uri": None,
            "previous_page_uri": None,
            "uri": uri,
            "page": 0,
            "page_size": int(query.get("PageSize", 30)),
            "start": 0,
            "end": max(len(offers) - 1, 0),
        }
        for offer in offers:
            assert offer == {
                "friendly_name": friendly(offer["phone_number"]),
                "phone_number": offer["phone_number"],
                "lata": None,
                "locality": None,
                "rate_center": None,
                "latitude": None,
                "longitude": None,
                "region": None,
                "postal_code": None,
                "iso_country": country,
                "address_requirements": "none",
                "beta": False,
                "capabilities": {"voice": True, "sms": True, "mms": True, "fax": False},
            }
        return [offer["phone_number"] for offer in offers]

    assert 20 < len(found()) <= 30
    assert len(found(PageSize="3")) == 3
    ending = found(Contains="77", PageSize="5")
    assert 0 < len(ending) <= 5
    assert all("77" in number for number in ending)
    in_area = found(AreaCode=area or "212", PageSize="5")
    assert len(in_area) == (5 if area else 0)
    assert all(number.startswith(f"+1{area}") for number in in_area)
    for name, has in (("Voice", True), ("Sms", True), ("Mms", True), ("Fax", False)):
        assert len(found(**{f"{name}Enabled": "true", "PageSize": "2"})) == 2 * has
        assert len(found(**{f"{name}Enabled": "false", "PageSize": "2"})) == 2 * (not has)
    for name in (
        "NearNumber",
        "NearLatLong",
        "InPostalCode",
        "InRegion",
        "InRateCenter",
        "InLata",
        "InLocality",
    ):
        assert error(wire.get(path, **{name: "1"})) == (400, 20001), name
    for name in (
        "ExcludeAllAddressRequired",
        "ExcludeLocalAddressRequired",
        "ExcludeForeignAddressRequired",
        "Beta",
        "Distance",
        "Page",
        "PageToken",
    ):
        assert len(found(**{name: "1", "PageSize": "2"})) == 2, name
    form = {"PhoneNumber": ending[0], "FriendlyName": "Desk", "ApiVersion": "2008-08-01"}
    made = bought(wire, form | HOOKS, SHOWN, f"/{kind}")
    assert wire.get(wire.core(f"IncomingPhoneNumbers/{made['sid']}.json")).json() == made


@pytest.mark.covers("POST /api/2010-04-01/Accounts/{AccountSid}/Keys.json", "field:*")
@pytest.mark.covers("GET /api/2010-04-01/Accounts/{AccountSid}/Keys/{Sid}.json", "field:*")
@pytest.mark.covers("POST /api/2010-04-01/Accounts/{AccountSid}/Keys/{Sid}.json", "field:*")
@pytest.mark.covers("GET /api/2010-04-01/Accounts/{AccountSid}/Keys.json", "field:keys")
def test_a_key(wire: Wire) -> None:
    made = wire.post(wire.core("Keys.json"), {"FriendlyName": "A program"}).json()
    assert len(made.pop("secret")) == 32
    assert made == {
        "sid": sid(made, "SK"),
        "friendly_name": "A program",
        "date_created": rfc2822(made["date_created"]),
        "date_updated": made["date_created"],
    }
    path = wire.core(f"Keys/{made['sid']}.json")
    assert wire.get(path).json() == made
    body = unchanged(wire, path, made, rfc2822)
    assert on_top(wire, wire.core("Keys.json"), "keys") == body


@pytest.mark.covers("GET /api/2010-04-01/Accounts/{Sid}.json", "field:*")
def test_an_account(wire: Wire, server: RunningServer) -> None:
    body = wire.get(f"/api/2010-04-01/Accounts/{wire.account_sid}.json").json()
    uri = f"/2010-04-01/Accounts/{wire.account_sid}"
    row = server.transact(lambda tx: tx.accounts.get(wire.account_sid))
    assert body == {
        "sid": wire.account_sid,
        "owner_account_sid": wire.account_sid,
        "friendly_name": row.friendly_name,
        "auth_token": wire.auth[1],
        "status": "active",
        "type": "Full",
        "date_created": rfc2822(body["date_created"]),
        "date_updated": body["date_created"],
        "uri": f"{uri}.json",
        "subresource_uris": {
            "available_phone_numbers": f"{uri}/AvailablePhoneNumbers.json",
            "calls": f"{uri}/Calls.json",
            "incoming_phone_numbers": f"{uri}/IncomingPhoneNumbers.json",
            "keys": f"{uri}/Keys.json",
            "messages": f"{uri}/Messages.json",
        },
    }


@pytest.mark.covers("GET /api/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json", "field:*")
@pytest.mark.covers("GET /api/2010-04-01/Accounts/{AccountSid}/Messages.json", "field:messages")
def test_a_message(wire: Wire, message: Message) -> None:
    uri = f"/2010-04-01/Accounts/{wire.account_sid}/Messages/{message.sid}"
    body = {
        "sid": message.sid,
        "account_sid": wire.account_sid,
        "messaging_service_sid": None,
        "from": message.sender,
        "to": message.recipient,
        "body": "Hello",
        "num_media": "2",
        "num_segments": "1",
        "direction": "inbound",
        "status": "received",
        "error_code": None,
        "error_message": None,
        "price": None,
        "price_unit": None,
        "api_version": "2010-04-01",
        "date_created": f"{NOON}:00 +0000",
        "date_sent": f"{NOON}:00 +0000",
        "date_updated": f"{NOON}:01 +0000",
        "uri": f"{uri}.json",
        "subresource_uris": {"media": f"{uri}/Media.json"},
    }
    assert wire.get(f"/api{uri}.json").json() == body
    listed = wire.get(wire.core("Messages.json"), To=message.recipient).json()
    assert listed["messages"] == [body]


@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/Messages/{MessageSid}/Media/{Sid}.json", "field:*"
)
@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/Messages/{MessageSid}/Media.json", "field:media_list"
)
def test_a_medium(wire: Wire, server: RunningServer, message: Message) -> None:
    uri = f"/2010-04-01/Accounts/{wire.account_sid}/Messages/{message.sid}/Media"
    rows = server.transact(lambda tx: tx.messages.media(message.sid))
    media = [
        {
            "sid": row.sid,
            "account_sid": wire.account_sid,
            "parent_sid": message.sid,
            "content_type": "image/png",
            "date_created": f"{NOON}:00 +0000",
            "date_updated": f"{NOON}:00 +0000",
            "uri": f"{uri}/{row.sid}.json",
        }
        for row in rows
    ]
    assert wire.get(f"/api{uri}/{rows[0].sid}.json").json() == media[0]
    assert wire.get(f"/api{uri}.json").json()["media_list"] == media


@pytest.mark.covers("GET /api/2010-04-01/Accounts/{AccountSid}/Calls/{Sid}.json", "field:*")
@pytest.mark.covers("GET /api/2010-04-01/Accounts/{AccountSid}/Calls.json", "field:calls")
def test_a_call(wire: Wire, call: Call) -> None:
    uri = f"/2010-04-01/Accounts/{wire.account_sid}/Calls/{call.sid}.json"
    body = {
        "sid": call.sid,
        "parent_call_sid": None,
        "account_sid": wire.account_sid,
        "phone_number_sid": None,
        "from": call.caller,
        "from_formatted": friendly(call.caller),
        "to": call.called,
        "to_formatted": friendly(call.called),
        "direction": "inbound",
        "status": "completed",
        "start_time": f"{NOON}:00 +0000",
        "end_time": f"{NOON}:05 +0000",
        "duration": "5",
        "price": None,
        "price_unit": None,
        "answered_by": None,
        "caller_name": None,
        "forwarded_from": None,
        "group_sid": None,
        "trunk_sid": None,
        "queue_time": "0",
        "api_version": "2010-04-01",
        "date_created": f"{NOON}:00 +0000",
        "date_updated": f"{NOON}:05 +0000",
        "uri": uri,
        "subresource_uris": {
            "events": uri.replace(".json", "/Events.json"),
            "notifications": uri.replace(".json", "/Notifications.json"),
            "recordings": uri.replace(".json", "/Recordings.json"),
        },
    }
    assert wire.get(f"/api{uri}").json() == body
    for below in wire.get(f"/api{uri}").json()["subresource_uris"].values():
        assert wire.get(f"/api{below}").status_code == 200
    assert wire.get(wire.core("Calls.json"), To=call.called).json()["calls"] == [body]
