"""What the doctor says of the machine: the interpreter and the clock."""

from __future__ import annotations

import importlib.util
import platform
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from maskline.model.clock import SECOND, iso
from maskline.model.finding import Finding, ok, warn

#: No clock that is set is before this program was written.
_WRITTEN: Final = 1_735_689_600_000
#: Records may be a little ahead: they were made on another machine, or the clock was corrected.
_AHEAD: Final = 300 * SECOND


def interpreter(
    version: Sequence[Any] = sys.version_info, *, optimised: bool | None = None
) -> Finding:
    """Its version, and whether it was built for speed."""
    name = f"{platform.python_implementation()} {'.'.join(map(str, version[:3]))}"
    if is_optimised() if optimised is None else optimised:
        return ok("interpreter", f"{name}, built with optimisations")
    return warn(
        "interpreter",
        f"{name}, built without optimisations",
        "One built with them serves about a quarter more: Linux distributions' own are; "
        "pyenv builds one with PYTHON_CONFIGURE_OPTS=--enable-optimizations.",
    )


def is_optimised() -> bool:
    """Whether the interpreter was built with profile-guided optimisation, as far as it tells.
    Distributions build theirs so and do not all say so."""
    flags = sysconfig.get_config_var("CONFIG_ARGS") or ""
    return "--enable-optimizations" in flags or sys.base_prefix == "/usr"


def event_loop() -> Finding:
    """uvloop and httptools, which uvicorn does without where they are missing."""
    missing = [name for name in ("uvloop", "httptools") if importlib.util.find_spec(name) is None]
    if not missing:
        return ok("event loop", "uvloop and httptools are installed")
    return warn(
        "event loop",
        f"{' and '.join(missing)} missing: slower ones of Python's own are used",
        f"pip install {' '.join(missing)}",
    )


def clock(now: int, newest_record: int | None) -> Iterator[Finding]:
    """`now` against what can't be; `newest_record` is a time in ms, null for none."""
    told = datetime.fromtimestamp(now / SECOND, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    if now < _WRITTEN:
        yield warn(
            "clock",
            f"it is {told}, which can't be",
            "Set the clock, and keep it with NTP: sessions expire and SIDs are ordered by it.",
        )
    elif newest_record is not None and newest_record > now + _AHEAD:
        yield warn(
            "clock",
            f"it is {told}, but there are records of {iso(newest_record)}",
            "The clock went back: set it, and keep it with NTP.",
        )
    else:
        yield ok("clock", told)
