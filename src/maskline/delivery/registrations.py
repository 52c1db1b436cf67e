"""Registrations: brands, campaigns, numbers and toll-free verifications, handed to registrars and
asked about until they are decided."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import msgspec

from maskline.a2p import hand_in, reports
from maskline.a2p.mock import MockRegistrar
from maskline.a2p.reports import GONE, Outcome
from maskline.delivery.carriers import Accounts
from maskline.delivery.results import Finished, GiveUp, Result, Retry
from maskline.env import Env
from maskline.model.a2p import MOCK, Brand, Vetting, VettingProvider, VettingStatus
from maskline.model.job import Job
from maskline.model.registrar import (
    Registrar,
    RegistrarUnavailable,
    Registration,
    RegistrationKind,
    VettingReport,
)
from maskline.store.contract import Store

log = logging.getLogger(__name__)

_DECODER: Final = msgspec.json.Decoder(Registration)
#: A registrar that is away is asked again soon, then every hour, for a month.
_DELAYS: Final = (5.0, 30.0, 120.0, 600.0, *(3600.0,) * 720)
_DONE: Final = Outcome(is_current=True, is_decided=True)

#: Finds a registrar by its name.
Registrars = Callable[[str], Registrar | None]
_Step = Callable[[Registrar, Registration], Awaitable[Outcome]]


def registrars_of(accounts: Accounts) -> Registrars:
    """The mock one, and those of carriers' accounts."""
    mock = MockRegistrar()
    return lambda name: mock if name == MOCK else accounts.registrar(name)


class RegistrationHandler:
    """Runs registration jobs. One that is decided stays, to be asked about now and then, where the
    registrar may change its mind; it ends with its record, and when that is handed in anew."""

    def __init__(self, env: Env, store: Store, registrars: Registrars) -> None:
        self._env = env
        self._store = store
        self._registrars = registrars
        self._steps: Mapping[str, _Step] = MappingProxyType(
            {
                RegistrationKind.BRAND: self._brand,
                RegistrationKind.PASSCODE: self._passcode,
                RegistrationKind.VETTING: self._vetting,
                RegistrationKind.CAMPAIGN: self._campaign,
                RegistrationKind.CAMPAIGN_LEFT: self._campaign_left,
                RegistrationKind.NUMBER: self._number,
                RegistrationKind.NUMBER_LEFT: self._number_left,
                RegistrationKind.TOLLFREE: self._tollfree,
                RegistrationKind.TOLLFREE_LEFT: self._tollfree_left,
            }
        )

    @property
    def delays(self) -> Sequence[float]:
        """Seconds before each retry."""
        return _DELAYS

    def decode(self, payload: bytes) -> Registration:
        """What is to be registered."""
        return _DECODER.decode(payload)

    def lane(self, job: Job, payload: Registration) -> str:
        """One per registrar: Twilio asks for no more than one request a second."""
        return f"registrar:{payload.registrar}"

    async def run(self, job: Job, payload: Registration) -> Result:
        """Hands it in, or asks how far it is."""
        registrar = self._registrars(payload.registrar)
        if registrar is None:
            return Retry(f"there is no registrar named {payload.registrar}")
        try:
            outcome = await self._steps[payload.kind](registrar, payload)
        except RegistrarUnavailable as error:
            if job.attempts == 0:
                log.warning("the registrar %s can't be asked: %s", payload.registrar, error)
            return Retry(str(error))
        settings = self._env.settings.registrar
        if not outcome.is_current:
            return Finished()
        if not outcome.is_decided:
            return Retry("not decided yet", after=settings.poll_seconds, counts=False)
        if registrar.watches and payload.kind in _WATCHED:
            return Retry("decided", after=settings.watch_seconds, counts=False)
        return Finished()

    async def exhausted(self, job: Job, payload: Registration, error: str) -> Result:
        """Kept as a dead letter, to be taken up again by hand."""
        return GiveUp(error)

    async def _brand(self, registrar: Registrar, what: Registration) -> Outcome:
        brand = await self._store.read(lambda tx: tx.brands.peek(what.sid))
        if brand is None or brand.submissions != what.submission:
            return GONE
        report = await registrar.brand(brand, submit=brand.submitted < brand.submissions)
        return await self._store.transact(
            lambda tx: reports.brand(self._env, tx, what.sid, what.submission, report)
        )

    async def _passcode(self, registrar: Registrar, what: Registration) -> Outcome:
        brand = await self._store.read(lambda tx: tx.brands.peek(what.sid))
        if brand is not None:
            await registrar.passcode(brand)
        return _DONE

    async def _vetting(self, registrar: Registrar, what: Registration) -> Outcome:
        brand_sid = what.provider_sid or ""
        brand = await self._store.read(lambda tx: tx.brands.peek(brand_sid))
        vetting = await self._store.read(lambda tx: tx.brands.vetting(what.sid, brand_sid))
        if brand is None or vetting is None:
            return GONE
        report = await registrar.vetting(vetting, brand, submit=vetting.provider_sid is None)
        if report.vetting_status == VettingStatus.SUCCESS and report.brand_score is None:
            report = await self._scored(registrar, brand, vetting, report)
        return await self._store.transact(
            lambda tx: reports.vetting(self._env, tx, what.sid, brand_sid, report)
        )

    async def _scored(
        self, registrar: Registrar, brand: Brand, vetting: Vetting, report: VettingReport
    ) -> VettingReport:
        """The report with the score that the vetting was bought for, where that is told with the
        brand: it is asked about at once, not when its day comes."""
        if vetting.vetting_provider != VettingProvider.AEGIS or brand.submitted < brand.submissions:
            return report
        about = await registrar.brand(brand, submit=False)
        await self._store.transact(
            lambda tx: reports.brand(self._env, tx, brand.sid, brand.submissions, about)
        )
        # One that is as it was may be the old one still.
        if about.brand_score == brand.brand_score:
            return report
        return msgspec.structs.replace(report, brand_score=about.brand_score)

    async def _campaign(self, registrar: Registrar, what: Registration) -> Outcome:
        campaign = await self._store.read(lambda tx: tx.campaigns.peek(what.sid))
        if campaign is None:
            # It may have been handed in by an attempt that came to no end.
            await registrar.campaign_left(what)
            return GONE
        if campaign.submissions != what.submission:
            return GONE
        brand_sid = campaign.brand_registration_sid
        brand = await self._store.read(lambda tx: tx.brands.peek(brand_sid))
        report = await registrar.campaign(
            campaign, brand, submit=campaign.submitted < campaign.submissions
        )
        outcome = await self._store.transact(
            lambda tx: reports.campaign(self._env, tx, what.sid, what.submission, report)
        )
        if not outcome.is_current and await self._is_deleted(what.sid):
            provider = report.provider_sid or campaign.provider_sid
            at = report.provider_service_sid or campaign.provider_service_sid
            gone = msgspec.structs.replace(campaign, provider_sid=provider, provider_service_sid=at)
            await registrar.campaign_left(hand_in.left(gone))
        return outcome

    async def _is_deleted(self, sid: str) -> bool:
        return await self._store.read(lambda tx: tx.campaigns.peek(sid)) is None

    async def _campaign_left(self, registrar: Registrar, what: Registration) -> Outcome:
        await registrar.campaign_left(what)
        return _DONE

    async def _number(self, registrar: Registrar, what: Registration) -> Outcome:
        campaign_sid, number = what.service_sid or "", what.number or ""
        campaign = await self._store.read(lambda tx: tx.campaigns.peek(campaign_sid))
        found = await self._store.read(lambda tx: tx.numbers.by_number(number))
        if campaign is None or found is None or found.campaign_sid != campaign.sid:
            return GONE
        if campaign.provider_service_sid is None or found.carrier != campaign.registrar:
            # Nobody can put it there but its own carrier, of which an operator knows.
            return _DONE
        report = await registrar.number(number, campaign)
        return await self._store.transact(
            lambda tx: reports.number(self._env, tx, what.sid, campaign_sid, report)
        )

    async def _number_left(self, registrar: Registrar, what: Registration) -> Outcome:
        await registrar.number_left(what)
        return _DONE

    async def _tollfree(self, registrar: Registrar, what: Registration) -> Outcome:
        known = await self._store.read(lambda tx: tx.tollfree_verifications.peek(what.sid))
        if known is None or known.submissions != what.submission:
            return GONE
        report = await registrar.tollfree(known, submit=known.submitted < known.submissions)
        return await self._store.transact(
            lambda tx: reports.tollfree(self._env, tx, what.sid, what.submission, report)
        )

    async def _tollfree_left(self, registrar: Registrar, what: Registration) -> Outcome:
        await registrar.tollfree_left(what)
        return _DONE


_WATCHED: Final = frozenset(
    {RegistrationKind.BRAND, RegistrationKind.CAMPAIGN, RegistrationKind.TOLLFREE}
)
