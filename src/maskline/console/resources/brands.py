"""A2P brands: who sends, handed in, examined by third parties, confirmed and reported of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from maskline.a2p import brands, life_cycle, manual
from maskline.a2p.limits import limits_of
from maskline.a2p.registrations import terms
from maskline.a2p.throughput import day, steps
from maskline.access.audit import record
from maskline.console import registration_forms
from maskline.console.context import StoreResource
from maskline.console.gate import Ask, Handler
from maskline.console.shapes.a2p import (
    BrandDetail,
    BrandReport,
    BrandView,
    DayView,
    NewBrand,
    NewVetting,
    PasscodeView,
    ScoreStep,
    VettingReport,
    VettingView,
)
from maskline.env import Env
from maskline.model.a2p import (
    MANUAL,
    Brand,
    BrandType,
    Campaign,
    RegistrationError,
    Vetting,
    VettingProvider,
)
from maskline.model.console import Deed
from maskline.model.form import Form
from maskline.model.pacific import day_ends
from maskline.model.page import PageRequest
from maskline.model.registration import Terms
from maskline.store.contract import Transaction

_BRANDS: Final = "/messaging/v1/a2p/BrandRegistrations"
#: Examinations that are shown: a brand has a few.
_ALL: Final = PageRequest(size=100)
#: Of what failed by an operator's word, no code of the registry is known.
_FAILED: Final = 30792


class BrandsResource(StoreResource):
    """`/a2p/brands`."""

    def handlers(self) -> Mapping[str, Handler]:
        """Its endpoints."""
        return {
            "POST /a2p/brands": self.add_brand,
            "GET /a2p/brands/{sid}": self.brand,
            "POST /a2p/brands/{sid}/resubmit": self.resubmit,
            "POST /a2p/brands/{sid}/report": self.report_brand,
            "POST /a2p/brands/{sid}/passcode": self.send_passcode,
            "POST /a2p/brands/{sid}/vettings": self.vet,
            "POST /a2p/brands/{sid}/vettings/{vetting}/report": self.report_vetting,
        }

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
            return made, await brand_view(env, tx, made)

        made, view = await self._store.transact(add)
        self._context.did(ask, made.account_sid, "POST", _BRANDS, form.pairs())
        return view

    async def resubmit(self, ask: Ask) -> BrandView:
        """A brand that failed is handed in again."""
        env = self._env

        async def again(tx: Transaction) -> tuple[Brand, BrandView]:
            held = await _find(tx, ask)
            made = await brands.resubmit(env, tx, held.account_sid, held.sid)
            deed = Deed.BRAND_REGISTERED
            await record(env, tx, ask.actor, deed, made.sid, "again", made.account_sid)
            return made, await brand_view(env, tx, made)

        made, view = await self._store.transact(again)
        self._context.did(ask, made.account_sid, "POST", f"{_BRANDS}/{made.sid}", [])
        return view

    async def report_brand(self, ask: Ask) -> BrandView:
        """An operator says what the registry decided."""
        given: BrandReport = ask.body
        env = self._env
        form = registration_forms.report(
            given.error,
            _FAILED,
            Status=given.status,
            TcrId=given.tcr_id,
            BrandScore=given.brand_score,
            IdentityStatus=given.identity_status,
            TmobileDailyCap=given.tmobile_daily_cap,
        )

        async def report(tx: Transaction) -> BrandView:
            held = await _find(tx, ask)
            done = await manual.brand(env, tx, held.account_sid, held.sid, form)
            deed = Deed.REGISTRATION_REPORTED
            await record(env, tx, ask.actor, deed, held.sid, done.status, held.account_sid)
            return await brand_view(env, tx, done)

        return await self._store.transact(report)

    async def brand(self, ask: Ask) -> BrandDetail:
        """One with its examinations."""
        env = self._env
        return await self._store.read(lambda tx: _detail(env, tx, ask))

    async def send_passcode(self, ask: Ask) -> BrandDetail:
        """The sole proprietor is sent a new code."""
        env = self._env

        async def send(tx: Transaction) -> tuple[Brand, BrandDetail]:
            held = await _find(tx, ask)
            await brands.send_passcode(env, tx, held.account_sid, held.sid)
            deed = Deed.PASSCODE_SENT
            await record(env, tx, ask.actor, deed, held.sid, "", held.account_sid)
            return held, await _detail(env, tx, ask)

        held, detail = await self._store.transact(send)
        self._context.did(ask, held.account_sid, "POST", f"{_BRANDS}/{held.sid}/SmsOtp", [])
        return detail

    async def vet(self, ask: Ask) -> BrandDetail:
        """A third party is asked to examine it."""
        given: NewVetting = ask.body
        values = {"VettingProvider": [given.provider]}
        if given.token:
            values["VettingId"] = [given.token]
        form, env = Form(values, 20001), self._env

        async def add(tx: Transaction) -> tuple[Brand, BrandDetail]:
            held = await _find(tx, ask)
            made = await brands.examine(env, tx, held.account_sid, held.sid, form)
            deed, by = Deed.BRAND_VETTED, made.vetting_provider
            await record(env, tx, ask.actor, deed, held.sid, by, held.account_sid)
            return held, await _detail(env, tx, ask)

        held, detail = await self._store.transact(add)
        path = f"{_BRANDS}/{held.sid}/Vettings"
        self._context.did(ask, held.account_sid, "POST", path, form.pairs())
        return detail

    async def report_vetting(self, ask: Ask) -> BrandDetail:
        """An operator says what an examination came to."""
        given: VettingReport = ask.body
        env, sid = self._env, ask.params["vetting"]
        form = registration_forms.report(None, 0, Status=given.status, BrandScore=given.score)

        async def report(tx: Transaction) -> BrandDetail:
            held = await _find(tx, ask)
            done = await manual.vetting(env, tx, held.account_sid, held.sid, sid, form)
            deed, status = Deed.REGISTRATION_REPORTED, done.vetting_status
            await record(env, tx, ask.actor, deed, sid, status, held.account_sid)
            return await _detail(env, tx, ask)

        return await self._store.transact(report)


async def _find(tx: Transaction, ask: Ask) -> Brand:
    return ask.seen(await tx.brands.peek(ask.params["sid"]), "Brand")


def words_of_errors(errors: Sequence[RegistrationError]) -> list[str]:
    """Why a registration failed, a line each."""
    return [one.description or f"error {one.error_code}" for one in errors]


async def _detail(env: Env, tx: Transaction, ask: Ask) -> BrandDetail:
    brand = await _find(tx, ask)
    limits, is_person = limits_of(env.settings.a2p), brand.brand_type == BrandType.SOLE_PROPRIETOR
    campaign = await _campaign_of(tx, brand)
    tier, cap = day(brand, limits, campaign)
    found = (await tx.brands.vettings(brand.sid, "", _ALL)).records
    return BrandDetail(
        brand=await brand_view(env, tx, brand),
        vettings=[_vetting(one, brand) for one in found],
        # Campaign Verify examines no persons.
        providers=[
            one.value
            for one in (VettingProvider.AEGIS, VettingProvider.CAMPAIGN_VERIFY)
            if not (is_person and one is VettingProvider.CAMPAIGN_VERIFY)
        ],
        tmobile_tier=tier,
        tmobile_daily_cap=cap,
        reported=(tier, cap) != day(_unreported(brand), limits),
        steps=[]
        if is_person
        else [ScoreStep(**msgspec.structs.asdict(one)) for one in steps(limits)],
        passcode=_passcode(brand) if is_person else None,
    )


def _unreported(brand: Brand) -> Brand:
    """With what its score alone tells."""
    return msgspec.structs.replace(brand, tmobile_daily_cap=None, russell_3000=None)


def _vetting(one: Vetting, brand: Brand) -> VettingView:
    by_hand = brand.registrar == MANUAL
    return VettingView(
        sid=one.sid,
        provider=one.vetting_provider,
        vetting_class=one.vetting_class,
        status=one.vetting_status,
        score=one.brand_score,
        next=sorted(life_cycle.VETTING[one.vetting_status]) if by_hand else [],
        date_created=one.date_created,
        date_updated=one.date_updated,
    )


def _passcode(brand: Brand) -> PasscodeView:
    waits = brands.awaits_code(brand)
    return PasscodeView(
        state="waits" if waits else "ended" if brand.is_unconfirmed else "confirmed",
        # By hand, it is sent where the brand is registered.
        may_send=waits and brand.registrar != MANUAL,
        asked=brand.date_passcode,
    )


async def _campaign_of(
    tx: Transaction, brand: Brand, known: Sequence[Campaign] = ()
) -> Campaign | None:
    """One of a brand's campaigns, which says what T-Mobile allows."""
    mine = next((one for one in known if one.brand_registration_sid == brand.sid), None)
    return mine or next(iter(await tx.campaigns.of_brand(brand.sid)), None)


async def brand_view(
    env: Env, tx: Transaction, one: Brand, known: Sequence[Campaign] = ()
) -> BrandView:
    """A brand as lists show it. `known` are campaigns that were read already."""
    limits = limits_of(env.settings.a2p)
    mine = await _campaign_of(tx, one, known)
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
        errors=words_of_errors(one.errors),
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
