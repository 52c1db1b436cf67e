"""Your program's end of the callbacks: a small receiver that checks each signature."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import parse_qsl

import msgspec

#: Given URL, form and signature: whether they belong together.
Validate = Callable[[str, dict[str, str], str], bool]

_MAX_BODY: Final = 65_536


class Callback(msgspec.Struct, frozen=True):
    """A callback that arrived. `signed` when its signature is the account's."""

    params: dict[str, str]
    signed: bool

    @property
    def interaction(self) -> str:
        """The interaction that it tells of."""
        return self.params.get("interactionSid", "")

    @property
    def status(self) -> str:
        """How its outbound leg is."""
        return self.params.get("outboundResourceStatus", "")


class Receiver:
    """Listens on a free port of this machine, from `start` to `close`."""

    def __init__(self) -> None:
        self._arrived: list[Callback] = []
        self._lock = threading.Lock()
        self._validate: Validate | None = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.daemon = True
        self._base = f"http://127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        """The CallbackUrl."""
        return f"{self._base}/proxy-callback"

    def start(self, validate: Validate) -> None:
        """Takes callbacks from now on."""
        self._validate = validate
        self._thread.start()

    def close(self) -> None:
        """Ends it."""
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()

    def arrived(self, interaction: str = "") -> list[Callback]:
        """What arrived, of one interaction or of all, in order."""
        with self._lock:
            return [one for one in self._arrived if interaction in ("", one.interaction)]

    def _take(self, url: str, body: bytes, signature: str) -> None:
        params = dict(parse_qsl(body.decode(), keep_blank_values=True))
        signed = self._validate is not None and self._validate(url, params, signature)
        with self._lock:
            self._arrived.append(Callback(params, signed))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = min(int(self.headers.get("Content-Length", 0)), _MAX_BODY)
                signature = self.headers.get("X-Twilio-Signature", "")
                receiver._take(f"{receiver._base}{self.path}", self.rfile.read(length), signature)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Says nothing: the demo shows what matters."""

        return Handler
