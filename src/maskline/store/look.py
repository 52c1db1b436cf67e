"""A look at a database that changes nothing: no migration, no new file, no lock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Protocol, TypeVar

from maskline.model.finding import Finding
from maskline.store.repositories.overview import Overview

T = TypeVar("T")


class Look(Protocol):
    """A database from outside, as the command line sees it. All may raise StoreUnavailable.

    Each engine has one; none is called from within an event loop.
    """

    @property
    def name(self) -> str:
        """What a person calls it; holds no password."""

    @property
    def for_one_process(self) -> bool:
        """Whether a second process on it must wait until the first has ended."""

    def exists(self) -> bool:
        """Whether it was ever written to."""

    def is_served(self) -> bool:
        """Whether a server runs on it."""

    def schema_version(self) -> int:
        """The schema that it has; 0 for an empty one."""

    def is_compatible(self, version: int) -> bool:
        """Whether the step to that schema is one that programs of the step before may run on."""

    def findings(self) -> Iterator[Finding]:
        """Whether it can be read and written, and is as safe as it should be."""

    def ask(self, question: Callable[[Overview], Awaitable[T]]) -> T:
        """What is in it. Its schema must be the newest."""
