"""Jobs for registrars: what is to be handed in, asked about, or taken back."""

from __future__ import annotations

from maskline.env import Env
from maskline.jobs import new_job
from maskline.model.a2p import MANUAL, MOCK, Brand, Campaign, Vetting
from maskline.model.job import JobKind
from maskline.model.number import Number
from maskline.model.registrar import Registration, RegistrationKind
from maskline.model.tollfree import TollfreeVerification
from maskline.store.contract import Transaction


def registrar_of(env: Env, mock: bool = False) -> str:
    """Who registers what is new: the settings' one, or the mock one for what is to be tested."""
    return MOCK if mock else env.settings.registrar.name


async def brand(env: Env, tx: Transaction, brand: Brand) -> None:
    """Has a brand handed in."""
    what = Registration(brand.registrar, RegistrationKind.BRAND, brand.sid, brand.submissions)
    await _add(env, tx, what, brand.account_sid)


async def passcode(env: Env, tx: Transaction, brand: Brand) -> None:
    """Has a new code sent."""
    what = Registration(brand.registrar, RegistrationKind.PASSCODE, brand.sid)
    await _add(env, tx, what, brand.account_sid)


async def vetting(env: Env, tx: Transaction, vetting: Vetting, brand: Brand) -> None:
    """Has an examination handed in."""
    what = Registration(
        brand.registrar, RegistrationKind.VETTING, vetting.sid, provider_sid=brand.sid
    )
    await _add(env, tx, what, vetting.account_sid)


async def campaign(env: Env, tx: Transaction, campaign: Campaign) -> None:
    """Has a campaign handed in."""
    what = Registration(
        campaign.registrar,
        RegistrationKind.CAMPAIGN,
        campaign.sid,
        campaign.submissions,
        service_sid=campaign.messaging_service_sid,
    )
    await _add(env, tx, what, campaign.account_sid)


async def campaign_left(env: Env, tx: Transaction, campaign: Campaign) -> None:
    """Has a campaign that is gone here taken back."""
    await _add(env, tx, left(campaign), campaign.account_sid)


def left(campaign: Campaign) -> Registration:
    """What a registrar is told when a campaign is gone."""
    return Registration(
        campaign.registrar,
        RegistrationKind.CAMPAIGN_LEFT,
        campaign.sid,
        service_sid=campaign.messaging_service_sid,
        provider_sid=campaign.provider_sid,
        provider_service_sid=campaign.provider_service_sid,
    )


async def number(env: Env, tx: Transaction, number: Number, campaign: Campaign) -> None:
    """Has a number put under its campaign, where a carrier is to know of it."""
    if campaign.registrar not in (MANUAL, MOCK):
        what = Registration(
            campaign.registrar,
            RegistrationKind.NUMBER,
            number.sid,
            service_sid=campaign.sid,
            number=number.number,
        )
        await _add(env, tx, what, number.account_sid)


async def number_left(env: Env, tx: Transaction, number: Number, campaign: Campaign) -> None:
    """Has a number taken out of the campaign that it was under."""
    what = Registration(
        campaign.registrar,
        RegistrationKind.NUMBER_LEFT,
        number.sid,
        service_sid=campaign.messaging_service_sid,
        number=number.number,
        provider_sid=campaign.provider_sid,
        provider_service_sid=campaign.provider_service_sid,
    )
    if campaign.registrar != MOCK:
        await _add(env, tx, what, number.account_sid)


async def tollfree(env: Env, tx: Transaction, verification: TollfreeVerification) -> None:
    """Has a verification handed in."""
    what = Registration(
        verification.registrar,
        RegistrationKind.TOLLFREE,
        verification.sid,
        verification.submissions,
    )
    await _add(env, tx, what, verification.account_sid)


async def tollfree_left(env: Env, tx: Transaction, verification: TollfreeVerification) -> None:
    """Has a verification that is gone here taken back."""
    what = Registration(
        verification.registrar,
        RegistrationKind.TOLLFREE_LEFT,
        verification.sid,
        number=verification.tollfree_phone_number,
        provider_sid=verification.provider_sid,
    )
    await _add(env, tx, what, verification.account_sid)


async def _add(env: Env, tx: Transaction, what: Registration, account_sid: str) -> None:
    if what.registrar == MANUAL:
        # An operator needs no job: they say by themselves what came of it.
        return
    # A number's way in and its way out must not overtake each other.
    key = f"a2p:{what.number}" if what.number else ""
    job = new_job(env, JobKind.REGISTRATION.value, what, account_sid, key, env.clock())
    await tx.outbox.add_many([job])
