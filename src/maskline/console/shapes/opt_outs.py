"""Opt-outs."""

from __future__ import annotations

import msgspec

from maskline.console.shapes.common import Number


class OptOutView(msgspec.Struct, frozen=True):
    """A person who wants no more messages from `sender`: a number of ours, or the SID of a service
    for all its numbers. `source`: how we know."""

    sid: str
    person: Number
    sender: str
    service_sid: str | None
    messaging_service_sid: str | None
    source: str
    detail: str
    date_of_consent: int
    date_created: int


class OptOutPage(msgspec.Struct, frozen=True):
    """Newest first. With a filter, a page may be short while older ones follow."""

    opt_outs: list[OptOutView]
    next: str | None
    previous: str | None


class NewOptOut(msgspec.Struct, frozen=True):
    """Who asked support for no more messages, and from which number or service."""

    person: str
    sender: str


class AddedOptOut(msgspec.Struct, frozen=True):
    """The opt-out that holds, and whether it was added just now."""

    opt_out: OptOutView
    added: bool
