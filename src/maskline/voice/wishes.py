"""What a program wishes of a call: the form of `POST Calls`, read and checked."""

from __future__ import annotations

import re
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec

from maskline.env import Env
from maskline.model.errors import Fault
from maskline.model.form import Form, is_url
from maskline.model.method import Method
from maskline.model.overrides import BadOverride, check_overrides
from maskline.model.placed_call import PlacedCall
from maskline.numbers.e164 import Validity, check, iso_country
from maskline.numbers.national import canonical
from maskline.voice.instructions import LEG_EVENTS
from maskline.voice.twiml import TwimlError, parse

MAX_TWIML: Final = 4000
LONGEST_RING: Final = 600
LONGEST_TALK: Final = 86_400

_SEND_DIGITS: Final = re.compile(r"[0-9A-D#*wW]{1,32}", re.ASCII)
#: Addresses that are no phone's.
_ELSEWHERE: Final = ("sip:", "sips:", "client:", "app:", "whatsapp:")


class MachineDetection(StrEnum):
    """Whether a carrier is to find out if a machine answers, and when it is to say so."""

    NONE = "none"
    ENABLE = "Enable"
    DETECT_MESSAGE_END = "DetectMessageEnd"


class RecordingChannels(StrEnum):
    """How a recording is laid out."""

    MONO = "mono"
    DUAL = "dual"


class RecordingTrack(StrEnum):
    """Whose voice is recorded."""

    BOTH = "both"
    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Trim(StrEnum):
    """Whether silence at the ends of a recording is cut off."""

    NO = "do-not-trim"
    YES = "trim-silence"


#: What is handed to carriers that know it, by kind of value.
_CHOICES: Final = MappingProxyType(
    {
        "MachineDetection": MachineDetection,
        "RecordingChannels": RecordingChannels,
        "RecordingTrack": RecordingTrack,
        "Trim": Trim,
        "RecordingStatusCallbackMethod": Method,
        "AsyncAmdStatusCallbackMethod": Method,
    }
)
_SWITCHES: Final = ("Record", "AsyncAmd")
#: Seconds, and milliseconds.
_WHOLE: Final = MappingProxyType(
    {
        "MachineDetectionTimeout": (3, 59),
        "MachineDetectionSpeechThreshold": (1000, 6000),
        "MachineDetectionSpeechEndThreshold": (500, 5000),
        "MachineDetectionSilenceTimeout": (2000, 10_000),
    }
)
_URLS: Final = ("RecordingStatusCallback", "AsyncAmdStatusCallback")
#: Accepted, and nothing here to do with them: SIP and softphones are no part of Maskline, and who
#: forwards a call may show no number that the account does not own.
_PASSED_OVER: Final = MappingProxyType(
    {"SipAuthUsername": 255, "SipAuthPassword": 255, "Byoc": 34, "CallToken": 4096}
)
_MAX_REASON: Final = 50


class Wish(msgspec.Struct, frozen=True):
    """A form, read. `recipient` is the person as sessions know them; `caller_id` is the number of
    the account that they see, `sender` unless the program names another."""

    recipient: str
    sender: str
    caller_id: str
    application_sid: str | None
    placed: PlacedCall


def read(env: Env, form: Form) -> Wish:
    """The form of `POST Calls`.

    Raises 21201, 21214, 21215 and 21217 for whom it calls, 21213 without a caller, 21205, 21206,
    21208 and 21209 for what is wrong with the rest, 20001 for what has no code of its own.
    """
    dialled = _recipient(env, form)
    sender = form.text("From", 255)
    if sender is None:
        raise Fault(21213)
    application_sid = form.text("ApplicationSid", 255)
    url = url_of(form, "Url")
    twiml = twiml_of(form)
    if not (url or twiml or application_sid):
        raise Fault(21205)
    digits = form.text("SendDigits", 255) or ""
    if digits and not _SEND_DIGITS.fullmatch(digits):
        raise Fault(21206)
    placed = PlacedCall(
        dialled=dialled,
        # A document of the program's own goes before one that came with the request.
        twiml="" if url else twiml,
        url=url,
        method=method_of(form, "Method"),
        fallback_url=url_of(form, "FallbackUrl"),
        fallback_method=method_of(form, "FallbackMethod"),
        status_url=url_of(form, "StatusCallback"),
        status_method=method_of(form, "StatusCallbackMethod"),
        status_events=_events(form),
        timeout=_seconds(form, "Timeout", LONGEST_RING) or 60,
        time_limit=form.integer("TimeLimit", 1, LONGEST_TALK) or env.settings.voice.time_limit,
        send_digits=digits,
        options=_options(form),
    )
    caller_id = form.text("CallerId", 255) or sender
    return Wish(canonical(dialled), sender, caller_id, application_sid, placed)


def url_of(form: Form, name: str) -> str:
    """An address; "" for none. Raises 21205."""
    value = form.text(name, 4000) or ""
    try:
        if value:
            check_overrides(value)
    except BadOverride as bad:
        raise Fault(21205, f"{name} has a wrong override: {bad}") from None
    if value and not is_url(value):
        raise Fault(21205, name)
    return value


def method_of(form: Form, name: str) -> str:
    """GET or POST; without one, POST. Raises 21209."""
    value = (form.text(name, 255) or Method.POST.value).upper()
    if value not in (Method.GET.value, Method.POST.value):
        raise Fault(21209, name)
    return value


def twiml_of(form: Form) -> str:
    """A document that came with the request; "" for none. Raises 20001 for what is none."""
    twiml = form.text("Twiml", MAX_TWIML, lines=True) or ""
    try:
        if twiml:
            parse(twiml, "voice")
    except TwimlError as error:
        raise form.wrong("Twiml", f"can't be read: {error.code} {error.message}") from None
    return twiml


def _recipient(env: Env, form: Form) -> str:
    text = form.text("To", 255)
    if text is None:
        raise Fault(21201)
    if text.lower().startswith(_ELSEWHERE) or "@" in text:
        raise Fault(21214, "only phones can be called")
    number = "+" + text.lstrip("+ ") if text.strip("+ ").isdigit() else text
    if not check(canonical(number), Validity(env.settings.numbers.validity)):
        raise Fault(21217)
    allowed = env.settings.voice.countries
    if allowed and iso_country(number) not in allowed:
        raise Fault(21215)
    return number


def _seconds(form: Form, name: str, most: int) -> int | None:
    value = form.text(name, 255)
    if value is None:
        return None
    if not value.isascii() or not value.isdigit() or not 1 <= int(value[:9]) <= most:
        raise Fault(21208, f"it is a whole number from 1 to {most}")
    return int(value)


def _events(form: Form) -> tuple[str, ...]:
    """What is told: by default the end alone, as at Twilio."""
    named = [word for value in form.many("StatusCallbackEvent") for word in value.split()]
    for word in named:
        if word not in LEG_EVENTS:
            raise form.wrong("StatusCallbackEvent", f"must be of {', '.join(LEG_EVENTS)}")
    return tuple(one for one in LEG_EVENTS if one in named) or ("completed",)


def _options(form: Form) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for name, choices in _CHOICES.items():
        if (choice := form.choice(name, choices)) is not None:
            found.append((name, choice.value))
    switches = [(name, form.boolean(name)) for name in _SWITCHES]
    found += [(name, str(switch).lower()) for name, switch in switches if switch is not None]
    for name, (least, most) in _WHOLE.items():
        if (number := form.integer(name, least, most)) is not None:
            found.append((name, str(number)))
    found += [(name, url) for name in _URLS if (url := url_of(form, name))]
    if reason := form.text("CallReason", _MAX_REASON):
        found.append(("CallReason", reason))
    events = [word for value in form.many("RecordingStatusCallbackEvent") for word in value.split()]
    if any(word not in ("in-progress", "completed", "absent") for word in events):
        raise form.wrong(
            "RecordingStatusCallbackEvent", "must be of in-progress, completed, absent"
        )
    found += [("RecordingStatusCallbackEvent", word) for word in events]
    for name, longest in _PASSED_OVER.items():
        form.text(name, longest)
    url_of(form, "ClientNotificationUrl")
    return tuple(found)
