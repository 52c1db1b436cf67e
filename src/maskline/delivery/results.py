"""What became of one attempt at a job."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec


class Finished(msgspec.Struct, frozen=True):
    """The job is done. `settled` when its row is gone already, in the handler's transaction;
    `unsent` when nothing was sent, of what was paced."""

    outcome: ClassVar[str] = "done"
    settled: bool = False
    unsent: bool = False


class Proceed(msgspec.Struct, frozen=True):
    """A stage is over, durably: the job goes on at once with another payload."""

    outcome: ClassVar[str] = "proceed"
    unsent: ClassVar[bool] = False
    payload: Any


class Retry(msgspec.Struct, frozen=True):
    """Try again after the schedule's delay, or after `after` seconds. It is one of the schedule's
    attempts unless it does not count: then the schedule goes on as if it had not been made.
    `unsent` when it is known that nothing was sent.

    `error` holds no personal data.
    """

    outcome: ClassVar[str] = "retry"
    error: str
    after: float | None = None
    counts: bool = True
    unsent: bool = False


class GiveUp(msgspec.Struct, frozen=True):
    """Keep the job as a dead letter."""

    outcome: ClassVar[str] = "dead"
    unsent: ClassVar[bool] = False
    error: str


Result = Finished | Proceed | Retry | GiveUp
