"""A browser as far as HTTP goes: it keeps cookies, and sends the page's token."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import requests

from maskline.access import sign_in, users
from maskline.access.audit import COMMAND_LINE
from maskline.model.console import Role
from tests.support.server import RunningServer

_names = itertools.count(1)


def add_user(server: RunningServer, role: Role, account: str | None = None) -> str:
    """A new user's one-time token."""
    env = server.server.env

    async def make(tx: Any) -> str:
        name = f"{role.value} {next(_names)}"
        user = await users.create(env, tx, COMMAND_LINE, name, role, account)
        token, _ = await sign_in.new_link(env, tx, user)
        return token

    return server.transact(make)


class Browser:
    """One browser. `me` is what the server said at sign-in."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.api = f"{url}/console/api"
        self.http = requests.Session()
        self.me: dict[str, Any] = {}

    def enter(self, token: str) -> requests.Response:
        """Signs in by a one-time link."""
        return self._entered(self.raw("POST", "/sign-in/link", json={"token": token}))

    def sign_in(self, name: str, password: str) -> requests.Response:
        """Signs in by name and password."""
        body = {"name": name, "password": password}
        return self._entered(self.raw("POST", "/sign-in", json=body))

    def raw(self, method: str, path: str, **more: Any) -> requests.Response:
        """A request with nothing but cookies."""
        return self.http.request(method, f"{self.api}{path}", timeout=10, **more)

    def get(self, path: str, **query: Any) -> requests.Response:
        """Asks for something."""
        return self.raw("GET", path, params=query)

    def post(self, path: str, body: Any = None, **more: Any) -> requests.Response:
        """Does something, as the page does."""
        headers = {"X-CSRF-Token": self.me.get("csrf_token", ""), **more.pop("headers", {})}
        kept = {"json": body} if body is not None else {}
        return self.raw("POST", path, headers=headers, **kept, **more)

    def json(self, path: str, **query: Any) -> Any:
        """What is answered with 200."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def listen(self, last: str | None = None, **query: Any) -> Listener:
        """Follows the events."""
        return Listener(self, last, query)

    def _entered(self, answer: requests.Response) -> requests.Response:
        if answer.status_code == 200:
            self.me = answer.json()
        return answer


class Listener:
    """A browser's event stream, read by a thread, within a `with`."""

    def __init__(self, browser: Browser, last: str | None, query: dict[str, Any]) -> None:
        headers = {} if last is None else {"Last-Event-ID": last}
        self._answer = browser.http.get(
            f"{browser.api}/events", params=query, headers=headers, stream=True, timeout=30
        )
        assert self._answer.status_code == 200, self._answer.text
        assert self._answer.headers["Content-Type"] == "text/event-stream"
        self.events: list[dict[str, Any]] = []
        self.ids: list[str] = []
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        self.until(lambda one: one["type"] == "hello")

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_: object) -> None:
        raw = self._answer.raw
        if raw._connection is not None and raw._connection.sock is not None:
            # Closing alone would wait for the thread that reads.
            raw._connection.sock.shutdown(2)
        self._thread.join(5)
        self._answer.close()

    def until(
        self, wanted: Callable[[dict[str, Any]], bool], within: float = 10.0
    ) -> dict[str, Any]:
        """The first event that is wanted, once it has come."""
        until = time.monotonic() + within
        while True:
            for one in list(self.events):
                if wanted(one):
                    return one
            assert time.monotonic() < until, self.events
            time.sleep(0.01)

    @property
    def last(self) -> str:
        """The last id that came, with which a browser would come back."""
        return self.ids[-1] if self.ids else ""

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Those of a kind so far."""
        return [one for one in self.events if one["type"] == kind]

    def _read(self) -> None:
        try:
            for line in self._answer.iter_lines(chunk_size=1):
                if line.startswith(b"id: "):
                    self.ids.append(line[4:].decode())
                elif line.startswith(b"data: "):
                    self.events.append(json.loads(line[6:]))
        except (requests.RequestException, AttributeError, ValueError, OSError):
            pass
        finally:
            self.ended.set()


def phone(number: str) -> str:
    """A handset's path."""
    return f"/handsets/{quote(number, safe='')}"
