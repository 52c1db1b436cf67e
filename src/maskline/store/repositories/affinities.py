"""Affinities: which numbers a person met, and the candidates that follow from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, Protocol

import msgspec

from maskline.model.number import Number
from maskline.store.repositories.base import Repository

#: How many of the free numbers that a person knows are weighed first: those are near to them.
NEAR: Final = 64
ALL: Final = 1 << 30
#: As far as it is counted how many free numbers a person knows: there are some that are not near.
MANY: Final = NEAR + 1
#: The reach of no number.
NONE: Final = -1
#: Later than any time (ms).
_FOREVER: Final = 1 << 62


class Span(msgspec.Struct, frozen=True):
    """Numbers that a person left after one time and by another (ms); all that they left, as it is.

    With an `after` they are those that cool down, of which the first that was left is the best.
    """

    after: int = -1
    until: int = _FOREVER


_EVER: Final = Span()


class Wished(Protocol):
    """What a person needs of a number."""

    @property
    def identifier(self) -> str: ...
    @property
    def needs(self) -> int: ...
    @property
    def dial_class(self) -> str: ...
    @property
    def area(self) -> str: ...
    @property
    def area_required(self) -> bool: ...


class Affinities(Repository):
    """The allocator's questions. None of them costs more when there are more sessions."""

    __slots__ = ()

    async def take(self, service_sid: str, identifier: str, number_sid: str, now: int) -> None:
        """Notes that the person now uses the number in one session more."""
        await self._x.run("affinity_take", service_sid, identifier, number_sid, now)

    async def take_many(self, takes: Iterable[tuple[str, str, str, int]]) -> None:
        """The same for several, none of them twice: Service, identifier, number and time of
        each."""
        await self._x.add_every("affinity_take", takes)

    async def release(self, service_sid: str, identifier: str, number_sid: str, now: int) -> int:
        """Notes that the person uses the number in one session less; in how many they still do."""
        found = await self._x.one("affinity_release", service_sid, identifier, number_sid, now)
        return int(found[0]) if found else 0

    async def active(self, service_sid: str, identifier: str, number_sid: str) -> int | None:
        """In how many active sessions the person uses the number; null if they never met it."""
        found = await self._x.one("affinity_of", service_sid, identifier, number_sid)
        return None if found is None else int(found[0])

    async def past(
        self, service_sid: str, one: str, other: str = ""
    ) -> tuple[int | None, int | None]:
        """How many numbers each of two people met that are free for them now, counted no further
        than `MANY`; null for one who never met any."""
        past, other_past, _ = await self.first(service_sid, one, other, "", NONE)
        return past, other_past

    async def first(
        self, service_sid: str, one: str, other: str, dial_class: str, reach: int
    ) -> tuple[int | None, int | None, Number | None]:
        """The same; and where neither ever met any, the least loaded number of exactly that class
        and reach (`NONE` asks for none), unless others are about to take all there are."""
        args = (service_sid, one, other, MANY, dial_class, reach)
        found = await self._spared("candidate_first", *args)
        assert found is not None
        past, other_past, *number = found
        return past, other_past, None if number[0] is None else Number(*number)

    async def known(
        self,
        service_sid: str,
        identifier: str,
        dial_class: str,
        area_code: str,
        reach: int,
        partner_number_sid: str,
        weight: int,
        past: int = MANY,
        span: Span = _EVER,
    ) -> Number | None:
        """The best number that the person met before and that is free for them now.

        `area_code` "" asks for none. `weight` is 1 to want the partner's number and -1 to avoid it.
        `past` is the person's, where it is known: it spares looking in vain.
        """
        for limit in (NEAR, ALL) if past >= MANY else (NEAR,):
            found = await self._one(
                Number,
                "candidate_known",
                service_sid,
                identifier,
                dial_class,
                area_code,
                reach,
                partner_number_sid,
                weight,
                limit,
                span.after,
                span.until,
            )
            if found is not None:
                return found
        return None

    async def new(
        self,
        service_sid: str,
        identifier: str,
        dial_class: str,
        area_code: str,
        reach: int,
        avoid_number_sid: str,
    ) -> Number | None:
        """The least loaded number of exactly that reach which the person never met."""
        if area_code:
            return await self._least_loaded(
                "candidate_new_in_area",
                service_sid,
                identifier,
                area_code,
                reach,
                avoid_number_sid,
            )
        return await self._least_loaded(
            "candidate_new_in_class",
            service_sid,
            identifier,
            dial_class,
            reach,
            avoid_number_sid,
        )

    async def elsewhere(
        self, service_sid: str, wanted: Wished, carriers: Sequence[str]
    ) -> Number | None:
        """The best number of none of some carriers that is free for a person: one of their area
        before others, then the least loaded. It looks at the whole pool."""
        return await self._one(
            Number,
            "candidate_elsewhere",
            service_sid,
            wanted.identifier,
            wanted.dial_class,
            wanted.area,
            int(wanted.area_required),
            wanted.needs,
            f",{','.join(carriers)},",
        )

    async def both_know(
        self,
        service_sid: str,
        one: str,
        other: str,
        dial_class: str,
        area_code: str,
        reach: int,
        span: Span = _EVER,
        other_span: Span = _EVER,
    ) -> Number | None:
        """The least loaded number that two people met before and that is free for both, as far as
        it is near to one of them."""
        for near, far, near_span, far_span in (
            (one, other, span, other_span),
            (other, one, other_span, span),
        ):
            found = await self._one(
                Number,
                "candidate_both_know",
                service_sid,
                near,
                far,
                dial_class,
                area_code,
                reach,
                NEAR,
                near_span.after,
                near_span.until,
                far_span.after,
                far_span.until,
            )
            if found is not None:
                return found
        return None

    async def one_knows(
        self,
        service_sid: str,
        one: str,
        other: str,
        dial_class: str,
        area_code: str,
        reach: int,
        span: Span = _EVER,
    ) -> Number | None:
        """The least loaded number near to `one`, free for them, that `other` never met."""
        return await self._one(
            Number,
            "candidate_one_knows",
            service_sid,
            one,
            other,
            dial_class,
            area_code,
            reach,
            NEAR,
            span.after,
            span.until,
        )

    async def joint(
        self, service_sid: str, one: str, other: str, dial_class: str, area_code: str, reach: int
    ) -> Number | None:
        """The least loaded number of exactly that reach which neither of two people ever met."""
        return await self._least_loaded(
            "candidate_joint",
            service_sid,
            one,
            other,
            dial_class,
            area_code,
            reach,
        )

    async def _least_loaded(self, query: str, *args: Any) -> Number | None:
        """The number that a query chooses. Transactions side by side would all choose the same and
        wait for each other to count on it: one that another is about to take is left alone while
        there is a second."""
        found = await self._spared(query, *args)
        if found is None and self._x.shared:
            found = await self._x.one(query, *args)
        return None if found is None else Number(*found)

    async def _spared(self, query: str, *args: Any) -> Sequence[Any] | None:
        """What a query finds that no other transaction is about to take."""
        return await self._x.one(f"{query}_spare" if self._x.shared else query, *args)
