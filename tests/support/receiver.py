"""A program's side: a small HTTP server that keeps what is posted to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qsl


class Posted(NamedTuple):
    """One request."""

    url: str
    form: dict[str, str]
    headers: dict[str, str]


class Receiver:
    """Answers with `status` (or what `answer` returns for a form) after `delay` seconds."""

    def __init__(self) -> None:
        self.posted: list[Posted] = []
        self.status = 200
        self.delay = 0.0
        self.answer: Callable[[dict[str, str]], int] | None = None
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                form = dict(parse_qsl(body.decode(), keep_blank_values=True))
                one = Posted(f"{receiver.url}{self.path}", form, dict(self.headers.items()))
                with receiver._lock:
                    receiver.posted.append(one)
                if receiver.delay:
                    time.sleep(receiver.delay)
                status = receiver.answer(form) if receiver.answer else receiver.status
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Receiver:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def at(self, path: str) -> list[Posted]:
        """What was posted to a path, in order of arrival."""
        with self._lock:
            return [one for one in self.posted if one.url == f"{self.url}{path}"]
