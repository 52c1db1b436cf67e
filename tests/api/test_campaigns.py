"""A2P campaigns through the official SDK; what it can't send by plain HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twilio.rest import Client
from twilio.rest.messaging.v1.brand_registration import BrandRegistrationInstance
from twilio.rest.messaging.v1.service import ServiceInstance

from maskline.model.number import ALL_CAPABILITIES
from tests.api.conftest import Refused, add_number
from tests.api.wire import Wire, error, unique
from tests.support.registration import CAMPAIGN, CAMPAIGN_FORM, CUSTOMER, PROFILE
from tests.support.server import RunningServer
from tests.support.world import eventually

pytestmark = pytest.mark.both_engines

SERVICES = "/messaging/v1/Services"
BRANDS = "/messaging/v1/a2p/BrandRegistrations"
CAMPAIGNS = "/messaging/v1/Services/{MessagingServiceSid}/Compliance/Usa2p"
ONE = "/messaging/v1/Services/{MessagingServiceSid}/Compliance/Usa2p/{Sid}"
MISSING = "QE" + "0" * 32

Number = Callable[[], str]


@pytest.fixture
def texts(client: Client) -> ServiceInstance:
    """A new Messaging Service."""
    return client.messaging.v1.services.create(friendly_name=unique())


@pytest.fixture
def approved(client: Client) -> BrandRegistrationInstance:
    """A mock brand that is approved."""
    brands = client.messaging.v1.brand_registrations
    made = brands.create(CUSTOMER, PROFILE, mock=True)
    return eventually(lambda: (one := brands(made.sid).fetch()).status == "APPROVED" and one)


@pytest.fixture
def by_hand(wire: Wire) -> str:
    """A brand that an operator registered by hand: its SID."""
    form = {"CustomerProfileBundleSid": CUSTOMER, "A2PProfileBundleSid": PROFILE}
    sid = wire.post(BRANDS, form).json()["sid"]
    said = {"Status": "APPROVED", "BrandScore": "60"}
    assert wire.post(f"{BRANDS}/{sid}/Report", said).status_code == 200
    return str(sid)


def path_of(texts: ServiceInstance) -> str:
    return f"{SERVICES}/{texts.sid}/Compliance/Usa2p"


def campaign(wire: Wire, texts: ServiceInstance, brand_sid: str, **form: Any) -> Any:
    fields = {**CAMPAIGN_FORM, "BrandRegistrationSid": brand_sid, **form}
    return wire.post(path_of(texts), fields)


@pytest.mark.covers(
    "POST /messaging/v1/Services/{MessagingServiceSid}/Compliance/Usa2p",
    "status:201",
    "param:*",
    "field:*",
)
@pytest.mark.covers(
    "GET /messaging/v1/Services/{MessagingServiceSid}/Compliance/Usa2p/{Sid}", "field:*"
)
def test_the_resource(
    client: Client, texts: ServiceInstance, approved: BrandRegistrationInstance
) -> None:
    made = client.messaging.v1.services(texts.sid).us_app_to_person.create(
        brand_registration_sid=approved.sid,
        **CAMPAIGN,
        opt_in_message="Rides: you are in. Reply HELP for help.",
        opt_out_message="Rides: you are out and get no more.",
        help_message="Rides: see rides.example/help for more.",
        opt_in_keywords=["START", "RIDE"],
        opt_out_keywords=["STOP"],
        help_keywords=["HELP"],
        subscriber_opt_in=True,
        age_gated=False,
        direct_lending=False,
    )
    assert (made.campaign_status, made.mock, made.us_app_to_person_usecase) == (
        "PENDING",
        True,
        "PROXY",
    )
    assert made.opt_in_keywords == ["START", "RIDE"]
    assert made.message_samples == CAMPAIGN["message_samples"]
    found = eventually(lambda: (one := made.fetch()).campaign_status == "VERIFIED" and one)
    assert found.campaign_id.startswith("C")
    assert found.rate_limits == {
        "att": {"mps": 1, "msg_class": "G"},
        "tmobile": {"brand_tier": "TOP"},
    }
    assert client.messaging.v1.services(texts.sid).fetch().us_app_to_person_registered
    for name, value in CAMPAIGN.items():
        assert getattr(found, name) == value, name
    assert found.opt_out_message == "Rides: you are out and get no more."
    assert found.subscriber_opt_in
    assert (found.is_externally_registered, found.errors) == (False, [])


@pytest.mark.covers(
    "GET /messaging/v1/Services/{MessagingServiceSid}/Compliance/Usa2p",
    "param:PageSize",
    "param:Page",
    "param:PageToken",
    "field:*",
)
def test_the_list_holds_one_at_most(
    client: Client, wire: Wire, texts: ServiceInstance, by_hand: str
) -> None:
    campaigns = client.messaging.v1.services(texts.sid).us_app_to_person
    assert campaigns.list() == []
    made = campaign(wire, texts, by_hand).json()
    assert [one.sid for one in campaigns.list(page_size=1)] == [made["sid"]]
    listed = wire.get(path_of(texts), PageSize="1").json()
    url = f"{wire.url}{path_of(texts)}?PageSize=1&Page=0"
    assert listed == {
        "compliance": [made],
        "meta": {
            "page": 0,
            "page_size": 1,
            "first_page_url": url,
            "previous_page_url": None,
            "url": url,
            "next_page_url": None,
            "key": "compliance",
        },
    }
    for beyond in ({"Page": "1"}, {"PageToken": f"PA{made['sid']}"}):
        assert wire.get(path_of(texts), **beyond).json()["compliance"] == []
    refused = campaign(wire, texts, by_hand)
    assert error(refused) == (400, 20001)
    assert "already" in refused.json()["message"]


@pytest.mark.covers(
    "DELETE /messaging/v1/Services/{MessagingServiceSid}/Compliance/Usa2p/{Sid}", "status:204"
)
@pytest.mark.covers(
    "GET /messaging/v1/Services/{MessagingServiceSid}/Compliance/Usa2p/{Sid}", "code:20404"
)
def test_delete(
    client: Client, wire: Wire, texts: ServiceInstance, by_hand: str, other: Wire
) -> None:
    made = campaign(wire, texts, by_hand).json()
    path = f"{path_of(texts)}/{made['sid']}"
    assert error(other.delete(path)) == (404, 20404)
    assert client.messaging.v1.services(texts.sid).us_app_to_person(made["sid"]).delete()
    assert error(wire.get(path)) == (404, 20404)
    assert campaign(wire, texts, by_hand).status_code == 201


@pytest.mark.covers("DELETE /messaging/v1/Services/{Sid}")
def test_a_service_takes_its_campaign_with_it(
    client: Client, server: RunningServer, wire: Wire, texts: ServiceInstance, by_hand: str
) -> None:
    made = campaign(wire, texts, by_hand).json()
    texts.delete()
    assert server.transact(lambda tx: tx.campaigns.peek(made["sid"])) is None


REQUIRED = [
    "Description",
    "MessageFlow",
    "MessageSamples",
    "UsAppToPersonUsecase",
    "HasEmbeddedLinks",
    "HasEmbeddedPhone",
    "BrandRegistrationSid",
]


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.covers(
    "POST /messaging/v1/Services/{MessagingServiceSid}/Compliance/Usa2p", "code:21727"
)
def test_what_is_missing(wire: Wire, texts: ServiceInstance, by_hand: str, name: str) -> None:
    form = {**CAMPAIGN_FORM, "BrandRegistrationSid": by_hand}
    del form[name]
    answer = wire.post(path_of(texts), form)
    assert error(answer) == (400, 21727)
    assert name in answer.json()["message"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Description", "x" * 39),
        ("Description", "x" * 4097),
        ("MessageFlow", "x" * 39),
        ("MessageFlow", "x" * 2049),
        ("MessageSamples", ["x" * 20]),
        ("MessageSamples", ["x" * 20] * 6),
        ("MessageSamples", ["x" * 19, "x" * 20]),
        ("MessageSamples", ["x" * 1025, "x" * 20]),
        ("OptInMessage", "x" * 19),
        ("OptOutMessage", "x" * 321),
        ("HelpMessage", "short"),
        ("OptInKeywords", ["WORD"] * 52),
    ],
)
@pytest.mark.covers(
    "POST /messaging/v1/Services/{MessagingServiceSid}/Compliance/Usa2p", "code:21728"
)
def test_what_is_too_short_or_too_long(
    wire: Wire, texts: ServiceInstance, by_hand: str, name: str, value: Any
) -> None:
    answer = campaign(wire, texts, by_hand, **{name: value})
    assert error(answer) == (400, 21728)
    assert name in answer.json()["message"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HasEmbeddedLinks", "yes"),
        ("SubscriberOptIn", "1"),
        ("HelpKeywords", ["HELP ME"]),
        ("OptOutKeywords", ["ARRÊT"]),
        ("PrivacyPolicyUrl", "rides.example/privacy"),
        ("TermsAndConditionsUrl", "ftp://rides.example"),
        ("BrandRegistrationSid", "BU" + "1" * 32),
        ("Description", "x" * 40 + "\x07"),
    ],
)
@pytest.mark.covers(
    "POST /messaging/v1/Services/{MessagingServiceSid}/Compliance/Usa2p", "code:20001"
)
def test_what_is_wrong(
    wire: Wire, texts: ServiceInstance, by_hand: str, name: str, value: Any
) -> None:
    answer = campaign(wire, texts, by_hand, **{name: value})
    assert error(answer) == (400, 20001)
    assert name in answer.json()["message"]


@pytest.mark.parametrize("least", ["Description", "MessageFlow"])
@pytest.mark.covers("POST /messaging/v1/Services/{MessagingServiceSid}/Compliance/Usa2p")
def test_the_bounds_are_allowed(
    wire: Wire, texts: ServiceInstance, by_hand: str, least: str
) -> None:
    samples = ["x" * 20, "y" * 1024, "z" * 20, "a" * 20, "b" * 20]
    answer = campaign(wire, texts, by_hand, **{least: "x" * 40}, MessageSamples=samples)
    assert answer.status_code == 201


@pytest.mark.covers(
    "POST /messaging/v1/Services/{MessagingServiceSid}/Compliance/Usa2p", "code:21717"
)
def test_a_brand_that_is_not_registered(wire: Wire, texts: ServiceInstance) -> None:
    form = {"CustomerProfileBundleSid": CUSTOMER, "A2PProfileBundleSid": PROFILE}
    pending = wire.post(BRANDS, form).json()["sid"]
    assert error(campaign(wire, texts, pending)) == (400, 21717)
    assert error(campaign(wire, texts, "BN" + "0" * 32)) == (400, 21717)


@pytest.mark.covers(
    "POST /messaging/v1/Services/{MessagingServiceSid}/Compliance/Usa2p", "code:21731"
)
def test_a_brand_that_is_suspended(wire: Wire, texts: ServiceInstance, by_hand: str) -> None:
    wire.post(f"{BRANDS}/{by_hand}/Report", {"Status": "SUSPENDED"})
    assert error(campaign(wire, texts, by_hand)) == (400, 21731)


@pytest.mark.covers(
    "POST /messaging/v1/Services/{MessagingServiceSid}/Compliance/Usa2p", "code:21720"
)
def test_a_use_case_that_there_is_not(wire: Wire, texts: ServiceInstance, by_hand: str) -> None:
    assert error(campaign(wire, texts, by_hand, UsAppToPersonUsecase="proxy")) == (400, 21720)


@pytest.mark.covers(
    "POST /messaging/v1/Services/{MessagingServiceSid}/Compliance/Usa2p", "code:21717"
)
@pytest.mark.covers(
    "POST /messaging/v1/Services/{MessagingServiceSid}/Compliance/Usa2p", "code:21732"
)
def test_a_sole_proprietor(client: Client, wire: Wire, texts: ServiceInstance) -> None:
    form = {
        "CustomerProfileBundleSid": CUSTOMER,
        "A2PProfileBundleSid": PROFILE,
        "BrandType": "SOLE_PROPRIETOR",
    }
    sid = wire.post(BRANDS, form).json()["sid"]
    wire.post(f"{BRANDS}/{sid}/Report", {"Status": "APPROVED"})
    assert error(campaign(wire, texts, sid)) == (400, 21717)
    own = {"UsAppToPersonUsecase": "SOLE_PROPRIETOR"}
    made = campaign(wire, texts, sid, **own).json()
    assert made["rate_limits"] == {
        "att": {"mps": 0.25, "msg_class": "W"},
        "tmobile": {"brand_tier": "SOLE_PROPRIETOR"},
    }
    more = client.messaging.v1.services.create(friendly_name=unique())
    assert error(campaign(wire, more, sid, **own)) == (400, 21732)


@pytest.mark.covers(
    "POST /messaging/v1/Services/{MessagingServiceSid}/Compliance/Usa2p/{Sid}", "param:*", "field:*"
)
@pytest.mark.covers(
    "POST /messaging/v1/Services/{MessagingServiceSid}/Compliance/Usa2p/{Sid}", "code:20001"
)
@pytest.mark.covers(
    "POST /messaging/v1/Services/{MessagingServiceSid}/Compliance/Usa2p/{Sid}", "code:21727"
)
def test_a_campaign_that_failed_is_corrected(
    client: Client, wire: Wire, texts: ServiceInstance, approved: BrandRegistrationInstance
) -> None:
    """The mock registrar finds what a reviewer would see at once."""
    campaigns = client.messaging.v1.services(texts.sid).us_app_to_person
    fields = {**CAMPAIGN, "brand_registration_sid": approved.sid}
    del fields["privacy_policy_url"], fields["terms_and_conditions_url"]
    fields["message_samples"] = ["See bit.ly/2Xy for your ride.", "See bit.ly/2Xy for your ride."]
    made = campaigns.create(**fields)
    found = eventually(lambda: (one := made.fetch()).campaign_status == "FAILED" and one)
    assert [one["error_code"] for one in found.errors] == [30892, 30911, 30933, 30934]
    assert found.errors[2]["fields"] == ["PRIVACY_POLICY_URL"]
    told = eventually(
        lambda: [one for one in client.monitor.v1.alerts.list() if one.resource_sid == made.sid]
    )
    assert {one.error_code for one in told} == {"30892", "30911", "30933", "30934"}
    assert {one.service_sid for one in told} == {texts.sid}
    path = f"{path_of(texts)}/{made.sid}"
    assert error(wire.post(path, {"Description": "x" * 40})) == (400, 21727)
    corrected = campaigns(made.sid).update(
        has_embedded_links=False,
        has_embedded_phone=False,
        message_samples=CAMPAIGN["message_samples"],
        message_flow=CAMPAIGN["message_flow"],
        description=CAMPAIGN["description"],
        age_gated=False,
        direct_lending=False,
        privacy_policy_url="https://rides.example/privacy",
        terms_and_conditions_url="https://rides.example/terms",
    )
    assert (corrected.campaign_status, corrected.errors) == ("PENDING", [])
    eventually(lambda: made.fetch().campaign_status == "VERIFIED")
    refused = wire.post(
        path,
        {**CAMPAIGN_FORM, "AgeGated": "false", "DirectLending": "false"},
    )
    assert error(refused) == (400, 20001)


@pytest.mark.covers(
    "POST /messaging/v1/Services/{MessagingServiceSid}/Compliance/Usa2p/{Sid}", "code:21729"
)
@pytest.mark.covers(
    "DELETE /messaging/v1/Services/{MessagingServiceSid}/Compliance/Usa2p/{Sid}", "code:21729"
)
@pytest.mark.covers(
    "POST /messaging/v1/Services/{MessagingServiceSid}/Compliance/Usa2p/{Sid}/Report",
    "param:Status",
)
def test_a_suspended_campaign_stays(
    client: Client, wire: Wire, texts: ServiceInstance, by_hand: str
) -> None:
    path = f"{path_of(texts)}/{campaign(wire, texts, by_hand).json()['sid']}"
    for status in ("VERIFIED", "SUSPENDED"):
        said = wire.post(f"{path}/Report", {"Status": status})
        assert said.json()["campaign_status"] == status
    assert error(wire.post(path, CAMPAIGN_FORM)) == (400, 21729)
    assert error(wire.delete(path)) == (400, 21729)
    assert not client.messaging.v1.services(texts.sid).fetch().us_app_to_person_registered


@pytest.mark.covers(
    "POST /messaging/v1/Services/{MessagingServiceSid}/Compliance/Usa2p/{Sid}/Report",
    "param:*",
    "field:*",
)
@pytest.mark.covers(
    "POST /messaging/v1/Services/{MessagingServiceSid}/Compliance/Usa2p/{Sid}/Report", "code:20001"
)
@pytest.mark.covers(
    "GET /messaging/v1/Services/{MessagingServiceSid}/Compliance/Usa2p/{Sid}/Report", "field:*"
)
@pytest.mark.covers(
    "POST /messaging/v1/Services/{Service}/Compliance/Usa2p/{Sid}/PhoneNumbers/{Number}/Report",
    "param:*",
    "field:*",
)
@pytest.mark.covers(
    "POST /messaging/v1/Services/{Service}/Compliance/Usa2p/{Sid}/PhoneNumbers/{Number}/Report",
    "code:20001",
)
@pytest.mark.covers(
    "POST /messaging/v1/Services/{Service}/Compliance/Usa2p/{Sid}/PhoneNumbers/{Number}/Report",
    "code:20404",
)
@pytest.mark.covers("POST /messaging/v1/Services/PreregisteredUsa2p", "status:201", "field:*")
@pytest.mark.covers("POST /messaging/v1/Services/PreregisteredUsa2p", "param:*")
@pytest.mark.covers("POST /messaging/v1/Services/PreregisteredUsa2p", "code:20001")
def test_a_campaign_that_was_registered_elsewhere(
    client: Client,
    server: RunningServer,
    wire: Wire,
    texts: ServiceInstance,
    number: Number,
) -> None:
    ours, registry = number(), server.server.env.registry
    bought = add_number(server, ours, ALL_CAPABILITIES)
    client.messaging.v1.services(texts.sid).phone_numbers.create(phone_number_sid=bought)
    assert registry.of(ours) is None
    brought = client.messaging.v1.external_campaign.create(
        campaign_id="CABC123", messaging_service_sid=texts.sid, cnp_migration=False
    )
    # What is sent from here on counts in its budgets.
    found = registry.of(ours)
    assert found is not None
    assert found.terms.campaign_sid == brought.sid
    assert (brought.campaign_id, brought.messaging_service_sid) == ("CABC123", texts.sid)
    again = wire.post(
        f"{SERVICES}/PreregisteredUsa2p",
        {"CampaignId": "CABC123", "MessagingServiceSid": texts.sid},
    )
    assert error(again) == (400, 20001)
    path = f"{path_of(texts)}/{brought.sid}"
    known = wire.get(path).json()
    assert known["is_externally_registered"]
    assert known["campaign_status"] == "PENDING"
    assert known["brand_registration_sid"] is None
    number_path = f"{path}/PhoneNumbers/{bought}/Report"
    assert error(wire.post(number_path, {"Status": "registered"})) == (400, 20001)
    assert error(wire.post(f"{path}/Report", {"AttClass": "AA"})) == (400, 20001)
    said = wire.post(
        f"{path}/Report",
        {
            "Status": "VERIFIED",
            "CampaignId": "CABC124",
            "UsAppToPersonUsecase": "PROXY",
            "AttClass": "G",
            "AttTpm": "90",
            "TmobileTier": "LOW_MID",
            "TmobileDailyCap": "12000",
            "ErrorCode": "",
            "ErrorDescription": "",
        },
    ).json()
    assert (said["campaign_status"], said["campaign_id"]) == ("VERIFIED", "CABC124")
    assert said["us_app_to_person_usecase"] == "PROXY"
    assert said["rate_limits"]["att"] == {"mps": 1.5, "msg_class": "G"}
    shown = wire.get(f"{path}/Report").json()
    (held,) = shown.pop("phone_numbers")
    assert (held["sid"], held["status"]) == (bought, "registered")
    assert shown == {
        "sid": brought.sid,
        "registrar": "manual",
        "provider_sid": None,
        "campaign_status": "VERIFIED",
        "campaign_id": "CABC124",
        "att_class": "G",
        "att_tpm": 90,
        "att_mms_tpm": 50,
        "att_per_number": True,
        "tmobile_tier": "LOW_MID",
        "tmobile_daily_cap": 12000,
    }
    failed = wire.post(number_path, {"Status": "failed", "ErrorDescription": "too many"})
    assert failed.json() == {
        "sid": bought,
        "phone_number": held["phone_number"],
        "status": "failed",
    }
    told = [one for one in client.monitor.v1.alerts.list() if one.resource_sid == bought]
    assert [one.error_code for one in told] == ["30125"]
    assert error(wire.post(number_path)) == (400, 20001)
    strange = f"{path}/PhoneNumbers/PN{'0' * 32}/Report"
    assert error(wire.post(strange, {"Status": "failed"})) == (404, 20404)
    assert error(wire.post(path, CAMPAIGN_FORM)) == (400, 20001)


@pytest.mark.covers(
    "POST /messaging/v1/Services/{MessagingServiceSid}/Compliance/Usa2p/{Sid}/Report", "code:20006"
)
@pytest.mark.covers(
    "POST /messaging/v1/Services/{MessagingServiceSid}/Compliance/Usa2p/{Sid}/Report", "code:20001"
)
def test_who_may_report(
    wire: Wire,
    client: Client,
    texts: ServiceInstance,
    approved: BrandRegistrationInstance,
    by_hand: str,
) -> None:
    made = campaign(wire, texts, approved.sid).json()
    said = {"Status": "VERIFIED"}
    assert error(wire.post(f"{path_of(texts)}/{made['sid']}/Report", said)) == (403, 20006)
    more = client.messaging.v1.services.create(friendly_name=unique())
    path = f"{path_of(more)}/{campaign(wire, more, by_hand).json()['sid']}/Report"
    assert error(wire.post(path, {"UsAppToPersonUsecase": "MIXED"})) == (400, 20001)
    wire.post(path, {"Status": "FAILED", "ErrorCode": "30896"})
    assert error(wire.post(path, {"Status": "SUSPENDED"})) == (400, 20001)
    assert error(wire.post(path, {"ErrorCode": "7"})) == (400, 20001)


@pytest.mark.covers(
    "GET /messaging/v1/Services/{MessagingServiceSid}/Compliance/Usa2p/Usecases",
    "param:*",
    "field:*",
)
@pytest.mark.covers(
    "GET /messaging/v1/Services/{MessagingServiceSid}/Compliance/Usa2p/Usecases", "code:20001"
)
@pytest.mark.covers(
    "GET /messaging/v1/Services/{MessagingServiceSid}/Compliance/Usa2p/Usecases", "code:20404"
)
def test_the_use_cases_of_campaigns(
    client: Client, wire: Wire, texts: ServiceInstance, by_hand: str
) -> None:
    usecases = client.messaging.v1.services(texts.sid).us_app_to_person_usecases
    found = usecases.fetch(brand_registration_sid=by_hand).us_app_to_person_usecases
    assert found == usecases.fetch().us_app_to_person_usecases
    by_code = {one["code"]: one for one in found}
    assert by_code["PROXY"]["post_approval_required"]
    assert not by_code["CUSTOMER_CARE"]["post_approval_required"]
    assert set(by_code["PROXY"]) == {"code", "name", "description", "post_approval_required"}
    path = f"{path_of(texts)}/Usecases"
    assert error(wire.get(path, BrandRegistrationSid="BU1")) == (400, 20001)
    assert error(wire.get(path, BrandRegistrationSid="BN" + "0" * 32)) == (404, 20404)


@pytest.mark.covers("GET /messaging/v1/Services/Usecases", "field:*")
def test_the_use_cases_of_services(client: Client) -> None:
    found = client.messaging.v1.usecases.fetch().usecases
    assert {one["usecase"] for one in found} == {
        "notifications",
        "marketing",
        "verification",
        "discussion",
        "poll",
        "undeclared",
    }
    assert all(set(one) == {"usecase", "description", "purpose"} for one in found)


@pytest.mark.covers(
    "GET /messaging/v1/Services/{MessagingServiceSid}/Compliance/Usa2p", "code:20404"
)
def test_a_service_of_nobody_s(
    client: Client, refused: Refused, wire: Wire, texts: ServiceInstance, other: Wire
) -> None:
    assert error(other.get(path_of(texts))) == (404, 20404)
    campaigns = client.messaging.v1.services(texts.sid).us_app_to_person
    assert refused(campaigns(MISSING).fetch, http=404) == 20404
