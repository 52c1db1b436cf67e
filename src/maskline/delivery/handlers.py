"""What runs jobs, and what paces them, as the dispatcher sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from maskline.delivery.results import Result
from maskline.messaging.buckets import Turn
from maskline.messaging.pacing import Pace
from maskline.model.job import Job


class Handler(Protocol):
    """What runs one kind of job."""

    @property
    def delays(self) -> Sequence[float]:
        """Seconds before each retry; as many retries as there are entries."""

    def decode(self, payload: bytes) -> Any:
        """The typed payload."""

    def lane(self, job: Job, payload: Any) -> str:
        """The destination, whose jobs share a lane."""

    async def run(self, job: Job, payload: Any) -> Result:
        """One attempt."""

    async def exhausted(self, job: Job, payload: Any, error: str) -> Result:
        """The schedule has ended: what becomes of the job. Must not answer Retry."""


class Paced(Protocol):
    """What paces one kind of job."""

    def pace(self, job: Job, payload: Any) -> Pace | None:
        """What the job takes of the buckets; null where it need not wait."""

    async def ask(self, pace: Pace) -> Turn:
        """Books it if there is room. Raises StoreUnavailable."""

    async def give_back(self, pace: Pace, booked: int) -> None:
        """Undoes that it was booked then (microseconds): it was not sent."""

    async def overflow(self, job: Job, payload: Any, *, spent: bool) -> Result:
        """Its queue is too long, or (`spent`) its budget begins anew too late: what becomes of the
        job. Must not answer Retry."""
