"""Exchanges: one HTTP request and what came back, as the debugger is shown them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec


class Exchange(msgspec.Struct, frozen=True):
    """A request, ours to a program or a program's to us, and its answer, all of it as it was sent.

    `status` is null when no answer came; then `error` says why, without personal data. `truncated`
    when the answer was longer than what was read of it. What is kept of an exchange is made fit for
    it by `maskline.debugger.redaction`.
    """

    method: str
    url: str
    request_headers: Mapping[str, str] = {}
    parameters: Sequence[tuple[str, str]] = ()
    status: int | None = None
    response_headers: Mapping[str, str] = {}
    response_body: bytes = b""
    truncated: bool = False
    error: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether it was answered with a 2xx."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def outcome(self) -> str:
        """How it ended, in words without personal data."""
        return self.error if self.status is None else f"answered with status {self.status}"

    def __repr__(self) -> str:
        # All else may hold tokens, bodies and numbers: a traceback must not show them.
        return f"Exchange({self.method}, {self.status})"
