"""A crew: several processes that do the same, and one that looks after them."""

from __future__ import annotations

import logging
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from typing import Final, NamedTuple

log = logging.getLogger(__name__)

_STOP: Final = (signal.SIGINT, signal.SIGTERM)
#: A worker that lived less than so many seconds is started again only after a while.
_SHORT_LIFE: Final = 5.0
_PAUSE: Final = 1.0


class Seat(NamedTuple):
    """A worker's place, from 0 up, which one that is started for another takes over: `head` is a
    descriptor that can be read when the crew's head has died, and `ready` is to be called when the
    worker is."""

    place: int
    head: int
    is_first: bool
    ready: Callable[[], None]


#: What a worker does until it is told to end. Returns its exit code.
Work = Callable[[Seat], int]


class Crew:
    """Forks workers, starts another for one that dies, and ends them all when it is told to.

    The first is ready before the others are begun, so that what one alone has to do, such as making
    the schema, is done once.
    """

    def __init__(self, size: int, work: Work) -> None:
        self._size = size
        self._work = work
        # When workers were begun, and when others are to be; with their places.
        self._born: dict[int, tuple[float, int]] = {}
        self._due: list[tuple[float, int]] = []
        self._stops = 0

    def run(self) -> int:
        """Returns the exit code when all have ended: that of the first one if it never was ready.

        Must be called where no other thread runs, since a fork would take their locks along.
        """
        woken, wake = os.pipe()
        os.set_blocking(wake, False)
        self._alive, self._life = os.pipe()
        before = {one: signal.signal(one, lambda *_: None) for one in (*_STOP, signal.SIGCHLD)}
        unwoken = signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        try:
            return self._watch(woken)
        finally:
            signal.set_wakeup_fd(unwoken)
            for one, handler in before.items():
                signal.signal(one, handler)
            for end in (woken, wake, self._alive, self._life):
                os.close(end)

    def _watch(self, woken: int) -> int:
        ready, tell = os.pipe()
        first = self._fork(tell, 0)
        os.close(tell)
        waiting = True
        while self._born or (self._due and not self._stops):
            pause = max(0.0, min(self._due)[0] - time.monotonic()) if self._due else None
            readable, _, _ = select.select([woken, *([ready] if waiting else [])], [], [], pause)
            if woken in readable:
                self._heed(os.read(woken, 4096))
            for pid, code in self._ended():
                if waiting and pid == first:
                    os.close(ready)
                    return code
                self._bury(pid, code)
            if waiting and ready in readable and os.read(ready, 1):
                os.close(ready)
                waiting = False
                self._due += [(0.0, place) for place in range(1, self._size)]
            if not self._stops:
                self._start_due()
        return 0

    def _heed(self, signals: bytes) -> None:
        """Passes on that all is to end; the second time, without mercy."""
        for one in signals:
            if one in _STOP:
                self._stops += 1
                for pid in self._born:
                    os.kill(pid, signal.SIGTERM if self._stops == 1 else signal.SIGKILL)

    def _ended(self) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        while len(found) < len(self._born):
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            found.append((pid, os.waitstatus_to_exitcode(status)))
        return found

    def _bury(self, pid: int, code: int) -> None:
        began, place = self._born.pop(pid)
        lived = time.monotonic() - began
        if not self._stops:
            log.warning("worker %d ended with code %d: another is started", pid, code)
            pause = _PAUSE if lived < _SHORT_LIFE else 0.0
            self._due.append((time.monotonic() + pause, place))

    def _start_due(self) -> None:
        now = time.monotonic()
        due = [one for one in self._due if one[0] <= now]
        self._due = [one for one in self._due if one[0] > now]
        for _, place in due:
            self._fork(None, place)

    def _fork(self, tell: int | None, place: int) -> int:
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid:
            self._born[pid] = time.monotonic(), place
            return pid
        code = 1
        try:
            # A Ctrl-C at the terminal is for the head, who passes it on once.
            os.setpgid(0, 0)
            os.close(self._life)
            signal.set_wakeup_fd(-1)
            for one in (*_STOP, signal.SIGCHLD):
                signal.signal(one, signal.SIG_DFL)
            code = self._work(Seat(place, self._alive, tell is not None, lambda: _say(tell)))
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)


def _say(tell: int | None) -> None:
    if tell is not None:
        os.write(tell, b".")
