"""The checkpointer: moves the write-ahead log into the database, beside the writer.

A passive checkpoint alone never lets the log start anew under steady load. Past half of its limit,
when few frames came while it was moved, or past all of it, the last pass takes the writer's gate
for a moment. That moment is what the slowest answers wait for, so it must be short.
"""

from __future__ import annotations

import sqlite3
import threading
from typing import Final

#: The gate is only taken for a last pass that is short.
_FEW_FRAMES: Final = 200
#: Passes beside the writer before that. Each is shorter than the one before, as it only has to move
#: what came meanwhile; a writer that is too fast for them is not to be chased for long.
_MOST_PASSES: Final = 5
_EVERY: Final = 0.25


class Checkpointer:
    """One thread; `nudge` tells it that something was committed."""

    def __init__(
        self, connection: sqlite3.Connection, gate: threading.Lock, limit_bytes: int
    ) -> None:
        self._connection = connection
        self._gate = gate
        page_size = int(connection.execute("PRAGMA page_size").fetchone()[0])
        self._limit_frames = limit_bytes // page_size // 2
        self._dirty = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="maskline-checkpoint", daemon=True)

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def nudge(self) -> None:
        """Something was committed."""
        self._dirty.set()

    def stop(self) -> None:
        """Ends the thread, with the log moved as far as it goes."""
        self._stopping.set()
        self._dirty.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._dirty.wait()
            self._dirty.clear()
            self._pass()
            self._stopping.wait(_EVERY)
        self._pass()

    def _pass(self) -> None:
        try:
            frames, moved = self._checkpoint()
            for _ in range(_MOST_PASSES):
                if not self._limit_frames < frames <= 2 * self._limit_frames:
                    break
                if self._stopping.is_set():
                    break
                known, before = frames, moved
                frames, moved = self._checkpoint()
                if moved < frames and moved <= before:
                    # A reader holds on to the log: no pass helps before it ends.
                    return
                if frames - known <= _FEW_FRAMES:
                    break
            if frames > self._limit_frames:
                with self._gate:
                    self._checkpoint()
        except sqlite3.Error:
            # A full or failing disk: the writer meets it too and reports it to its callers.
            return

    def _checkpoint(self) -> tuple[int, int]:
        _, frames, moved = self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        return int(frames), int(moved)
