"""What passed, over time."""

from __future__ import annotations

from typing import Literal

import msgspec


class Line(msgspec.Struct, frozen=True):
    """One series of counts or levels, a value for each of the times. `label` is whose it is (a
    carrier, a kind of webhook, a product of the API), `outcome` what came of it."""

    label: str
    outcome: str
    values: list[int]


class Traffic(msgspec.Struct, frozen=True):
    """What all processes counted, `step` ms at a time; times in ms. `sent` is what carriers
    accepted or refused, `reports` what they said became of it, `received` what they handed over.
    `queue_age` is in ms. `state` is `off` where nothing is counted, and `hidden` for whoever sees
    one account only: the figures are the whole server's."""

    state: Literal["recorded", "off", "hidden"]
    times: list[int]
    step: int
    received: list[Line]
    sent: list[Line]
    reports: list[Line]
    calls: list[Line]
    webhooks: list[Line]
    requests: list[Line]
    limited: list[Line]
    queue_depth: list[int]
    queue_age: list[int]
    dead: list[int]


class ErrorRow(msgspec.Struct, frozen=True):
    """An error code of the last days: how often, when last, what it says, when it arises and what
    to do ("" where the dictionary says nothing)."""

    code: int
    level: str
    text: str
    count: int
    last_at: int
    when: str
    do: str
    more_info: str


class Errors(msgspec.Struct, frozen=True):
    """The most frequent first, among the latest `of` alerts."""

    errors: list[ErrorRow]
    of: int
