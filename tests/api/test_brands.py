"""A2P brands and their vettings, through the official SDK; what it can't send by plain HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from twilio.rest import Client

from tests.api.conftest import Refused
from tests.api.wire import Wire, error
from tests.support.registration import CUSTOMER, PROFILE
from tests.support.world import eventually

pytestmark = pytest.mark.both_engines

BRANDS = "/messaging/v1/a2p/BrandRegistrations"
FORM = {"CustomerProfileBundleSid": CUSTOMER, "A2PProfileBundleSid": PROFILE}
MISSING = "BN" + "0" * 32
TOKEN = "cv|1.0|tcr|10dlc|0123"


def brand(wire: Wire, **form: str) -> dict[str, Any]:
    answer = wire.post(BRANDS, {**FORM, **form})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def report(wire: Wire, sid: str, **form: Any) -> Any:
    return wire.post(f"{BRANDS}/{sid}/Report", form)


@pytest.mark.covers("POST /messaging/v1/a2p/BrandRegistrations", "status:201", "param:*", "field:*")
def test_a_mock_brand_is_approved_at_once(client: Client) -> None:
    brands = client.messaging.v1.brand_registrations
    made = brands.create(
        CUSTOMER, PROFILE, brand_type="STANDARD", mock=True, skip_automatic_sec_vet=False
    )
    assert (made.status, made.mock, made.brand_type) == ("PENDING", True, "STANDARD")
    assert (made.tcr_id, made.brand_score, made.errors) == (None, None, [])
    found = eventually(lambda: (one := brands(made.sid).fetch()).status == "APPROVED" and one)
    assert (found.brand_score, found.identity_status) == (80, "VETTED_VERIFIED")
    assert found.tcr_id.startswith("B")
    assert not found.russell_3000


@pytest.mark.covers("GET /messaging/v1/a2p/BrandRegistrations/{Sid}", "field:*")
def test_the_resource(wire: Wire) -> None:
    made = brand(wire)
    assert wire.get(f"{BRANDS}/{made['sid']}").json() == made
    url = f"{wire.url}{BRANDS}/{made['sid']}"
    dates = {made.pop("date_created"), made.pop("date_updated")}
    assert len(dates) == 1
    assert made == {
        "sid": made["sid"],
        "account_sid": wire.account_sid,
        "customer_profile_bundle_sid": CUSTOMER,
        "a2p_profile_bundle_sid": PROFILE,
        "brand_type": "STANDARD",
        "status": "PENDING",
        "tcr_id": None,
        "failure_reason": None,
        "errors": [],
        "url": url,
        "brand_score": None,
        "brand_feedback": None,
        "identity_status": None,
        "russell_3000": None,
        "government_entity": None,
        "tax_exempt_status": None,
        "skip_automatic_sec_vet": False,
        "mock": False,
        "links": {
            "brand_vettings": f"{url}/Vettings",
            "brand_registration_otps": f"{url}/SmsOtp",
        },
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CustomerProfileBundleSid", ""),
        ("CustomerProfileBundleSid", "BN" + "1" * 32),
        ("A2PProfileBundleSid", "BU1"),
        ("BrandType", "STARTER"),
        ("Mock", "perhaps"),
        ("SkipAutomaticSecVet", "1"),
    ],
)
@pytest.mark.covers("POST /messaging/v1/a2p/BrandRegistrations", "code:20001")
def test_bad_parameters(wire: Wire, name: str, value: str) -> None:
    answer = wire.post(BRANDS, {**FORM, name: value})
    assert error(answer) == (400, 20001)
    assert name in answer.json()["message"]


@pytest.mark.covers("GET /messaging/v1/a2p/BrandRegistrations/{Sid}", "code:20404")
def test_a_brand_of_nobody_s(client: Client, refused: Refused) -> None:
    assert refused(client.messaging.v1.brand_registrations(MISSING).fetch, http=404) == 20404


@pytest.mark.covers(
    "GET /messaging/v1/a2p/BrandRegistrations", "param:PageSize", "field:meta.key", "field:data"
)
def test_the_list(client: Client, wire: Wire, other: Wire) -> None:
    made = [brand(wire)["sid"] for _ in range(2)]
    listed = client.messaging.v1.brand_registrations.list(limit=2, page_size=1)
    assert [one.sid for one in listed] == made[::-1]
    assert wire.get(BRANDS, PageSize=1).json()["meta"]["key"] == "data"
    assert not {one["sid"] for one in other.get(BRANDS).json()["data"]} & set(made)


@pytest.mark.covers("POST /messaging/v1/a2p/BrandRegistrations/{Sid}/Report", "param:*", "field:*")
@pytest.mark.covers("POST /messaging/v1/a2p/BrandRegistrations/{Sid}/Report", "code:20001")
@pytest.mark.covers("POST /messaging/v1/a2p/BrandRegistrations/{Sid}", "status:202", "field:*")
@pytest.mark.covers("POST /messaging/v1/a2p/BrandRegistrations/{Sid}", "code:21725")
def test_by_hand_it_fails_is_handed_in_again_and_approved(client: Client, wire: Wire) -> None:
    sid = brand(wire)["sid"]
    assert error(wire.post(f"{BRANDS}/{sid}")) == (400, 21725)
    failed = report(
        wire, sid, Status="FAILED", ErrorCode=["30795", "30701"], ErrorDescription="Tax number"
    ).json()
    assert failed["status"] == "FAILED"
    assert failed["failure_reason"] == "Tax number"
    assert failed["errors"][0] == {
        "error_code": 30795,
        "description": "Tax number",
        "fields": [],
        "url": "https://www.twilio.com/docs/errors/30795",
    }
    alerts = [one for one in client.monitor.v1.alerts.list() if one.resource_sid == sid]
    assert [one.error_code for one in alerts] == ["30792", "30792"]
    assert all("error+307" in one.alert_text for one in alerts)
    again = wire.post(f"{BRANDS}/{sid}")
    assert again.status_code == 202
    assert (again.json()["status"], again.json()["errors"]) == ("PENDING", [])
    said = report(
        wire,
        sid,
        Status="APPROVED",
        TcrId="BABC123",
        BrandScore="62",
        IdentityStatus="VETTED_VERIFIED",
        Russell3000="false",
        GovernmentEntity="false",
        TaxExemptStatus="501c3",
        TmobileDailyCap="40000",
    ).json()
    assert (said["status"], said["tcr_id"], said["brand_score"]) == ("APPROVED", "BABC123", 62)
    assert (said["identity_status"], said["tax_exempt_status"]) == ("VETTED_VERIFIED", "501c3")
    assert (said["russell_3000"], said["government_entity"]) == (False, False)
    assert error(report(wire, sid, Status="DELETION_FAILED")) == (400, 20001)
    assert error(report(wire, sid, BrandScore="101")) == (400, 20001)


@pytest.mark.covers("POST /messaging/v1/a2p/BrandRegistrations/{Sid}", "code:21724")
def test_it_is_corrected_three_times_at_most(wire: Wire) -> None:
    sid = brand(wire)["sid"]
    for _ in range(3):
        report(wire, sid, Status="FAILED")
        assert wire.post(f"{BRANDS}/{sid}").status_code == 202
    report(wire, sid, Status="FAILED")
    assert error(wire.post(f"{BRANDS}/{sid}")) == (400, 21724)


@pytest.mark.covers("POST /messaging/v1/a2p/BrandRegistrations/{Sid}", "code:21731")
def test_a_suspended_brand(wire: Wire) -> None:
    sid = brand(wire)["sid"]
    assert report(wire, sid, Status="SUSPENDED").json()["status"] == "SUSPENDED"
    assert error(wire.post(f"{BRANDS}/{sid}")) == (400, 21731)


@pytest.mark.covers("POST /messaging/v1/a2p/BrandRegistrations/{Sid}/Report", "code:20006")
def test_of_a_registrar_s_brand_nobody_else_has_a_say(wire: Wire) -> None:
    sid = brand(wire, Mock="true")["sid"]
    assert error(report(wire, sid, Status="APPROVED")) == (403, 20006)


@pytest.mark.covers(
    "POST /messaging/v1/a2p/BrandRegistrations/{BrandRegistrationSid}/SmsOtp",
    "status:201",
    "field:*",
)
@pytest.mark.covers(
    "POST /messaging/v1/a2p/BrandRegistrations/{BrandRegistrationSid}/SmsOtp", "code:20001"
)
def test_a_sole_proprietor_s_code(client: Client, wire: Wire) -> None:
    sid = brand(wire, BrandType="SOLE_PROPRIETOR")["sid"]
    sent = client.messaging.v1.brand_registrations(sid).brand_registration_otps.create()
    assert (sent.account_sid, sent.brand_registration_sid) == (wire.account_sid, sid)
    report(wire, sid, Status="APPROVED", IdentityStatus="UNVERIFIED")
    assert wire.post(f"{BRANDS}/{sid}/SmsOtp").status_code == 201
    report(wire, sid, IdentityStatus="VERIFIED")
    assert error(wire.post(f"{BRANDS}/{sid}/SmsOtp")) == (400, 20001)
    assert error(wire.post(f"{BRANDS}/{brand(wire)['sid']}/SmsOtp")) == (400, 20001)


# Vettings

VETTINGS = f"{BRANDS}/{{BrandSid}}/Vettings"


@pytest.mark.covers(
    "POST /messaging/v1/a2p/BrandRegistrations/{BrandSid}/Vettings",
    "status:201",
    "param:*",
    "field:*",
)
@pytest.mark.covers(
    "GET /messaging/v1/a2p/BrandRegistrations/{BrandSid}/Vettings/{BrandVettingSid}", "field:*"
)
@pytest.mark.covers(
    "GET /messaging/v1/a2p/BrandRegistrations/{BrandSid}/Vettings", "param:*", "field:*"
)
@pytest.mark.covers(
    "POST /messaging/v1/a2p/BrandRegistrations/{BrandSid}/Vettings/{BrandVettingSid}/Report",
    "param:*",
    "field:*",
)
@pytest.mark.covers("POST /messaging/v1/a2p/BrandRegistrations/{BrandSid}/Vettings", "code:21723")
def test_vettings(client: Client, wire: Wire) -> None:
    sid = brand(wire)["sid"]
    vettings = client.messaging.v1.brand_registrations(sid).brand_vettings
    made = vettings.create("campaign-verify", vetting_id=TOKEN)
    found = wire.get(f"{BRANDS}/{sid}/Vettings/{made.brand_vetting_sid}").json()
    assert found == {
        "account_sid": wire.account_sid,
        "brand_sid": sid,
        "brand_vetting_sid": made.brand_vetting_sid,
        "date_updated": found["date_created"],
        "date_created": found["date_created"],
        "vetting_id": TOKEN,
        "vetting_class": "POLITICAL",
        "vetting_status": "IN_PROGRESS",
        "vetting_provider": "campaign-verify",
        "url": f"{wire.url}{BRANDS}/{sid}/Vettings/{made.brand_vetting_sid}",
    }
    form = {"VettingProvider": "campaign-verify", "VettingId": TOKEN}
    assert error(wire.post(f"{BRANDS}/{sid}/Vettings", form)) == (409, 21723)
    other = vettings.create("aegis")
    assert other.vetting_class == "STANDARD"
    assert [one.brand_vetting_sid for one in vettings.list()] == [
        other.brand_vetting_sid,
        made.brand_vetting_sid,
    ]
    first = wire.get(f"{BRANDS}/{sid}/Vettings", PageSize="1", Page="0", PageToken="").json()
    assert (first["meta"]["page"], first["meta"]["page_size"]) == (0, 1)
    second = wire.get(first["meta"]["next_page_url"]).json()
    assert second["data"] == [found]
    assert wire.get(second["meta"]["previous_page_url"]).json()["data"] == first["data"]
    assert wire.get(second["meta"]["url"]).json() == second
    assert wire.get(second["meta"]["first_page_url"]).json()["data"] == first["data"]
    narrowed = wire.get(f"{BRANDS}/{sid}/Vettings", VettingProvider="aegis").json()
    assert [one["brand_vetting_sid"] for one in narrowed["data"]] == [other.brand_vetting_sid]
    assert "VettingProvider=aegis" in narrowed["meta"]["url"]
    said = wire.post(
        f"{BRANDS}/{sid}/Vettings/{made.brand_vetting_sid}/Report", {"Status": "SUCCESS"}
    )
    assert said.json()["vetting_status"] == "SUCCESS"
    assert wire.post(f"{BRANDS}/{sid}/Vettings", form).status_code == 201
    scored = wire.post(
        f"{BRANDS}/{sid}/Vettings/{other.brand_vetting_sid}/Report",
        {"Status": "SUCCESS", "BrandScore": "60"},
    )
    assert scored.json()["vetting_status"] == "SUCCESS"
    assert wire.get(f"{BRANDS}/{sid}").json()["brand_score"] == 60


@pytest.mark.parametrize("form", [{}, {"VettingProvider": "somebody"}])
@pytest.mark.covers("POST /messaging/v1/a2p/BrandRegistrations/{BrandSid}/Vettings", "code:20001")
def test_a_vetting_by_nobody(wire: Wire, form: dict[str, str]) -> None:
    assert error(wire.post(f"{BRANDS}/{brand(wire)['sid']}/Vettings", form)) == (400, 20001)


@pytest.mark.parametrize("form", [{}, {"VettingId": "token"}])
@pytest.mark.covers("POST /messaging/v1/a2p/BrandRegistrations/{BrandSid}/Vettings", "code:21722")
def test_a_token_that_is_none(wire: Wire, form: dict[str, str]) -> None:
    path = f"{BRANDS}/{brand(wire)['sid']}/Vettings"
    assert error(wire.post(path, {"VettingProvider": "campaign-verify", **form})) == (400, 21722)


@pytest.mark.covers("POST /messaging/v1/a2p/BrandRegistrations/{BrandSid}/Vettings", "code:21721")
def test_a_person_is_not_examined_by_campaign_verify(wire: Wire) -> None:
    path = f"{BRANDS}/{brand(wire, BrandType='SOLE_PROPRIETOR')['sid']}/Vettings"
    form = {"VettingProvider": "campaign-verify", "VettingId": TOKEN}
    assert error(wire.post(path, form)) == (400, 21721)


@pytest.mark.covers(
    "GET /messaging/v1/a2p/BrandRegistrations/{BrandSid}/Vettings/{BrandVettingSid}", "code:20404"
)
def test_a_vetting_of_another_brand(wire: Wire) -> None:
    sid = brand(wire)["sid"]
    made = wire.post(f"{BRANDS}/{sid}/Vettings", {"VettingProvider": "aegis"}).json()
    path = f"{BRANDS}/{brand(wire)['sid']}/Vettings/{made['brand_vetting_sid']}"
    assert error(wire.get(path)) == (404, 20404)
