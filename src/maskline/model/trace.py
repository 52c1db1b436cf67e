"""Tracing as all parts of the server see it: few calls, which do nothing until it is turned on.

Every message and call has one trace, which is named by a SID, the trace's subject: an interaction's
where there is one, else the message's or call's own. Whoever knows the SID can add to its trace, in
any process and at any time later, so nothing has to be stored for it. Notes hold SIDs, codes, hosts
and few words of our own, never a number, a text or a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from enum import StrEnum
from types import TracebackType
from typing import Final, Protocol, TypeAlias

Notes: TypeAlias = Mapping[str, str | int]


class StepKind(StrEnum):
    """Whether a step is our own work, or asks somebody else."""

    INTERNAL = "internal"
    CLIENT = "client"


class Step(Protocol):
    """One step under way."""

    @property
    def traceparent(self) -> str:
        """What the next in line is sent as its `traceparent` (W3C Trace Context); "" for none."""

    def note(self, notes: Notes) -> None:
        """Says more about it."""

    def fail(self, error: str) -> None:
        """It did not succeed. `error` holds no personal data."""


class Request(Protocol):
    """One HTTP request under way, which may bring in messages and calls."""

    def end(self, status: int, request_id: str) -> None:
        """It was answered with that HTTP status, under that `Twilio-Request-Id`."""


class Trace(Protocol):
    """Where steps are written down."""

    @property
    def is_on(self) -> bool:
        """Whether anything is. Where a call is made often, ask this first."""

    def request(self, method: str, path: str, traceparent: str, tracestate: str) -> Request:
        """An HTTP request begins, in the task that will answer it. `path` is its form, without what
        was in it; the headers are as the caller sent them, "" for none."""

    def arrived(self, subject: str, name: str, notes: Notes) -> None:
        """What the task's request brought in, or what just came in without one, has a SID now: its
        trace begins."""

    def past(self, subject: str, name: str, began: int, notes: Notes) -> None:
        """A step that is over. `began` is Unix time in nanoseconds."""

    def step(
        self, name: str, notes: Notes, subject: str | None = None, kind: StepKind = ...
    ) -> AbstractContextManager[Step]:
        """A step of the subject's trace, or within the step that is under way in this task. What
        leaves it with an exception has failed."""

    def close(self) -> None:
        """Hands over what is left. May block for a few seconds."""


class _NoStep:
    traceparent = ""

    def note(self, notes: Notes) -> None:
        """Nothing."""

    def fail(self, error: str) -> None:
        """Nothing."""

    def end(self, status: int, request_id: str) -> None:
        """Nothing."""

    def __enter__(self) -> Step:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        return None


_NO_STEP: Final = _NoStep()


class NoTrace:
    """Tracing turned off."""

    is_on = False

    def request(self, method: str, path: str, traceparent: str, tracestate: str) -> Request:
        """Nothing."""
        return _NO_STEP

    def arrived(self, subject: str, name: str, notes: Notes) -> None:
        """Nothing."""

    def past(self, subject: str, name: str, began: int, notes: Notes) -> None:
        """Nothing."""

    def step(
        self,
        name: str,
        notes: Notes,
        subject: str | None = None,
        kind: StepKind = StepKind.INTERNAL,
    ) -> AbstractContextManager[Step]:
        """Nothing."""
        return _NO_STEP

    def close(self) -> None:
        """Nothing."""


NO_TRACE: Final[Trace] = NoTrace()
"""Has no state, so that all may share it."""
