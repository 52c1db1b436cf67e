"""A campaign's parameters: what is required, and how long it may be, as the registry has it."""

from __future__ import annotations

import re
from typing import Any, Final

from maskline.model.a2p import written
from maskline.model.errors import Fault
from maskline.model.form import Form, is_url

#: Least and most characters.
DESCRIPTION: Final = (40, 4096)
MESSAGE_FLOW: Final = (40, 2048)
SAMPLE: Final = (20, 1024)
REPLY: Final = (20, 320)
#: Least and most of them.
SAMPLES: Final = (2, 5)
#: All keywords of a kind together.
KEYWORDS: Final = 255

_MISSING: Final = 21727
_LENGTH: Final = 21728
_MOST: Final = 65_536
_KEYWORD: Final = re.compile(r"[0-9A-Za-z]+", re.ASCII)

_REPLIES: Final = (
    ("OptInMessage", "opt_in_message"),
    ("OptOutMessage", "opt_out_message"),
    ("HelpMessage", "help_message"),
)
_KEYWORD_LISTS: Final = (
    ("OptInKeywords", "opt_in_keywords_json"),
    ("OptOutKeywords", "opt_out_keywords_json"),
    ("HelpKeywords", "help_keywords_json"),
)
_URLS: Final = (
    ("PrivacyPolicyUrl", "privacy_policy_url"),
    ("TermsAndConditionsUrl", "terms_and_conditions_url"),
)


def read(form: Form) -> dict[str, Any]:
    """The fields of a new campaign, but for its brand and use case. Raises 21727 for what is
    missing and 21728 for what is too short, too long or too many, each naming the parameter."""
    fields = _core(form)
    for name, field in (
        ("SubscriberOptIn", "subscriber_opt_in"),
        ("AgeGated", "age_gated"),
        ("DirectLending", "direct_lending"),
    ):
        fields[field] = int(bool(form.boolean(name)))
    for name, field in _REPLIES:
        if (text := form.text(name, _MOST, lines=True)) is not None:
            fields[field] = _within(name, text, REPLY)
    for name, field in _KEYWORD_LISTS:
        fields[field] = written(_keywords(form, name))
    return fields | _urls(form)


def read_update(form: Form) -> dict[str, Any]:
    """The fields of a campaign that is corrected: all of these have to be sent anew."""
    fields = _core(form)
    for name, field in (("AgeGated", "age_gated"), ("DirectLending", "direct_lending")):
        fields[field] = int(_switch(form, name))
    return fields | _urls(form)


def _core(form: Form) -> dict[str, Any]:
    return {
        "description": _text(form, "Description", DESCRIPTION),
        "message_flow": _text(form, "MessageFlow", MESSAGE_FLOW),
        "message_samples_json": written(_samples(form)),
        "has_embedded_links": int(_switch(form, "HasEmbeddedLinks")),
        "has_embedded_phone": int(_switch(form, "HasEmbeddedPhone")),
    }


def _text(form: Form, name: str, bounds: tuple[int, int]) -> str:
    text = form.text(name, _MOST, lines=True)
    if text is None:
        raise Fault(_MISSING, name)
    return _within(name, text, bounds)


def _within(name: str, text: str, bounds: tuple[int, int]) -> str:
    least, most = bounds
    if not least <= len(text) <= most:
        raise Fault(_LENGTH, f"{name} must have {least} to {most} characters")
    return text


def _switch(form: Form, name: str) -> bool:
    value = form.boolean(name)
    if value is None:
        raise Fault(_MISSING, name)
    return value


def _samples(form: Form) -> list[str]:
    samples = form.many("MessageSamples")
    if not samples:
        raise Fault(_MISSING, "MessageSamples")
    least, most = SAMPLES
    if not least <= len(samples) <= most:
        raise Fault(_LENGTH, f"MessageSamples must be {least} to {most} texts")
    return [
        _text(form.over({"MessageSamples": [sample]}), "MessageSamples", SAMPLE)
        for sample in samples
    ]


def _keywords(form: Form, name: str) -> list[str]:
    keywords = form.many(name)
    if any(_KEYWORD.fullmatch(one) is None for one in keywords):
        raise form.wrong(name, "must be words of letters and digits")
    if len(",".join(keywords)) > KEYWORDS:
        raise Fault(_LENGTH, f"{name} must have at most {KEYWORDS} characters together")
    return keywords


def _urls(form: Form) -> dict[str, Any]:
    """Addresses of pages, which nobody here ever fetches."""
    found: dict[str, Any] = {}
    for name, field in _URLS:
        url = form.text(name, 4000)
        if url is not None:
            if not is_url(url):
                raise form.wrong(name, "must be an absolute http or https URL")
            found[field] = url
    return found
