"""Campaigns: what a brand sends, registered for the numbers of a Messaging Service."""

from __future__ import annotations

from typing import Final

import msgspec

from maskline.a2p import binding, campaign_form, hand_in, pooling, usecases
from maskline.a2p.brands import sid_of
from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.a2p import (
    Brand,
    BrandStatus,
    BrandType,
    Campaign,
    CampaignStatus,
    CampaignUsecase,
)
from maskline.model.errors import Fault, not_found
from maskline.model.form import Form
from maskline.model.messaging_service import MessagingService
from maskline.model.page import Page, PageRequest
from maskline.store.contract import Transaction
from maskline.store.repositories.base import single

#: How many campaigns a brand may have.
MAX_CAMPAIGNS: Final = 100
MAX_SOLE_PROPRIETOR: Final = 1
_SOLE: Final = BrandType.SOLE_PROPRIETOR
#: A registry's campaign id, such as `CXXXXXX`.
_MAX_ID: Final = 64


async def create(
    env: Env, tx: Transaction, account_sid: str, service_sid: str, form: Form
) -> Campaign:
    """A new campaign, which is handed in; the Messaging Service's numbers are bound to it.

    Raises 20404 for a Messaging Service that the account does not have, 20001 where it has a
    campaign, 21717 for a brand that is not registered or is another kind's, 21731 for a suspended
    one, 21732 for one that has as many as it can, 21720 for a use case that there is not, and what
    `campaign_form` raises.
    """
    service = await _free(tx, account_sid, service_sid)
    brand = await _brand(tx, account_sid, form)
    usecase = _usecase(form, brand)
    fields = campaign_form.read(form)
    most = MAX_SOLE_PROPRIETOR if brand.brand_type == _SOLE else MAX_CAMPAIGNS
    if len(await tx.campaigns.of_brand(brand.sid)) >= most:
        raise Fault(21732, f"at most {most}")
    now = env.clock()
    campaign = Campaign(
        sid=env.sids.new(sids.CAMPAIGN),
        account_sid=account_sid,
        messaging_service_sid=service.sid,
        brand_registration_sid=brand.sid,
        registrar=brand.registrar,
        campaign_status=CampaignStatus.PENDING.value,
        us_app_to_person_usecase=usecase.value,
        mock=brand.mock,
        date_created=now,
        date_updated=now,
        **fields,
    )
    return await _added(env, tx, campaign)


async def preregister(env: Env, tx: Transaction, account_sid: str, form: Form) -> Campaign:
    """A campaign that was registered elsewhere and is brought here, by its id at the registry.
    `CnpMigration` is taken, and changes nothing here. Raises 20404 and 20001."""
    campaign_id = form.text("CampaignId", _MAX_ID, required=True)
    service_sid = sid_of(form, "MessagingServiceSid", sids.MESSAGING_SERVICE)
    form.boolean("CnpMigration")
    service = await _free(tx, account_sid, service_sid)
    now = env.clock()
    campaign = Campaign(
        sid=env.sids.new(sids.CAMPAIGN),
        account_sid=account_sid,
        messaging_service_sid=service.sid,
        brand_registration_sid="",
        registrar=hand_in.registrar_of(env),
        campaign_status=CampaignStatus.PENDING.value,
        us_app_to_person_usecase="",
        description="",
        message_flow="",
        message_samples_json="[]",
        has_embedded_links=0,
        has_embedded_phone=0,
        campaign_id=campaign_id,
        is_externally_registered=1,
        date_created=now,
        date_updated=now,
    )
    return await _added(env, tx, campaign)


async def find(tx: Transaction, account_sid: str, service_sid: str, sid: str) -> Campaign:
    """The Messaging Service's campaign with that SID. Raises 20404."""
    campaign = await tx.campaigns.get(sid, account_sid)
    if campaign is None or campaign.messaging_service_sid != service_sid:
        raise not_found("UsAppToPerson")
    return campaign


async def page(
    tx: Transaction, account_sid: str, service_sid: str, request: PageRequest
) -> Page[Campaign]:
    """The Messaging Service's campaigns: one or none. Raises 20404."""
    await _service(tx, account_sid, service_sid)
    return single(await tx.campaigns.of_service(service_sid), request)


async def kinds(
    tx: Transaction, account_sid: str, service_sid: str, brand_sid: str | None
) -> tuple[usecases.CampaignKind, ...]:
    """What may be registered for the Messaging Service, by a brand where one is named. Raises
    20404."""
    await _service(tx, account_sid, service_sid)
    if brand_sid is None:
        return usecases.of_brand(None)
    brand = await tx.brands.get(brand_sid, account_sid)
    if brand is None:
        raise not_found("BrandRegistration")
    return usecases.of_brand(brand)


async def update(
    env: Env, tx: Transaction, account_sid: str, service_sid: str, sid: str, form: Form
) -> Campaign:
    """Corrects a campaign that failed, and hands it in again. Raises 20404, 21729 while it is
    suspended, 20001 while it has not failed or where it was registered elsewhere."""
    await _service(tx, account_sid, service_sid)
    campaign = await find(tx, account_sid, service_sid, sid)
    if campaign.campaign_status == CampaignStatus.SUSPENDED:
        raise Fault(21729)
    if campaign.is_externally_registered:
        raise Fault(20001, "a campaign is corrected where it was registered")
    if campaign.campaign_status != CampaignStatus.FAILED:
        raise Fault(20001, "only a campaign that FAILED can be corrected")
    corrected = msgspec.structs.replace(
        campaign,
        campaign_status=CampaignStatus.PENDING.value,
        errors_json="[]",
        submissions=campaign.submissions + 1,
        date_updated=env.clock(),
        **campaign_form.read_update(form),
    )
    await tx.campaigns.update(corrected)
    await hand_in.campaign(env, tx, corrected)
    return corrected


async def delete(env: Env, tx: Transaction, account_sid: str, service_sid: str, sid: str) -> None:
    """Deletes a campaign and has it taken back; its numbers are registered no more. Raises
    20404, and 21729 while it is suspended."""
    await _service(tx, account_sid, service_sid)
    campaign = await find(tx, account_sid, service_sid, sid)
    if campaign.campaign_status == CampaignStatus.SUSPENDED:
        raise Fault(21729)
    await drop(env, tx, campaign)


async def drop(env: Env, tx: Transaction, campaign: Campaign) -> None:
    """Deletes a campaign whatever its state, as when its Messaging Service is deleted."""
    await tx.campaigns.delete(campaign)
    await hand_in.campaign_left(env, tx, campaign)


async def _added(env: Env, tx: Transaction, campaign: Campaign) -> Campaign:
    await tx.campaigns.add(campaign)
    await binding.follow(env, tx, campaign)
    await pooling.begun(env, tx, campaign)
    await hand_in.campaign(env, tx, campaign)
    return campaign


async def _service(tx: Transaction, account_sid: str, sid: str) -> MessagingService:
    service = await tx.messaging_services.get(sid, account_sid)
    if service is None:
        raise not_found("Service")
    return service


async def _free(tx: Transaction, account_sid: str, service_sid: str) -> MessagingService:
    service = await _service(tx, account_sid, service_sid)
    if await tx.campaigns.of_service(service.sid) is not None:
        raise Fault(20001, "the Messaging Service has a campaign already")
    return service


async def _brand(tx: Transaction, account_sid: str, form: Form) -> Brand:
    if not form.has("BrandRegistrationSid"):
        raise Fault(21727, "BrandRegistrationSid")
    brand = await tx.brands.get(sid_of(form, "BrandRegistrationSid", sids.BRAND), account_sid)
    if brand is None:
        raise Fault(21717)
    if brand.status == BrandStatus.SUSPENDED:
        raise Fault(21731)
    if brand.status != BrandStatus.APPROVED:
        raise Fault(21717, f"the brand is {brand.status}")
    return brand


def _usecase(form: Form, brand: Brand) -> CampaignUsecase:
    text = form.text("UsAppToPersonUsecase", 255)
    if text is None:
        raise Fault(21727, "UsAppToPersonUsecase")
    try:
        usecase = CampaignUsecase(text)
    except ValueError:
        raise Fault(21720) from None
    if usecase not in {kind.code for kind in usecases.of_brand(brand)}:
        raise Fault(21717, f"a {brand.brand_type} brand can't register {usecase}")
    return usecase
