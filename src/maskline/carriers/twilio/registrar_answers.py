"""What Twilio's answers say of brands, campaigns and toll-free verifications."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

from maskline.model.a2p import BrandStatus, CampaignStatus, RegistrationError, VettingStatus
from maskline.model.registrar import BrandReport, CampaignReport, TollfreeReport, VettingReport
from maskline.model.tollfree import Rejection, TollfreeStatus

E = TypeVar("E", bound=StrEnum)

#: Ms between our clock and Twilio's, which tells whole seconds.
_SKEW: Final = 60_000
#: No more characters of a text are kept.
_MOST: Final = 500


def brand_report(found: dict[str, Any]) -> BrandReport:
    """A brand."""
    return BrandReport(
        status=_known(BrandStatus, found.get("status"), BrandStatus.IN_REVIEW),
        provider_sid=_text(found, "sid"),
        tcr_id=_text(found, "tcr_id"),
        brand_score=_whole(found, "brand_score"),
        identity_status=_text(found, "identity_status"),
        russell_3000=_switch(found, "russell_3000"),
        government_entity=_switch(found, "government_entity"),
        tax_exempt_status=_text(found, "tax_exempt_status"),
        errors=_errors(found.get("errors")),
    )


def brand_failed(code: int) -> BrandReport:
    """A brand that Twilio did not take."""
    return BrandReport(BrandStatus.FAILED.value, errors=(RegistrationError(code),))


def vetting_report(found: dict[str, Any]) -> VettingReport:
    """An examination."""
    return VettingReport(
        _known(VettingStatus, found.get("vetting_status"), VettingStatus.IN_PROGRESS),
        provider_sid=_text(found, "brand_vetting_sid"),
        vetting_class=_text(found, "vetting_class"),
    )


def is_since(found: dict[str, Any], moment: int) -> bool:
    """Whether a record was made at that time (ms) or later, as far as two clocks agree."""
    made = _moment(found.get("date_created"))
    return made is None or made >= moment - _SKEW


def campaign_report(found: dict[str, Any], service: str) -> CampaignReport:
    """A campaign in a Messaging Service."""
    limits = found.get("rate_limits") or {}
    att, tmobile = limits.get("att") or {}, limits.get("tmobile") or {}
    return CampaignReport(
        campaign_status=_known(
            CampaignStatus, found.get("campaign_status"), CampaignStatus.IN_PROGRESS
        ),
        provider_sid=_text(found, "sid"),
        provider_service_sid=service,
        campaign_id=_text(found, "campaign_id"),
        att_class=_text(att, "msg_class"),
        tmobile_tier=_text(tmobile, "brand_tier"),
        us_app_to_person_usecase=_text(found, "us_app_to_person_usecase"),
        errors=_errors(found.get("errors")),
    )


def campaign_failed(service: str, code: int) -> CampaignReport:
    """A campaign that Twilio did not take."""
    return CampaignReport(
        CampaignStatus.FAILED.value,
        provider_service_sid=service,
        errors=(RegistrationError(code),),
    )


def tollfree_report(found: dict[str, Any]) -> TollfreeReport:
    """A toll-free verification."""
    return TollfreeReport(
        status=_known(TollfreeStatus, found.get("status"), TollfreeStatus.IN_REVIEW),
        provider_sid=_text(found, "sid"),
        trust_product_sid=_text(found, "trust_product_sid"),
        regulated_item_sid=_text(found, "regulated_item_sid"),
        edit_allowed=_switch(found, "edit_allowed"),
        edit_expiration=_moment(found.get("edit_expiration")),
        rejections=tuple(_rejections(found)),
    )


def _rejections(found: dict[str, Any]) -> Iterable[Rejection]:
    for one in found.get("rejection_reasons") or ():
        yield Rejection(_whole(one, "code") or 0, str(one.get("reason") or "")[:_MOST])
    if not found.get("rejection_reasons") and (code := _whole(found, "error_code")):
        yield Rejection(code, str(found.get("rejection_reason") or "")[:_MOST])


def _errors(found: Any) -> tuple[RegistrationError, ...]:
    return tuple(
        RegistrationError(
            _whole(one, "error_code") or 0,
            str(one.get("description") or "")[:_MOST],
            tuple(str(field) for field in one.get("fields") or ()),
        )
        for one in found or ()
        if isinstance(one, dict)
    )


def _known(words: type[E], word: Any, otherwise: E) -> str:
    """A status; one that is new to us is taken for one that is not decided."""
    return str(word) if word in set(words) else otherwise.value


def _text(found: dict[str, Any], name: str) -> str | None:
    value = found.get(name)
    return str(value)[:_MOST] if value else None


def _whole(found: dict[str, Any], name: str) -> int | None:
    value = found.get(name)
    return value if isinstance(value, int) else None


def _switch(found: dict[str, Any], name: str) -> int | None:
    value = found.get(name)
    return int(value) if isinstance(value, bool) else None


def _moment(text: Any) -> int | None:
    try:
        return int(datetime.fromisoformat(str(text)).timestamp() * 1000)
    except ValueError:
        return None
