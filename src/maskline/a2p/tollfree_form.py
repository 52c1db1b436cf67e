"""A toll-free verification's parameters."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from maskline.model.errors import Fault
from maskline.model.form import Form, is_url
from maskline.numbers.e164 import is_e164


class Category(StrEnum):
    """What the number's messages are for."""

    TWO_FACTOR = "TWO_FACTOR_AUTHENTICATION"
    ACCOUNT_NOTIFICATIONS = "ACCOUNT_NOTIFICATIONS"
    CUSTOMER_CARE = "CUSTOMER_CARE"
    CHARITY_NONPROFIT = "CHARITY_NONPROFIT"
    DELIVERY_NOTIFICATIONS = "DELIVERY_NOTIFICATIONS"
    FRAUD_ALERT_MESSAGING = "FRAUD_ALERT_MESSAGING"
    EVENTS = "EVENTS"
    HIGHER_EDUCATION = "HIGHER_EDUCATION"
    K12 = "K12"
    MARKETING = "MARKETING"
    POLLING_AND_VOTING = "POLLING_AND_VOTING_NON_POLITICAL"
    POLITICAL_ELECTION_CAMPAIGNS = "POLITICAL_ELECTION_CAMPAIGNS"
    PUBLIC_SERVICE_ANNOUNCEMENT = "PUBLIC_SERVICE_ANNOUNCEMENT"
    SECURITY_ALERT = "SECURITY_ALERT"


class OptInType(StrEnum):
    """How people agree."""

    VERBAL = "VERBAL"
    WEB_FORM = "WEB_FORM"
    PAPER_FORM = "PAPER_FORM"
    VIA_TEXT = "VIA_TEXT"
    MOBILE_QR_CODE = "MOBILE_QR_CODE"
    IMPORT = "IMPORT"
    IMPORT_PLEASE_REPLACE = "IMPORT_PLEASE_REPLACE"


class BusinessType(StrEnum):
    """What kind of business it is."""

    PRIVATE_PROFIT = "PRIVATE_PROFIT"
    PUBLIC_PROFIT = "PUBLIC_PROFIT"
    SOLE_PROPRIETOR = "SOLE_PROPRIETOR"
    NON_PROFIT = "NON_PROFIT"
    GOVERNMENT = "GOVERNMENT"


class Authority(StrEnum):
    """Who gave it its registration number."""

    EIN = "EIN"
    CBN = "CBN"
    CRN = "CRN"
    PROVINCIAL_NUMBER = "PROVINCIAL_NUMBER"
    VAT = "VAT"
    ACN = "ACN"
    ABN = "ABN"
    BRN = "BRN"
    SIREN = "SIREN"
    SIRET = "SIRET"
    NZBN = "NZBN"
    UST_IDNR = "USt-IdNr"
    CIF = "CIF"
    NIF = "NIF"
    CNPJ = "CNPJ"
    UID = "UID"
    NEQ = "NEQ"
    OTHER = "OTHER"


class TollfreeVetting(StrEnum):
    """Who examined it."""

    CAMPAIGN_VERIFY = "CAMPAIGN_VERIFY"


_TEXT: Final = 500
_LONG: Final = 4096
_LIST: Final = 100

#: By parameter: the field's name, and the most characters.
TEXTS: Final = {
    "BusinessName": ("business_name", _TEXT),
    "BusinessWebsite": ("business_website", _TEXT),
    "NotificationEmail": ("notification_email", _TEXT),
    "UseCaseSummary": ("use_case_summary", _LONG),
    "ProductionMessageSample": ("production_message_sample", _LONG),
    "MessageVolume": ("message_volume", 32),
    "BusinessStreetAddress": ("business_street_address", _TEXT),
    "BusinessStreetAddress2": ("business_street_address2", _TEXT),
    "BusinessCity": ("business_city", _TEXT),
    "BusinessStateProvinceRegion": ("business_state_province_region", _TEXT),
    "BusinessPostalCode": ("business_postal_code", 32),
    "BusinessCountry": ("business_country", 2),
    "AdditionalInformation": ("additional_information", _LONG),
    "BusinessContactFirstName": ("business_contact_first_name", _TEXT),
    "BusinessContactLastName": ("business_contact_last_name", _TEXT),
    "BusinessContactEmail": ("business_contact_email", _TEXT),
    "BusinessContactPhone": ("business_contact_phone", 16),
    "BusinessRegistrationNumber": ("business_registration_number", _TEXT),
    "BusinessRegistrationCountry": ("business_registration_country", 2),
    "BusinessRegistrationPhoneNumber": ("business_registration_phone_number", 16),
    "DoingBusinessAs": ("doing_business_as", _TEXT),
    "OptInConfirmationMessage": ("opt_in_confirmation_message", _LONG),
    "HelpMessageSample": ("help_message_sample", _LONG),
    "PrivacyPolicyUrl": ("privacy_policy_url", _LONG),
    "TermsAndConditionsUrl": ("terms_and_conditions_url", _LONG),
    "VettingId": ("vetting_id", _TEXT),
}
CHOICES: Final[dict[str, tuple[str, type[StrEnum]]]] = {
    "OptInType": ("opt_in_type", OptInType),
    "BusinessRegistrationAuthority": ("business_registration_authority", Authority),
    "BusinessType": ("business_type", BusinessType),
    "VettingProvider": ("vetting_provider", TollfreeVetting),
}
LISTS: Final = {
    "UseCaseCategories": "use_case_categories",
    "OptInImageUrls": "opt_in_image_urls",
    "OptInKeywords": "opt_in_keywords",
}
REQUIRED: Final = (
    "BusinessName",
    "BusinessWebsite",
    "NotificationEmail",
    "UseCaseCategories",
    "UseCaseSummary",
    "ProductionMessageSample",
    "OptInImageUrls",
    "OptInType",
    "MessageVolume",
)
_URLS: Final = frozenset(
    {"BusinessWebsite", "PrivacyPolicyUrl", "TermsAndConditionsUrl", "OptInImageUrls"}
)
_EMAILS: Final = frozenset({"NotificationEmail", "BusinessContactEmail"})
_PHONES: Final = frozenset({"BusinessContactPhone", "BusinessRegistrationPhoneNumber"})
_COUNTRIES: Final = frozenset({"BusinessCountry", "BusinessRegistrationCountry"})
#: Asked of every business but a person's.
_REGISTERED: Final = (
    "BusinessRegistrationNumber",
    "BusinessRegistrationAuthority",
    "BusinessRegistrationCountry",
)

#: By parameter, the field: all that the business fills in.
PARAMETERS: Final[Mapping[str, str]] = MappingProxyType(
    {name: field for name, (field, _) in TEXTS.items()}
    | {name: field for name, (field, _) in CHOICES.items()}
    | LISTS
    | {"AgeGatedContent": "age_gated_content"}
)
#: The fields, as the resource shows them.
FIELDS: Final = tuple(PARAMETERS.values())

#: The field that a rejection is about, by its code, where that is one.
REJECTED: Final[Mapping[int, str]] = MappingProxyType(
    {
        30448: "age_gated_content",
        30451: "business_street_address",
        30482: "business_contact_email",
        30483: "business_contact_first_name",
        30484: "business_name",
        30485: "additional_information",
        30486: "help_message_sample",
        30488: "doing_business_as",
        30509: "opt_in_image_urls",
        30511: "opt_in_image_urls",
        30513: "opt_in_image_urls",
        30527: "business_registration_number",
        30531: "help_message_sample",
    }
)


def read(form: Form) -> dict[str, Any]:
    """The fields of a new verification. Raises what the form raises for what is missing or
    wrong."""
    fields, wrong = whole(form)
    for fault in wrong.values():
        raise fault
    return fields


def sent(form: Form) -> dict[str, Any]:
    """The fields that were sent, each checked. Raises what the form raises."""
    fields, wrong = checked(form)
    for fault in wrong.values():
        raise fault
    return fields


def whole(form: Form) -> tuple[dict[str, Any], dict[str, Fault]]:
    """The same as `checked` of a new verification: what it lacks is wrong too."""
    fields, wrong = checked(form)
    needed = dict.fromkeys(REQUIRED, "is required")
    if fields.get("business_type") not in (None, BusinessType.SOLE_PROPRIETOR):
        needed |= dict.fromkeys(_REGISTERED, "is required of a registered business")
    for name, expected in needed.items():
        if PARAMETERS[name] not in fields and name not in wrong:
            wrong[name] = form.wrong(name, expected)
    return fields, wrong


def checked(form: Form) -> tuple[dict[str, Any], dict[str, Fault]]:
    """The fields that were sent and are right, and by parameter what is wrong with the others."""
    fields: dict[str, Any] = {}
    wrong: dict[str, Fault] = {}
    for name, field in PARAMETERS.items():
        try:
            value = _value(form, name)
        except Fault as fault:
            wrong[name] = fault
        else:
            if value is not None:
                fields[field] = value
    return fields, wrong


def _value(form: Form, name: str) -> Any:
    if name in TEXTS:
        text = form.text(name, TEXTS[name][1], lines=True)
        return None if text is None else _checked(form, name, text)
    if name in CHOICES:
        choice = form.choice(name, CHOICES[name][1])
        return None if choice is None else choice.value
    if name not in LISTS:
        return form.boolean(name)
    values = form.many(name)
    if len(values) > _LIST:
        raise form.wrong(name, f"has more than {_LIST} values")
    return [_checked(form, name, _one(form, name, value)) for value in values] or None


def _one(form: Form, name: str, value: str) -> str:
    text = form.over({name: [value]}).text(name, _LONG)
    assert text is not None
    return text


def _checked(form: Form, name: str, text: str) -> str:
    if name in _URLS and not is_url(text):
        raise form.wrong(name, "must be an absolute http or https URL")
    if name in _EMAILS and not _is_email(text):
        raise form.wrong(name, "must be an e-mail address")
    if name in _PHONES and not is_e164(text):
        raise form.wrong(name, "must be a phone number in E.164")
    if name in _COUNTRIES and not (len(text) == 2 and text.isascii() and text.isupper()):
        raise form.wrong(name, "must be a country's two letters")
    if name == "UseCaseCategories" and text not in set(Category):
        raise Fault(20001, f"UseCaseCategories must be of {', '.join(Category)}")
    return text


def _is_email(text: str) -> bool:
    local, at, host = text.rpartition("@")
    return bool(local and at) and "." in host and " " not in text and not host.endswith(".")
