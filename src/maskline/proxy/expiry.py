"""Expiry: when a session ends by itself."""

from __future__ import annotations


def expires_at(
    *,
    date_expiry: int | None,
    ttl: int,
    default_ttl: int,
    date_created: int,
    date_last_interaction: int | None,
) -> int | None:
    """The moment (ms) from which the session is over; null when it has no end.

    `date_expiry` is absolute and wins. `ttl` (s), or the Service's default where it is 0, counts
    from the later of creation and last interaction.
    """
    if date_expiry is not None:
        return date_expiry
    seconds = ttl or default_ttl
    if not seconds:
        return None
    return max(date_created, date_last_interaction or 0) + seconds * 1000
