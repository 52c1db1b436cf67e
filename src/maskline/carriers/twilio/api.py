"""The 2010 API of Twilio and of carriers shaped like it: requests, and what their answers mean."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias
from urllib.parse import urlencode, urljoin

import msgspec

from maskline.carriers import outcomes
from maskline.carriers.contract import ApiMissing, ApiRefused, Medium, MediumGone
from maskline.model.http import HttpClient, HttpFailure, HttpRequest, HttpResponse, form
from maskline.model.traffic import Accepted, Refused, SendResult, Throttled, Unclear

Fields = Sequence[tuple[str, str]]

#: No more bytes of an answer are read: a page of a hundred numbers takes less.
_MOST: Final = 4_000_000
_MOST_MEDIUM: Final = 20_000_000
_REDIRECTS: Final = 3

#: The carrier takes no more just now: of an account (20429), from a number (21611, 30001), or
#: between two (14107, 63018).
_BUSY: Final = frozenset({14107, 20429, 21611, 30001, 63018})
#: The credentials are wrong, which the operator can put right.
_LOCKED_OUT: Final = frozenset({401, 403})
_FAILED: Final = frozenset({"failed", "undelivered", "canceled"})

_THROTTLED: Final = 20429
_AUTHENTICATION: Final = 20003
_INTERNAL: Final = 20500
_UNKNOWN: Final = 30008


class _Sent(msgspec.Struct):
    """A message as the API answers with it, or an error. Codes may be texts."""

    sid: str | None = None
    status: str | int | None = None
    error_code: int | str | None = None
    code: int | str | None = None


class Doubt(msgspec.Struct, frozen=True):
    """Nobody knows whether the carrier took the message; `result` is what the server is told."""

    result: Refused | Unclear


#: What a send comes to.
Outcome: TypeAlias = Accepted | Refused | Throttled | Doubt


class Api:
    """One account's part of the API: `root` is its address up to and with the account's SID, and
    `hosts` are the addresses that are the carrier's own, where its media lie."""

    def __init__(
        self,
        http: HttpClient,
        hosts: Sequence[str],
        root: str,
        user: str,
        password: str,
        timeout: float,
    ) -> None:
        pair = base64.b64encode(f"{user}:{password}".encode()).decode()
        self._http = http
        self._hosts = tuple(f"{host}/" for host in hosts)
        self._root = root
        self._account = root[root.rindex("/Accounts/") :]
        self._timeout = timeout
        self._basic = {"Authorization": f"Basic {pair}", "Accept": "application/json"}
        self._posting = self._basic | {"Content-Type": "application/x-www-form-urlencoded"}

    async def send(self, fields: Fields) -> Outcome:
        """Sends a message. Never raises."""
        return await self._hand_over("/Messages.json", fields)

    async def call(self, fields: Fields) -> Outcome:
        """Places a call. Never raises."""
        return await self._hand_over("/Calls.json", fields)

    async def _hand_over(self, path: str, fields: Fields) -> Outcome:
        try:
            response = await self._post(path, fields)
        except HttpFailure as failure:
            lost = outcomes.lost(failure)
            return Doubt(lost) if isinstance(lost, Unclear) else lost
        return _outcome(response)

    async def find_sent(self, sender: str, recipient: str, limit: int) -> list[dict[str, Any]]:
        """The last messages from one number to another, newest first. Raises ApiRefused."""
        query = {"From": sender, "To": recipient, "PageSize": str(limit)}
        page = await self.get(f"/Messages.json?{urlencode(query)}")
        found: list[dict[str, Any]] = page.get("messages", [])
        return found

    async def get(self, path: str) -> dict[str, Any]:
        """A resource or a page of a list: `path` follows the account's, or is a page's own.
        Raises ApiRefused."""
        # A page's address begins at the host, whatever path a stand-in has the API under.
        _, own, rest = path.partition(self._account)
        url = self._root + (rest if own else path)
        return await self._document(HttpRequest("GET", url, self._basic, max_body=_MOST))

    async def post(self, path: str, fields: Fields) -> dict[str, Any]:
        """Makes or changes a resource. Raises ApiRefused."""
        url = self._root + path
        return await self._document(
            HttpRequest("POST", url, self._posting, form(fields), max_body=_MOST)
        )

    async def delete(self, url: str) -> None:
        """Deletes a recording, by where its file lies. Raises ApiRefused."""
        if not self.is_own(url):
            raise ApiRefused("the file does not lie with the carrier")
        url = f"{url.removesuffix('.mp3').removesuffix('.wav')}.json"
        await self._document(HttpRequest("DELETE", url, self._basic, max_body=_MOST))

    async def medium(self, url: str) -> Medium:
        """A file at the API's host. The credentials go there alone: where that leads to, the file
        is for whoever knows the address. Raises MediumGone and HttpFailure."""
        headers: Mapping[str, str] = {**self._basic, "Accept": "*/*"}
        for _ in range(_REDIRECTS + 1):
            response = await self._http.send(
                HttpRequest("GET", url, headers, max_body=_MOST_MEDIUM, total_timeout=30.0)
            )
            if response.status == 200 and not response.truncated:
                return Medium(response.body, response.headers.get("content-type", ""))
            location = response.headers.get("location")
            if not 300 <= response.status < 400 or not location:
                raise MediumGone(f"answered with status {response.status}")
            target = urljoin(url, location)
            if not self.is_own(target):
                headers = {"Accept": "*/*"}
            url = target
        raise MediumGone("it leads on without an end")

    def is_own(self, url: str) -> bool:
        """Whether a URL is at the carrier's own hosts."""
        return url.startswith(self._hosts)

    async def _post(self, path: str, fields: Fields) -> HttpResponse:
        return await self._http.send(
            HttpRequest(
                "POST",
                self._root + path,
                self._posting,
                form(fields),
                read_timeout=self._timeout,
                total_timeout=self._timeout,
            )
        )

    async def _document(self, request: HttpRequest) -> dict[str, Any]:
        try:
            response = await self._http.send(request)
        except HttpFailure as failure:
            raise ApiRefused(f"the carrier was not reached: {failure.reason}") from None
        if response.status == 404:
            raise ApiMissing("the carrier knows no such account or resource (404)")
        if response.status in _LOCKED_OUT:
            raise ApiRefused(f"the carrier does not accept the credentials ({response.status})")
        if response.status == 204:
            return {}
        try:
            document = msgspec.json.decode(response.body, type=dict[str, Any])
        except msgspec.MsgspecError:
            raise ApiRefused(f"the carrier answered {response.status} with no JSON") from None
        if not 200 <= response.status < 300:
            code = _number(document.get("code"))
            named = f", error {code}" if code else ""
            raise ApiRefused(f"the carrier answered {response.status}{named}")
        return document


def _outcome(response: HttpResponse) -> Outcome:
    """What an answer to a send means."""
    sent = outcomes.read(response, _Sent)
    code = _number(sent.error_code) or _number(sent.code)
    if 200 <= response.status < 300:
        # A success may have an error inside.
        if code or sent.status in _FAILED:
            if code in _BUSY:
                return Throttled(whole=code == _THROTTLED, code=code)
            return Refused(code or _UNKNOWN, retry=False)
        return Accepted(sent.sid) if sent.sid else Doubt(Unclear())
    after = _seconds(response.headers.get("retry-after", ""))
    if response.status == 429 or code in _BUSY:
        code = code or _THROTTLED
        return Throttled(after, whole=code == _THROTTLED, code=code)
    if response.status >= 500:
        return Doubt(Refused(code or _INTERNAL, retry=True, retry_after=after))
    if response.status in _LOCKED_OUT and code in (0, _AUTHENTICATION):
        return Refused(_AUTHENTICATION, retry=True)
    return Refused(code or _UNKNOWN, retry=False)


def settled(outcome: Outcome) -> SendResult:
    """What the server is told of it."""
    return outcome.result if isinstance(outcome, Doubt) else outcome


def _number(code: object) -> int:
    if isinstance(code, int):
        return code
    return int(code) if isinstance(code, str) and code.isascii() and code.isdigit() else 0


def _seconds(text: str) -> float | None:
    """Retry-After, where it is given in seconds."""
    return float(text) if text.isascii() and text.isdigit() and len(text) < 6 else None
