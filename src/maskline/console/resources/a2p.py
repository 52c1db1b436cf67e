"""A2P 10DLC: brands and campaigns, what is used of their budgets, and what has to be put right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from maskline.a2p import brands, campaigns, life_cycle, manual, pooling, usecases
from maskline.a2p.hand_in import registrar_of
from maskline.a2p.limits import limits_of
from maskline.a2p.registrations import terms
from maskline.a2p.throughput import throughput
from maskline.access.audit import record
from maskline.console import registration_forms
from maskline.console.context import Context
from maskline.console.gate import Ask, Handler
from maskline.console.shapes.a2p import (
    A2p,
    BoundNumber,
    BrandReport,
    BrandView,
    CampaignDetail,
    CampaignReport,
    CampaignView,
    DayView,
    ExternalCampaign,
    FindingView,
    NewBrand,
    NewCampaign,
)
from maskline.console.shapes.common import Done
from maskline.env import Env
from maskline.messaging import readiness
from maskline.model.a2p import MANUAL, Brand, Campaign, CampaignStatus, RegistrationError
from maskline.model.console import Deed, Role
from maskline.model.errors import not_found
from maskline.model.form import Form
from maskline.model.pacific import day_ends
from maskline.model.page import PageRequest
from maskline.model.registration import Terms
from maskline.store.contract import Transaction

#: Brands and campaigns that are shown, each: an account has a few.
_MOST: Final = 100
_ROOT: Final = "/messaging/v1"
#: Of what failed by an operator's word, no code of the registry is known.
_BRAND_FAILED, _CAMPAIGN_FAILED = 30792, 30880


class A2pResource:
    """`/a2p`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._env = context.env
        self._store = context.store

    def handlers(self) -> Mapping[str, Handler]:
        """Its endpoints."""
        return {
            "GET /a2p": self.overview,
            "POST /a2p/brands": self.add_brand,
            "POST /a2p/brands/{sid}/resubmit": self.resubmit,
            "POST /a2p/brands/{sid}/report": self.report_brand,
            "POST /a2p/campaigns": self.add_campaign,
            "POST /a2p/campaigns/external": self.add_external,
            "GET /a2p/campaigns/{sid}": self.campaign,
            "POST /a2p/campaigns/{sid}/correct": self.correct_campaign,
            "POST /a2p/campaigns/{sid}/report": self.report_campaign,
            "POST /a2p/campaigns/{sid}/delete": self.delete_campaign,
        }

    async def overview(self, ask: Ask) -> A2p:
        """All of an account."""
        env = self._env

        async def read(tx: Transaction) -> A2p:
            account = await ask.account(tx)
            request = PageRequest(size=_MOST)
            known = (await tx.brands.page(account, request)).records
            by_sid = {one.sid: one for one in known}
            found = (await tx.campaigns.page(account, request)).records
            return A2p(
                registrar=registrar_of(env),
                findings=[
                    FindingView(one.check, one.state.value, one.says, one.advice, list(one.details))
                    for one in await readiness.check(env, tx, account)
                ],
                brands=[await _brand(env, tx, one, found) for one in known],
                campaigns=[
                    await _campaign(env, tx, one, by_sid.get(one.brand_registration_sid))
                    for one in found
                ],
                most_numbers=env.settings.a2p.warn_numbers,
                advice=pooling.ADVICE,
                usecases=[one.code for one in usecases.CAMPAIGNS],
                may_change=ask.role.may(Role.ADMIN),
            )

        return await self._store.read(read)

    async def add_brand(self, ask: Ask) -> BrandView:
        """A new brand is handed in."""
        given: NewBrand = ask.body
        values = {
            "CustomerProfileBundleSid": [given.customer_profile_sid],
            "A2PProfileBundleSid": [given.a2p_profile_sid],
            "BrandType": [given.brand_type],
        }
        if given.mock:
            values["Mock"] = ["true"]
        form, env = Form(values, 20001), self._env

        async def add(tx: Transaction) -> tuple[Brand, BrandView]:
            account = await ask.account(tx)
            made = await brands.create(env, tx, account, form)
            await record(env, tx, ask.actor, Deed.BRAND_REGISTERED, made.sid, "", account)
            return made, await _brand(env, tx, made, ())

        made, view = await self._store.transact(add)
        path = f"{_ROOT}/a2p/BrandRegistrations"
        self._context.did(ask, made.account_sid, "POST", path, form.pairs())
        return view

    async def resubmit(self, ask: Ask) -> BrandView:
        """A brand that failed is handed in again."""
        env = self._env

        async def again(tx: Transaction) -> tuple[Brand, BrandView]:
            held = await _find_brand(tx, ask)
            made = await brands.resubmit(env, tx, held.account_sid, held.sid)
            deed = Deed.BRAND_REGISTERED
            await record(env, tx, ask.actor, deed, made.sid, "again", made.account_sid)
            return made, await _brand(env, tx, made, ())

        made, view = await self._store.transact(again)
        path = f"{_ROOT}/a2p/BrandRegistrations/{made.sid}"
        self._context.did(ask, made.account_sid, "POST", path, [])
        return view

    async def report_brand(self, ask: Ask) -> BrandView:
        """An operator says what the registry decided."""
        given: BrandReport = ask.body
        env = self._env
        form = registration_forms.report(
            given.error,
            _BRAND_FAILED,
            Status=given.status,
            TcrId=given.tcr_id,
            BrandScore=given.brand_score,
            TmobileDailyCap=given.tmobile_daily_cap,
        )

        async def report(tx: Transaction) -> BrandView:
            held = await _find_brand(tx, ask)
            done = await manual.brand(env, tx, held.account_sid, held.sid, form)
            deed = Deed.REGISTRATION_REPORTED
            await record(env, tx, ask.actor, deed, held.sid, done.status, held.account_sid)
            return await _brand(env, tx, done, ())

        return await self._store.transact(report)

    async def add_campaign(self, ask: Ask) -> CampaignView:
        """A new campaign is handed in."""
        given: NewCampaign = ask.body
        values = {
            "BrandRegistrationSid": [given.brand_sid],
            "UsAppToPersonUsecase": [given.usecase],
        }
        form, env = Form(values | registration_forms.texts(given), 20001), self._env

        async def add(tx: Transaction) -> tuple[Campaign, CampaignView]:
            account = await ask.account(tx)
            made = await campaigns.create(env, tx, account, given.service_sid, form)
            await record(env, tx, ask.actor, Deed.CAMPAIGN_REGISTERED, made.sid, "", account)
            brand = await tx.brands.peek(made.brand_registration_sid)
            return made, await _campaign(env, tx, made, brand)

        made, view = await self._store.transact(add)
        self._context.did(ask, made.account_sid, "POST", _path(made), form.pairs())
        return view

    async def add_external(self, ask: Ask) -> CampaignView:
        """A campaign that was registered elsewhere is brought here."""
        given: ExternalCampaign = ask.body
        form = Form(
            {"CampaignId": [given.campaign_id], "MessagingServiceSid": [given.service_sid]}, 20001
        )
        env = self._env

        async def add(tx: Transaction) -> tuple[Campaign, CampaignView]:
            account = await ask.account(tx)
            made = await campaigns.preregister(env, tx, account, form)
            deed = Deed.CAMPAIGN_REGISTERED
            await record(env, tx, ask.actor, deed, made.sid, "elsewhere", account)
            return made, await _campaign(env, tx, made, None)

        made, view = await self._store.transact(add)
        path = f"{_ROOT}/Services/PreregisteredUsa2p"
        self._context.did(ask, made.account_sid, "POST", path, form.pairs())
        return view

    async def campaign(self, ask: Ask) -> CampaignDetail:
        """One with what was handed in, and its numbers."""
        env = self._env

        async def read(tx: Transaction) -> CampaignDetail:
            found = await _find_campaign(tx, ask)
            brand = await tx.brands.peek(found.brand_registration_sid)
            numbers = await tx.campaigns.numbers(found.messaging_service_sid)
            return CampaignDetail(
                campaign=await _campaign(env, tx, found, brand),
                description=found.description,
                message_flow=found.message_flow,
                samples=found.message_samples,
                has_links=bool(found.has_embedded_links),
                has_phone=bool(found.has_embedded_phone),
                privacy_policy_url=found.privacy_policy_url or "",
                terms_url=found.terms_and_conditions_url or "",
                may_correct=found.campaign_status == CampaignStatus.FAILED
                and not found.is_externally_registered,
                numbers=[BoundNumber(one.sid, one.number, one.a2p_status) for one in numbers],
            )

        return await self._store.read(read)

    async def correct_campaign(self, ask: Ask) -> CampaignView:
        """One that failed is handed in again, with other texts."""
        texts, env = registration_forms.texts(ask.body), self._env

        async def correct(tx: Transaction) -> tuple[Form, Campaign, CampaignView]:
            held = await _find_campaign(tx, ask)
            account, service = held.account_sid, held.messaging_service_sid
            kept = {"AgeGated": held.age_gated, "DirectLending": held.direct_lending}
            form = Form(
                texts | {name: [registration_forms.switch(flag)] for name, flag in kept.items()},
                20001,
            )
            done = await campaigns.update(env, tx, account, service, held.sid, form)
            deed = Deed.CAMPAIGN_REGISTERED
            await record(env, tx, ask.actor, deed, held.sid, "again", account)
            brand = await tx.brands.peek(done.brand_registration_sid)
            return form, done, await _campaign(env, tx, done, brand)

        form, done, view = await self._store.transact(correct)
        self._context.did(ask, done.account_sid, "POST", f"{_path(done)}/{done.sid}", form.pairs())
        return view

    async def report_campaign(self, ask: Ask) -> CampaignView:
        """An operator says what the registry decided."""
        given: CampaignReport = ask.body
        env = self._env
        form = registration_forms.report(
            given.error,
            _CAMPAIGN_FAILED,
            Status=given.status,
            CampaignId=given.campaign_id,
            UsAppToPersonUsecase=given.usecase,
        )

        async def report(tx: Transaction) -> CampaignView:
            held = await _find_campaign(tx, ask)
            account, service = held.account_sid, held.messaging_service_sid
            done = await manual.campaign(env, tx, account, service, held.sid, form)
            deed = Deed.REGISTRATION_REPORTED
            await record(env, tx, ask.actor, deed, held.sid, done.campaign_status, account)
            brand = await tx.brands.peek(done.brand_registration_sid)
            return await _campaign(env, tx, done, brand)

        return await self._store.transact(report)

    async def delete_campaign(self, ask: Ask) -> Done:
        """Deletes one; its numbers are registered no more."""
        env = self._env

        async def delete(tx: Transaction) -> Campaign:
            held = await _find_campaign(tx, ask)
            account, service = held.account_sid, held.messaging_service_sid
            await campaigns.delete(env, tx, account, service, held.sid)
            await record(env, tx, ask.actor, Deed.CAMPAIGN_DELETED, held.sid, "", account)
            return held

        gone = await self._store.transact(delete)
        self._context.did(ask, gone.account_sid, "DELETE", f"{_path(gone)}/{gone.sid}", [])
        return Done()


async def _find_brand(tx: Transaction, ask: Ask) -> Brand:
    brand = await tx.brands.peek(ask.params["sid"])
    if brand is None or not ask.sees(brand.account_sid):
        raise not_found("Brand")
    return brand


async def _find_campaign(tx: Transaction, ask: Ask) -> Campaign:
    campaign = await tx.campaigns.peek(ask.params["sid"])
    if campaign is None or not ask.sees(campaign.account_sid):
        raise not_found("Campaign")
    return campaign


def _path(campaign: Campaign) -> str:
    return f"{_ROOT}/Services/{campaign.messaging_service_sid}/Compliance/Usa2p"


def _words(errors: Sequence[RegistrationError]) -> list[str]:
    return [one.description or f"error {one.error_code}" for one in errors]


async def _brand(env: Env, tx: Transaction, one: Brand, known: Sequence[Campaign]) -> BrandView:
    """`known` are campaigns among which one of the brand's says what T-Mobile allows."""
    limits = limits_of(env.settings.a2p)
    mine = next((each for each in known if each.brand_registration_sid == one.sid), None)
    if mine is None:
        mine = next(iter(await tx.campaigns.of_brand(one.sid)), None)
    by_hand = one.registrar == MANUAL
    return BrandView(
        sid=one.sid,
        brand_type=one.brand_type,
        status=one.status,
        registrar=one.registrar,
        by_hand=by_hand,
        mock=bool(one.mock),
        tcr_id=one.tcr_id,
        brand_score=one.brand_score,
        identity_status=one.identity_status,
        errors=_words(one.errors),
        next=sorted(life_cycle.BRAND[one.status]) if by_hand else [],
        day=None if mine is None else await _day(env, tx, terms(mine, one, limits)),
        date_created=one.date_created,
    )


async def _day(env: Env, tx: Transaction, of: Terms) -> DayView | None:
    share = env.settings.a2p.tmobile_share
    if not share:
        return None
    now = env.clock()
    level = await tx.paces.peek(f"brand:{of.brand_key}")
    used = level.used if level is not None and level.at > now * 1000 else 0
    return DayView(used, int(of.daily_cap / share), day_ends(now))


async def _campaign(env: Env, tx: Transaction, one: Campaign, brand: Brand | None) -> CampaignView:
    service = await tx.messaging_services.peek(one.messaging_service_sid)
    allowed = throughput(one, brand, limits_of(env.settings.a2p))
    by_hand = one.registrar == MANUAL
    return CampaignView(
        sid=one.sid,
        service_sid=one.messaging_service_sid,
        service_name=None if service is None else service.friendly_name,
        brand_sid=one.brand_registration_sid or None,
        status=one.campaign_status,
        usecase=one.us_app_to_person_usecase,
        campaign_id=one.campaign_id,
        registrar=one.registrar,
        by_hand=by_hand,
        external=bool(one.is_externally_registered),
        errors=_words(one.errors),
        next=sorted(life_cycle.CAMPAIGN[one.campaign_status]) if by_hand else [],
        numbers=await tx.campaigns.bound(one),
        att_class=allowed.att_class,
        att_tpm=allowed.att_tpm,
        att_per_number=allowed.att_per_number,
        att_busy=await _busy(env, tx, one, allowed.att_tpm, per_number=allowed.att_per_number),
        tmobile_tier=allowed.tmobile_tier,
        date_created=one.date_created,
    )


async def _busy(
    env: Env, tx: Transaction, one: Campaign, per_minute: int, *, per_number: bool
) -> int | None:
    """How many of the segments a minute are taken at this moment: the bucket is full again once
    that many have come anew."""
    share = env.settings.a2p.att_share
    if per_number or not share:
        return None
    level = await tx.paces.peek(f"campaign:{one.sid}:sms")
    missing = 0 if level is None else max(0, level.at - env.clock() * 1000)
    return min(per_minute, round(missing / 60_000_000 * per_minute))
