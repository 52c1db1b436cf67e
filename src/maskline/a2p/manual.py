"""The registrar that is an operator: says what came of a registration that was made elsewhere.

Its words are parameters, so that the command line and the API say the same. Only what is registered
by hand can be reported so: of anything else, whoever registered it knows better.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from maskline.a2p import brands, campaigns, reports, tollfree
from maskline.a2p.life_cycle import BRAND, CAMPAIGN, NUMBER, TOLLFREE, VETTING, may_follow
from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.a2p import (
    MANUAL,
    Brand,
    BrandStatus,
    BrandType,
    Campaign,
    CampaignStatus,
    CampaignUsecase,
    IdentityStatus,
    NumberStatus,
    RegistrationError,
    Vetting,
    VettingStatus,
)
from maskline.model.errors import Fault, not_found
from maskline.model.form import Form
from maskline.model.number import Number
from maskline.model.registrar import (
    BrandReport,
    CampaignReport,
    NumberReport,
    TollfreeReport,
    VettingReport,
)
from maskline.model.tollfree import Rejection, TollfreeStatus, TollfreeVerification
from maskline.store.contract import Transaction

_MAX_ID: Final = 64
_MAX_TEXT: Final = 500
_MOST: Final = 2_000_000_000


class NumberWord(StrEnum):
    """What may be said of a number."""

    PENDING = "pending"
    REGISTERED = "registered"
    FAILED = "failed"


class TierWord(StrEnum):
    """T-Mobile's tiers."""

    TOP = "TOP"
    HIGH_MID = "HIGH_MID"
    LOW_MID = "LOW_MID"
    LOW = "LOW"
    SOLE_PROPRIETOR = "SOLE_PROPRIETOR"


class ClassWord(StrEnum):
    """AT&T's message classes."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"
    G = "G"
    K = "K"
    N = "N"
    P = "P"
    S = "S"
    T = "T"
    W = "W"
    X = "X"
    Y = "Y"


async def brand(env: Env, tx: Transaction, account_sid: str, sid: str, form: Form) -> Brand:
    """`Status`, `TcrId`, `BrandScore`, `IdentityStatus`, `Russell3000`, `GovernmentEntity`,
    `TaxExemptStatus`, `TmobileDailyCap`, `ErrorCode`s and `ErrorDescription`. Raises 20404, 20006
    for a brand that is not registered by hand, and 20001."""
    known = await brands.find(tx, account_sid, sid)
    _by_hand(known.registrar)
    status = form.choice("Status", BrandStatus) or BrandStatus(known.status)
    _follows(form, may_follow(BRAND, known.status, status), known.status)
    report = BrandReport(
        status=status.value,
        tcr_id=form.text("TcrId", _MAX_ID),
        brand_score=form.integer("BrandScore", 0, 100),
        identity_status=_word(form, "IdentityStatus", IdentityStatus),
        russell_3000=_switch(form, "Russell3000"),
        government_entity=_switch(form, "GovernmentEntity"),
        tax_exempt_status=form.text("TaxExemptStatus", _MAX_ID),
        tmobile_daily_cap=form.integer("TmobileDailyCap", 1, _MOST),
        errors=_errors(form, is_new=status != known.status),
    )
    await reports.brand(env, tx, sid, known.submissions, report)
    return await brands.find(tx, account_sid, sid)


async def enter_brand(env: Env, tx: Transaction, account_sid: str, form: Form) -> Brand:
    """A brand that was registered elsewhere: `BrandType`, and what `brand` takes. It is approved
    unless `Status` says otherwise, and has no profile at Twilio."""
    now = env.clock()
    entered = Brand(
        sid=env.sids.new(sids.BRAND),
        account_sid=account_sid,
        customer_profile_bundle_sid="",
        a2p_profile_bundle_sid="",
        brand_type=(form.choice("BrandType", BrandType) or BrandType.STANDARD).value,
        status=BrandStatus.PENDING.value,
        registrar=MANUAL,
        date_created=now,
        date_updated=now,
    )
    await tx.brands.add(entered)
    return await brand(env, tx, account_sid, entered.sid, _said(form, BrandStatus.APPROVED))


async def enter_campaign(env: Env, tx: Transaction, account_sid: str, form: Form) -> Campaign:
    """A campaign that was registered elsewhere, for `MessagingServiceSid`: `CampaignId`, perhaps
    its brand's `BrandRegistrationSid`, and what `campaign` takes. It is verified unless `Status`
    says otherwise. Raises as `campaigns.preregister` and `campaign` do."""
    brand_sid = ""
    if form.has("BrandRegistrationSid"):
        wanted = brands.sid_of(form, "BrandRegistrationSid", sids.BRAND)
        brand_sid = (await brands.find(tx, account_sid, wanted)).sid
    entered = await campaigns.preregister(env, tx, account_sid, form, MANUAL)
    await tx.campaigns.update(msgspec.structs.replace(entered, brand_registration_sid=brand_sid))
    service_sid, said = entered.messaging_service_sid, _said(form, CampaignStatus.VERIFIED)
    return await campaign(env, tx, account_sid, service_sid, entered.sid, said)


def _said(form: Form, status: StrEnum) -> Form:
    """The form with a status, if it has none."""
    if form.has("Status"):
        return form
    values: dict[str, list[str]] = {"Status": [status.value]}
    for name, value in form.pairs():
        values.setdefault(name, []).append(value)
    return form.over(values)


async def vetting(
    env: Env, tx: Transaction, account_sid: str, brand_sid: str, sid: str, form: Form
) -> Vetting:
    """`Status` of an examination and, of one that succeeded, the `BrandScore` that it gave, from
    then on the brand's. Raises as `brand` does."""
    known = await brands.find_vetting(tx, account_sid, brand_sid, sid)
    _by_hand((await brands.find(tx, account_sid, brand_sid)).registrar)
    status = form.choice("Status", VettingStatus)
    if status is None:
        raise form.wrong("Status", "is required")
    _follows(form, may_follow(VETTING, known.vetting_status, status), known.vetting_status)
    score = form.integer("BrandScore", 0, 100)
    if score is not None and status is not VettingStatus.SUCCESS:
        raise form.wrong("BrandScore", "is given by an examination that succeeded")
    report = VettingReport(status.value, brand_score=score)
    await reports.vetting(env, tx, sid, brand_sid, report)
    return await brands.find_vetting(tx, account_sid, brand_sid, sid)


async def campaign(
    env: Env, tx: Transaction, account_sid: str, service_sid: str, sid: str, form: Form
) -> Campaign:
    """`Status`, `CampaignId`, `UsAppToPersonUsecase` of one that was registered elsewhere,
    `AttClass`, `AttTpm`, `TmobileTier`, `TmobileDailyCap`, `ErrorCode`s and `ErrorDescription`.
    Raises as `brand` does."""
    known = await campaigns.find(tx, account_sid, service_sid, sid)
    _by_hand(known.registrar)
    status = form.choice("Status", CampaignStatus) or CampaignStatus(known.campaign_status)
    _follows(form, may_follow(CAMPAIGN, known.campaign_status, status), known.campaign_status)
    usecase = form.choice("UsAppToPersonUsecase", CampaignUsecase)
    if usecase is not None and not known.is_externally_registered:
        raise form.wrong("UsAppToPersonUsecase", "was said when the campaign was made")
    report = CampaignReport(
        campaign_status=status.value,
        campaign_id=form.text("CampaignId", _MAX_ID),
        att_class=_word(form, "AttClass", ClassWord),
        att_tpm=form.integer("AttTpm", 1, _MOST),
        tmobile_tier=_word(form, "TmobileTier", TierWord),
        tmobile_daily_cap=form.integer("TmobileDailyCap", 1, _MOST),
        us_app_to_person_usecase=None if usecase is None else usecase.value,
        errors=_errors(form, is_new=status != known.campaign_status),
    )
    await reports.campaign(env, tx, sid, known.submissions, report)
    return await campaigns.find(tx, account_sid, service_sid, sid)


async def number(
    env: Env,
    tx: Transaction,
    account_sid: str,
    service_sid: str,
    campaign_sid: str,
    number_sid: str,
    form: Form,
) -> Number:
    """`Status` of a number under its campaign, and `ErrorDescription`. A number of another carrier
    than the campaign's registrar may be reported so too. Raises 20404 and 20001."""
    known = await campaigns.find(tx, account_sid, service_sid, campaign_sid)
    status = form.choice("Status", NumberWord)
    if status is None:
        raise form.wrong("Status", "is required")
    found = await tx.numbers.get(number_sid, account_sid)
    if found is None or found.campaign_sid != known.sid:
        raise not_found("PhoneNumber")
    if known.campaign_status != CampaignStatus.VERIFIED and status is not NumberWord.PENDING:
        raise Fault(20001, "the campaign is not verified")
    _follows(form, may_follow(NUMBER, found.a2p_status, NumberStatus(status.value)), "the status")
    why = form.text("ErrorDescription", _MAX_TEXT) or ""
    await reports.number(env, tx, number_sid, known.sid, NumberReport(status.value, why))
    changed = await tx.numbers.get(number_sid, account_sid)
    assert changed is not None
    return changed


async def verification(
    env: Env, tx: Transaction, account_sid: str, sid: str, form: Form
) -> TollfreeVerification:
    """`Status` of a toll-free verification, `ErrorCode`s and `ErrorDescription`, `EditAllowed` and
    `EditExpiration`. Raises as `brand` does."""
    known = await tollfree.find(tx, account_sid, sid)
    _by_hand(known.registrar)
    status = form.choice("Status", TollfreeStatus) or TollfreeStatus(known.status)
    _follows(form, may_follow(TOLLFREE, known.status, status), known.status)
    rejections = None
    if (errors := _errors(form, is_new=status != known.status)) is not None:
        rejections = tuple(Rejection(one.error_code, one.description) for one in errors)
    report = TollfreeReport(
        status=status.value,
        edit_allowed=_switch(form, "EditAllowed"),
        edit_expiration=form.moment("EditExpiration"),
        rejections=rejections,
    )
    await reports.tollfree(env, tx, sid, known.submissions, report)
    return await tollfree.find(tx, account_sid, sid)


def _by_hand(registrar: str) -> None:
    if registrar != MANUAL:
        raise Fault(20006, f"it is registered by {registrar}, which says itself what comes of it")


def _follows(form: Form, allowed: bool, known: str) -> None:
    if not allowed:
        raise form.wrong("Status", f"can't follow {known}")


def _word(form: Form, name: str, choices: type[StrEnum]) -> str | None:
    choice = form.choice(name, choices)
    return None if choice is None else choice.value


def _switch(form: Form, name: str) -> int | None:
    value = form.boolean(name)
    return None if value is None else int(value)


def _errors(form: Form, *, is_new: bool) -> tuple[RegistrationError, ...] | None:
    """Null leaves those that are known; of a new status they say nothing."""
    codes = form.many("ErrorCode")
    description = form.text("ErrorDescription", _MAX_TEXT) or ""
    if not codes:
        return () if is_new else None
    return tuple(
        RegistrationError(
            form.over({"ErrorCode": [code]}).integer("ErrorCode", 10_000, 99_999) or 0,
            description,
        )
        for code in codes
    )
