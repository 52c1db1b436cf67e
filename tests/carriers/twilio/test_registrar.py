"""Registration through Twilio, against a server of ours that stands in for it. Every request is
held against the official OpenAPI files, where there are any."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jsonschema
import msgspec
import pytest
import requests

from maskline.carriers import twilio
from maskline.carriers.contract import Registers
from maskline.model.a2p import Brand, Campaign, Vetting
from maskline.model.http import ConnectFailed, HttpFailure, HttpRequest, HttpResponse, ReadTimeout
from maskline.model.registrar import (
    NumberReport,
    Registrar,
    RegistrarUnavailable,
    Registration,
)
from maskline.model.tollfree import TollfreeVerification
from tests.support.carrier_desk import FORM, Client, reply, tools
from tests.support.records import Records
from tests.support.registration import CAMPAIGN, CUSTOMER, PROFILE
from tests.support.server import RunningServer

OURS = "AC" + "0" * 32
MESSAGING, API = "https://messaging.twilio.com", "https://api.twilio.com"
HERE, TOLL_FREE = "+14158670001", "+18005550100"
BRANDS = "/messaging/v1/a2p/BrandRegistrations"


@cache
def specification() -> dict[str, Any] | None:
    """The official description of the API; null where it is not here."""
    here = os.environ.get("TWILIO_OAI")
    folder = Path(here) if here else Path(__file__).parents[4] / "shared" / "spec"
    file = folder / "twilio_messaging_v1.json"
    return json.loads(file.read_text("utf-8")) if file.exists() else None


def conforms(request: HttpRequest) -> None:
    """Holds a request's path and form against its operation."""
    file = specification()
    if file is None or not request.url.startswith(MESSAGING):
        return
    path = urlsplit(request.url).path
    methods = [
        found[request.method.lower()]
        for name, found in sorted(file["paths"].items(), key=lambda one: one[0].count("{"))
        if request.method.lower() in found
        and re.fullmatch(re.sub(r"\\\{\w+\\\}", "[A-Z]{2}[0-9a-f]{32}", re.escape(name)), path)
    ]
    assert methods, f"{request.method} {path} is no operation"
    fields = parse_qsl((request.body or b"").decode(), keep_blank_values=True)
    content = methods[0].get("requestBody", {}).get("content", {})
    schema = content[FORM]["schema"] if content else {"type": "object", "properties": {}}
    document: dict[str, Any] = {}
    for name, value in fields:
        described = schema["properties"][name]
        described = file["components"]["schemas"].get(
            described.get("$ref", "").rpartition("/")[2], described
        )
        if described.get("type") == "array":
            document.setdefault(name, []).append(value)
        else:
            assert name not in document
            document[name] = value == "true" if described.get("type") == "boolean" else value
    whole = {**schema, "additionalProperties": False, "components": file["components"]}
    jsonschema.validate(document, whole)


class Twilio:
    """The stand-in, as an HTTP client sees it. `failures` are raised in turn, after the request was
    carried out where it may have been sent."""

    checks = True

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.session = requests.Session()
        self.session.trust_env = False
        self.failures: list[HttpFailure | None] = []
        self.made: list[str] = []

    async def send(self, request: HttpRequest) -> HttpResponse:
        if self.checks:
            conforms(request)
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None and not failure.maybe_sent:
            raise failure
        url = request.url.replace(MESSAGING, f"{self.server.url}/messaging")
        url = url.replace(API, f"{self.server.url}/api")
        answer = self.session.request(
            request.method, url, data=request.body, headers=dict(request.headers), timeout=30
        )
        if request.method != "GET":
            self.made.append(f"{request.method} {urlsplit(request.url).path.rpartition('/')[2]}")
        if failure is not None:
            raise failure
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return HttpResponse(answer.status_code, headers, answer.content, False)

    def post(self, path: str, form: Any) -> dict[str, Any]:
        """What Twilio's people do."""
        auth = (self.server.account_sid, self.server.auth_token)
        answer = self.session.post(self.server.url + path, data=form, auth=auth, timeout=30)
        assert answer.status_code < 300, answer.text
        return dict(answer.json())


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Twilio]:
    """A server whose registrations are decided by hand."""
    with RunningServer(tmp_path) as server:
        yield Twilio(server)


def registrar_of(client: Any, account_sid: str, token: str) -> Registrar:
    adapter = twilio.build(
        "one",
        twilio.Settings(account_sid=account_sid),
        twilio.Credentials(token),
        tools(client),
    )
    assert isinstance(adapter, Registers)
    return adapter.registrar


@pytest.fixture
def registrar(there: Twilio) -> Registrar:
    """What is tested."""
    return registrar_of(there, there.server.account_sid, there.server.auth_token)


@pytest.fixture
def brand() -> Brand:
    """A brand of ours that is not registered yet."""
    return Records().brand(
        OURS, customer_profile_bundle_sid=CUSTOMER, a2p_profile_bundle_sid=PROFILE
    )


def campaign_of(brand: Brand, **changes: Any) -> Campaign:
    records = Records()
    texts = {name: CAMPAIGN[name] for name in ("description", "message_flow")}
    return records.campaign(
        records.messaging_service(OURS),
        brand,
        **texts,
        message_samples_json=json.dumps(CAMPAIGN["message_samples"]),
        opt_in_message="Rides: you are in, thank you.",
        opt_in_keywords_json='["START","RIDE"]',
        help_keywords_json='["HELP"]',
        privacy_policy_url="https://rides.example/privacy",
        terms_and_conditions_url="https://rides.example/terms",
        **changes,
    )


def says(there: Twilio, path: str, **form: Any) -> None:
    there.post(f"{path}/Report", form)


async def approved(there: Twilio, registrar: Registrar, brand: Brand) -> Brand:
    report = await registrar.brand(brand, submit=True)
    says(there, f"{BRANDS}/{report.provider_sid}", Status="APPROVED", BrandScore="60")
    return msgspec.structs.replace(brand, provider_sid=report.provider_sid, status="APPROVED")


# Brands


async def test_a_brand(there: Twilio, registrar: Registrar, brand: Brand) -> None:
    assert registrar.watches
    first = await registrar.brand(brand, submit=True)
    assert (first.status, first.tcr_id, first.errors) == ("PENDING", None, ())
    known = msgspec.structs.replace(brand, provider_sid=first.provider_sid)
    says(
        there,
        f"{BRANDS}/{first.provider_sid}",
        Status="APPROVED",
        TcrId="B1",
        BrandScore="60",
        IdentityStatus="VERIFIED",
        Russell3000="false",
        GovernmentEntity="false",
    )
    second = await registrar.brand(known, submit=False)
    assert (second.status, second.tcr_id, second.brand_score) == ("APPROVED", "B1", 60)
    assert (second.identity_status, second.russell_3000) == ("VERIFIED", 0)
    assert there.made == ["POST BrandRegistrations"]


@pytest.mark.parametrize(
    "failure", [ReadTimeout("no answer in time"), ConnectFailed("refused", "tcp")]
)
async def test_what_may_have_arrived_is_looked_for(
    there: Twilio, registrar: Registrar, brand: Brand, failure: HttpFailure
) -> None:
    there.failures = [None, failure]
    with pytest.raises(RegistrarUnavailable) as caught:
        await registrar.brand(brand, submit=True)
    assert CUSTOMER not in str(caught.value)
    report = await registrar.brand(brand, submit=True)
    assert report.status == "PENDING"
    assert there.made == ["POST BrandRegistrations"]
    client = there.server.client
    assert len(client.messaging.v1.brand_registrations.list()) == 1


async def test_a_brand_that_failed_is_handed_in_again(
    there: Twilio, registrar: Registrar, brand: Brand
) -> None:
    report = await registrar.brand(brand, submit=True)
    path = f"{BRANDS}/{report.provider_sid}"
    says(there, path, Status="FAILED", ErrorCode="30795", ErrorDescription="Tax number")
    known = msgspec.structs.replace(brand, provider_sid=report.provider_sid)
    failed = await registrar.brand(known, submit=False)
    assert failed.status == "FAILED"
    assert failed.errors is not None
    assert (failed.errors[0].error_code, failed.errors[0].description) == (30795, "Tax number")
    again = await registrar.brand(known, submit=True)
    assert (again.status, again.errors) == ("PENDING", ())
    # Asked twice, it is handed in once.
    assert (await registrar.brand(known, submit=True)).status == "PENDING"
    assert len(there.made) == 2


async def test_a_brand_that_is_gone_there(registrar: Registrar, brand: Brand) -> None:
    known = msgspec.structs.replace(brand, provider_sid="BN" + "0" * 32)
    report = await registrar.brand(known, submit=False)
    assert report.status == "FAILED"
    assert report.errors is not None
    assert report.errors[0].error_code == 30702


async def test_a_brand_that_is_not_taken(there: Twilio, registrar: Registrar, brand: Brand) -> None:
    wrong = msgspec.structs.replace(brand, brand_type="STARTER")
    report = await registrar.brand(wrong, submit=True)
    assert report.status == "FAILED"
    assert report.errors is not None
    assert [one.error_code for one in report.errors] == [20001]


async def test_a_code_by_sms(there: Twilio, registrar: Registrar, brand: Brand) -> None:
    person = msgspec.structs.replace(brand, brand_type="SOLE_PROPRIETOR")
    with pytest.raises(RegistrarUnavailable):
        await registrar.passcode(person)
    report = await registrar.brand(person, submit=True)
    await registrar.passcode(msgspec.structs.replace(person, provider_sid=report.provider_sid))
    assert there.made[-1] == "POST SmsOtp"


async def test_an_examination(there: Twilio, registrar: Registrar, brand: Brand) -> None:
    vetting = Vetting(
        "VT1", OURS, brand.sid, "campaign-verify", "cv|1", "POLITICAL", "IN_PROGRESS", 1, 1
    )
    with pytest.raises(RegistrarUnavailable):
        await registrar.vetting(vetting, brand, submit=True)
    known = await approved(there, registrar, brand)
    first = await registrar.vetting(vetting, known, submit=True)
    assert (first.vetting_status, first.vetting_class) == ("IN_PROGRESS", "POLITICAL")
    # Before it is known under its name there, it is looked for by its token.
    assert await registrar.vetting(vetting, known, submit=True) == first
    path = f"{BRANDS}/{known.provider_sid}/Vettings/{first.provider_sid}"
    says(there, path, Status="SUCCESS")
    named = msgspec.structs.replace(vetting, provider_sid=first.provider_sid)
    assert (await registrar.vetting(named, known, submit=False)).vetting_status == "SUCCESS"
    assert there.made.count("POST Vettings") == 1
    gone = msgspec.structs.replace(vetting, provider_sid="VT" + "0" * 32)
    assert (await registrar.vetting(gone, known, submit=False)).vetting_status == "FAILED"
    bad = msgspec.structs.replace(vetting, vetting_id=None)
    assert (await registrar.vetting(bad, known, submit=True)).vetting_status == "FAILED"


async def test_an_examination_anew(there: Twilio, registrar: Registrar, brand: Brand) -> None:
    known = await approved(there, registrar, brand)
    vetting = Vetting("VT1", OURS, brand.sid, "aegis", None, "STANDARD", "IN_PROGRESS", 1, 1)
    first = await registrar.vetting(vetting, known, submit=True)
    assert await registrar.vetting(vetting, known, submit=True) == first
    # One that was asked for since is another, though it has no token either.
    later = int(time.time() * 1000) + 3_600_000
    again = msgspec.structs.replace(vetting, sid="VT2", date_created=later)
    second = await registrar.vetting(again, known, submit=True)
    assert second.provider_sid != first.provider_sid
    assert there.made.count("POST Vettings") == 2


# Campaigns


def campaign_path(report: Any) -> str:
    service = report.provider_service_sid
    return f"/messaging/v1/Services/{service}/Compliance/Usa2p/{report.provider_sid}"


async def test_a_campaign(there: Twilio, registrar: Registrar, brand: Brand) -> None:
    campaign = campaign_of(brand)
    with pytest.raises(RegistrarUnavailable):
        await registrar.campaign(campaign, brand, submit=True)
    known = await approved(there, registrar, brand)
    first = await registrar.campaign(campaign, known, submit=True)
    assert (first.campaign_status, first.att_class) == ("PENDING", "G")
    (service,) = there.server.client.messaging.v1.services.list()
    assert (service.sid, service.friendly_name) == (
        first.provider_service_sid,
        f"Maskline {campaign.messaging_service_sid}",
    )
    assert service.use_inbound_webhook_on_number
    (made,) = service.us_app_to_person.list()
    assert (made.sid, made.brand_registration_sid) == (first.provider_sid, known.provider_sid)
    assert made.message_samples == CAMPAIGN["message_samples"]
    assert made.opt_in_keywords == ["START", "RIDE"]
    assert made.privacy_policy_url == "https://rides.example/privacy"
    # Asked again before we know its name, it is found.
    assert await registrar.campaign(campaign, known, submit=True) == first
    says(there, campaign_path(first), Status="VERIFIED", CampaignId="C1", TmobileTier="LOW_MID")
    named = msgspec.structs.replace(
        campaign,
        provider_sid=first.provider_sid,
        provider_service_sid=first.provider_service_sid,
    )
    second = await registrar.campaign(named, known, submit=False)
    assert (second.campaign_status, second.campaign_id) == ("VERIFIED", "C1")
    assert second.tmobile_tier == "LOW_MID"
    assert there.made == ["POST BrandRegistrations", "POST Services", "POST Usa2p"]


async def test_a_campaign_that_failed_is_corrected(
    there: Twilio, registrar: Registrar, brand: Brand
) -> None:
    known = await approved(there, registrar, brand)
    first = await registrar.campaign(campaign_of(known), known, submit=True)
    says(there, campaign_path(first), Status="FAILED", ErrorCode="30896")
    campaign = campaign_of(
        known, provider_sid=first.provider_sid, provider_service_sid=first.provider_service_sid
    )
    failed = await registrar.campaign(campaign, known, submit=False)
    assert failed.campaign_status == "FAILED"
    assert [one.error_code for one in failed.errors or ()] == [30896]
    better = msgspec.structs.replace(campaign, description="y" * 40, age_gated=1)
    assert (await registrar.campaign(better, known, submit=True)).campaign_status == "PENDING"
    services = there.server.client.messaging.v1.services
    (made,) = services(first.provider_service_sid).us_app_to_person.list()
    assert (made.description, made.age_gated) == ("y" * 40, True)


async def test_a_campaign_that_is_not_taken(
    there: Twilio, registrar: Registrar, brand: Brand
) -> None:
    known = await approved(there, registrar, brand)
    report = await registrar.campaign(
        campaign_of(known, us_app_to_person_usecase="GOSSIP"), known, submit=True
    )
    assert report.campaign_status == "FAILED"
    assert [one.error_code for one in report.errors or ()] == [21720]
    lost = campaign_of(known, provider_service_sid=report.provider_service_sid)
    gone = await registrar.campaign(lost, known, submit=False)
    assert [one.error_code for one in gone.errors or ()] == [30880]


async def test_a_campaign_that_was_registered_elsewhere(
    there: Twilio, registrar: Registrar, brand: Brand
) -> None:
    campaign = campaign_of(brand, is_externally_registered=1, campaign_id="CABC123")
    first = await registrar.campaign(campaign, None, submit=True)
    assert first.campaign_status == "PENDING"
    says(there, campaign_path(first), Status="VERIFIED", UsAppToPersonUsecase="PROXY")
    second = await registrar.campaign(campaign, None, submit=True)
    assert (second.campaign_status, second.us_app_to_person_usecase) == ("VERIFIED", "PROXY")
    assert there.made.count("POST PreregisteredUsa2p") == 1


async def test_a_campaign_is_taken_back(there: Twilio, registrar: Registrar, brand: Brand) -> None:
    known = await approved(there, registrar, brand)
    campaign = campaign_of(known)
    await registrar.campaign(campaign, known, submit=True)
    what = Registration(
        "one", "campaign-left", campaign.sid, service_sid=campaign.messaging_service_sid
    )
    await registrar.campaign_left(what)
    assert there.server.client.messaging.v1.services.list() == []
    # Once more, there is nothing to take back.
    made = len(there.made)
    await registrar.campaign_left(what)
    assert len(there.made) == made


# Numbers


async def test_numbers(there: Twilio, registrar: Registrar, brand: Brand) -> None:
    known = await approved(there, registrar, brand)
    report = await registrar.campaign(campaign_of(known), known, submit=True)
    campaign = campaign_of(known, provider_service_sid=report.provider_service_sid)
    missing = await registrar.number(HERE, campaign)
    assert missing == NumberReport("failed", "the account there has no such number")
    client = there.server.client
    client.incoming_phone_numbers.create(phone_number=HERE)
    registered = NumberReport("registered")
    assert await registrar.number(HERE, campaign) == registered
    assert await registrar.number(HERE, campaign) == registered
    services = client.messaging.v1.services
    pool = services(report.provider_service_sid).phone_numbers
    assert [one.phone_number for one in pool.list()] == [HERE]
    elsewhere = services.create(friendly_name="Another")
    other = msgspec.structs.replace(campaign, provider_service_sid=elsewhere.sid)
    assert await registrar.number(HERE, other) == NumberReport("failed", "error 21712 there")
    left = Registration(
        "one", "number-left", "PN1", number=HERE, provider_service_sid=report.provider_service_sid
    )
    await registrar.number_left(left)
    assert pool.list() == []
    await registrar.number_left(left)
    await registrar.number_left(msgspec.structs.replace(left, provider_service_sid=None))
    await registrar.number_left(msgspec.structs.replace(left, number=TOLL_FREE))


# Toll-free numbers


async def test_a_toll_free_number(there: Twilio, registrar: Registrar) -> None:
    details = {
        "business_name": "Rides",
        "business_website": "https://rides.example",
        "notification_email": "ops@rides.example",
        "use_case_categories": ["CUSTOMER_CARE"],
        "use_case_summary": "Riders and drivers write to each other.",
        "production_message_sample": "Rides: I am here.",
        "opt_in_image_urls": ["https://rides.example/1.png"],
        "opt_in_type": "WEB_FORM",
        "message_volume": "10,000",
        "business_street_address2": "Suite 2",
        "age_gated_content": False,
        "edit_reason": "Website fixed",
    }
    verification = TollfreeVerification(
        "HH1",
        OURS,
        "PN1",
        TOLL_FREE,
        "PENDING_REVIEW",
        "one",
        json.dumps(details),
        1,
        1,
        external_reference_id="ours",
        customer_profile_sid=CUSTOMER,
    )
    missing = await registrar.tollfree(verification, submit=True)
    assert (missing.status, missing.rejections and missing.rejections[0].code) == (
        "TWILIO_REJECTED",
        20404,
    )
    there.server.client.incoming_phone_numbers.create(phone_number=TOLL_FREE)
    first = await registrar.tollfree(verification, submit=True)
    assert (first.status, first.rejections) == ("PENDING_REVIEW", ())
    assert await registrar.tollfree(verification, submit=True) == first
    named = msgspec.structs.replace(verification, provider_sid=first.provider_sid)
    path = f"/messaging/v1/Tollfree/Verifications/{first.provider_sid}"
    says(
        there,
        path,
        Status="TWILIO_REJECTED",
        ErrorCode="30475",
        ErrorDescription="closed",
        EditAllowed="true",
        EditExpiration="2099-01-01T00:00:00Z",
    )
    rejected = await registrar.tollfree(named, submit=False)
    assert (rejected.status, rejected.edit_allowed) == ("TWILIO_REJECTED", 1)
    assert rejected.edit_expiration == 4_070_908_800_000
    assert [(one.code, one.reason) for one in rejected.rejections or ()] == [(30475, "closed")]
    assert (await registrar.tollfree(named, submit=True)).status == "PENDING_REVIEW"
    what = Registration("one", "tollfree-left", "HH1", provider_sid=first.provider_sid)
    await registrar.tollfree_left(what)
    await registrar.tollfree_left(msgspec.structs.replace(what, provider_sid=None))
    gone = await registrar.tollfree(named, submit=False)
    assert gone.status == "TWILIO_REJECTED"
    bad = msgspec.structs.replace(verification, details_json='{"business_name":"Rides"}')
    refused = await registrar_of(
        Unchecked(there.server), there.server.account_sid, there.server.auth_token
    ).tollfree(bad, submit=True)
    assert [one.code for one in refused.rejections or ()] == [20001]


class Unchecked(Twilio):
    """For requests that are wrong on purpose."""

    checks = False


# What Twilio answers when it is not well


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (reply(401, {"code": 20003}), "credentials"),
        (reply(403, {"code": 20003}), "credentials"),
        (reply(429, {"code": 20429}), "429"),
        (reply(500, "oops"), "500"),
        (reply(503, {"code": 20503}), "503"),
        (reply(200, "<html>"), "no JSON"),
        (ConnectFailed("refused", "tcp"), "not reached"),
        (ReadTimeout("no answer in time"), "not reached"),
    ],
)
async def test_it_is_asked_again_later(brand: Brand, answer: Any, words: str) -> None:
    registrar = registrar_of(Client(answer), "AC" + "a" * 32, "the-auth-token")
    with pytest.raises(RegistrarUnavailable, match=words) as caught:
        await registrar.brand(brand, submit=True)
    assert "the-auth-token" not in str(caught.value)


async def test_words_that_are_new_to_us(brand: Brand) -> None:
    """They are taken for what is not decided."""
    page = {"data": [], "meta": {"next_page_url": None}}
    odd = {"sid": "BN1", "status": "ON_HOLD", "errors": ["?"], "brand_score": "high"}
    registrar = registrar_of(Client(reply(200, page), reply(201, odd)), "AC" + "a" * 32, "x" * 8)
    report = await registrar.brand(brand, submit=True)
    assert (report.status, report.errors, report.brand_score) == ("IN_REVIEW", (), None)


async def test_lists_are_read_whole(brand: Brand) -> None:
    one = {
        "sid": "BN1",
        "status": "APPROVED",
        "customer_profile_bundle_sid": CUSTOMER,
        "a2p_profile_bundle_sid": PROFILE,
    }
    url = f"{MESSAGING}/v1/a2p/BrandRegistrations?PageSize=1000&Page=1&PageToken=PA1"
    client = Client(
        reply(200, {"data": [{"sid": "BN0"}], "meta": {"next_page_url": url}}),
        reply(200, {"data": [one], "meta": {"next_page_url": url}}),
    )
    registrar = registrar_of(client, "AC" + "a" * 32, "x" * 8)
    assert (await registrar.brand(brand, submit=True)).provider_sid == "BN1"
    assert [request.url for request in client.requests] == [
        f"{MESSAGING}/v1/a2p/BrandRegistrations?PageSize=1000",
        url,
    ]
