"""What the console says of brands, campaigns and toll-free numbers, as the API's parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from maskline.console.shapes.a2p import CampaignTexts, NewCampaign
from maskline.console.shapes.toll_free import VerificationReport, VerificationTexts
from maskline.model.clock import iso_ms
from maskline.model.errors import Fault
from maskline.model.form import Form

#: Of what was turned down by an operator's word, no code is known: Twilio's for an unknown reason.
_TURNED_DOWN: Final = 30440
#: The end of the year 9999: beyond it no time can be written.
_LAST: Final = 253_402_300_799_000


def texts(given: CampaignTexts) -> dict[str, list[str]]:
    """What a reviewer reads of a campaign."""
    values = {
        "Description": [given.description],
        "MessageFlow": [given.message_flow],
        "MessageSamples": given.samples,
        "HasEmbeddedLinks": [switch(given.has_links)],
        "HasEmbeddedPhone": [switch(given.has_phone)],
    }
    if given.privacy_policy_url:
        values["PrivacyPolicyUrl"] = [given.privacy_policy_url]
    if given.terms_url:
        values["TermsAndConditionsUrl"] = [given.terms_url]
    return values


def campaign(given: NewCampaign) -> Form:
    """A new campaign."""
    values = {
        "BrandRegistrationSid": [given.brand_sid],
        "UsAppToPersonUsecase": [given.usecase],
        **texts(given),
    }
    for name, words, message in (
        ("OptIn", given.opt_in_keywords, given.opt_in_message),
        ("OptOut", given.opt_out_keywords, given.opt_out_message),
        ("Help", given.help_keywords, given.help_message),
    ):
        if words:
            values[f"{name}Keywords"] = words
        if message:
            values[f"{name}Message"] = [message]
    return Form(values, 20001)


def switch(flag: object) -> str:
    """Whether something is on."""
    return str(bool(flag)).lower()


def report(error: str | None, code: int, **values: str | int | None) -> Form:
    """What an operator says of a registration; an error goes by `code`."""
    sent = {name: [str(value)] for name, value in values.items() if value is not None}
    if error:
        sent |= {"ErrorCode": [str(code)], "ErrorDescription": [error]}
    return Form(sent, 20001)


def verification(given: VerificationTexts, fields: Mapping[str, str]) -> Form:
    """What is said of a toll-free number; `fields` are those of `given`, by the parameter."""
    values: dict[str, list[str]] = {}
    for name, field in fields.items():
        value = getattr(given, field, None)
        if isinstance(value, bool):
            values[name] = [switch(value)]
        elif isinstance(value, list):
            values[name] = [str(one) for one in value]
        elif value:
            values[name] = [str(value)]
    return Form(values, 20001)


def tollfree_report(given: VerificationReport) -> Form:
    """What an operator says came of a toll-free verification. Raises 20001."""
    values = {"Status": [given.status], "ErrorCode": [str(code) for code in given.codes]}
    if given.reason:
        values["ErrorCode"] = values["ErrorCode"] or [str(_TURNED_DOWN)]
        values["ErrorDescription"] = [given.reason]
    if given.may_correct is not None:
        values["EditAllowed"] = [switch(given.may_correct)]
    if given.correct_until is not None:
        if not 0 <= given.correct_until <= _LAST:
            raise Fault(20001, "`correct_until` is no time")
        values["EditExpiration"] = [iso_ms(given.correct_until)]
    return Form(values, 20001)
