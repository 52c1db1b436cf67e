"""Lines: messages in memory that wait for room in a bucket, each bucket's in the order in which
they came. Only the first of a line asks, so that a long queue costs no more than a short one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from maskline.delivery.leases import Held
from maskline.messaging.pacing import Pace


class _Line:
    """The messages that wait for one bucket. `asking` is the one that is on its way to ask."""

    __slots__ = ("asking", "queue", "seconds", "timer")

    def __init__(self) -> None:
        self.queue: deque[Held] = deque()
        self.seconds = 0.0
        self.asking: Held | None = None
        self.timer: asyncio.TimerHandle | None = None


class Lines:
    """All lines of a process. `go` sends a message to ask for room."""

    def __init__(self, go: Callable[[Held], None]) -> None:
        self._go = go
        self._lines: dict[str, _Line] = {}
        self._asking: dict[str, str] = {}

    def __len__(self) -> int:
        """How many messages wait."""
        return sum(len(line.queue) for line in self._lines.values())

    def asks(self, held: Held) -> bool:
        """Whether a message is on its way to ask for room."""
        return held.job.sid in self._asking

    def seconds(self, pace: Pace) -> float:
        """For how long its buckets will be busy with what waits in memory."""
        if not self._lines:
            return 0.0
        lines = (self._lines.get(bucket.name) for bucket in pace.buckets)
        return max((line.seconds for line in lines if line is not None), default=0.0)

    def join(self, held: Held) -> bool:
        """Puts a message at the end of a line; false when there is none for its buckets, or it is
        the one that is to ask."""
        return bool(self._lines) and not self.asks(held) and self._join(held, "")

    def wait(self, held: Held, name: str, seconds: float) -> None:
        """A message asked, and the bucket of that name has no room for so long."""
        first = self._end(held)
        line = self._lines.setdefault(name, _Line())
        if first:
            line.queue.appendleft(held)
        else:
            line.queue.append(held)
        line.seconds += _seconds(held)
        if line.asking is None:
            self._set(name, line, seconds)

    def went(self, held: Held, seconds: float) -> None:
        """A message got room; there is none for the next until then."""
        self._end(held, seconds)

    def lose(self, held: Held) -> None:
        """A message is not this process's any more, or needs no room."""
        self._end(held, 0.0)

    def clear(self) -> None:
        """Begins nothing any more."""
        for line in self._lines.values():
            if line.timer is not None:
                line.timer.cancel()
        self._lines.clear()

    def _join(self, held: Held, but: str) -> bool:
        assert held.pace is not None
        for bucket in held.pace.buckets:
            line = self._lines.get(bucket.name)
            if line is not None and bucket.name != but:
                line.queue.append(held)
                line.seconds += _seconds(held)
                return True
        return False

    def _end(self, held: Held, seconds: float = 0.0) -> bool:
        """Whether the message was the one that asks for a line; the next may then."""
        name = self._asking.pop(held.job.sid, None)
        line = None if name is None else self._lines.get(name)
        if name is None or line is None:
            return False
        line.asking = None
        if line.queue:
            self._set(name, line, seconds)
        else:
            del self._lines[name]
        return True

    def _set(self, name: str, line: _Line, seconds: float) -> None:
        if line.timer is not None:
            line.timer.cancel()
        loop = asyncio.get_running_loop()
        line.timer = loop.call_later(seconds, self._fire, name, line)

    def _fire(self, name: str, line: _Line) -> None:
        line.timer = None
        while line.queue and line.asking is None:
            held = line.queue.popleft()
            line.seconds -= _seconds(held)
            # It may have to wait for another of its buckets, behind others.
            if not self._join(held, name):
                line.asking = held
                self._asking[held.job.sid] = name
                self._go(held)
        if not line.queue and line.asking is None:
            self._lines.pop(name, None)


def _seconds(held: Held) -> float:
    return held.pace.seconds if held.pace is not None else 0.0
