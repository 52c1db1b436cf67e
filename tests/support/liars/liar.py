"""A carrier that lies: what it is asked, answers and posts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple, Protocol
from urllib.parse import urlsplit

from tests.support.vendor import Asked, Told

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Sent(NamedTuple):
    """A message that was handed over, as the carrier knows it; `path` is where its receipts go,
    below the door and with its query."""

    id: str
    reference: str
    sender: str
    recipient: str
    body: str
    path: str


class Hook(NamedTuple):
    """What is posted below the door; headers are those for the address that it is posted to."""

    path: str
    body: bytes
    headers: Callable[[str], Mapping[str, str]]


class Rung(NamedTuple):
    """A call that was to be placed, as the carrier knows it; it asks at `asks` what it does, and
    tells at `tells` how it goes, both below the door and with their queries."""

    id: str
    caller: str
    called: str
    asks: str
    tells: str


class Liar(Protocol):
    """A carrier. `secrets` are the account's credentials, `kept` those of its settings."""

    kind: ClassVar[str]
    secrets: ClassVar[Mapping[str, str]]

    def settings(self, url: str) -> Mapping[str, Any]:
        """The account's settings, its API being at `url`."""

    def takes(self, asked: Asked, id_: str) -> Sent | None:
        """The message that a request hands over; null for another request."""

    def accepts(self, sent: Sent) -> Told:
        """It is taken."""

    def errs(self, sent: Sent) -> Told:
        """It is not, whatever the status says."""

    def text(self, id_: str, who: str, to: str, body: str) -> Hook:
        """A text came in."""

    def receipt(self, sent: Sent, status: str) -> Hook:
        """A message of ours is `sent`, `delivered` or `failed`."""

    def takes_call(self, asked: Asked, id_: str) -> Rung | None:
        """The call that a request has placed; null for another request."""

    def accepts_call(self, rung: Rung) -> Told:
        """It is."""

    def errs_call(self, rung: Rung) -> Told:
        """It is not, or who knows, whatever the status says."""

    def answered(self, rung: Rung) -> Hook:
        """Somebody picked up: the call asks what it does."""

    def becomes(self, rung: Rung, status: str) -> Hook | None:
        """The call is `ringing`, `busy` or `completed`; null where that is not told."""


def below(url: str) -> str:
    """A callback's path below the door."""
    parts = urlsplit(url)
    return f"{parts.path.split('/', 3)[3]}?{parts.query}"
