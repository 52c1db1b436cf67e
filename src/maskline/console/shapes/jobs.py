"""Jobs: what waits, and dead letters."""

from __future__ import annotations

import msgspec


class JobView(msgspec.Struct, frozen=True):
    """A job without what it carries. `destination` is the host that is called, or the carrier."""

    sid: str
    kind: str
    state: str
    attempts: int
    last_error: str | None
    resource_sid: str | None
    service_sid: str | None
    destination: str | None
    date_due: int | None
    date_created: int


class JobPage(msgspec.Struct, frozen=True):
    """Newest first."""

    jobs: list[JobView]
    next: str | None
    previous: str | None
