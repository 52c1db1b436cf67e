"""A server in a process of its own, as an operator runs it; it can be killed and started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import requests
from twilio.rest import Client

from tests.support.server import ACCOUNT_SID, AUTH_TOKEN


class ServerProcess:
    """`maskline serve` on a free port of the loopback, over one database."""

    #: What is run as `maskline`.
    module = "maskline"

    def __init__(self, directory: Path, *words: str, **environ: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.account_sid = ACCOUNT_SID
        self.auth_token = AUTH_TOKEN
        self.directory = directory
        self._environ = {
            **{name: value for name, value in os.environ.items() if "MASKLINE" not in name},
            "MASKLINE_DATABASE_URL": f"sqlite:///{directory / 'maskline.db'}",
            "MASKLINE_ACCOUNT_SID": ACCOUNT_SID,
            "MASKLINE_AUTH_TOKEN": AUTH_TOKEN,
            "MASKLINE_ALLOW_PRIVATE_WEBHOOKS": "true",
            # A test that wants them limited says so.
            "MASKLINE_LIMITS_REQUESTS_PER_SECOND": "0",
            "MASKLINE_PUBLIC_URL": self.url,
            **environ,
        }
        self._words = words
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> ServerProcess:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> float:
        """Starts it; returns the seconds until it was ready."""
        began = time.monotonic()
        self._process = self.run("serve", "--port", str(self.port), *self._words)
        while time.monotonic() - began < 20:
            if self._process.poll() is not None:
                break
            try:
                if requests.get(f"{self.url}/readyz", timeout=1).status_code == 200:
                    return time.monotonic() - began
            except requests.RequestException:
                time.sleep(0.01)
        raise RuntimeError((self.directory / "server.log").read_text())

    def run(self, *words: str) -> subprocess.Popen[bytes]:
        """Another command line over the same database."""
        log = (self.directory / "server.log").open("ab")
        command = [sys.executable, "-m", self.module, *words]
        process = subprocess.Popen(
            command, env=self._environ, cwd=self.directory, stdout=log, stderr=log
        )
        log.close()
        return process

    def command(self, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """A command over the same database, to its end."""
        return subprocess.run(
            [sys.executable, "-m", "maskline", *words],
            env={**self._environ, **environ},
            cwd=self.directory,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    @property
    def workers(self) -> list[int]:
        """The process ids of its workers."""
        assert self._process is not None
        pid = self._process.pid
        return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))

    @property
    def log(self) -> str:
        """What it has said by now."""
        return (self.directory / "server.log").read_text()

    def kill(self) -> None:
        """Kills it as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """Asks it to end; returns its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(30)

    @property
    def client(self) -> Client:
        """The official SDK, with only base URLs changed."""
        client = Client(self.account_sid, self.auth_token)
        client.proxy.base_url = f"{self.url}/proxy"
        client.api.base_url = f"{self.url}/api"
        client.messaging.base_url = f"{self.url}/messaging"
        client.monitor.base_url = f"{self.url}/monitor"
        client.accounts.base_url = f"{self.url}/accounts"
        return client
