"""A2P campaigns: what a brand sends, handed in, corrected, reported of and deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from maskline.a2p import campaigns, life_cycle, manual
from maskline.a2p.limits import limits_of
from maskline.a2p.throughput import throughput
from maskline.access.audit import record
from maskline.console import registration_forms
from maskline.console.context import StoreResource
from maskline.console.gate import Ask, Handler
from maskline.console.resources.brands import words_of_errors
from maskline.console.resources.messaging_services import find as find_service
from maskline.console.shapes.a2p import (
    BoundNumber,
    CampaignDetail,
    CampaignReport,
    CampaignView,
    ExternalCampaign,
    KindAnswers,
    NewCampaign,
    RegisteredAnswer,
    SaidAnswer,
    ServiceAnswers,
)
from maskline.console.shapes.common import Done
from maskline.env import Env
from maskline.messaging import registered_answers
from maskline.messaging.words import Keyword
from maskline.model.a2p import MANUAL, Brand, Campaign, CampaignStatus
from maskline.model.console import Deed
from maskline.model.form import Form
from maskline.store.contract import Transaction

_SERVICES: Final = "/messaging/v1/Services"
#: Of what failed by an operator's word, no code of the registry is known.
_FAILED: Final = 30880
#: In the order in which a person meets them.
_KINDS: Final[tuple[Keyword, ...]] = (Keyword.OPT_OUT, Keyword.OPT_IN, Keyword.HELP)


class CampaignsResource(StoreResource):
    """`/a2p/campaigns`, and what a new one may say of its answers."""

    def handlers(self) -> Mapping[str, Handler]:
        """Its endpoints."""
        return {
            "GET /a2p/answers/{sid}": self.answers,
            "POST /a2p/campaigns": self.add_campaign,
            "POST /a2p/campaigns/external": self.add_external,
            "GET /a2p/campaigns/{sid}": self.campaign,
            "POST /a2p/campaigns/{sid}/correct": self.correct_campaign,
            "POST /a2p/campaigns/{sid}/report": self.report_campaign,
            "POST /a2p/campaigns/{sid}/delete": self.delete_campaign,
        }

    async def answers(self, ask: Ask) -> ServiceAnswers:
        """What a Messaging Service answers by itself in the United States."""
        env = self._env

        async def read(tx: Transaction) -> ServiceAnswers:
            service = await find_service(tx, ask)
            own = bool(service.advanced_opt_out)
            words = await registered_answers.known(env, tx, service)
            if words is None:
                return ServiceAnswers(own, [])
            kinds = [
                KindAnswers(
                    keyword.value,
                    *registered_answers.to_register(words, keyword),
                    [
                        SaidAnswer(answer, those)
                        for answer, those in registered_answers.by_answer(words, keyword).items()
                    ],
                )
                for keyword in _KINDS
            ]
            return ServiceAnswers(own, kinds)

        return await self._store.read(read)

    async def add_campaign(self, ask: Ask) -> CampaignView:
        """A new campaign is handed in."""
        given: NewCampaign = ask.body
        form, env = registration_forms.campaign(given), self._env

        async def add(tx: Transaction) -> tuple[Campaign, CampaignView]:
            account = await ask.account(tx)
            made = await campaigns.create(env, tx, account, given.service_sid, form)
            await record(env, tx, ask.actor, Deed.CAMPAIGN_REGISTERED, made.sid, "", account)
            brand = await tx.brands.peek(made.brand_registration_sid)
            return made, await campaign_view(env, tx, made, brand)

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
            return made, await campaign_view(env, tx, made, None)

        made, view = await self._store.transact(add)
        path = f"{_SERVICES}/PreregisteredUsa2p"
        self._context.did(ask, made.account_sid, "POST", path, form.pairs())
        return view

    async def campaign(self, ask: Ask) -> CampaignDetail:
        """One with what was handed in, and its numbers."""
        env = self._env

        async def read(tx: Transaction) -> CampaignDetail:
            found = await _find(tx, ask)
            brand = await tx.brands.peek(found.brand_registration_sid)
            numbers = await tx.campaigns.numbers(found.messaging_service_sid)
            answers, compared = await _answers(env, tx, found)
            return CampaignDetail(
                campaign=await campaign_view(env, tx, found, brand),
                description=found.description,
                message_flow=found.message_flow,
                samples=found.message_samples,
                has_links=bool(found.has_embedded_links),
                has_phone=bool(found.has_embedded_phone),
                privacy_policy_url=found.privacy_policy_url or "",
                terms_url=found.terms_and_conditions_url or "",
                answers=answers,
                compared=compared,
                may_correct=found.campaign_status == CampaignStatus.FAILED
                and not found.is_externally_registered,
                numbers=[BoundNumber(one.sid, one.number, one.a2p_status) for one in numbers],
            )

        return await self._store.read(read)

    async def correct_campaign(self, ask: Ask) -> CampaignView:
        """One that failed is handed in again, with other texts."""
        texts, env = registration_forms.texts(ask.body), self._env

        async def correct(tx: Transaction) -> tuple[Form, Campaign, CampaignView]:
            held = await _find(tx, ask)
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
            return form, done, await campaign_view(env, tx, done, brand)

        form, done, view = await self._store.transact(correct)
        self._context.did(ask, done.account_sid, "POST", f"{_path(done)}/{done.sid}", form.pairs())
        return view

    async def report_campaign(self, ask: Ask) -> CampaignView:
        """An operator says what the registry decided."""
        given: CampaignReport = ask.body
        env = self._env
        form = registration_forms.report(
            given.error,
            _FAILED,
            Status=given.status,
            CampaignId=given.campaign_id,
            UsAppToPersonUsecase=given.usecase,
        )

        async def report(tx: Transaction) -> CampaignView:
            held = await _find(tx, ask)
            account, service = held.account_sid, held.messaging_service_sid
            done = await manual.campaign(env, tx, account, service, held.sid, form)
            deed = Deed.REGISTRATION_REPORTED
            await record(env, tx, ask.actor, deed, held.sid, done.campaign_status, account)
            brand = await tx.brands.peek(done.brand_registration_sid)
            return await campaign_view(env, tx, done, brand)

        return await self._store.transact(report)

    async def delete_campaign(self, ask: Ask) -> Done:
        """Deletes one; its numbers are registered no more."""
        env = self._env

        async def delete(tx: Transaction) -> Campaign:
            held = await _find(tx, ask)
            account, service = held.account_sid, held.messaging_service_sid
            await campaigns.delete(env, tx, account, service, held.sid)
            await record(env, tx, ask.actor, Deed.CAMPAIGN_DELETED, held.sid, "", account)
            return held

        gone = await self._store.transact(delete)
        self._context.did(ask, gone.account_sid, "DELETE", f"{_path(gone)}/{gone.sid}", [])
        return Done()


async def _find(tx: Transaction, ask: Ask) -> Campaign:
    return ask.seen(await tx.campaigns.peek(ask.params["sid"]), "Campaign")


async def _answers(env: Env, tx: Transaction, one: Campaign) -> tuple[list[RegisteredAnswer], bool]:
    """What was registered of opting in and out, and whether it is known what the numbers do."""
    if one.is_externally_registered:
        return [], False
    service = await tx.messaging_services.peek(one.messaging_service_sid)
    words = None if service is None else await registered_answers.known(env, tx, service)
    found = {each.keyword: each for each in registered_answers.beside(words or {}, one)}
    compared = words is not None
    opt_in, opt_out, ask = one.keywords
    said = (
        (Keyword.OPT_OUT, opt_out, one.opt_out_message),
        (Keyword.OPT_IN, opt_in, one.opt_in_message),
        (Keyword.HELP, ask, one.help_message),
    )
    return [
        RegisteredAnswer(
            kind=keyword.value,
            words=named,
            message=message or "",
            unknown=list(found[keyword].unknown) if compared else [],
            sent=list(found[keyword].sent),
        )
        for keyword, named, message in said
    ], compared


def _path(campaign: Campaign) -> str:
    return f"{_SERVICES}/{campaign.messaging_service_sid}/Compliance/Usa2p"


async def campaign_view(
    env: Env, tx: Transaction, one: Campaign, brand: Brand | None
) -> CampaignView:
    """A campaign as lists show it."""
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
        errors=words_of_errors(one.errors),
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
