"""Spans of time that a 2010 list is narrowed to: `DateSent`, `DateSent<`, `DateSent>`."""

from __future__ import annotations

from maskline.model.clock import DAY, SECOND
from maskline.model.form import Form

Span = tuple[int, int]


def span(query: Form, name: str) -> Span:
    """From when (ms) and before when the list's records are; 0 for no bound.

    `name` alone is the whole day (UTC) of what it names: clients send a date with a time of zero.
    `name<` is up to and with that moment, `name>` from it on.
    """
    not_before = before = 0
    exactly, until, since = (query.moment(f"{name}{sign}") for sign in ("", "<", ">"))
    if exactly is not None:
        not_before = exactly // DAY * DAY
        before = not_before + DAY
    if since is not None:
        not_before = max(not_before, since)
    if until is not None:
        before = min(before or until + SECOND, until + SECOND)
    return not_before, before


def end(query: Form, name: str) -> int:
    """Before when (ms) the list's records are, for a bound that belongs to its span: a date with
    its whole day, a time with its whole second; 0 for no bound."""
    moment = query.moment(name)
    if moment is None:
        return 0
    is_date = len(query.text(name, 64) or "") == len("2030-07-30")
    return moment + (DAY if is_date else SECOND)


def within(at: int, bounds: Span) -> bool:
    """Whether a moment lies in the span."""
    not_before, before = bounds
    return at >= not_before and (not before or at < before)
