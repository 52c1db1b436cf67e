"""Verifications of toll-free numbers through the official SDK; what it can't send by plain HTTP."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from twilio.rest import Client

from maskline.model.number import ALL_CAPABILITIES
from tests.api.conftest import add_number
from tests.api.wire import Wire, error
from tests.support.registration import CUSTOMER, TOLLFREE_FORM
from tests.support.server import RunningServer

pytestmark = pytest.mark.both_engines

VERIFICATIONS = "/messaging/v1/Tollfree/Verifications"
ONE = "/messaging/v1/Tollfree/Verifications/{Sid}"
_lines = itertools.count(1000)

MORE: dict[str, Any] = {
    "business_street_address": "1 Main Street",
    "business_street_address2": "Suite 2",
    "business_city": "Anytown",
    "business_state_province_region": "CA",
    "business_postal_code": "94105",
    "business_country": "US",
    "additional_information": "https://rides.example/about",
    "business_contact_first_name": "Ada",
    "business_contact_last_name": "Byron",
    "business_contact_email": "ada@rides.example",
    "business_contact_phone": "+14155550100",
    "business_registration_number": "12-3456789",
    "business_registration_authority": "EIN",
    "business_registration_country": "US",
    "business_type": "PRIVATE_PROFIT",
    "business_registration_phone_number": "+14155550101",
    "doing_business_as": "Rides",
    "opt_in_confirmation_message": "You are in.",
    "help_message_sample": "See rides.example/help.",
    "privacy_policy_url": "https://rides.example/privacy",
    "terms_and_conditions_url": "https://rides.example/terms",
    "age_gated_content": False,
    "opt_in_keywords": ["START"],
    "vetting_provider": "CAMPAIGN_VERIFY",
    "vetting_id": "cv|1",
}
NEEDED: dict[str, Any] = {
    "business_name": "Rides",
    "business_website": "https://rides.example",
    "notification_email": "ops@rides.example",
    "use_case_categories": ["CUSTOMER_CARE"],
    "use_case_summary": "Riders and drivers write to each other.",
    "production_message_sample": "Rides: I am here.",
    "opt_in_image_urls": ["https://rides.example/1.png", "https://rides.example/2.png"],
    "opt_in_type": "WEB_FORM",
    "message_volume": "10,000",
}


@pytest.fixture
def number(server: RunningServer) -> str:
    """A toll-free number's SID."""
    return add_number(server, f"+1800555{next(_lines)}", ALL_CAPABILITIES)


def made(wire: Wire, number: str, **form: Any) -> Any:
    return wire.post(VERIFICATIONS, {**TOLLFREE_FORM, "TollfreePhoneNumberSid": number, **form})


@pytest.mark.covers("POST /messaging/v1/Tollfree/Verifications", "status:201", "param:*", "field:*")
@pytest.mark.covers("GET /messaging/v1/Tollfree/Verifications/{Sid}", "field:*")
def test_the_resource(client: Client, wire: Wire, number: str) -> None:
    created = client.messaging.v1.tollfree_verifications.create(
        tollfree_phone_number_sid=number,
        customer_profile_sid=CUSTOMER,
        external_reference_id="ours-1",
        **NEEDED,
        **MORE,
    )
    found = wire.get(f"{VERIFICATIONS}/{created.sid}").json()
    for name, value in {**NEEDED, **MORE}.items():
        assert found[name] == value, name
    assert found["status"] == "PENDING_REVIEW"
    assert found["tollfree_phone_number_sid"] == number
    assert found["tollfree_phone_number"].startswith("+1800555")
    assert found["external_reference_id"] == "ours-1"
    assert found["resource_links"] == {
        "customer_profile": f"https://trusthub.twilio.com/v1/CustomerProfiles/{CUSTOMER}"
    }
    assert found["url"] == f"{wire.url}{VERIFICATIONS}/{created.sid}"
    for name in ("rejection_reason", "error_code", "edit_expiration", "rejection_reasons"):
        assert found[name] is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, "") for name in TOLLFREE_FORM),
        ("BusinessWebsite", "rides.example"),
        ("OptInImageUrls", ["https://rides.example/1.png", "no"]),
        ("NotificationEmail", "ops"),
        ("BusinessContactEmail", "a b@rides.example"),
        ("BusinessContactPhone", "415"),
        ("BusinessCountry", "us"),
        ("UseCaseCategories", ["CUSTOMER_CARE", "CHAT"]),
        ("OptInType", "SHOUT"),
        ("BusinessType", "CLUB"),
        ("BusinessType", "GOVERNMENT"),
        ("BusinessRegistrationAuthority", "XYZ"),
        ("VettingProvider", "SOMEBODY"),
        ("AgeGatedContent", "maybe"),
        ("CustomerProfileSid", "BN1"),
        ("OptInKeywords", ["x"] * 101),
        ("TollfreePhoneNumberSid", "SC" + "1" * 32),
    ],
)
@pytest.mark.covers("POST /messaging/v1/Tollfree/Verifications", "code:20001")
def test_bad_parameters(wire: Wire, number: str, name: str, value: Any) -> None:
    answer = made(wire, number, **{name: value})
    assert error(answer) == (400, 20001)
    expected = "BusinessRegistrationNumber" if value == "GOVERNMENT" else name
    assert expected in answer.json()["message"]


@pytest.mark.covers("POST /messaging/v1/Tollfree/Verifications", "code:20404")
@pytest.mark.covers("POST /messaging/v1/Tollfree/Verifications", "code:20001")
def test_numbers_that_can_t_be_verified(server: RunningServer, wire: Wire, number: str) -> None:
    assert error(made(wire, "PN" + "0" * 32)) == (404, 20404)
    local = add_number(server, f"+1415867{next(_lines)}", ALL_CAPABILITIES)
    assert error(made(wire, local)) == (400, 20001)
    assert made(wire, number).status_code == 201
    assert error(made(wire, number)) == (400, 20001)


@pytest.mark.covers(
    "GET /messaging/v1/Tollfree/Verifications", "param:*", "field:meta.key", "field:verifications"
)
def test_the_list(client: Client, wire: Wire, server: RunningServer, other: Wire) -> None:
    numbers = [add_number(server, f"+1800555{next(_lines)}", ALL_CAPABILITIES) for _ in range(2)]
    first, second = (made(wire, one, ExternalReferenceId=f"ref-{one}").json() for one in numbers)
    listed = client.messaging.v1.tollfree_verifications.list
    assert [one.sid for one in listed(limit=2)] == [second["sid"], first["sid"]]
    assert [one.sid for one in listed(external_reference_id=f"ref-{numbers[0]}")] == [first["sid"]]
    assert [one.sid for one in listed(tollfree_phone_number_sid=numbers[1])] == [second["sid"]]
    assert listed(status="TWILIO_APPROVED", tollfree_phone_number_sid=numbers[1]) == []
    page = wire.get(
        VERIFICATIONS,
        PageSize="1",
        Page="0",
        PageToken="",
        TollfreePhoneNumberSid=numbers[0],
        Status="PENDING_REVIEW",
        ExternalReferenceId="",
        IncludeSubAccounts="true",
        TrustProductSid=["BU" + "9" * 32],
    ).json()
    assert page["verifications"] == []
    assert page["meta"]["key"] == "verifications"
    assert "TrustProductSid=BU9" in page["meta"]["url"]
    assert not {one["sid"] for one in other.get(VERIFICATIONS).json()["verifications"]}


@pytest.mark.covers("POST /messaging/v1/Tollfree/Verifications/{Sid}/Report", "param:*", "field:*")
@pytest.mark.covers(
    "POST /messaging/v1/Tollfree/Verifications/{Sid}", "status:202", "param:*", "field:*"
)
@pytest.mark.covers("POST /messaging/v1/Tollfree/Verifications/{Sid}", "code:20001")
def test_one_that_is_rejected_is_corrected(client: Client, wire: Wire, number: str) -> None:
    sid = made(wire, number).json()["sid"]
    path = f"{VERIFICATIONS}/{sid}"
    verification = client.messaging.v1.tollfree_verifications(sid)
    assert error(wire.post(path, {"BusinessName": "R"})) == (400, 20001)
    rejected = wire.post(
        f"{path}/Report",
        {
            "Status": "TWILIO_REJECTED",
            "ErrorCode": ["30475", "30484"],
            "ErrorDescription": "The website is down",
            "EditAllowed": "true",
            "EditExpiration": "2099-01-01T00:00:00Z",
        },
    ).json()
    assert (rejected["status"], rejected["error_code"]) == ("TWILIO_REJECTED", 30475)
    assert rejected["rejection_reason"] == "The website is down"
    assert [one["code"] for one in rejected["rejection_reasons"]] == [30475, 30484]
    assert (rejected["edit_allowed"], rejected["edit_expiration"]) == (
        True,
        "2099-01-01T00:00:00Z",
    )
    told = [one for one in client.monitor.v1.alerts.list() if one.resource_sid == sid]
    assert [one.error_code for one in told] == ["30032"]
    changed = verification.update(
        edit_reason="Website fixed", **{**NEEDED, "business_name": "More rides"}, **MORE
    )
    assert (changed.status, changed.business_name) == ("PENDING_REVIEW", "More rides")
    assert changed.rejection_reasons is None
    wire.post(f"{path}/Report", {"Status": "TWILIO_REJECTED", "EditAllowed": "false"})
    assert error(wire.post(path, {"BusinessName": "R"})) == (400, 20001)
    approved = wire.post(f"{path}/Report", {"Status": "TWILIO_APPROVED"}).json()
    assert approved["status"] == "TWILIO_APPROVED"
    assert error(wire.post(f"{path}/Report", {"Status": "IN_REVIEW"})) == (400, 20001)


@pytest.mark.covers("POST /messaging/v1/Tollfree/Verifications/{Sid}", "code:20001")
def test_one_whose_time_is_over_stays_as_it_is(wire: Wire, number: str) -> None:
    path = f"{VERIFICATIONS}/{made(wire, number).json()['sid']}"
    said = {"Status": "TWILIO_REJECTED", "EditExpiration": "2020-01-01T00:00:00Z"}
    assert wire.post(f"{path}/Report", said).status_code == 200
    assert error(wire.post(path, {"BusinessName": "R"})) == (400, 20001)


@pytest.mark.covers("DELETE /messaging/v1/Tollfree/Verifications/{Sid}", "status:204")
@pytest.mark.covers("GET /messaging/v1/Tollfree/Verifications/{Sid}", "code:20404")
def test_delete(client: Client, wire: Wire, number: str, other: Wire) -> None:
    sid = made(wire, number).json()["sid"]
    assert error(other.get(f"{VERIFICATIONS}/{sid}")) == (404, 20404)
    assert client.messaging.v1.tollfree_verifications(sid).delete()
    assert error(wire.get(f"{VERIFICATIONS}/{sid}")) == (404, 20404)
    assert made(wire, number).status_code == 201
