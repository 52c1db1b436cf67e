"""Pools: how full they are, and when they run out."""

from __future__ import annotations

from typing import Literal

import msgspec

OutlookWord = Literal["empty", "out", "soon", "growing", "steady", "unknown"]


class PoolForecast(msgspec.Struct, frozen=True):
    """When a pool runs out for its busiest person. `spare`: sessions more that they can have.
    `per_day`: how much their use grows, null while it is too early to say. `runs_out_at` as things
    go, null for not within 90 days; `not_before` if all new sessions were theirs. `add`: numbers
    that are missing for the next 30 days."""

    outlook: OutlookWord
    spare: int
    per_day: float | None
    runs_out_at: int | None
    not_before: int | None
    add: int


class PoolClassView(msgspec.Struct, frozen=True):
    """A pool's numbers of one dialling class ("1": North America; "" for short codes). `used` are
    those that any session uses; `busiest` is how many the busiest person uses, which is the least
    that the pool must have: null until it was looked at."""

    dial_class: str
    numbers: int
    unreserved: int
    used: int
    busiest: int | None
    forecast: PoolForecast


class PoolView(msgspec.Struct, frozen=True):
    """A Service's pool. `sessions_per_hour` is the rate at which it began sessions lately."""

    service_sid: str
    service_name: str
    numbers: int
    used: int
    sessions_per_hour: float
    classes: list[PoolClassView]


class FirstOut(msgspec.Struct, frozen=True):
    """The pool of the whole account that runs out first."""

    service_sid: str
    service_name: str
    dial_class: str
    numbers: int
    busiest: int
    forecast: PoolForecast


class PoolPage(msgspec.Struct, frozen=True):
    """Services with their pools, newest first. `first` is null while all is steady."""

    pools: list[PoolView]
    first: FirstOut | None
    next: str | None
    previous: str | None


class CellView(msgspec.Struct, frozen=True, array_like=True):
    """A number in a pool's map, as an array: SID, number, sessions that use it, what it can do (1
    voice, 2 SMS, 4 MMS, 8 fax), whether it is reserved (1), and its area: country and area code."""

    sid: str
    number: str
    in_use: int
    capabilities: int
    is_reserved: int
    area: str


class Cells(msgspec.Struct, frozen=True):
    """A part of a pool's numbers, newest first; `next` is the `after` of the part that follows."""

    service_name: str
    cells: list[CellView]
    next: str | None
