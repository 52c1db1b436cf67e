"""A toll-free verification's parameters."""

from __future__ import annotations

from enum import StrEnum
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

#: All fields that the business fills in, as the resource shows them.
FIELDS: Final = (
    *(field for field, _ in TEXTS.values()),
    *(field for field, _ in CHOICES.values()),
    *LISTS.values(),
    "age_gated_content",
)


def read(form: Form) -> dict[str, Any]:
    """The fields of a new verification. Raises what the form raises for what is missing or
    wrong."""
    fields = sent(form)
    for name in REQUIRED:
        if _field(name) not in fields:
            raise form.wrong(name, "is required")
    if (kind := fields.get("business_type")) not in (None, BusinessType.SOLE_PROPRIETOR):
        for name in _REGISTERED:
            if _field(name) not in fields:
                raise form.wrong(name, f"is required of a {kind}")
    return fields


def sent(form: Form) -> dict[str, Any]:
    """The fields that were sent, each checked."""
    fields: dict[str, Any] = {}
    for name, (field, most) in TEXTS.items():
        if (text := form.text(name, most, lines=True)) is not None:
            fields[field] = _checked(form, name, text)
    for name, (field, choices) in CHOICES.items():
        if (choice := form.choice(name, choices)) is not None:
            fields[field] = choice.value
    for name, field in LISTS.items():
        if values := form.many(name):
            if len(values) > _LIST:
                raise form.wrong(name, f"has more than {_LIST} values")
            fields[field] = [_checked(form, name, _one(form, name, value)) for value in values]
    if (gated := form.boolean("AgeGatedContent")) is not None:
        fields["age_gated_content"] = gated
    return fields


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


def _field(name: str) -> str:
    if name in TEXTS:
        return TEXTS[name][0]
    return CHOICES[name][0] if name in CHOICES else LISTS[name]
