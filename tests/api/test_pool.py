"""The numbers of a Service, through the official SDK; short codes by plain HTTP."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
from twilio.rest import Client
from twilio.rest.proxy.v1.service import ServiceInstance

from maskline.model.number import Number
from tests.api.conftest import Refused
from tests.api.wire import Wire, error, unique

pytestmark = pytest.mark.both_engines

FLAGS = {
    "sms_inbound": True,
    "sms_outbound": True,
    "mms_inbound": True,
    "mms_outbound": True,
    "voice_inbound": True,
    "voice_outbound": True,
    "fax_inbound": False,
    "fax_outbound": False,
    "sip_trunking": False,
    "restriction_sms_domestic": False,
    "restriction_mms_domestic": False,
    "restriction_voice_domestic": False,
    "restriction_fax_domestic": False,
}


@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/PhoneNumbers",
    "status:201",
    "param:Sid",
    "param:IsReserved",
    "field:sid",
    "field:account_sid",
    "field:service_sid",
    "field:date_created",
    "field:date_updated",
    "field:phone_number",
    "field:friendly_name",
    "field:iso_country",
    "field:capabilities.sms_inbound",
    "field:capabilities.sms_outbound",
    "field:capabilities.mms_inbound",
    "field:capabilities.mms_outbound",
    "field:capabilities.voice_inbound",
    "field:capabilities.voice_outbound",
    "field:capabilities.fax_inbound",
    "field:capabilities.fax_outbound",
    "field:capabilities.sip_trunking",
    "field:capabilities.restriction_sms_domestic",
    "field:capabilities.restriction_mms_domestic",
    "field:capabilities.restriction_voice_domestic",
    "field:capabilities.restriction_fax_domestic",
    "field:url",
    "field:is_reserved",
    "field:in_use",
)
def test_add_by_sid(
    client: Client, service: ServiceInstance, number: Callable[[], str], wire: Wire
) -> None:
    bought = client.incoming_phone_numbers.create(phone_number=number(), friendly_name="Front desk")
    added = service.phone_numbers.create(sid=bought.sid, is_reserved=True)
    assert added.sid == bought.sid
    assert added.account_sid == wire.account_sid
    assert added.service_sid == service.sid
    assert added.phone_number == bought.phone_number
    assert added.friendly_name == "Front desk"
    assert added.iso_country == "US"
    assert added.capabilities == FLAGS
    assert added.is_reserved is True
    assert added.in_use == 0
    assert isinstance(added.date_created, datetime.datetime)
    assert added.date_updated == added.date_created
    assert added.url == f"{service.url}/PhoneNumbers/{added.sid}"


@pytest.mark.covers("POST /proxy/v1/Services/{ServiceSid}/PhoneNumbers", "param:PhoneNumber")
def test_add_by_number(client: Client, service: ServiceInstance, number: Callable[[], str]) -> None:
    bought = client.incoming_phone_numbers.create(phone_number=number())
    added = service.phone_numbers.create(phone_number=bought.phone_number)
    assert (added.sid, added.is_reserved) == (bought.sid, False)


@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/PhoneNumbers",
    "code:80101",
    "code:80104",
    "code:80301",
    "code:80701",
)
def test_numbers_that_are_refused(
    client: Client, stocked: ServiceInstance, number: Callable[[], str], refused: Refused
) -> None:
    create, used = stocked.phone_numbers.create, stocked.phone_numbers.list()[0]
    second = client.proxy.v1.services.create(unique_name=unique())
    assert refused(create, sid=used.sid) == 80104
    assert refused(create, phone_number=used.phone_number) == 80104
    assert refused(second.phone_numbers.create, sid=used.sid) == 80101
    assert refused(create, sid="PN" + "0" * 32, http=404) == 80301
    assert refused(create, phone_number="+14159990000", http=404) == 80301
    assert refused(create) == 80701
    assert refused(create, sid="PN0") == 80701
    assert refused(create, sid="SC" + "0" * 32) == 80701
    loose = client.incoming_phone_numbers.create(phone_number=number())
    assert refused(create, sid=loose.sid, phone_number="+14159990000") == 80701
    assert refused(create, sid=loose.sid, is_reserved="perhaps") == 80701
    assert len(stocked.phone_numbers.list()) == 2


@pytest.mark.covers(
    "GET /proxy/v1/Services/{ServiceSid}/PhoneNumbers/{Sid}", "status:200", "field:in_use"
)
@pytest.mark.covers("GET /proxy/v1/Services/{ServiceSid}/PhoneNumbers/{Sid}", "code:20404")
@pytest.mark.covers(
    "GET /proxy/v1/Services/{ServiceSid}/PhoneNumbers",
    "field:sid",
    "field:in_use",
    "field:meta.key",
)
@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/PhoneNumbers/{Sid}",
    "status:200",
    "param:IsReserved",
    "field:is_reserved",
    "field:date_updated",
    "code:20404",
)
@pytest.mark.covers(
    "DELETE /proxy/v1/Services/{ServiceSid}/PhoneNumbers/{Sid}",
    "status:204",
    "code:80611",
    "code:20404",
)
def test_fetch_reserve_and_remove(
    stocked: ServiceInstance, person: Callable[[], str], refused: Refused
) -> None:
    session = stocked.sessions.create(participants=[{"Identifier": person()}])
    sid = session.participants.list()[0].proxy_identifier_sid
    used = stocked.phone_numbers(sid)
    assert used.fetch().in_use == 1
    assert {one.sid: one.in_use for one in stocked.phone_numbers.list()}[sid] == 1
    assert used.update(is_reserved=True).is_reserved is True
    assert used.update().is_reserved is True
    assert session.participants.list()[0].proxy_identifier_sid == sid
    assert refused(used.delete) == 80611
    session.update(status="closed")
    assert used.fetch().in_use == 0
    assert used.delete() is True
    assert refused(used.fetch, http=404) == 20404
    assert refused(used.update, http=404) == 20404
    assert refused(used.delete, http=404) == 20404
    assert len(stocked.phone_numbers.list()) == 1


@pytest.mark.covers("POST /proxy/v1/Services/{ServiceSid}/Sessions/{Sid}", "code:80605")
def test_a_session_whose_number_left_the_pool_stays_closed(
    client: Client, stocked: ServiceInstance, person: Callable[[], str], refused: Refused
) -> None:
    session = stocked.sessions.create(participants=[{"Identifier": person()}])
    sid = session.participants.list()[0].proxy_identifier_sid
    session.update(status="closed")
    stocked.phone_numbers(sid).delete()
    assert refused(session.update, status="in-progress") == 80605
    assert session.fetch().status == "closed"
    second = client.proxy.v1.services.create(unique_name=unique())
    second.phone_numbers.create(sid=sid)
    assert refused(session.update, status="in-progress") == 80605
    second.phone_numbers(sid).delete()
    stocked.phone_numbers.create(sid=sid)
    assert session.update(status="in-progress").status == "in-progress"
    assert stocked.phone_numbers(sid).fetch().in_use == 1


@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/ShortCodes",
    "status:201",
    "param:Sid",
    "field:sid",
    "field:account_sid",
    "field:service_sid",
    "field:date_created",
    "field:date_updated",
    "field:short_code",
    "field:iso_country",
    "field:capabilities.sms_inbound",
    "field:url",
    "field:is_reserved",
    "code:80105",
    "code:80303",
    "code:80701",
)
@pytest.mark.covers(
    "GET /proxy/v1/Services/{ServiceSid}/ShortCodes", "field:short_code", "field:meta.key"
)
@pytest.mark.covers(
    "GET /proxy/v1/Services/{ServiceSid}/ShortCodes/{Sid}", "field:short_code", "code:20404"
)
@pytest.mark.covers(
    "POST /proxy/v1/Services/{ServiceSid}/ShortCodes/{Sid}", "param:IsReserved", "field:is_reserved"
)
@pytest.mark.covers("DELETE /proxy/v1/Services/{ServiceSid}/ShortCodes/{Sid}", "status:204")
def test_short_codes(wire: Wire, short_code: Number) -> None:
    service = wire.service()
    path = f"{service}/ShortCodes"
    assert error(wire.post(path, {"Sid": "SC" + "0" * 32})) == (404, 80303)
    assert error(wire.post(path, {})) == (400, 80701)
    added = wire.post(path, {"Sid": short_code.sid})
    assert added.status_code == 201
    body = added.json()
    assert body["short_code"] == short_code.number
    assert body["capabilities"] == dict.fromkeys(FLAGS, False) | {
        "sms_inbound": True,
        "sms_outbound": True,
    }
    assert body["is_reserved"] is False
    assert "in_use" not in body
    assert "friendly_name" not in body
    assert error(wire.post(path, {"Sid": short_code.sid})) == (400, 80105)
    one = f"{path}/{short_code.sid}"
    assert body["url"] == wire.url + one
    assert wire.get(one).json() == body
    assert wire.post(one, {"IsReserved": "true"}).json()["is_reserved"] is True
    listed = wire.get(path).json()
    assert listed["meta"]["key"] == "short_codes"
    assert [code["sid"] for code in listed["short_codes"]] == [short_code.sid]
    assert wire.get(f"{service}/PhoneNumbers").json()["phone_numbers"] == []
    assert error(wire.get(f"{service}/PhoneNumbers/{short_code.sid}")) == (404, 20404)
    assert wire.delete(one).status_code == 204
    assert error(wire.get(one)) == (404, 20404)
