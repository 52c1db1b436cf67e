"""What is kept over time for operators: traffic by the minute, pools by the hour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from maskline.model import sid as sids
from maskline.model.page import Page, PageRequest
from maskline.store.repositories.base import Repository, row

#: Minutes of the stretches that are counted over.
SPANS: Final = (1, 15, 120)


class Count(msgspec.Struct, frozen=True):
    """So many of something in a minute since the epoch. `series` says what is counted, `label`
    whose it is, such as a carrier's, `outcome` what came of it."""

    minute: int
    series: str
    label: str
    outcome: str
    value: int


class Stretch(msgspec.Struct, frozen=True):
    """The same over several minutes, of which `minute` is the first: all together, and the most of
    one minute."""

    minute: int
    series: str
    label: str
    outcome: str
    total: int
    highest: int


class PoolLevel(msgspec.Struct, frozen=True):
    """A pool's numbers of one dialling class in an hour since the epoch."""

    service_sid: str
    dial_class: str
    hour: int
    numbers: int
    unreserved: int
    busiest: int


class PoolOutlook(msgspec.Struct, frozen=True):
    """How a pool's numbers of one dialling class were when last looked at. `samples` and the sums
    are of the hours since some hour: x their number since then, y the peak of each."""

    service_sid: str
    service_name: str
    dial_class: str
    numbers: int
    unreserved: int
    busiest: int
    hour: int
    samples: int
    x: int
    y: int
    xy: int
    xx: int


class PoolClass(msgspec.Struct, frozen=True):
    """A pool's numbers of one dialling class: all, those not reserved, those that are used."""

    dial_class: str
    numbers: int
    unreserved: int
    used: int


class Cell(msgspec.Struct, frozen=True):
    """A number in a pool, as far as a map of the pool needs it."""

    sid: str
    number: str
    kind: str
    in_use: int
    capabilities: int
    is_reserved: int
    area_code: str
    iso_country: str
    dial_class: str


class Series(Repository):
    """Counts and levels over time, and what they are made of."""

    __slots__ = ()

    async def add(self, counts: Iterable[Count]) -> None:
        """Counts more, beside what other processes count in the same minute."""
        await self._x.run_many("traffic_add", _spans(counts))

    async def level(self, counts: Iterable[Count]) -> None:
        """Notes levels; the highest of a stretch stays."""
        await self._x.run_many("traffic_level", _spans(counts))

    async def since(self, minute: int, width: int) -> list[Stretch]:
        """Everything since a minute, `width` minutes at a time, in order: from the longest
        stretches that make up such a time."""
        span = max(one for one in SPANS if width % one == 0)
        return await self._all(Stretch, "traffic_since", span, minute, width)

    async def remove(self, span: int, before: int) -> int:
        """Removes the stretches that began before that minute; how many counts."""
        return await self._x.run("aged_traffic_remove", span, before)

    async def busiest(
        self, after: tuple[str, str], rows: int
    ) -> tuple[dict[tuple[str, str], int], tuple[str, str] | None]:
        """How many numbers the busiest person uses, by Service and dialling class, among the people
        (Service and identifier) after one, through so many rows and to the end of a person; and
        whom to go on after, null at the end."""
        end = await self._x.one("pool_people_end", *after, rows)
        last = end or await self._x.one("pool_people_last", *after)
        if last is None:
            return {}, None
        found = await self._x.all("pool_busiest", *after, *last)
        busiest = {(service, dial): int(used) for service, dial, used in found}
        return busiest, None if end is None else (end[0], end[1])

    async def levels(self, hour: int, busiest: Mapping[tuple[str, str], int]) -> list[PoolLevel]:
        """How all pools are now, given how many numbers the busiest person of each uses."""
        return [
            PoolLevel(service, dial, hour, int(all_), int(free), busiest.get((service, dial), 0))
            for service, dial, all_, free in await self._x.all("pool_sizes")
        ]

    async def put_levels(self, levels: Iterable[PoolLevel]) -> None:
        """Writes them down; of one hour, the last, and the highest of its levels."""
        await self._x.run_many("pool_level_put", map(row, levels))

    async def remove_levels(self, before: int) -> int:
        """Removes the hours before then; how many levels."""
        return await self._x.run("aged_pool_levels_remove", before)

    async def outlooks(self, account_sid: str, since: int) -> list[PoolOutlook]:
        """How an account's pools were when last looked at, with the hours since then."""
        return await self._all(PoolOutlook, "pool_outlooks", account_sid, since)

    async def classes(self, service_sid: str) -> list[PoolClass]:
        """A pool by dialling class, the largest first."""
        return await self._all(PoolClass, "pool_classes", service_sid)

    async def cells(self, service_sid: str, request: PageRequest) -> Page[Cell]:
        """A pool's numbers of both kinds."""
        return await self._page(Cell, "pool_cells", request, service_sid)

    async def new_sessions(self, service_sid: str, since: int, most: int) -> tuple[int, int | None]:
        """How many sessions a Service began since then (ms), counted back from the latest up to
        `most`, and when the first of those was."""
        edge = sids.edge(sids.SESSION, since)
        found = await self._x.one("session_rate", service_sid, edge, most)
        assert found is not None
        return int(found[0]), sids.made_at(found[1]) if found[0] else None


def _spans(counts: Iterable[Count]) -> Iterator[tuple[int, int, str, str, str, int]]:
    for one in counts:
        for span in SPANS:
            start = one.minute - one.minute % span
            yield span, start, one.series, one.label, one.outcome, one.value
