"""What registrars report: written down where it may follow what is known, and told to the account.

A report for an earlier submission, or one that comes too late to follow, changes nothing. A
registration that fails, and one that is suspended, is told by the debugger.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from maskline.a2p import binding
from maskline.a2p.life_cycle import (
    BRAND,
    CAMPAIGN,
    NUMBER,
    TOLLFREE,
    UNDECIDED,
    VETTING,
    may_follow,
)
from maskline.debugger.alerts import new_alert, raise_alerts
from maskline.env import Env
from maskline.model.a2p import (
    BrandStatus,
    CampaignStatus,
    NumberStatus,
    RegistrationError,
    written,
)
from maskline.model.registrar import (
    BrandReport,
    CampaignReport,
    NumberReport,
    TollfreeReport,
    VettingReport,
)
from maskline.model.tollfree import TollfreeStatus
from maskline.store.contract import Transaction

_BRAND_FAILED: Final = 30792
_CAMPAIGN_FAILED: Final = 30880
_SUSPENDED: Final = 30033
_NUMBER_FAILED: Final = 30125
_UNVERIFIED: Final = 30032
#: Errors that are told under their own code.
_TOLD: Final = frozenset(
    {_BRAND_FAILED, _CAMPAIGN_FAILED, 30892, 30896, 30897, 30911, 30933, 30934}
)
#: No more of what a registrar says is kept.
_MOST: Final = 500
_ERRORS: Final = 20


class Outcome(msgspec.Struct, frozen=True):
    """What became of a report. `is_current` unless the record is gone or was handed in again since;
    `is_decided` when the registrar has nothing left to decide."""

    is_current: bool
    is_decided: bool = False


GONE: Final = Outcome(is_current=False)


async def brand(
    env: Env, tx: Transaction, sid: str, submission: int, report: BrandReport
) -> Outcome:
    """Takes in how far a brand is."""
    known = await tx.brands.peek(sid)
    if known is None or known.submissions != submission:
        return GONE
    if not may_follow(BRAND, known.status, report.status):
        return Outcome(True, known.status not in UNDECIDED)
    new = _changed(
        env,
        known,
        report,
        {"submitted": submission, "errors_json": _kept(report.errors, known.errors_json)},
    )
    if new is not known:
        await tx.brands.update(new)
    if new.status != known.status:
        if new.status == BrandStatus.FAILED:
            await _tell(env, tx, new.account_sid, None, sid, _BRAND_FAILED, new.errors)
        elif new.status == BrandStatus.SUSPENDED:
            await _alert(env, tx, new.account_sid, None, sid, _SUSPENDED, "its brand is")
            await _suspend_all(env, tx, sid)
    # A person's brand is approved before they have answered: it is of no use until then.
    waits = new.is_unconfirmed and new.identity_status is not None
    return Outcome(True, new.status not in UNDECIDED and not waits)


async def vetting(
    env: Env, tx: Transaction, sid: str, brand_sid: str, report: VettingReport
) -> Outcome:
    """Takes in how far an examination is. A score is the brand's from then on."""
    # The brand first, as whoever reports by hand locks them.
    brand = await tx.brands.peek(brand_sid)
    known = await tx.brands.vetting(sid, brand_sid)
    if brand is None or known is None:
        return GONE
    if not may_follow(VETTING, known.vetting_status, report.vetting_status):
        return Outcome(True, True)
    new = _changed(env, known, report, {})
    if new is not known:
        await tx.brands.update_vetting(new)
        if report.brand_score is not None:
            score, now = report.brand_score, env.clock()
            scored = msgspec.structs.replace(brand, brand_score=score, date_updated=now)
            await tx.brands.update(scored)
    return Outcome(True, new.vetting_status not in UNDECIDED)


async def campaign(
    env: Env, tx: Transaction, sid: str, submission: int, report: CampaignReport
) -> Outcome:
    """Takes in how far a campaign is, and has its numbers follow."""
    seen = await tx.campaigns.peek(sid)
    if seen is None:
        return GONE
    # In the order in which whoever deletes it locks.
    await tx.messaging_services.get(seen.messaging_service_sid, seen.account_sid)
    known = await tx.campaigns.get(sid, seen.account_sid)
    if known is None or known.submissions != submission:
        return GONE
    if not may_follow(CAMPAIGN, known.campaign_status, report.campaign_status):
        return Outcome(True, known.campaign_status not in UNDECIDED)
    new = _changed(
        env,
        known,
        report,
        {"submitted": submission, "errors_json": _kept(report.errors, known.errors_json)},
    )
    if new is not known:
        await tx.campaigns.update(new)
    if new.campaign_status != known.campaign_status:
        await binding.follow(env, tx, new)
        at = (env, tx, new.account_sid, new.messaging_service_sid, sid)
        if new.campaign_status == CampaignStatus.FAILED:
            await _tell(*at, _CAMPAIGN_FAILED, new.errors)
        elif new.campaign_status == CampaignStatus.SUSPENDED:
            await _alert(*at, _SUSPENDED, "")
    return Outcome(True, new.campaign_status not in UNDECIDED)


async def number(
    env: Env, tx: Transaction, number_sid: str, campaign_sid: str, report: NumberReport
) -> Outcome:
    """Takes in how far a number is under a campaign."""
    seen = await tx.campaigns.peek(campaign_sid)
    if seen is None:
        return GONE
    known = await tx.numbers.get(number_sid, seen.account_sid)
    if known is None or known.campaign_sid != campaign_sid:
        return GONE
    new = NumberStatus(report.a2p_status)
    if new != known.a2p_status and may_follow(NUMBER, known.a2p_status, new):
        await tx.campaigns.bind(number_sid, campaign_sid, new)
        if new is NumberStatus.FAILED:
            await _alert(
                env,
                tx,
                seen.account_sid,
                seen.messaging_service_sid,
                number_sid,
                _NUMBER_FAILED,
                report.error[:_MOST],
            )
    return Outcome(True, new is not NumberStatus.PENDING)


async def tollfree(
    env: Env, tx: Transaction, sid: str, submission: int, report: TollfreeReport
) -> Outcome:
    """Takes in how far a toll-free verification is."""
    known = await tx.tollfree_verifications.peek(sid)
    if known is None or known.submissions != submission:
        return GONE
    if not may_follow(TOLLFREE, known.status, report.status):
        return Outcome(True, known.status not in UNDECIDED)
    new = _changed(
        env,
        known,
        report,
        {
            "submitted": submission,
            "rejections_json": _kept(report.rejections, known.rejections_json),
        },
    )
    if new is not known:
        await tx.tollfree_verifications.update(new)
    if new.status != known.status and new.status == TollfreeStatus.REJECTED:
        why = ", ".join(str(one.code) for one in new.rejections)
        detail = (
            f"its verification was rejected ({why})" if why else "its verification was rejected"
        )
        await _alert(env, tx, new.account_sid, None, sid, _UNVERIFIED, detail)
    return Outcome(True, new.status not in UNDECIDED)


async def _suspend_all(env: Env, tx: Transaction, brand_sid: str) -> None:
    """A brand takes its verified campaigns with it."""
    for one in await tx.campaigns.of_brand(brand_sid):
        if one.campaign_status == CampaignStatus.VERIFIED:
            report = CampaignReport(CampaignStatus.SUSPENDED.value)
            await campaign(env, tx, one.sid, one.submissions, report)


def _changed(env: Env, known: Any, report: msgspec.Struct, changes: Mapping[str, object]) -> Any:
    """The record with what a report says, changed now; what it says nothing of stays. The same one
    when that is nothing new."""
    said = {
        field: value
        for field, value in msgspec.structs.asdict(report).items()
        if value is not None and field not in ("errors", "rejections")
    }
    new = msgspec.structs.replace(known, **{**said, **changes})
    return known if new == known else msgspec.structs.replace(new, date_updated=env.clock())


def _kept(items: tuple[msgspec.Struct, ...] | None, known: str) -> str:
    return known if items is None else written(items[:_ERRORS])


async def _tell(
    env: Env,
    tx: Transaction,
    account_sid: str,
    service_sid: str | None,
    sid: str,
    otherwise: int,
    errors: list[RegistrationError],
) -> None:
    """One alert for each error; most go by one code, with their own in the text."""
    for error in errors or [RegistrationError(otherwise)]:
        code = error.error_code if error.error_code in _TOLD else otherwise
        detail = "" if code == error.error_code else f"error {error.error_code}"
        await _alert(env, tx, account_sid, service_sid, sid, code, detail)


async def _alert(
    env: Env,
    tx: Transaction,
    account_sid: str,
    service_sid: str | None,
    sid: str,
    code: int,
    detail: str,
) -> None:
    await raise_alerts(env, tx, [new_alert(env, code, account_sid, service_sid, sid, detail)])
