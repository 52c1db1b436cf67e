"""A crew of processes, in a program of its own: pytest's has threads, which a fork would break."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.world import eventually

PROGRAM = """
import os, select, signal, sys
from maskline.cli.crew import Crew

def work(seat):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if os.path.exists("fail"):
        return 3
    with open("log", "a") as log:
        log.write(f"{os.getpid()} {'first' if seat.is_first else 'another'}\\n")
    seat.ready()
    select.select([seat.head], [], [])
    with open("log", "a") as log:
        log.write(f"{os.getpid()} alone\\n")
    return 0

sys.exit(Crew(3, work).run())
"""


class Program:
    """It runs, and its workers write down what they meet."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "log"
        self.process = subprocess.Popen([sys.executable, "-c", PROGRAM], cwd=folder)

    def lines(self) -> list[tuple[int, str]]:
        """Workers, and what they wrote."""
        text = self._log.read_text() if self._log.exists() else ""
        return [(int(pid), what) for pid, what in map(str.split, text.splitlines())]

    def workers(self, count: int) -> list[int]:
        """As soon as so many have begun."""
        eventually(lambda: len(self.lines()) >= count)
        return [pid for pid, _ in self.lines()]


@pytest.fixture
def crew(tmp_path: Path) -> Iterator[Program]:
    program = Program(tmp_path)
    yield program
    program.process.kill()
    program.process.wait()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_first_is_ready_before_the_others_begin(crew: Program) -> None:
    crew.workers(3)
    assert [what for _, what in crew.lines()] == ["first", "another", "another"]


def test_all_end_when_it_is_told_to(crew: Program) -> None:
    workers = crew.workers(3)
    crew.process.send_signal(signal.SIGTERM)
    assert crew.process.wait(10) == 0
    assert not any(map(is_alive, workers))


def test_one_that_dies_is_replaced(crew: Program) -> None:
    workers = crew.workers(3)
    for count, pid in enumerate(workers[:2], 4):
        os.kill(pid, signal.SIGKILL)
        replaced = crew.workers(count)
    crew.process.send_signal(signal.SIGINT)
    assert crew.process.wait(10) == 0
    assert not any(map(is_alive, replaced))
    assert len(replaced) == 5


def test_workers_notice_that_their_head_has_died(crew: Program) -> None:
    workers = crew.workers(3)
    crew.process.kill()
    eventually(lambda: sum(what == "alone" for _, what in crew.lines()) == 3)
    eventually(lambda: not any(map(is_alive, workers)))


def test_a_first_one_that_fails_ends_it(tmp_path: Path) -> None:
    (tmp_path / "fail").touch()
    assert Program(tmp_path).process.wait(10) == 3
