"""Phone numbers of the account and those it could buy, through the official SDK."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
from twilio.rest import Client
from twilio.rest.proxy.v1.service import ServiceInstance

from tests.api.conftest import Refused, add_account
from tests.api.wire import Wire, error, unique
from tests.support.server import RunningServer

HOOKS = {
    "sms_url": "https://example.com/sms",
    "sms_method": "GET",
    "sms_fallback_url": "https://example.com/sms-fallback",
    "sms_fallback_method": "GET",
    "sms_application_sid": "AP" + "a" * 32,
    "voice_url": "https://example.com/voice",
    "voice_method": "GET",
    "voice_fallback_url": "https://example.com/voice-fallback",
    "voice_fallback_method": "GET",
    "voice_application_sid": "AP" + "b" * 32,
    "voice_receive_mode": "fax",
    "status_callback": "https://example.com/status",
    "status_callback_method": "GET",
    "trunk_sid": "TK" + "a" * 32,
    "address_sid": "AD" + "a" * 32,
    "identity_sid": "RI" + "a" * 32,
    "bundle_sid": "BU" + "a" * 32,
    "emergency_status": "Active",
    "emergency_address_sid": "AD" + "b" * 32,
}


@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers.json",
    "status:201",
    "param:PhoneNumber",
    "param:FriendlyName",
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
    "field:sid",
    "field:account_sid",
    "field:phone_number",
    "field:friendly_name",
    "field:capabilities.voice",
    "field:capabilities.sms",
    "field:capabilities.mms",
    "field:capabilities.fax",
    "field:status",
    "field:type",
    "field:origin",
    "field:beta",
    "field:api_version",
    "field:sms_url",
    "field:sms_method",
    "field:sms_fallback_url",
    "field:sms_fallback_method",
    "field:sms_application_sid",
    "field:voice_url",
    "field:voice_method",
    "field:voice_fallback_url",
    "field:voice_fallback_method",
    "field:voice_application_sid",
    "field:voice_caller_id_lookup",
    "field:voice_receive_mode",
    "field:status_callback",
    "field:status_callback_method",
    "field:trunk_sid",
    "field:address_requirements",
    "field:address_sid",
    "field:identity_sid",
    "field:bundle_sid",
    "field:emergency_status",
    "field:emergency_address_sid",
    "field:emergency_address_status",
    "field:date_created",
    "field:date_updated",
    "field:uri",
)
@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/{Sid}.json",
    "status:200",
    "field:sms_url",
    "field:voice_caller_id_lookup",
)
def test_buy_with_everything(client: Client, number: Callable[[], str], wire: Wire) -> None:
    text = number()
    bought = client.incoming_phone_numbers.create(
        phone_number=text, friendly_name="Front desk", voice_caller_id_lookup=True, **HOOKS
    )
    assert bought.sid.startswith("PN")
    assert bought.account_sid == wire.account_sid
    assert (bought.phone_number, bought.friendly_name) == (text, "Front desk")
    assert bought.capabilities == {"voice": True, "sms": True, "mms": True, "fax": False}
    assert (bought.status, bought.type, bought.origin) == ("in-use", "local", "twilio")
    assert (bought.beta, bought.api_version) == (False, "2010-04-01")
    assert bought.address_requirements == "none"
    assert bought.emergency_address_status == "unregistered"
    assert isinstance(bought.date_created, datetime.datetime)
    assert bought.uri == (
        f"/2010-04-01/Accounts/{wire.account_sid}/IncomingPhoneNumbers/{bought.sid}.json"
    )
    fetched = client.incoming_phone_numbers(bought.sid).fetch()
    for field, value in HOOKS.items():
        assert getattr(fetched, field) == value, field
    assert fetched.voice_caller_id_lookup is True


@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers.json",
    "param:AreaCode",
    "code:20001",
    "code:21421",
    "code:21422",
    "code:21452",
)
def test_buy_in_an_area_and_what_is_refused(
    client: Client, number: Callable[[], str], refused: Refused
) -> None:
    create = client.incoming_phone_numbers.create
    bought = create(area_code="212")
    assert bought.phone_number.startswith("+1212")
    local = bought.phone_number
    assert bought.friendly_name == f"({local[2:5]}) {local[5:8]}-{local[8:]}"
    assert bought.sms_url == ""
    assert bought.voice_method == "POST"
    assert refused(create, phone_number=local) == 21422
    assert refused(create, phone_number="+15551234567") == 21421
    assert refused(create, phone_number="4155551234") == 21421
    assert refused(create, area_code="555") == 21452
    assert refused(create) == 20001
    assert refused(create, area_code="12") == 20001
    assert refused(create, phone_number=number(), area_code="415") == 20001
    assert refused(create, phone_number=number(), sms_url="not a url") == 20001
    assert refused(create, phone_number=number(), sms_method="PUT") == 20001
    assert refused(create, phone_number=number(), trunk_sid="TK1") == 20001
    assert refused(create, phone_number=number(), friendly_name="x" * 65) == 20001


@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/Local.json",
    "status:201",
    "param:PhoneNumber",
    "field:type",
    "code:21421",
)
@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/Mobile.json",
    "status:201",
    "param:PhoneNumber",
    "field:type",
)
@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/TollFree.json",
    "status:201",
    "param:PhoneNumber",
    "field:type",
)
@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/AvailablePhoneNumbers/{CountryCode}/Local.json",
    "status:200",
)
@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/AvailablePhoneNumbers/{CountryCode}/Mobile.json",
    "status:200",
)
@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/AvailablePhoneNumbers/{CountryCode}/TollFree.json",
    "status:200",
)
def test_buy_what_a_search_finds(client: Client, refused: Refused) -> None:
    shops = client.incoming_phone_numbers
    for country, kind, buy in (
        ("US", "local", shops.local),
        ("GB", "mobile", shops.mobile),
        ("US", "toll_free", shops.toll_free),
    ):
        found = getattr(client.available_phone_numbers(country), kind).list(limit=3)
        assert len(found) == 3
        bought = buy.create(phone_number=found[0].phone_number)
        fetched = client.incoming_phone_numbers(bought.sid).fetch()
        assert fetched.type == kind.replace("_", "-")
        assert fetched.phone_number == found[0].phone_number
        assert found[0].iso_country == country
    wrong = client.available_phone_numbers("US").toll_free.list(limit=1)[0].phone_number
    assert refused(shops.local.create, phone_number=wrong) == 21421


@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/AvailablePhoneNumbers/{CountryCode}/Local.json",
    "param:AreaCode",
    "param:Contains",
    "param:SmsEnabled",
    "param:MmsEnabled",
    "param:VoiceEnabled",
    "param:FaxEnabled",
    "param:InRegion",
    "param:PageSize",
    "field:phone_number",
    "field:friendly_name",
    "field:iso_country",
    "field:capabilities.voice",
    "field:capabilities.sms",
    "field:capabilities.mms",
    "field:address_requirements",
    "field:beta",
    "field:lata",
    "field:locality",
    "field:rate_center",
    "field:latitude",
    "field:longitude",
    "field:region",
    "field:postal_code",
    "code:20001",
)
def test_search(client: Client, wire: Wire) -> None:
    local = client.available_phone_numbers("US").local
    assert all(one.phone_number[2:5] == "212" for one in local.list(area_code=212, limit=5))
    assert all(one.phone_number.endswith("77") for one in local.list(contains="77", limit=5))
    everything = local.list(sms_enabled=True, mms_enabled=True, voice_enabled=True, limit=2)
    assert len(everything) == 2
    assert everything[0].capabilities == {"voice": True, "sms": True, "mms": True, "fax": False}
    assert local.list(fax_enabled=True) == []
    path = wire.core("AvailablePhoneNumbers/US/Local.json")
    assert len(wire.get(path, PageSize=4).json()["available_phone_numbers"]) == 4
    for wrong in ({"AreaCode": "x"}, {"Contains": "x"}, {"InRegion": "CA"}, {"PageSize": "0"}):
        assert error(wire.get(path, **wrong)) == (400, 20001)
    both = {"AreaCode": "212", "Contains": "77"}
    assert error(wire.get(path, **both)) == (400, 20001)
    nowhere = wire.get(wire.core("AvailablePhoneNumbers/xx/Local.json")).json()
    assert nowhere["available_phone_numbers"] == []
    assert nowhere["uri"].startswith(
        f"/2010-04-01/Accounts/{wire.account_sid}/AvailablePhoneNumbers/xx/Local.json?"
    )


@pytest.mark.covers(
    "POST /api/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/{Sid}.json",
    "status:200",
    "param:FriendlyName",
    "param:SmsUrl",
    "param:SmsMethod",
    "param:VoiceUrl",
    "param:VoiceCallerIdLookup",
    "param:TrunkSid",
    "param:AccountSid",
    "field:friendly_name",
    "field:sms_url",
    "field:date_updated",
    "code:20001",
    "code:20404",
)
def test_update(client: Client, number: Callable[[], str], refused: Refused) -> None:
    bought = client.incoming_phone_numbers.create(phone_number=number(), **HOOKS)
    one = client.incoming_phone_numbers(bought.sid)
    changed = one.update(friendly_name="Desk", sms_url="", voice_caller_id_lookup=True)
    assert (changed.friendly_name, changed.sms_url) == ("Desk", "")
    assert changed.voice_caller_id_lookup is True
    assert changed.voice_url == HOOKS["voice_url"]
    assert one.update(sms_method="POST", trunk_sid="").trunk_sid is None
    assert one.update(friendly_name="").friendly_name.startswith("(415) 867-")
    assert one.update(account_sid=bought.account_sid).sid == bought.sid
    assert refused(one.update, account_sid="AC" + "9" * 32) == 20001
    assert refused(one.update, voice_url="ftp://example.com") == 20001
    assert one.fetch().voice_url == HOOKS["voice_url"]
    never = client.incoming_phone_numbers("PN" + "0" * 32)
    assert refused(never.update, friendly_name="x", http=404) == 20404


@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers.json",
    "status:200",
    "param:PhoneNumber",
    "param:FriendlyName",
    "param:Beta",
    "param:Origin",
    "field:sid",
    "field:sms_url",
    "field:first_page_uri",
    "field:next_page_uri",
    "field:previous_page_uri",
    "field:uri",
    "field:page",
    "field:page_size",
    "field:start",
    "field:end",
    "code:20001",
)
def test_list_with_filters(
    client: Client, number: Callable[[], str], wire: Wire, refused: Refused
) -> None:
    name = unique()
    made = [
        client.incoming_phone_numbers.create(phone_number=number(), friendly_name=name, **HOOKS)
        for _ in range(2)
    ]
    numbers = client.incoming_phone_numbers
    assert [one.sid for one in numbers.list(friendly_name=name)] == [made[1].sid, made[0].sid]
    assert numbers.list(friendly_name=name)[0].sms_url == HOOKS["sms_url"]
    whole = made[0].phone_number
    for part in (whole, whole[1:], whole[-5:], f"+1{'*' * 6}{whole[-4:]}", f"8*7{whole[-4:]}"):
        assert [one.sid for one in numbers.list(phone_number=part, friendly_name=name)] == [
            made[0].sid
        ], part
    assert numbers.list(phone_number="*" * 13) == []
    assert len(numbers.list(friendly_name=name, beta=True, origin="twilio")) == 2
    assert numbers.list(friendly_name=name, origin="hosted") == []
    for wrong in ({"PhoneNumber": "%"}, {"Beta": "no"}, {"Origin": "mars"}):
        assert error(wire.get(wire.core("IncomingPhoneNumbers.json"), **wrong)) == (400, 20001)


@pytest.mark.covers(
    "DELETE /api/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/{Sid}.json",
    "status:204",
    "code:20404",
    "code:80611",
)
@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/{Sid}.json", "code:20404"
)
def test_delete_takes_it_out_of_its_pool_unless_it_is_in_use(
    client: Client, stocked: ServiceInstance, person: Callable[[], str], refused: Refused
) -> None:
    session = stocked.sessions.create(participants=[{"Identifier": person()}])
    used = session.participants.list()[0].proxy_identifier_sid
    one = client.incoming_phone_numbers(used)
    text = one.fetch().phone_number
    assert refused(one.delete) == 80611
    session.update(status="closed")
    assert one.delete() is True
    assert refused(one.fetch, http=404) == 20404
    assert refused(one.delete, http=404) == 20404
    assert refused(stocked.phone_numbers(used).fetch, http=404) == 20404
    again = client.incoming_phone_numbers.create(phone_number=text)
    assert again.sid != used
    assert again.sms_url == ""


@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/{Sid}.json",
    "field:sms_url",
    "field:voice_url",
)
def test_in_a_pool_it_leads_to_proxy_and_afterwards_where_it_did(
    client: Client, service: ServiceInstance, number: Callable[[], str], wire: Wire
) -> None:
    bought = client.incoming_phone_numbers.create(phone_number=number(), **HOOKS)
    one = client.incoming_phone_numbers(bought.sid)
    service.phone_numbers.create(sid=bought.sid)
    door = f"{wire.url}/webhooks/v1/Accounts/{wire.account_sid}/Proxy/{service.sid}/Webhooks"
    pooled = one.fetch()
    assert (pooled.sms_url, pooled.sms_method) == (f"{door}/Message", "POST")
    assert (pooled.voice_url, pooled.voice_method) == (f"{door}/Call", "POST")
    assert (pooled.sms_application_sid, pooled.voice_application_sid) == ("", "")
    assert pooled.trunk_sid is None
    assert pooled.status_callback == HOOKS["status_callback"]
    assert client.incoming_phone_numbers.list(limit=1)[0].sms_url == f"{door}/Message"
    changed = one.update(sms_url="https://example.com/later")
    assert changed.sms_url == f"{door}/Message"
    service.phone_numbers(bought.sid).delete()
    after = one.fetch()
    assert after.sms_url == "https://example.com/later"
    assert after.voice_url == HOOKS["voice_url"]
    assert after.sms_application_sid == HOOKS["sms_application_sid"]


@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/Local.json",
    "status:200",
    "param:*",
    "field:*",
)
@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/Mobile.json",
    "status:200",
    "param:*",
    "field:*",
)
@pytest.mark.covers(
    "GET /api/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/TollFree.json",
    "status:200",
    "param:*",
    "field:*",
)
def test_lists_of_one_kind(server: RunningServer) -> None:
    wire = add_account(server, "AC" + "5" * 32)
    kinds = {
        "Local": ["+14158675501", "+14158675502"],
        "Mobile": ["+447400123456", "+447400123457"],
        "TollFree": ["+18005550101", "+18885550102"],
    }
    for numbers in kinds.values():
        for number in numbers:
            form = {"PhoneNumber": number, "FriendlyName": "Mine"}
            assert wire.post(wire.core("IncomingPhoneNumbers.json"), form).status_code == 201
    filters = {"Beta": "true", "FriendlyName": "Mine", "Origin": "twilio", "PhoneNumber": "*"}
    for path, numbers in kinds.items():
        at = wire.core(f"IncomingPhoneNumbers/{path}.json")
        page = wire.get(at, **filters, PageSize="1").json()
        found = [one["phone_number"] for one in page["incoming_phone_numbers"]]
        assert f"/IncomingPhoneNumbers/{path}.json" in page["uri"]
        following = page["next_page_uri"]
        assert "PageToken" in following
        page = wire.get(f"/api{following}").json()
        found += [one["phone_number"] for one in page["incoming_phone_numbers"]]
        assert sorted(found) == sorted(numbers)
        assert wire.get(at, PhoneNumber="999").json()["incoming_phone_numbers"] == []
