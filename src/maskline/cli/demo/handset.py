"""A simulated handset, as its owner uses it: over the simulator's HTTP interface."""

from __future__ import annotations

from http.client import HTTPConnection
from typing import Any, Final
from urllib.parse import quote

import msgspec

_SECONDS: Final = 10


class HandsetError(Exception):
    """The simulator refused what a handset did, in its own words."""


class Handset:
    """The phone with a real number. `port` is the server's, on this machine."""

    def __init__(self, host: str, port: int, number: str) -> None:
        self.number = number
        self._host = host
        self._port = port
        self._path = f"/simulator/phones/{quote(number, safe='')}"

    def text(self, to: str, body: str, media: tuple[str, ...] = ()) -> None:
        """Sends a message."""
        self._send("POST", "/messages", {"to": to, "body": body, "media": media})

    def dial(self, to: str) -> str:
        """Calls a number, and returns the call's id on this phone."""
        call: str = self._send("POST", "/calls", {"to": to})["id"]
        return call

    def answer(self, call: str) -> None:
        """Takes a call that rings."""
        self._send("POST", f"/calls/{call}/answer", {})

    def hang_up(self, call: str) -> None:
        """Ends a call."""
        self._send("POST", f"/calls/{call}/hangup", {})

    def messages(self) -> list[dict[str, Any]]:
        """What the phone sent and received, in order."""
        found: list[dict[str, Any]] = self._send("GET", "/messages")["messages"]
        return found

    def received(self) -> list[dict[str, Any]]:
        """What it received, in order."""
        return [one for one in self.messages() if one["direction"] == "inbound"]

    def calls(self) -> list[dict[str, Any]]:
        """Its calls, in order."""
        found: list[dict[str, Any]] = self._send("GET", "/calls")["calls"]
        return found

    def everything(self) -> str:
        """All that the phone ever showed, as it came over the wire."""
        return "\n".join(self._raw("GET", path).decode() for path in ("/messages", "/calls"))

    def _send(self, method: str, path: str, body: object = None) -> Any:
        return msgspec.json.decode(self._raw(method, path, body))

    def _raw(self, method: str, path: str, body: object = None) -> bytes:
        connection = HTTPConnection(self._host, self._port, timeout=_SECONDS)
        try:
            content = b"" if body is None else msgspec.json.encode(body)
            connection.request(
                method, self._path + path, content, {"Content-Type": "application/json"}
            )
            answer = connection.getresponse()
            data = answer.read()
        finally:
            connection.close()
        if answer.status >= 300:
            raise HandsetError(f"{method} {path}: {data.decode(errors='replace')}")
        return data
