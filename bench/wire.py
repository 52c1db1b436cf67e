"""Requests, made before the clock starts: signed forms as a Twilio-shaped carrier posts them, and
calls of the API."""

from __future__ import annotations

import base64
import hmac
import itertools
from binascii import b2a_base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import quote, quote_plus

import msgspec

from bench.population import ACCOUNT_SID, SERVICE_SID, TOKEN

DOOR: Final = f"/webhooks/v1/Accounts/{ACCOUNT_SID}/Proxy/{SERVICE_SID}/Webhooks"

_PLACE: Final = {
    "City": "SAN FRANCISCO",
    "Country": "US",
    "State": "CA",
    "Zip": "94105",
}


def _places(*sides: str) -> dict[str, str]:
    return {f"{side}{what}": text for side in sides for what, text in _PLACE.items()}


#: The twenty fields of a message as Twilio posts it.
MESSAGE: Final[Mapping[str, str]] = {
    **_places("From", "To"),
    "MessageSid": "{sid}",
    "SmsSid": "{sid}",
    "SmsMessageSid": "{sid}",
    "SmsStatus": "received",
    "NumMedia": "0",
    "NumSegments": "1",
    "ReferralNumMedia": "0",
    "Body": "{body}",
    "From": "{sender}",
    "To": "{number}",
    "AccountSid": ACCOUNT_SID,
    "ApiVersion": "2010-04-01",
}

#: The twenty-five fields of a call.
CALL: Final[Mapping[str, str]] = {
    **_places("From", "To", "Caller", "Called"),
    "CallSid": "{sid}",
    "CallStatus": "ringing",
    "Direction": "inbound",
    "From": "{sender}",
    "Caller": "{sender}",
    "To": "{number}",
    "Called": "{number}",
    "AccountSid": ACCOUNT_SID,
    "ApiVersion": "2010-04-01",
}


class SignedForm:
    """A signed form whose values in braces vary; the rest is written once."""

    def __init__(self, port: int, path: str, fields: Mapping[str, str]) -> None:
        self._host = f"127.0.0.1:{port}"
        self._path = path
        self._wire = "&".join(f"{name}={_slot(text, quote=True)}" for name, text in fields.items())
        ordered = "".join(f"{name}{_slot(fields[name])}" for name in sorted(fields))
        self._signed = f"http://{self._host}{path}".replace("%", "%%") + ordered
        self._key = TOKEN.encode()

    def request(self, **values: str) -> bytes:
        """One request."""
        body = self._wire % {name: quote_plus(text) for name, text in values.items()}
        digest = hmac.digest(self._key, (self._signed % values).encode(), "sha1")
        signature = b2a_base64(digest, newline=False).decode()
        return (
            f"POST {self._path} HTTP/1.1\r\n"
            f"Host: {self._host}\r\n"
            "User-Agent: TwilioProxy/1.1\r\n"
            "Accept: */*\r\n"
            "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"
            f"X-Twilio-Signature: {signature}\r\n"
            f"I-Twilio-Idempotency-Token: {values['sid'][2:]}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()


class Traffic:
    """Messages or calls without end, each with a SID of its own, over the given pairs in turn."""

    def __init__(self, prefix: str, pairs: Sequence[tuple[str, str]]) -> None:
        self._prefix = prefix
        self._pairs = itertools.cycle(pairs)
        self._serial = itertools.count(1)

    def requests(self, form: SignedForm, count: int) -> list[bytes]:
        """The next `count` requests."""
        return list(itertools.islice(self.endless(form), count))

    def endless(self, form: SignedForm) -> Iterator[bytes]:
        """Requests as they are asked for."""
        for serial, (sender, number) in zip(self._serial, self._pairs, strict=False):
            # A carrier's SIDs are random to us, so that they come in no order.
            mixed = serial * 0x9E3779B97F4A7C15 % 2**64
            sid = f"{self._prefix}{mixed:016x}".ljust(34, "0")
            yield form.request(sid=sid, sender=sender, number=number, body=_text(serial))


class Creates:
    """Session creates without end, each with two people whom no other has and a unique name."""

    def __init__(self, port: int, people: Iterator[str]) -> None:
        basic = base64.b64encode(f"{ACCOUNT_SID}:{TOKEN}".encode()).decode()
        self._head = (
            f"POST /proxy/v1/Services/{SERVICE_SID}/Sessions HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{port}\r\nUser-Agent: twilio-python/9\r\nAccept: application/json\r\n"
            f"Authorization: Basic {basic}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
        )
        self._people = people
        self._serial = itertools.count(1)

    def requests(self, count: int) -> list[bytes]:
        """The next `count` requests."""
        return [self._one() for _ in range(count)]

    def _one(self) -> bytes:
        serial = next(self._serial)
        fields = [("UniqueName", f"ride-{serial}"), ("Ttl", "86400")]
        for name in ("Rider", "Driver"):
            item = {"Identifier": next(self._people), "FriendlyName": f"{name} {serial}"}
            fields.append(("Participants", msgspec.json.encode(item).decode()))
        body = "&".join(f"{name}={quote_plus(text)}" for name, text in fields)
        return f"{self._head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


class Texts:
    """Texts that simulated handsets write, over the given pairs in turn."""

    def __init__(self, port: int, pairs: Sequence[tuple[str, str]]) -> None:
        self._host = f"127.0.0.1:{port}"
        self._pairs = itertools.cycle(pairs)
        self._serial = itertools.count(1)

    def requests(self, count: int) -> list[bytes]:
        """The next `count` requests."""
        return [self._one() for _ in range(count)]

    def _one(self) -> bytes:
        sender, number = next(self._pairs)
        body = msgspec.json.encode({"to": number, "body": _text(next(self._serial))})
        return (
            f"POST /simulator/phones/{quote(sender, safe='')}/messages HTTP/1.1\r\n"
            f"Host: {self._host}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode() + body


def _text(serial: int) -> str:
    """A text with the mark by which its callback is known."""
    return f"I am at the door, m{serial:09d}."


def _slot(text: str, *, quote: bool = False) -> str:
    if text.startswith("{"):
        return f"%({text[1:-1]})s"
    return (quote_plus(text) if quote else text).replace("%", "%%")
