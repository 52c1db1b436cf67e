"""A steady load of messages, and a ledger of what was accepted, kept outside the server."""

from __future__ import annotations

import threading
from collections import Counter

import requests

from tests.support.world import World


class Load:
    """Alice sends numbered messages from several threads until she is told to stop."""

    def __init__(self, world: World, to: str, senders: int = 4) -> None:
        self.accepted: list[str] = []
        self.uncertain: list[str] = []
        self._world = world
        self._to = to
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._next = 0
        self._threads = [threading.Thread(target=self._send) for _ in range(senders)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Returns when every answer has come."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _send(self) -> None:
        while not self._stop.is_set():
            with self._lock:
                self._next += 1
                body = f"message {self._next}"
            try:
                taken = self._world.alice.text(self._to, body).status_code == 201
            except requests.RequestException:
                taken = False
            with self._lock:
                (self.accepted if taken else self.uncertain).append(body)
            # A steady load; as fast as can be is the benchmarks' business.
            self._stop.wait(0.005)


def arrived(world: World) -> Counter[str]:
    """What Bob got, and how often."""
    return Counter(one["body"] for one in world.bob.inbox())
