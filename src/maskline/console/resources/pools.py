"""Pools: how full they are, and when they run out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from maskline.console.context import StoreResource
from maskline.console.gate import Ask, Handler
from maskline.console.shapes.pools import (
    Cells,
    CellView,
    FirstOut,
    PoolClassView,
    PoolForecast,
    PoolPage,
    PoolView,
)
from maskline.model.clock import HOUR
from maskline.model.page import PageRequest
from maskline.model.service import Service
from maskline.numbers.forecast import Forecast, Outlook, Pool, Trend, forecast, urgency
from maskline.store.contract import Transaction
from maskline.store.repositories.series import PoolOutlook

#: Hours that a trend is laid through: two weeks even out days and nights.
_LOOK_BACK: Final = 14 * 24
#: Pools on one page: each is counted number by number.
_POOLS: Final = 10
#: Numbers in one part of a map.
_CELLS: Final = 2000
#: Sessions that are counted for a rate.
_COUNTED: Final = 2000
_FINE: Final = frozenset({Outlook.STEADY, Outlook.UNKNOWN})


class PoolsResource(StoreResource):
    """`/pools`."""

    def handlers(self) -> Mapping[str, Handler]:
        """Its endpoints."""
        return {"GET /pools": self.page, "GET /pools/{sid}/cells": self.cells}

    async def page(self, ask: Ask) -> PoolPage:
        """An account's pools."""
        now, request = self._env.clock(), ask.page(_POOLS)

        async def read(tx: Transaction) -> PoolPage:
            account = await ask.account(tx)
            page = await tx.services.page(account, request)
            outlooks = await tx.series.outlooks(account, now // HOUR - _LOOK_BACK)
            known = {(one.service_sid, one.dial_class): one for one in outlooks}
            pools = [await _pool(tx, one, known, now) for one in page.records]
            return PoolPage(
                pools,
                _first(outlooks, now),
                page.following,
                page.preceding,
            )

        return await self._store.read(read)

    async def cells(self, ask: Ask) -> Cells:
        """A part of a pool's numbers."""
        request = PageRequest(size=_CELLS, after=ask.page().after)

        async def read(tx: Transaction) -> Cells:
            service = ask.seen(await tx.support.service(ask.params["sid"]), "Service")
            page = await tx.series.cells(service.sid, request)
            cells = [
                CellView(
                    one.sid,
                    one.number,
                    one.in_use,
                    one.capabilities,
                    one.is_reserved,
                    f"{one.iso_country} {one.area_code.removeprefix(one.dial_class)}".strip(),
                )
                for one in page.records
            ]
            return Cells(service.unique_name, cells, page.following)

        return await self._store.read(read)


async def _pool(
    tx: Transaction, service: Service, known: Mapping[tuple[str, str], PoolOutlook], now: int
) -> PoolView:
    count, first = await tx.series.new_sessions(service.sid, now - HOUR, _COUNTED)
    # Of a busy Service the latest are counted, and the time that they took.
    stretch = HOUR if count < _COUNTED or first is None else max(1, now - first)
    rate = count * HOUR / stretch
    classes = []
    for one in await tx.series.classes(service.sid):
        seen = known.get((service.sid, one.dial_class))
        busiest = None if seen is None else seen.busiest
        foreseen = forecast(Pool(one.unreserved, busiest), _trend(seen), rate, now)
        classes.append(
            PoolClassView(
                one.dial_class, one.numbers, one.unreserved, one.used, busiest, _shown(foreseen)
            )
        )
    return PoolView(
        service_sid=service.sid,
        service_name=service.unique_name,
        numbers=sum(one.numbers for one in classes),
        used=sum(one.used for one in classes),
        sessions_per_hour=round(rate, 1),
        classes=classes,
    )


def _first(outlooks: list[PoolOutlook], now: int) -> FirstOut | None:
    found = [
        (forecast(Pool(one.unreserved, one.busiest), _trend(one), 0.0, now), one)
        for one in outlooks
    ]
    found = [pair for pair in found if pair[0].outlook not in _FINE]
    if not found:
        return None
    worst, one = min(found, key=lambda pair: urgency(pair[0]))
    return FirstOut(
        one.service_sid,
        one.service_name,
        one.dial_class,
        one.numbers,
        one.busiest,
        _shown(worst),
    )


def _trend(seen: PoolOutlook | None) -> Trend:
    return Trend() if seen is None else Trend(seen.samples, seen.x, seen.y, seen.xy, seen.xx)


def _shown(one: Forecast) -> PoolForecast:
    return PoolForecast(
        one.outlook.value, one.spare, one.per_day, one.runs_out_at, one.not_before, one.add
    )
