"""What stand-ins for carriers share: an HTTP server of their own, and what a story is told with."""

from __future__ import annotations

import json
import threading
from abc import abstractmethod
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

import msgspec
import requests


class Asked(msgspec.Struct):
    """A request that a carrier got; header names are in lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


class Sent(msgspec.Struct):
    """A message that a carrier took: from whom to whom, and how it is to report."""

    id: str
    sender: str
    recipient: str
    body: str
    media: list[str]
    hook: str


class Connected(msgspec.Struct):
    """Whom a call was put through to, and as whom; `raw` is all that the carrier was given."""

    caller_id: str
    target: str
    raw: str
    hook: str = ""
    done: str = ""
    state: str = ""


class Vendor:
    """A carrier with numbers, `near` and `far` and a `spare` one that was on the application `old`.
    `door` is ours, once it is known. `spoken` is what those hear whom we call."""

    kind: ClassVar[str]
    near: ClassVar[str] = "+14158670001"
    far: ClassVar[str] = "+14158670002"
    spare: ClassVar[str] = "+14158670003"
    #: It takes a message for somebody who opted out, and says so later.
    tells_later: ClassVar[bool] = False

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.sent: list[Sent] = []
        self.door = ""
        self.spoken: list[str] = []
        #: Whom it will not send to, for they opted out.
        self.opted_out: set[str] = set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Vendor:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> requests.Response:
        """Posts to our door."""
        url = path if path.startswith("http") else f"{self.door}/{path}"
        return requests.post(url, data=body, headers=dict(headers), timeout=10)

    @property
    @abstractmethod
    def settings(self) -> dict[str, str]:
        """What `maskline carriers add` is told."""

    @property
    @abstractmethod
    def secrets(self) -> dict[str, str]:
        """The credentials."""

    @abstractmethod
    def application(self, number: str) -> str:
        """The application that a number's calls go to."""

    @abstractmethod
    def answer(self, asked: Asked) -> tuple[int, Any]:
        """What the API answers with: a status, and bytes or what is to be JSON."""

    @abstractmethod
    def text(
        self, sender: str, number: str, body: str, media: tuple[str, ...] = ()
    ) -> requests.Response:
        """A phone writes to a number."""

    @abstractmethod
    def report(self, sent: Sent, arrived: bool) -> requests.Response:
        """What became of a message."""

    @abstractmethod
    def call(self, caller: str, number: str) -> Connected:
        """A phone calls a number."""

    @abstractmethod
    def leg(self, connected: Connected, event: str) -> None:
        """The phone that is called `answers`, is `busy`, or `ends` the call."""


def _handler(vendor: Vendor) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            address = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(length)
            asked = Asked(self.command, address.path, address.query, headers, body)
            vendor.asked.append(asked)
            status, said = vendor.answer(asked)
            data = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            kind = "image/png" if isinstance(said, bytes) else "application/json"
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_PUT = _any  # noqa: N815

        def log_message(self, *args: Any) -> None:
            """Says nothing."""

    return Handler
