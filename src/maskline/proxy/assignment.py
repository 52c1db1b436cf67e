"""Assignment: which proxy number stands for the partner of a person.

The rule is the pair rule: a number leads a person to at most one active session. Each participant
draws a number of their own, so a person finds a free one whenever the pool is larger than the
sessions they are in; nobody else's choice can take it away. The rest is preference, in this order:
what the mode needs, the dialling class, the geo level, free for this person, sticky (or not), the
same number for both when they are chosen together (another one when they are not), idle before
busy, least loaded, least recently used by this person.

All of it is index look-ups over the pool and over what this person met before: the cost does not
grow with the number of sessions.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

import msgspec

from maskline.model.errors import Fault
from maskline.model.number import REACH, Capability, Number
from maskline.model.service import GeoMatchLevel, NumberSelection, Service
from maskline.model.session import Mode
from maskline.numbers.dialling import area_code, dial_class
from maskline.store.contract import Transaction

VOICE: Final = int(Capability.VOICE)
SMS: Final = int(Capability.SMS)

#: What each mode needs of a number.
NEEDS: Final = MappingProxyType(
    {
        Mode.VOICE_ONLY.value: VOICE,
        Mode.MESSAGE_ONLY.value: SMS,
        Mode.VOICE_AND_MESSAGE.value: REACH,
    }
)


class Wish(msgspec.Struct, frozen=True):
    """What a person needs of a number. `area` is required when `area_required`, else preferred."""

    identifier: str
    needs: int
    dial_class: str
    area: str
    area_required: bool

    @property
    def areas(self) -> tuple[str, ...]:
        """Area codes in the order of preference; "" is any."""
        if not self.area:
            return ("",)
        return (self.area,) if self.area_required else (self.area, "")

    @property
    def reaches(self) -> tuple[int, ...]:
        """The kinds of number that do, the one with least to spare first."""
        return tuple(reach for reach in (VOICE, SMS, REACH) if reach & self.needs == self.needs)


class Beside(msgspec.Struct, frozen=True):
    """The partner of the person who is served, as far as known: the number they have, whether it is
    wanted for both, and who they are when they have none yet."""

    number_sid: str = ""
    together: bool = False
    identifier: str = ""


def wish(service: Service, mode: str, identifier: str) -> Wish:
    """What `identifier` needs in a session of that mode. The narrower geo levels work in North
    America only and are ignored elsewhere."""
    area = ""
    if service.geo_match_level != GeoMatchLevel.COUNTRY:
        area = area_code(identifier)
    return Wish(
        identifier=identifier,
        needs=NEEDS[mode],
        dial_class=dial_class(identifier),
        area=area,
        area_required=service.geo_match_level == GeoMatchLevel.AREA_CODE,
    )


async def choose(
    tx: Transaction, service: Service, mode: str, identifier: str, beside: Beside
) -> Number:
    """The best number for a person. Raises 80201 to 80208 with the reason why there is none."""
    wanted = wish(service, mode, identifier)
    known_first = service.number_selection_behavior == NumberSelection.PREFER_STICKY
    for area in wanted.areas:
        for known in (known_first, not known_first):
            search = _known if known else _new
            found = await search(tx, service, wanted, area, beside)
            if found is not None:
                return found
    raise await _why_none(tx, service, wanted)


async def _known(
    tx: Transaction, service: Service, wanted: Wish, area: str, beside: Beside
) -> Number | None:
    return await tx.affinities.known(
        service.sid,
        wanted.identifier,
        wanted.dial_class,
        area,
        wanted.needs,
        beside.number_sid,
        1 if beside.together else -1,
        beside.identifier,
    )


async def _new(
    tx: Transaction, service: Service, wanted: Wish, area: str, beside: Beside
) -> Number | None:
    if beside.together and (found := await _shared(tx, service, wanted, area, beside)):
        return found
    avoid = "" if beside.together else beside.number_sid
    found = await _least_loaded(tx, service, wanted, area, avoid)
    if found is None and avoid:
        found = await _least_loaded(tx, service, wanted, area, "")
    return found


async def _shared(
    tx: Transaction, service: Service, wanted: Wish, area: str, beside: Beside
) -> Number | None:
    """A number for both: the partner's where there is one, else one that both can take."""
    if not beside.number_sid:
        candidates = [
            await tx.affinities.joint(
                service.sid,
                wanted.identifier,
                beside.identifier,
                wanted.dial_class,
                area,
                reach,
            )
            for reach in wanted.reaches
        ]
        return _least([number for number in candidates if number is not None])
    number = await tx.numbers.get(beside.number_sid, service.account_sid)
    fits = (
        number is not None
        and not number.is_reserved
        and number.dial_class == wanted.dial_class
        and area in ("", number.area_code)
        and await tx.affinities.active(service.sid, wanted.identifier, number.sid) is None
    )
    return number if fits else None


async def _least_loaded(
    tx: Transaction, service: Service, wanted: Wish, area: str, avoid: str
) -> Number | None:
    candidates = [
        await tx.affinities.new(
            service.sid, wanted.identifier, wanted.dial_class, area, reach, avoid
        )
        for reach in wanted.reaches
    ]
    return _least([number for number in candidates if number is not None])


def _least(numbers: list[Number]) -> Number | None:
    return min(numbers, key=lambda number: number.in_use, default=None)


async def _why_none(tx: Transaction, service: Service, wanted: Wish) -> Fault:
    """The first of the conditions, in their order, that no number of the pool meets."""
    pool_has = tx.numbers.pool_has
    if not await pool_has(service.sid):
        return Fault(80205)
    if wanted.needs & VOICE and not await pool_has(service.sid, reach=VOICE):
        return Fault(80201)
    if not await pool_has(service.sid, reach=wanted.needs):
        return Fault(80202 if wanted.needs & SMS else 80201)
    if not await pool_has(service.sid, wanted.dial_class, reach=wanted.needs):
        return Fault(80203, f"country code {wanted.dial_class or 'unknown'}")
    area = wanted.areas[-1]
    if not await pool_has(service.sid, wanted.dial_class, area, wanted.needs):
        return Fault(80206)
    if not await tx.numbers.pool_has_unreserved(service.sid, wanted.dial_class, area, wanted.needs):
        return Fault(80207)
    return Fault(80208)
