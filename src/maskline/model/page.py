"""Pages of a list: keyset paging by SID, newest first, stable while rows are added."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class PageRequest(msgspec.Struct, frozen=True):
    """`after` asks for the records that follow that SID, `before` for those ahead of it; with
    neither, the page starts `offset` records from the newest."""

    size: int = 50
    number: int = 0
    after: str | None = None
    before: str | None = None
    offset: int = 0


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page. `first` and `last` are the SIDs at its edges, null when it is empty."""

    records: list[T]
    has_next: bool
    has_previous: bool
    first: str | None = None
    last: str | None = None

    @property
    def following(self) -> str | None:
        """What a request for the next page says as `after`; null on the last one."""
        return self.last if self.has_next else None

    @property
    def preceding(self) -> str | None:
        """What a request for the previous page says as `before`; null on the first one."""
        return self.first if self.has_previous else None
