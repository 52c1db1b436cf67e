"""Numbers of ours that a carrier names in another form than the inventory does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec

from maskline.model.traffic import InboundCall, InboundMessage
from maskline.numbers.national import twin
from maskline.store.repositories.routing import Route

M = TypeVar("M", InboundMessage, InboundCall)


def belongs(one: InboundMessage | InboundCall, route: Route) -> bool:
    """Whether what a carrier hands over is for whom the number belongs to. One that speaks for an
    account speaks for its numbers; any other for the numbers that are reached by it, so that none
    can speak for another's."""
    if one.account_sid is None:
        return one.carrier == route.carrier
    return one.account_sid == route.account_sid


Find = Callable[[list[M]], Awaitable[list[Route | None]]]


async def located(arrivals: list[M], find: Find[M]) -> list[Route | None]:
    """The routes of what arrived, in order; null where no account owns the number.

    What came for a Mexican or Argentine number that is owned under its other form is changed, in
    `arrivals` too, into what came for that one: else the text would be lost.
    """
    routes = await find(arrivals)
    if None in routes:
        for place, (one, route) in enumerate(zip(arrivals, routes, strict=True)):
            if route is None and (other := twin(one.number)) is not None:
                again = msgspec.structs.replace(one, number=other)
                arrivals[place], (routes[place],) = again, await find([again])
    return routes
