"""Assignment: which proxy number stands for the partner of a person.

The rule is the pair rule: a number leads a person to at most one active session. Each participant
draws a number of their own, so a person finds a free one whenever the pool is larger than the
sessions they are in; nobody else's choice can take it away. The rest is preference, in this order:
what the mode needs, the dialling class, the geo level, free for this person, cooled down for this
person, sticky (or not), the same number for both when they are chosen together (another one when
they are not), idle before busy, least loaded, least recently used by this person.

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
from maskline.store.repositories.affinities import NONE, Span

_EVER: Final = Span()

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
    """What a person needs of a number. `area` is required when `area_required`, else preferred.
    `rested` is the moment (ms) by which they should have left it; null: they may have at any."""

    identifier: str
    needs: int
    dial_class: str
    area: str
    area_required: bool
    sticky: bool
    rested: int | None

    @property
    def areas(self) -> tuple[str, ...]:
        """Area codes in the order of preference; "" is any."""
        if not self.area:
            return ("",)
        return (self.area,) if self.area_required else (self.area, "")

    @property
    def spans(self) -> tuple[Span | None, ...]:
        """What the person had to do with a number, in the order of preference; null is nothing."""
        if self.rested is None:
            return (_EVER, None) if self.sticky else (None, _EVER)
        rested, cooling = Span(until=self.rested), Span(after=self.rested)
        return (rested, None, cooling) if self.sticky else (None, rested, cooling)

    @property
    def reaches(self) -> tuple[int, ...]:
        """The kinds of number that do, the one with least to spare first."""
        return tuple(reach for reach in (VOICE, SMS, REACH) if reach & self.needs == self.needs)


class Tier(msgspec.Struct, frozen=True):
    """The numbers that a person is to have one of: those of one area ("": of any) that they met
    before, or (null) those that they never met."""

    wanted: Wish
    area: str
    span: Span | None


def wish(service: Service, mode: str, identifier: str, rested: int | None = None) -> Wish:
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
        sticky=service.number_selection_behavior == NumberSelection.PREFER_STICKY,
        rested=rested,
    )


async def choose(
    tx: Transaction,
    service: Service,
    mode: str,
    identifier: str,
    *,
    avoid: str = "",
    prefer: Number | None = None,
    rested: int | None = None,
) -> Number:
    """The best number for one person. `avoid` is the SID of the number that the partner has since
    earlier on, `prefer` the one that the partner is given now. A number that the person left after
    `rested` (ms) is still cooling down, and given only where no other is free.

    Raises 80201 to 80208 with the reason why there is none.
    """
    wanted = wish(service, mode, identifier, rested)
    past, _ = await tx.affinities.past(service.sid, identifier)
    return (await _best(tx, service, wanted, past, avoid, prefer))[0]


async def choose_both(
    tx: Transaction,
    service: Service,
    mode: str,
    one: str,
    other: str,
    *,
    rested: int | None = None,
) -> tuple[Number, Number]:
    """The best numbers for two people: the same one where the best of both have one in common.

    Raises what `choose` raises.
    """
    wanted, other_wanted = (wish(service, mode, who, rested) for who in (one, other))
    # To people who never met a number, all are new: what is best for one is for the other.
    alike = _alike(wanted, other_wanted)
    simple = alike and not wanted.area and len(wanted.reaches) == 1
    reach = wanted.reaches[0] if simple else NONE
    asked = (service.sid, one, other, wanted.dial_class, reach)
    past, other_past, new = await tx.affinities.first(*asked)
    if new is not None:
        return new, new
    first, tier = await _best(tx, service, wanted, past)
    if past is None and other_past is None and alike:
        return first, first
    second, other_tier = await _best(tx, service, other_wanted, other_past)
    if first.sid == second.sid:
        return first, second
    shared = await _shared(tx, service, tier, other_tier)
    return (first, second) if shared is None else (shared, shared)


def _alike(one: Wish, other: Wish) -> bool:
    """Whether the same numbers do for both."""
    return msgspec.structs.replace(one, identifier=other.identifier) == other


async def _best(
    tx: Transaction,
    service: Service,
    wanted: Wish,
    past: int | None,
    avoid: str = "",
    prefer: Number | None = None,
) -> tuple[Number, Tier]:
    """`past` is what `Affinities.past` says of the person."""
    for area in wanted.areas:
        for span in wanted.spans:
            if span is None:
                found = await _new(tx, service, wanted, area, avoid, prefer)
            else:
                found = await _known(tx, service, wanted, area, span, past or 0, avoid, prefer)
            if found is not None:
                return found, Tier(wanted, area, span)
    raise await _why_none(tx, service, wanted)


async def _known(
    tx: Transaction,
    service: Service,
    wanted: Wish,
    area: str,
    span: Span,
    past: int,
    avoid: str,
    prefer: Number | None,
) -> Number | None:
    if not past:
        return None
    return await tx.affinities.known(
        service.sid,
        wanted.identifier,
        wanted.dial_class,
        area,
        wanted.needs,
        avoid if prefer is None else prefer.sid,
        -1 if prefer is None else 1,
        past,
        span,
    )


async def _new(
    tx: Transaction,
    service: Service,
    wanted: Wish,
    area: str,
    avoid: str,
    prefer: Number | None,
) -> Number | None:
    if prefer is not None and await _is_new(tx, service, wanted, area, prefer):
        return prefer
    found = await _least_loaded(tx, service, wanted, area, avoid)
    if found is None and avoid:
        found = await _least_loaded(tx, service, wanted, area, "")
    return found


async def _is_new(
    tx: Transaction, service: Service, wanted: Wish, area: str, number: Number
) -> bool:
    """Whether a number of the pool is one that the person may have and never met."""
    return (
        not number.is_reserved
        and number.dial_class == wanted.dial_class
        and area in ("", number.area_code)
        and number.reach & wanted.needs == wanted.needs
        and await tx.affinities.active(service.sid, wanted.identifier, number.sid) is None
    )


async def _shared(tx: Transaction, service: Service, one: Tier, other: Tier) -> Number | None:
    """The least loaded number that is in both tiers."""
    if one.wanted.dial_class != other.wanted.dial_class:
        return None
    if one.area and other.area and one.area != other.area:
        return None
    if one.span is None:
        one, other = other, one
    identifiers = (one.wanted.identifier, other.wanted.identifier)
    where = (one.wanted.dial_class, one.area or other.area)
    ask = tx.affinities
    if one.span is None:
        found = [
            await ask.joint(service.sid, *identifiers, *where, reach)
            for reach in one.wanted.reaches
        ]
        return _least(found)
    asked = (service.sid, *identifiers, *where, one.wanted.needs, one.span)
    if other.span is None:
        return await ask.one_knows(*asked)
    return await ask.both_know(*asked, other.span)


async def _least_loaded(
    tx: Transaction, service: Service, wanted: Wish, area: str, avoid: str
) -> Number | None:
    candidates = [
        await tx.affinities.new(
            service.sid, wanted.identifier, wanted.dial_class, area, reach, avoid
        )
        for reach in wanted.reaches
    ]
    return _least(candidates)


def _least(found: list[Number | None]) -> Number | None:
    numbers = [number for number in found if number is not None]
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
    if not wanted.dial_class or not await pool_has(
        service.sid, wanted.dial_class, reach=wanted.needs
    ):
        return Fault(80203, f"country code {wanted.dial_class or 'unknown'}")
    area = wanted.areas[-1]
    if not await pool_has(service.sid, wanted.dial_class, area, wanted.needs):
        return Fault(80206)
    if not await tx.numbers.pool_has_unreserved(service.sid, wanted.dial_class, area, wanted.needs):
        return Fault(80207)
    return Fault(80208)
