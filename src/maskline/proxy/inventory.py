"""The inventory: phone numbers that an account buys, configures and gives back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

import msgspec

from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.errors import Fault, not_found
from maskline.model.form import Form
from maskline.model.method import Method
from maskline.model.number import REACH, Number, NumberHooks, NumberKind
from maskline.model.page import Page, PageRequest
from maskline.numbers.dialling import area_code, dial_class
from maskline.numbers.e164 import NumberType, Validity, check, friendly, iso_country, number_type
from maskline.proxy.number_source import NumberSource
from maskline.store.contract import Transaction
from maskline.store.repositories.numbers import Configured

MAX_NAME: Final = 64
#: How many numbers a source is asked for where any in an area code will do: another request may
#: take one of them in the meantime.
_SPARE: Final = 20

_AREA_CODE: Final = re.compile(r"[2-9][0-9]{2}", re.ASCII)
_PATTERN: Final = re.compile(r"\+?[0-9*]{1,16}", re.ASCII)


class ReceiveMode(StrEnum):
    """What an incoming call is taken for."""

    VOICE = "voice"
    FAX = "fax"


class EmergencyStatus(StrEnum):
    """Whether a number may call emergency services."""

    ACTIVE = "Active"
    INACTIVE = "Inactive"


class Origin(StrEnum):
    """Whether a number was bought here or is hosted from elsewhere."""

    TWILIO = "twilio"
    HOSTED = "hosted"


_URLS: Final = MappingProxyType(
    {
        "SmsUrl": "sms_url",
        "SmsFallbackUrl": "sms_fallback_url",
        "VoiceUrl": "voice_url",
        "VoiceFallbackUrl": "voice_fallback_url",
        "StatusCallback": "status_callback",
    }
)
_CHOICES: Final[Mapping[str, tuple[str, type[StrEnum]]]] = MappingProxyType(
    {
        "SmsMethod": ("sms_method", Method),
        "SmsFallbackMethod": ("sms_fallback_method", Method),
        "VoiceMethod": ("voice_method", Method),
        "VoiceFallbackMethod": ("voice_fallback_method", Method),
        "StatusCallbackMethod": ("status_callback_method", Method),
        "VoiceReceiveMode": ("voice_receive_mode", ReceiveMode),
        "EmergencyStatus": ("emergency_status", EmergencyStatus),
    }
)
_SIDS: Final = MappingProxyType(
    {
        "SmsApplicationSid": ("sms_application_sid", "AP"),
        "VoiceApplicationSid": ("voice_application_sid", "AP"),
        "TrunkSid": ("trunk_sid", "TK"),
        "AddressSid": ("address_sid", "AD"),
        "EmergencyAddressSid": ("emergency_address_sid", "AD"),
        "IdentitySid": ("identity_sid", "RI"),
        "BundleSid": ("bundle_sid", "BU"),
    }
)


class Wanted(msgspec.Struct, frozen=True):
    """What a create asks for: one number, or any number in an area code."""

    number: str | None
    area_code: str | None
    friendly_name: str | None
    hooks: NumberHooks


class Offer(msgspec.Struct, frozen=True):
    """A number that a carrier can give, and its `Capability` flags."""

    number: str
    carrier: str
    capabilities: int


class Filter(msgspec.Struct, frozen=True):
    """What a list is narrowed to. `pattern` is a part of a number with `*` for any digit; "" means
    any."""

    pattern: str = ""
    friendly_name: str = ""
    hosted: bool = False
    kind: NumberType | None = None


def wanted(env: Env, form: Form, kind: NumberType | None = None) -> Wanted:
    """Reads a create. Raises 21421 for a number that is not valid, or not of that kind."""
    number = form.text("PhoneNumber", 255)
    area = form.text("AreaCode", 255)
    if number is None and area is None:
        raise form.wrong("PhoneNumber", "or AreaCode is required")
    if number is not None and area is not None:
        raise form.wrong("AreaCode", "can't be sent with PhoneNumber")
    if area is not None and not _AREA_CODE.fullmatch(area):
        raise form.wrong("AreaCode", "must be three digits of North America, such as 415")
    if number is not None:
        if not check(number, Validity(env.settings.numbers.validity)):
            raise Fault(21421)
        if kind is not None and number_type(number) is not kind:
            raise Fault(21421, f"it is no {kind} number")
    return Wanted(
        number=number,
        area_code=area,
        friendly_name=form.text("FriendlyName", MAX_NAME),
        hooks=_configured(NumberHooks(), form),
    )


async def offers(sources: Sequence[NumberSource], wish: Wanted) -> list[Offer]:
    """What carriers can give, the preferred carrier's first. Raises 21422 or 21452 for nothing."""
    found: list[Offer] = []
    for source in sources:
        if wish.number is not None:
            stock: Mapping[str, int] = {wish.number: await source.offer(wish.number)}
        else:
            pattern = f"+1{wish.area_code}*******"
            stock = await source.search("US", NumberType.local, pattern, _SPARE)
        found += [Offer(number, source.name, can) for number, can in stock.items() if can]
    if not found:
        raise _none(wish)
    return found


async def buy(
    env: Env, tx: Transaction, account_sid: str, wish: Wanted, offered: Sequence[Offer]
) -> Configured:
    """Adds the first of the offered numbers that nobody on this server has. Raises 21422 or 21452
    when there is none."""
    for offer in offered:
        number = new_number(env, account_sid, offer, wish.friendly_name)
        if await tx.numbers.add(number):
            if wish.hooks != NumberHooks():
                await tx.numbers.set_hooks(number.sid, wish.hooks)
            return Configured(number, wish.hooks)
    raise _none(wish)


def new_number(
    env: Env, account_sid: str, offer: Offer, friendly_name: str | None = None
) -> Number:
    """A number for the inventory, in no pool."""
    now = env.clock()
    return Number(
        sid=env.sids.new(sids.PHONE_NUMBER),
        account_sid=account_sid,
        kind=NumberKind.PHONE.value,
        number=offer.number,
        friendly_name=friendly_name or friendly(offer.number),
        carrier=offer.carrier,
        iso_country=iso_country(offer.number),
        dial_class=dial_class(offer.number),
        area_code=area_code(offer.number),
        capabilities=offer.capabilities,
        reach=offer.capabilities & REACH,
        service_sid=None,
        is_reserved=0,
        in_use=0,
        pool_created=None,
        pool_updated=None,
        date_created=now,
        date_updated=now,
    )


async def find(tx: Transaction, account_sid: str, sid: str) -> Configured:
    """The account's phone number with that SID, and what was set on it."""
    number = await tx.numbers.get(sid, account_sid)
    if number is None or number.kind != NumberKind.PHONE:
        raise not_found("IncomingPhoneNumber")
    return Configured(number, await tx.numbers.hooks(sid))


def narrow(form: Form, kind: NumberType | None = None) -> Filter:
    """Reads the filters of a list, of all kinds of numbers or of one. Raises the form's fault for a
    wrong one."""
    pattern = form.text("PhoneNumber", 255) or ""
    if pattern and not _PATTERN.fullmatch(pattern):
        raise form.wrong("PhoneNumber", "must be digits, with * for any digit")
    # No number is new to the platform, so both answers list them all.
    form.boolean("Beta")
    return Filter(
        pattern=pattern,
        friendly_name=form.text("FriendlyName", 255) or "",
        hosted=form.choice("Origin", Origin) is Origin.HOSTED,
        kind=kind,
    )


async def page(
    tx: Transaction, account_sid: str, filters: Filter, request: PageRequest
) -> Page[Configured]:
    """The account's phone numbers that fit."""
    if filters.hosted:
        return Page([], has_next=False, has_previous=False)
    # The plus at its head keeps `_` to digits.
    like = f"+%{filters.pattern.removeprefix('+').replace('*', '_')}%"
    if filters.pattern.startswith("+"):
        like = like.replace("%", "", 1)
    phone, name, kind = NumberKind.PHONE.value, filters.friendly_name, filters.kind
    if kind is not None:
        return await tx.numbers.configured_narrowed(
            account_sid, phone, like, name, lambda one: number_type(one.number) is kind, request
        )
    return await tx.numbers.configured_page(account_sid, phone, like, name, request)


async def update(env: Env, tx: Transaction, account_sid: str, sid: str, form: Form) -> Configured:
    """Writes what was sent; an empty name is the default one, an empty URL or SID removes it."""
    held = await find(tx, account_sid, sid)
    if form.text("AccountSid", 34) not in (None, account_sid):
        raise form.wrong("AccountSid", "can't be changed")
    hooks = _configured(held.hooks, form)
    name = held.number.friendly_name
    if form.has("FriendlyName"):
        name = form.text("FriendlyName", MAX_NAME) or friendly(held.number.number)
    await tx.numbers.rename(sid, name, env.clock())
    await tx.numbers.set_hooks(sid, hooks)
    return await find(tx, account_sid, sid)


async def release(tx: Transaction, account_sid: str, sid: str) -> None:
    """Gives it back, out of its pool too. Raises 80611 while active sessions use it."""
    number = (await find(tx, account_sid, sid)).number
    if number.in_use:
        raise Fault(80611)
    if number.service_sid is not None:
        await tx.numbers.leave(sid)
    await tx.numbers.delete(sid)


def in_force(held: Configured, base: str) -> NumberHooks:
    """The settings that apply. While a number is in a pool its traffic goes to Proxy, whatever was
    set; that shows again when it leaves. `base` is the server's address."""
    number = held.number
    if number.service_sid is None:
        return held.hooks
    door = f"{base}/webhooks/v1/Accounts/{number.account_sid}/Proxy/{number.service_sid}/Webhooks"
    return msgspec.structs.replace(
        held.hooks,
        sms_url=f"{door}/Message",
        sms_method=Method.POST.value,
        sms_application_sid="",
        voice_url=f"{door}/Call",
        voice_method=Method.POST.value,
        voice_application_sid="",
        trunk_sid="",
    )


def _configured(hooks: NumberHooks, form: Form) -> NumberHooks:
    changes: dict[str, Any] = {}
    for parameter, field in _URLS.items():
        if form.has(parameter):
            changes[field] = form.url(parameter) or ""
    for parameter, (field, choices) in _CHOICES.items():
        if (choice := form.choice(parameter, choices)) is not None:
            changes[field] = choice.value
    for parameter, (field, prefix) in _SIDS.items():
        if form.has(parameter):
            value = form.text(parameter, 34) or ""
            if value and not sids.is_sid(value, prefix):
                raise form.wrong(parameter, f"must be a SID that starts with {prefix}")
            changes[field] = value
    if (lookup := form.boolean("VoiceCallerIdLookup")) is not None:
        changes["voice_caller_id_lookup"] = lookup
    if form.has("SmsStopFilter"):
        changes["sms_stop_filter"] = form.boolean("SmsStopFilter")
    return msgspec.structs.replace(hooks, **changes)


def _none(wish: Wanted) -> Fault:
    return Fault(21422 if wish.number is not None else 21452)
