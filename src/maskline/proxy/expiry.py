"""Expiry: when a session ends by itself."""

from __future__ import annotations

from maskline.model.session import Session


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


def slide_of(session: Session) -> int | None:
    """How long (ms) after its last interaction a session ends; null when that moves nothing."""
    if session.date_expiry is not None or session.expires_at is None:
        return None
    return session.expires_at - max(session.date_created, session.date_last_interaction or 0)


def is_news(
    *,
    date_started: int | None,
    expires_at: int | None,
    slide: int | None,
    ends: int | None,
    now: int,
) -> bool:
    """Whether an interaction has to be written into its session's row, and is not merely one more:
    it is the first, or the end that follows from it is not the one that the row lets expect."""
    return date_started is None or ends != (expires_at if slide is None else now + slide)
