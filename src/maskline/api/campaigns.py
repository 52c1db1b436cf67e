"""`/messaging/v1/Services/{MG}/Compliance/Usa2p` and what belongs to campaigns."""

from __future__ import annotations

from typing import Any

import msgspec
from falcon.asgi import Request, Response

from maskline.a2p import campaigns, manual, usecases
from maskline.a2p.throughput import Throughput, throughput
from maskline.api.brands import shown_errors
from maskline.api.paging import listed
from maskline.api.resource import MessagingResource, answer, created, gone
from maskline.model import sid as sids
from maskline.model.a2p import Brand, Campaign
from maskline.model.clock import iso
from maskline.model.page import Page
from maskline.store.contract import Transaction

_Found = tuple[Campaign, Brand | None]


async def _with_brand(tx: Transaction, campaign: Campaign) -> _Found:
    return campaign, await tx.brands.get(campaign.brand_registration_sid, campaign.account_sid)


class CampaignResource(MessagingResource):
    """What belongs to campaigns."""

    def campaigns_url(self, req: Request, service_sid: str) -> str:
        """The address of a Messaging Service's campaigns."""
        return f"{self.services_url(req)}/{service_sid}/Compliance/Usa2p"


class Campaigns(CampaignResource):
    """The campaign of a Messaging Service."""

    async def on_get_list(self, req: Request, resp: Response, service_sid: str) -> None:
        """Lists it, if there is one."""
        account, request = self.account(req), self.page_request(req)

        async def use_case(tx: Transaction) -> Page[_Found]:
            page = await campaigns.page(tx, account, service_sid, request)
            found = [await _with_brand(tx, one) for one in page.records]
            return Page(found, *msgspec.structs.astuple(page)[1:])

        page = await self.store.read(use_case)
        url = self.campaigns_url(req, service_sid)
        answer(resp, listed(page, request, url, "compliance", lambda one: shown(*one, url)))

    async def on_post_list(self, req: Request, resp: Response, service_sid: str) -> None:
        """Registers one."""
        account, form = self.account(req), await self.form(req)

        async def use_case(tx: Transaction) -> _Found:
            made = await campaigns.create(self.env, tx, account, service_sid, form)
            return await _with_brand(tx, made)

        campaign, brand = await self.store.transact(use_case)
        created(resp, shown(campaign, brand, self.campaigns_url(req, service_sid)))

    async def on_get(self, req: Request, resp: Response, service_sid: str, sid: str) -> None:
        """Fetches it."""
        account = self.account(req)

        async def use_case(tx: Transaction) -> _Found:
            return await _with_brand(tx, await campaigns.find(tx, account, service_sid, sid))

        campaign, brand = await self.store.read(use_case)
        answer(resp, shown(campaign, brand, self.campaigns_url(req, service_sid)))

    async def on_post(self, req: Request, resp: Response, service_sid: str, sid: str) -> None:
        """Corrects one that failed, and has it registered again."""
        account, form = self.account(req), await self.form(req)

        async def use_case(tx: Transaction) -> _Found:
            changed = await campaigns.update(self.env, tx, account, service_sid, sid, form)
            return await _with_brand(tx, changed)

        campaign, brand = await self.store.transact(use_case)
        answer(resp, shown(campaign, brand, self.campaigns_url(req, service_sid)))

    async def on_delete(self, req: Request, resp: Response, service_sid: str, sid: str) -> None:
        """Deletes it; its numbers are registered no more."""
        account = self.account(req)
        await self.store.transact(
            lambda tx: campaigns.delete(self.env, tx, account, service_sid, sid)
        )
        gone(resp)


class CampaignUsecases(MessagingResource):
    """What may be registered for a Messaging Service."""

    async def on_get(self, req: Request, resp: Response, service_sid: str) -> None:
        """Lists it, for a brand where one is named."""
        account, query = self.account(req), self.query(req)
        brand = query.text("BrandRegistrationSid", 255)
        if brand is not None and not sids.is_sid(brand, sids.BRAND):
            raise query.wrong("BrandRegistrationSid", "must be a SID that starts with BN")
        kinds = await self.store.read(lambda tx: campaigns.kinds(tx, account, service_sid, brand))
        answer(resp, {"us_app_to_person_usecases": [msgspec.structs.asdict(one) for one in kinds]})


class ServiceUsecases(MessagingResource):
    """What Messaging Services may be for."""

    async def on_get(self, req: Request, resp: Response) -> None:
        """Lists it."""
        answer(resp, {"usecases": [msgspec.structs.asdict(one) for one in usecases.SERVICES]})


class Preregistered(MessagingResource):
    """Campaigns that were registered elsewhere."""

    async def on_post(self, req: Request, resp: Response) -> None:
        """Brings one here."""
        account, form = self.account(req), await self.form(req)
        campaign = await self.store.transact(
            lambda tx: campaigns.preregister(self.env, tx, account, form)
        )
        created(
            resp,
            {
                "sid": campaign.sid,
                "account_sid": campaign.account_sid,
                "campaign_id": campaign.campaign_id,
                "messaging_service_sid": campaign.messaging_service_sid,
                "date_created": iso(campaign.date_created),
            },
        )


class CampaignReports(CampaignResource):
    """Ours: what came of a campaign, and what an operator says of one registered by hand."""

    async def on_get(self, req: Request, resp: Response, service_sid: str, sid: str) -> None:
        """Who registers it, what carriers allow it, and how far its numbers are."""
        account = self.account(req)

        async def use_case(tx: Transaction) -> dict[str, Any]:
            found = await campaigns.find(tx, account, service_sid, sid)
            campaign, brand = await _with_brand(tx, found)
            numbers = await tx.campaigns.numbers(service_sid)
            return {
                "sid": campaign.sid,
                "registrar": campaign.registrar,
                "provider_sid": campaign.provider_sid,
                "campaign_status": campaign.campaign_status,
                "campaign_id": campaign.campaign_id,
                **msgspec.structs.asdict(throughput(campaign, brand)),
                "phone_numbers": [
                    {"sid": one.sid, "phone_number": one.number, "status": one.a2p_status}
                    for one in numbers
                    if one.campaign_sid == campaign.sid
                ],
            }

        answer(resp, await self.store.read(use_case))

    async def on_post(self, req: Request, resp: Response, service_sid: str, sid: str) -> None:
        """Takes in what an operator says."""
        account, form = self.account(req), await self.form(req)

        async def use_case(tx: Transaction) -> _Found:
            said = await manual.campaign(self.env, tx, account, service_sid, sid, form)
            return await _with_brand(tx, said)

        campaign, brand = await self.store.transact(use_case)
        answer(resp, shown(campaign, brand, self.campaigns_url(req, service_sid)))


class NumberReports(MessagingResource):
    """Ours: what an operator says of a number's registration."""

    async def on_post(
        self, req: Request, resp: Response, service_sid: str, sid: str, number_sid: str
    ) -> None:
        """Takes it in."""
        account, form = self.account(req), await self.form(req)
        number = await self.store.transact(
            lambda tx: manual.number(self.env, tx, account, service_sid, sid, number_sid, form)
        )
        answer(
            resp,
            {"sid": number.sid, "phone_number": number.number, "status": number.a2p_status},
        )


def shown(campaign: Campaign, brand: Brand | None, campaigns_url: str) -> dict[str, Any]:
    """The resource."""
    opt_in, opt_out, help_ = campaign.keywords
    return {
        "sid": campaign.sid,
        "account_sid": campaign.account_sid,
        "brand_registration_sid": campaign.brand_registration_sid or None,
        "messaging_service_sid": campaign.messaging_service_sid,
        "description": campaign.description or None,
        "message_samples": campaign.message_samples,
        "us_app_to_person_usecase": campaign.us_app_to_person_usecase or None,
        "has_embedded_links": bool(campaign.has_embedded_links),
        "has_embedded_phone": bool(campaign.has_embedded_phone),
        "subscriber_opt_in": bool(campaign.subscriber_opt_in),
        "age_gated": bool(campaign.age_gated),
        "direct_lending": bool(campaign.direct_lending),
        "campaign_status": campaign.campaign_status,
        "campaign_id": campaign.campaign_id,
        "is_externally_registered": bool(campaign.is_externally_registered),
        "rate_limits": _rates(throughput(campaign, brand)),
        "message_flow": campaign.message_flow or None,
        "opt_in_message": campaign.opt_in_message,
        "opt_out_message": campaign.opt_out_message,
        "help_message": campaign.help_message,
        "opt_in_keywords": opt_in,
        "opt_out_keywords": opt_out,
        "help_keywords": help_,
        "date_created": iso(campaign.date_created),
        "date_updated": iso(campaign.date_updated),
        "url": f"{campaigns_url}/{campaign.sid}",
        "mock": bool(campaign.mock),
        "errors": shown_errors(campaign.errors),
        "privacy_policy_url": campaign.privacy_policy_url,
        "terms_and_conditions_url": campaign.terms_and_conditions_url,
    }


def _rates(allowed: Throughput) -> dict[str, Any]:
    """Twilio names a rate a second (`mps`), though AT&T's is one a minute."""
    mps = allowed.att_tpm / 60
    return {
        "att": {"mps": int(mps) if mps.is_integer() else mps, "msg_class": allowed.att_class},
        "tmobile": {"brand_tier": allowed.tmobile_tier},
    }
