"""What goes into the inventory: numbers as an operator writes them, read, checked and stored."""

from __future__ import annotations

import re
from typing import Final

import msgspec
import phonenumbers

from maskline.cli.refusal import Refusal
from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.account import Account
from maskline.model.errors import Fault
from maskline.model.form import Form
from maskline.model.number import ALL_CAPABILITIES, Capability, Number, NumberKind
from maskline.model.service import Service
from maskline.numbers.e164 import Validity, check
from maskline.proxy import inventory, pool, services
from maskline.proxy.inventory import Offer
from maskline.store.contract import Transaction

CARRIERS: Final = ("simulator",)

_SEPARATORS: Final = re.compile(r"[\s().\u00a0-]+")
_SHORT_CODE: Final = re.compile(r"[0-9]{3,8}", re.ASCII)
_NAMES: Final = {
    "voice": Capability.VOICE,
    "sms": Capability.SMS,
    "mms": Capability.MMS,
    "fax": Capability.FAX,
}
_TRUE: Final = frozenset({"true", "yes", "y", "1"})
_FALSE: Final = frozenset({"false", "no", "n", "0", ""})


class BadEntry(ValueError):
    """Why a number can't be taken, in words that end a line such as `line 7: …`."""


class Entry(msgspec.Struct, frozen=True):
    """One number as it is to be. `country` makes it a short code of that country; `service` is the
    SID or unique name of the pool to join."""

    number: str
    friendly_name: str = ""
    carrier: str = CARRIERS[0]
    capabilities: int = ALL_CAPABILITIES
    service: str = ""
    reserved: bool = False
    country: str = ""


def written(text: str) -> str:
    """A number without the blanks, brackets, dots and dashes that people write into it."""
    return _SEPARATORS.sub("", text)


def capabilities(text: str) -> int:
    """The flags of a list such as `voice,sms`; all but fax when it is empty. Raises BadEntry."""
    names = [name for name in re.split(r"[\s,;|+/]+", text.strip().lower()) if name]
    unknown = [name for name in names if name not in _NAMES]
    if unknown:
        raise BadEntry(f"capabilities are voice, sms, mms and fax, not {unknown[0]}")
    flags = 0
    for name in names:
        flags |= int(_NAMES[name])
    return flags or ALL_CAPABILITIES


def capability_names(flags: int) -> str:
    """The flags as a list."""
    return ",".join(name for name, flag in _NAMES.items() if flags & flag)


def flag(text: str) -> bool:
    """A yes or no as people write it. Raises BadEntry."""
    word = text.strip().lower()
    if word not in _TRUE | _FALSE:
        raise BadEntry("reserved is true or false")
    return word in _TRUE


def prepare(env: Env, entry: Entry) -> Number:
    """The number, of no account yet. Raises BadEntry."""
    if len(entry.friendly_name) > inventory.MAX_NAME or not entry.friendly_name.isprintable():
        raise BadEntry(f"the name has more than {inventory.MAX_NAME} characters, or odd ones")
    if entry.country:
        return _short_code(env, entry)
    if not entry.number.startswith("+"):
        raise BadEntry("the number must begin with + and its country code, as +14155550100 does")
    if not check(entry.number, Validity(env.settings.numbers.validity)):
        raise BadEntry("the number is not valid in its numbering plan")
    offer = Offer(entry.number, entry.carrier, entry.capabilities)
    return inventory.new_number(env, "", offer, entry.friendly_name or None)


def _short_code(env: Env, entry: Entry) -> Number:
    country = entry.country.upper()
    code = phonenumbers.country_code_for_region(country)
    if not code:
        raise BadEntry(f"{entry.country} is no country, as US is")
    if not _SHORT_CODE.fullmatch(entry.number):
        raise BadEntry("a short code has 3 to 8 digits")
    # A short code has no digits of its own country in it, and no operator puts calls on one.
    can = entry.capabilities & ~int(Capability.VOICE | Capability.FAX)
    offer = Offer(entry.number, entry.carrier, can)
    number = inventory.new_number(env, "", offer, entry.friendly_name or entry.number)
    return msgspec.structs.replace(
        number,
        sid=env.sids.new(sids.SHORT_CODE),
        kind=NumberKind.SHORT_CODE.value,
        iso_country=country,
        dial_class=str(code),
    )


class Shelf:
    """Stores prepared numbers for one account, within a transaction."""

    def __init__(self, env: Env, tx: Transaction, account: Account) -> None:
        self._env = env
        self._tx = tx
        self._account = account
        self._services: dict[str, Service] = {}
        self._carriers: set[str] = set(CARRIERS)

    async def put(self, number: Number, entry: Entry) -> Number:
        """Adds it, and puts it into its pool. Raises BadEntry, and then left nothing behind."""
        number = msgspec.structs.replace(number, account_sid=self._account.sid)
        await self._check_carrier(number.carrier)
        service = await self._service(entry.service) if entry.service else None
        if not await self._tx.numbers.add(number):
            raise BadEntry(await self._owner(number.number))
        if service is None:
            return number
        try:
            return await join(self._env, self._tx, service, number, reserved=entry.reserved)
        except Fault as fault:
            await self._tx.numbers.delete(number.sid)
            raise BadEntry(reason(fault)) from fault

    async def _check_carrier(self, name: str) -> None:
        if name not in self._carriers:
            self._carriers = {*CARRIERS, *(await self._tx.carriers.marks())}
        if name not in self._carriers:
            raise BadEntry(
                f"there is no carrier {name}: there is {', '.join(sorted(self._carriers))}"
            )

    async def _service(self, wanted: str) -> Service:
        if wanted not in self._services:
            try:
                self._services[wanted] = await services.fetch(self._tx, self._account.sid, wanted)
            except Fault as fault:
                raise BadEntry(f"the account has no Service {wanted}") from fault
        return self._services[wanted]

    async def _owner(self, number: str) -> str:
        held = await self._tx.numbers.by_number(number)
        if held is not None and held.account_sid != self._account.sid:
            return f"{number} belongs to the account {held.account_sid}"
        return f"{number} is in the inventory already"


async def join(
    env: Env, tx: Transaction, service: Service, number: Number, *, reserved: bool
) -> Number:
    """Puts a number of the account into a pool. Raises Fault."""
    form = Form({"Sid": [number.sid], "IsReserved": [str(reserved)]})
    return await pool.add(env, tx, service, NumberKind(number.kind), form)


def reason(fault: Fault) -> str:
    """A fault in words that end a line."""
    return f"{fault.message[:1].lower()}{fault.message[1:]} (error {fault.code})"


async def service_of(tx: Transaction, account: Account, wanted: str) -> Service:
    """The account's Service with that SID or unique name. Raises Refusal."""
    try:
        return await services.fetch(tx, account.sid, wanted)
    except Fault as fault:
        raise Refusal(
            f"the account {account.sid} has no Service {wanted}",
            "Services are made through the API; another account's need --account.",
        ) from fault


async def number_of(tx: Transaction, owner: Account, text: str) -> Number:
    """The account's number, named by itself or by its SID. Raises Refusal."""
    if sids.is_sid(text, sids.PHONE_NUMBER) or sids.is_sid(text, sids.SHORT_CODE):
        found = await tx.numbers.get(text, owner.sid)
    else:
        found = await tx.numbers.by_number(written(text))
    if found is None or found.account_sid != owner.sid:
        raise Refusal(
            f"the account {owner.sid} does not own {text}", f"Add it: maskline numbers add {text}"
        )
    return found
