"""The machine: what the figures were measured on."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
import sys
import sysconfig
import time
from pathlib import Path

import msgspec


class Machine(msgspec.Struct):
    """A description to print beside figures. `load` is the load average when the run began."""

    cpu: str
    cores: int
    memory_gib: float
    system: str
    python: str
    optimised: bool
    sqlite: str
    file_system: str
    load: float

    def lines(self) -> list[str]:
        """The description in words."""
        built = "built with optimisations" if self.optimised else "built WITHOUT optimisations"
        return [
            f"{self.cores} cores, {self.cpu}, {self.memory_gib:.0f} GiB, {self.system}",
            f"{self.python} ({built}), SQLite {self.sqlite}, database on {self.file_system}",
            f"load average when the run began: {self.load:.2f}",
        ]


def describe(directory: Path) -> Machine:
    """This machine, with the file system that `directory` is on."""
    return Machine(
        cpu=_first(Path("/proc/cpuinfo"), r"model name\s*:\s*(.+)") or platform.machine(),
        cores=len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count() or 1,
        memory_gib=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30,
        system=_first(Path("/etc/os-release"), r'PRETTY_NAME="(.+)"') or platform.platform(),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        optimised=is_optimised(),
        sqlite=sqlite3.sqlite_version,
        file_system=file_system(directory),
        load=os.getloadavg()[0],
    )


def is_optimised() -> bool:
    """Whether the interpreter was built with profile-guided optimisation, as far as it says so:
    distributions build theirs in /usr so and do not all show it in their options."""
    flags = str(sysconfig.get_config_var("CONFIG_ARGS") or "")
    return "--enable-optimizations" in flags or sys.base_prefix == "/usr"


def file_system(directory: Path) -> str:
    """The type of the file system, such as ext4."""
    best, kind = "", "an unknown file system"
    try:
        mounts = Path("/proc/mounts").read_text().splitlines()
    except OSError:
        return kind
    path = f"{directory.resolve()}/"
    for line in mounts:
        _, point, found, *_ = line.split()
        if path.startswith(point.rstrip("/") + "/") and len(point) > len(best):
            best, kind = point, found
    return kind


class Others:
    """How much of the machine other programs take, from when it is made."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._all = _busy()
        self._ours = _ours()

    def share(self) -> float | None:
        """Of all cores' time; null where the system doesn't tell. Children that have not ended
        count as others."""
        busy = _busy()
        if self._all is None or busy is None:
            return None
        foreign = busy - self._all - (_ours() - self._ours)
        cores = os.cpu_count() or 1
        return max(0.0, foreign / (time.monotonic() - self._began) / cores)


def _busy() -> float | None:
    """Seconds that all cores worked since the machine started."""
    try:
        line = Path("/proc/stat").read_text().partition("\n")[0]
    except OSError:
        return None
    user, nice, system, _, _, irq, softirq, steal = map(int, line.split()[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def _ours() -> float:
    """Seconds of this process and of its children that have ended."""
    return sum(os.times()[:4])


def _first(path: Path, pattern: str) -> str | None:
    try:
        found = re.search(pattern, path.read_text())
    except OSError:
        return None
    return found.group(1).strip() if found else None
