"""What an attempt at a webhook came to, and when another is made."""

from __future__ import annotations

from collections.abc import Container, Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

from maskline.delivery.results import GiveUp, Retry
from maskline.model.exchange import Exchange
from maskline.model.http import (
    BadRequest,
    BadUrl,
    ConnectFailed,
    ForbiddenAddress,
    HttpFailure,
    ReadTimeout,
    TotalTimeout,
)
from maskline.model.job import Job
from maskline.model.overrides import Trouble

#: "Gone": whoever says so does not want to be asked again.
GONE: Final = 410
#: Those whose `Retry-After` counts.
_BUSY: Final = frozenset({429, 503})
#: The longest wait (s) that a program may ask for.
_LONGEST: Final = 3600.0


def trouble_of(status: int, settled: Container[int]) -> Trouble | None:
    """What is wrong with an answer; null where another attempt would not help, or where the status
    is one of those that are `settled`, being an answer and no failure."""
    if status == GONE or status in settled:
        return None
    if 400 <= status < 500:
        return Trouble.CLIENT_ERROR
    return Trouble.SERVER_ERROR if status >= 500 else None


def trouble_with(failure: HttpFailure) -> Trouble | None:
    """The same of a request that got no answer."""
    match failure:
        case ConnectFailed():
            return Trouble.CONNECT
        case ReadTimeout() | TotalTimeout():
            return Trouble.READ
        case BadRequest() | BadUrl() | ForbiddenAddress():
            return None
    # The connection was lost, or what came back is no HTTP: only "all" says that.
    return Trouble.ALL


def following(answer: Exchange, job: Job, delays: Sequence[float], now: int) -> Retry | GiveUp:
    """What becomes of a job after a failure at `now` (ms): it is tried again after the schedule's
    delay, or later where the program asks for it; not after a 410, nor after the last delay."""
    if answer.status == GONE or job.attempts >= len(delays):
        return GiveUp(answer.outcome)
    return Retry(answer.outcome, asked_for(answer, delays[job.attempts], now))


def asked_for(answer: Exchange | None, delay: float, now: int) -> float | None:
    """The seconds that a busy program asks to be left alone for, an hour at most; null where that
    is not longer than the schedule's `delay`, or where it does not ask."""
    if answer is None or answer.status not in _BUSY:
        return None
    seconds = min(_seconds(answer.response_headers.get("retry-after", "").strip(), now), _LONGEST)
    return seconds if seconds > delay else None


def _seconds(text: str, now: int) -> float:
    """A `Retry-After`: seconds or a date; 0 for what is neither."""
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp() - now / 1000
