"""node-smpp's server as an SMSC, in a process of its own."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).with_name("smsc")


def require_node_smsc() -> None:
    """Skips the test where node or its package is missing; where CI=true nothing may be skipped for
    that."""
    if not (FOLDER / "node_modules/smpp").is_dir():
        reason = "needs node and the npm package smpp: see scripts/install-programs"
        if os.environ.get("CI", "").lower() in {"1", "true"}:
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)


class NodeSmsc:
    """The SMSC, at `port` of the loopback."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["node", str(FOLDER / "smsc.js")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._told: queue.Queue[dict[str, Any]] = queue.Queue()
        self.bound = 0
        self.binds = 0
        threading.Thread(target=self._read, daemon=True).start()
        self.port: int = self._next("port")

    def __enter__(self) -> NodeSmsc:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def do(self, what: str, **fields: Any) -> None:
        """Tells it what to do."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": what, **fields}) + "\n")
        self._process.stdin.flush()

    def set(self, **options: Any) -> None:
        """Sets how it behaves."""
        self.do("set", options=options)

    def deliver(self, messages: list[dict[str, Any]]) -> None:
        """Has it hand over messages, until each is answered."""
        self.do("deliver", messages=messages)

    def stats(self) -> dict[str, int]:
        """Its counts."""
        self.do("stats")
        told: dict[str, int] = self._next("submitted", whole=True)
        return told

    def submitted(self) -> list[dict[str, Any]]:
        """All that it took, in order."""
        self.do("submitted")
        messages: list[dict[str, Any]] = self._next("messages")
        return messages

    def until(self, look: Any, within: float = 60.0) -> dict[str, int]:
        """Its counts as soon as `look` is content with them."""
        until = time.monotonic() + within
        while True:
            found = self.stats()
            if look(found):
                return found
            assert time.monotonic() < until, f"it did not happen in time: {found}"
            time.sleep(0.02)

    def _next(self, key: str, *, whole: bool = False) -> Any:
        while True:
            told = self._told.get(timeout=20)
            if key in told:
                return told if whole else told[key]

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = json.loads(line)
            if "bound" in told:
                self.bound = told["bound"]
                self.binds += 1
            elif "lost" in told:
                self.bound = told["lost"]
            else:
                self._told.put(told)
