"""What the tests of the rules share."""

from __future__ import annotations

from tests.support.memory import world

__all__ = ["world"]
