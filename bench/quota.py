"""Processes held to a share of a core, by the kernel's control groups: so that on a machine of few
cores several of them, and the database's server, have all that they ask for."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

_ROOT: Final = Path("/sys/fs/cgroup")
#: µs. Short, so that a process that has used up its share waits for a few milliseconds.
_PERIOD: Final = 10_000


def _parent() -> Path | None:
    """Where groups with a quota can be made; null where we may not, or there are none."""
    first = _ROOT / "cpu"
    if (first / "cpu.cfs_quota_us").exists() or (first / "cgroup.procs").exists():
        return first if os.access(first, os.W_OK) else None
    control = _ROOT / "cgroup.subtree_control"
    with contextlib.suppress(OSError):
        if "cpu" in control.read_text().split() and os.access(_ROOT, os.W_OK):
            return _ROOT
    return None


def possible() -> bool:
    """Whether this machine lets us hold processes."""
    return _parent() is not None


@contextlib.contextmanager
def held(pids: Sequence[int], share: float) -> Iterator[None]:
    """Each of the processes gets no more than that share of a core. Raises OSError."""
    parent = _parent()
    if parent is None:
        raise OSError("no control group can be made here")
    groups: list[Path] = []
    try:
        for pid in pids:
            group = parent / f"maskline-bench-{os.getpid()}-{pid}"
            group.mkdir()
            groups.append(group)
            quota = int(share * _PERIOD)
            if (group / "cpu.max").exists():
                (group / "cpu.max").write_text(f"{quota} {_PERIOD}")
            else:
                (group / "cpu.cfs_period_us").write_text(str(_PERIOD))
                (group / "cpu.cfs_quota_us").write_text(str(quota))
            (group / "cgroup.procs").write_text(str(pid))
        yield
    finally:
        for pid, group in zip(pids, groups, strict=False):
            # A process that has ended is in no group any more.
            with contextlib.suppress(OSError):
                (parent / "cgroup.procs").write_text(str(pid))
            with contextlib.suppress(OSError):
                group.rmdir()
