"""A program's side: a small HTTP server that keeps what is posted to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit


class Posted(NamedTuple):
    """One request."""

    url: str
    form: dict[str, str]
    headers: dict[str, str]


class Reply(NamedTuple):
    """An answer with a body, or one that leads elsewhere."""

    body: str | bytes
    content_type: str = "application/xml"
    status: int = 200
    location: str = ""


class Receiver:
    """Answers with `status` (or what `answer` returns for a form) after `delay` seconds; `pages`
    are the answers at paths of their own."""

    def __init__(self) -> None:
        self.posted: list[Posted] = []
        self.status = 200
        self.delay = 0.0
        self.answer: Callable[[dict[str, str]], int | Reply] | None = None
        self.pages: dict[str, Callable[[dict[str, str]], int | Reply] | Reply] = {}
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._serve(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self._serve(parse_qsl(body.decode(), keep_blank_values=True))

            def _serve(self, values: list[tuple[str, str]]) -> None:
                form = dict(values)
                one = Posted(f"{receiver.url}{self.path}", form, dict(self.headers.items()))
                with receiver._lock:
                    receiver.posted.append(one)
                if receiver.delay:
                    time.sleep(receiver.delay)
                page = receiver.pages.get(urlsplit(self.path).path, receiver.answer)
                found = page(form) if callable(page) else page or receiver.status
                reply = Reply("", "", found) if isinstance(found, int) else found
                body = reply.body.encode() if isinstance(reply.body, str) else reply.body
                self.send_response(reply.status)
                self.send_header("Content-Length", str(len(body)))
                if reply.content_type:
                    self.send_header("Content-Type", reply.content_type)
                if reply.location:
                    self.send_header("Location", reply.location)
                self.end_headers()
                self.wfile.write(body)

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


def document(verbs: str) -> Reply:
    """A page of TwiML."""
    return Reply(f"<Response>{verbs}</Response>", "text/xml")
