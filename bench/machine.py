"""The machine: what the figures were measured on."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from tests.support.programs import find


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
    postgres: str = ""

    def lines(self) -> list[str]:
        """The description in words."""
        built = "built with optimisations" if self.optimised else "built WITHOUT optimisations"
        store = f"SQLite {self.sqlite}" + (f", {self.postgres}" if self.postgres else "")
        return [
            f"{self.cores} cores, {self.cpu}, {self.memory_gib:.0f} GiB, {self.system}",
            f"{self.python} ({built}), {store}, database on {self.file_system}",
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
        postgres=_postgres(),
    )


def _postgres() -> str:
    program = find("postgres")
    if program is None:
        return ""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"[0-9]+\.[0-9]+", said.stdout)
    return f"PostgreSQL {found.group()}" if found else ""


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
    """How much of the machine other programs take, from when it is made. `also` is the processor
    time of programs that are ours and go on."""

    def __init__(self, also: Callable[[], float | None] = lambda: None) -> None:
        self._also = also
        self._began = time.monotonic()
        self._all = _busy()
        self._ours = self._own()

    def share(self) -> float | None:
        """Of all cores' time; null where the system doesn't tell. Children that have not ended
        count as others."""
        busy = _busy()
        if self._all is None or busy is None:
            return None
        foreign = busy - self._all - (self._own() - self._ours)
        cores = os.cpu_count() or 1
        return max(0.0, foreign / (time.monotonic() - self._began) / cores)

    def _own(self) -> float:
        return _ours() + (self._also() or 0.0)


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


def tree_cpu(pid: int) -> float:
    """Seconds of processor time of a process, of its children, and of those that have ended; 0
    where the system doesn't tell."""
    tick = os.sysconf("SC_CLK_TCK")
    total = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        is_it = int(path.parent.name) == pid
        if is_it or int(fields[1]) == pid:
            own, ended = sum(map(int, fields[11:13])), sum(map(int, fields[13:15]))
            total += own + (ended if is_it else 0)
    return total / tick


def resident(pid: int) -> float:
    """MiB that a process has in memory; 0 where the system doesn't tell."""
    found = _first(Path(f"/proc/{pid}/status"), r"VmRSS:\s+(\d+) kB")
    return int(found) / 1024 if found else 0.0


def _first(path: Path, pattern: str) -> str | None:
    try:
        found = re.search(pattern, path.read_text())
    except OSError:
        return None
    return found.group(1).strip() if found else None
