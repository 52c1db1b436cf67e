"""What the console says of brands and campaigns, as the API's parameters."""

from __future__ import annotations

from maskline.console.shapes.a2p import CampaignTexts, NewCampaign
from maskline.model.form import Form


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
