"""Registration through Twilio: brands, campaigns, numbers and toll-free verifications of ours are
made there too, by the same API that we speak. A campaign has a Messaging Service of its own there,
which is named after ours and leaves inbound messages to the numbers' webhooks, that is to us.

The API has no idempotency keys: before anything is made, it is looked for.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from maskline.carriers.contract import ApiRefused
from maskline.carriers.twilio import registrar_answers as answers
from maskline.carriers.twilio.api import Api
from maskline.carriers.twilio.messaging_api import Answered, MessagingApi
from maskline.model.a2p import (
    Brand,
    BrandStatus,
    Campaign,
    CampaignStatus,
    NumberStatus,
    Vetting,
    VettingStatus,
)
from maskline.model.registrar import (
    BrandReport,
    CampaignReport,
    NumberReport,
    RegistrarUnavailable,
    Registration,
    TollfreeReport,
    VettingReport,
)
from maskline.model.tollfree import Rejection, TollfreeStatus, TollfreeVerification

_BRANDS: Final = "/a2p/BrandRegistrations"
_TOLLFREE: Final = "/Tollfree/Verifications"
#: The number is in that Messaging Service already.
_THERE_ALREADY: Final = 21710
_BRAND_GONE: Final = 30702
_CAMPAIGN_GONE: Final = 30880
#: What a form sends of a verification only when it is made, or only when it is corrected.
_CORRECTION: Final = "edit_reason"


class TwilioRegistrar:
    """One account there. `api` finds its numbers."""

    def __init__(self, messaging: MessagingApi, api: Api) -> None:
        self._messaging = messaging
        self._api = api

    @property
    def watches(self) -> bool:
        """A campaign may be suspended later."""
        return True

    # Brands

    async def brand(self, brand: Brand, *, submit: bool) -> BrandReport:
        """By the bundles of its profile, which have to be the Twilio account's own."""
        found = await self._brand(brand)
        if found is None:
            if not submit:
                return answers.brand_failed(_BRAND_GONE)
            answer = await self._messaging.post(
                _BRANDS,
                [
                    ("CustomerProfileBundleSid", brand.customer_profile_bundle_sid),
                    ("A2PProfileBundleSid", brand.a2p_profile_bundle_sid),
                    ("BrandType", brand.brand_type),
                    ("SkipAutomaticSecVet", _said(brand.skip_automatic_sec_vet)),
                ],
            )
        elif submit and found.get("status") == BrandStatus.FAILED:
            answer = await self._messaging.post(f"{_BRANDS}/{found.get('sid')}")
        else:
            return answers.brand_report(found)
        return (
            answers.brand_report(answer.document)
            if answer.is_good
            else answers.brand_failed(answer.code)
        )

    async def _brand(self, brand: Brand) -> dict[str, Any] | None:
        if brand.provider_sid is not None:
            answer = await self._messaging.get(f"{_BRANDS}/{brand.provider_sid}")
            return answer.document if answer.is_good else None
        async for one in self._messaging.all(_BRANDS, "data"):
            if (
                one.get("customer_profile_bundle_sid") == brand.customer_profile_bundle_sid
                and one.get("a2p_profile_bundle_sid") == brand.a2p_profile_bundle_sid
            ):
                return one
        return None

    async def passcode(self, brand: Brand) -> None:
        """By SMS to the mobile number in the profile."""
        if brand.provider_sid is None:
            raise RegistrarUnavailable("the brand is not known there yet")
        await self._messaging.post(f"{_BRANDS}/{brand.provider_sid}/SmsOtp")

    async def vetting(self, vetting: Vetting, brand: Brand, *, submit: bool) -> VettingReport:
        """By its token."""
        if brand.provider_sid is None:
            raise RegistrarUnavailable("the brand is not known there yet")
        path = f"{_BRANDS}/{brand.provider_sid}/Vettings"
        query = urlencode({"VettingProvider": vetting.vetting_provider})
        async for one in self._messaging.all(f"{path}?{query}", "data"):
            if vetting.provider_sid is None:
                # Not an earlier one of the same examiner's, which has come to its end.
                is_it = one.get("vetting_id") == vetting.vetting_id and answers.is_since(
                    one, vetting.date_created
                )
            else:
                is_it = one.get("brand_vetting_sid") == vetting.provider_sid
            if is_it:
                return answers.vetting_report(one)
        if not submit:
            return VettingReport(VettingStatus.FAILED.value)
        fields = [("VettingProvider", vetting.vetting_provider)]
        if vetting.vetting_id is not None:
            fields.append(("VettingId", vetting.vetting_id))
        answer = await self._messaging.post(path, fields)
        if not answer.is_good:
            return VettingReport(VettingStatus.FAILED.value)
        return answers.vetting_report(answer.document)

    # Campaigns

    async def campaign(
        self, campaign: Campaign, brand: Brand | None, *, submit: bool
    ) -> CampaignReport:
        """In the Messaging Service there that is named after ours."""
        if not campaign.is_externally_registered and _is_unknown(brand):
            raise RegistrarUnavailable("the brand is not known there yet")
        service = campaign.provider_service_sid or await self._service(
            campaign.messaging_service_sid
        )
        if service is None:
            service = await self._made_service(campaign.messaging_service_sid)
        found = await self._first(f"/Services/{service}/Compliance/Usa2p")
        if found is None:
            if not submit:
                return answers.campaign_failed(service, _CAMPAIGN_GONE)
            answer = await self._made(campaign, brand, service)
            if answer.is_good and campaign.is_externally_registered:
                # It says no more than its name: the campaign is asked for at the next turn.
                return CampaignReport(
                    CampaignStatus.PENDING.value, answer.document.get("sid"), service
                )
        elif submit and found.get("campaign_status") == CampaignStatus.FAILED:
            path = f"/Services/{service}/Compliance/Usa2p/{found.get('sid')}"
            answer = await self._messaging.post(path, _correction(campaign))
        else:
            return answers.campaign_report(found, service)
        if not answer.is_good:
            return answers.campaign_failed(service, answer.code)
        return answers.campaign_report(answer.document, service)

    async def _made(self, campaign: Campaign, brand: Brand | None, service: str) -> Answered:
        if campaign.is_externally_registered:
            return await self._messaging.post(
                "/Services/PreregisteredUsa2p",
                [("CampaignId", campaign.campaign_id or ""), ("MessagingServiceSid", service)],
            )
        assert brand is not None
        assert brand.provider_sid is not None
        return await self._messaging.post(
            f"/Services/{service}/Compliance/Usa2p",
            [
                ("BrandRegistrationSid", brand.provider_sid),
                ("UsAppToPersonUsecase", campaign.us_app_to_person_usecase),
                ("SubscriberOptIn", _said(campaign.subscriber_opt_in)),
                *_replies(campaign),
                *_correction(campaign),
            ],
        )

    async def campaign_left(self, what: Registration) -> None:
        """With its Messaging Service, which was made for it."""
        service = what.provider_service_sid or await self._service(what.service_sid or "")
        if service is None:
            return
        async for one in self._messaging.all(f"/Services/{service}/Compliance/Usa2p", "compliance"):
            await self._messaging.delete(f"/Services/{service}/Compliance/Usa2p/{one.get('sid')}")
        await self._messaging.delete(f"/Services/{service}")

    async def _service(self, ours: str) -> str | None:
        async for one in self._messaging.all("/Services", "services"):
            if one.get("friendly_name") == _named_after(ours):
                return str(one.get("sid"))
        return None

    async def _made_service(self, ours: str) -> str:
        answer = await self._messaging.post(
            "/Services",
            [("FriendlyName", _named_after(ours)), ("UseInboundWebhookOnNumber", "true")],
        )
        if not answer.is_good:
            raise RegistrarUnavailable(f"no Messaging Service could be made: error {answer.code}")
        return str(answer.document.get("sid"))

    async def _first(self, path: str) -> dict[str, Any] | None:
        async for one in self._messaging.all(path, "compliance"):
            return one
        return None

    # Numbers

    async def number(self, number: str, campaign: Campaign) -> NumberReport:
        """Into the campaign's Messaging Service. Whether the networks know of it by then, the API
        does not tell: until they do, messages fail with 30035."""
        sid = await self._number(number)
        if sid is None:
            return NumberReport(NumberStatus.FAILED.value, "the account there has no such number")
        path = f"/Services/{campaign.provider_service_sid}/PhoneNumbers"
        answer = await self._messaging.post(path, [("PhoneNumberSid", sid)])
        if answer.is_good or answer.code == _THERE_ALREADY:
            return NumberReport(NumberStatus.REGISTERED.value)
        return NumberReport(NumberStatus.FAILED.value, f"error {answer.code} there")

    async def number_left(self, what: Registration) -> None:
        """Out of it."""
        if what.provider_service_sid is None or what.number is None:
            return
        sid = await self._number(what.number)
        if sid is not None:
            path = f"/Services/{what.provider_service_sid}/PhoneNumbers/{sid}"
            await self._messaging.delete(path)

    async def _number(self, number: str) -> str | None:
        query = urlencode({"PhoneNumber": number, "PageSize": "1"})
        try:
            page = await self._api.get(f"/IncomingPhoneNumbers.json?{query}")
        except ApiRefused as error:
            raise RegistrarUnavailable(str(error)) from None
        for one in page.get("incoming_phone_numbers") or ():
            if one.get("phone_number") == number:
                return str(one.get("sid"))
        return None

    # Toll-free numbers

    async def tollfree(self, verification: TollfreeVerification, *, submit: bool) -> TollfreeReport:
        """By its number."""
        found = await self._verification(verification.provider_sid, verification)
        if found is None:
            number = await self._number(verification.tollfree_phone_number)
            if number is None or not submit:
                reason = "the account there has no such number, or no verification of it"
                rejection = Rejection(20404, reason)
                return TollfreeReport(TollfreeStatus.REJECTED.value, rejections=(rejection,))
            fields = [("TollfreePhoneNumberSid", number), *_details(verification, correct=False)]
            answer = await self._messaging.post(_TOLLFREE, fields)
        elif submit and found.get("status") == TollfreeStatus.REJECTED:
            answer = await self._messaging.post(
                f"{_TOLLFREE}/{found.get('sid')}", _details(verification, correct=True)
            )
        else:
            return answers.tollfree_report(found)
        if not answer.is_good:
            rejection = Rejection(answer.code, "Twilio did not take it")
            return TollfreeReport(TollfreeStatus.REJECTED.value, rejections=(rejection,))
        return answers.tollfree_report(answer.document)

    async def tollfree_left(self, what: Registration) -> None:
        """Deletes it there."""
        if what.provider_sid is not None:
            await self._messaging.delete(f"{_TOLLFREE}/{what.provider_sid}")

    async def _verification(
        self, sid: str | None, verification: TollfreeVerification
    ) -> dict[str, Any] | None:
        if sid is not None:
            answer = await self._messaging.get(f"{_TOLLFREE}/{sid}")
            return answer.document if answer.is_good else None
        number = await self._number(verification.tollfree_phone_number)
        if number is None:
            return None
        query = urlencode({"TollfreePhoneNumberSid": number})
        async for one in self._messaging.all(f"{_TOLLFREE}?{query}", "verifications"):
            return one
        return None


def _is_unknown(brand: Brand | None) -> bool:
    return brand is None or brand.provider_sid is None


def _named_after(ours: str) -> str:
    return f"Maskline {ours}"


def _said(switch: int) -> str:
    return "true" if switch else "false"


def _replies(campaign: Campaign) -> list[tuple[str, str]]:
    fields = [
        (name, text)
        for name, text in (
            ("OptInMessage", campaign.opt_in_message),
            ("OptOutMessage", campaign.opt_out_message),
            ("HelpMessage", campaign.help_message),
        )
        if text is not None
    ]
    names = ("OptInKeywords", "OptOutKeywords", "HelpKeywords")
    for name, words in zip(names, campaign.keywords, strict=True):
        fields += [(name, word) for word in words]
    return fields


def _correction(campaign: Campaign) -> list[tuple[str, str]]:
    """What is sent when a campaign is made, and when it is corrected."""
    fields = [
        ("Description", campaign.description),
        ("MessageFlow", campaign.message_flow),
        *(("MessageSamples", sample) for sample in campaign.message_samples),
        ("HasEmbeddedLinks", _said(campaign.has_embedded_links)),
        ("HasEmbeddedPhone", _said(campaign.has_embedded_phone)),
        ("AgeGated", _said(campaign.age_gated)),
        ("DirectLending", _said(campaign.direct_lending)),
    ]
    if campaign.privacy_policy_url is not None:
        fields.append(("PrivacyPolicyUrl", campaign.privacy_policy_url))
    if campaign.terms_and_conditions_url is not None:
        fields.append(("TermsAndConditionsUrl", campaign.terms_and_conditions_url))
    return fields


def _details(verification: TollfreeVerification, *, correct: bool) -> list[tuple[str, str]]:
    fields: list[tuple[str, str]] = []
    for field, value in verification.details.items():
        if field == _CORRECTION and not correct:
            continue
        name = "".join(part.capitalize() for part in field.split("_"))
        if isinstance(value, list):
            fields += [(name, str(one)) for one in value]
        else:
            fields.append((name, _said(value) if isinstance(value, bool) else str(value)))
    if not correct:
        if verification.customer_profile_sid is not None:
            fields.append(("CustomerProfileSid", verification.customer_profile_sid))
        if verification.external_reference_id is not None:
            fields.append(("ExternalReferenceId", verification.external_reference_id))
    return fields
