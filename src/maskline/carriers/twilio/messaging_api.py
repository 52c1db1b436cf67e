"""Twilio's Messaging v1 API: requests, and lists read whole."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from maskline.model.http import HttpClient, HttpFailure, HttpRequest, form
from maskline.model.registrar import RegistrarUnavailable

Fields = Sequence[tuple[str, str]]

_MOST: Final = 4_000_000
_PAGE: Final = 1000
_LOCKED_OUT: Final = frozenset({401, 403})


class Answered(msgspec.Struct, frozen=True):
    """What the API answered. `code` is the error's, 0 for a success."""

    status: int
    document: dict[str, Any]
    code: int = 0

    @property
    def is_good(self) -> bool:
        """Whether it did what it was asked."""
        return 200 <= self.status < 300


class MessagingApi:
    """One account's way to it. `root` is its address, without `/v1`."""

    def __init__(
        self, http: HttpClient, root: str, user: str, password: str, timeout: float
    ) -> None:
        pair = base64.b64encode(f"{user}:{password}".encode()).decode()
        self._http = http
        self._root = root
        self._timeout = timeout
        self._basic = {"Authorization": f"Basic {pair}", "Accept": "application/json"}

    async def get(self, path: str) -> Answered:
        """A resource. `path` follows `/v1`. Raises RegistrarUnavailable."""
        return await self._ask(HttpRequest("GET", self._url(path), self._basic, max_body=_MOST))

    async def post(self, path: str, fields: Fields = ()) -> Answered:
        """Makes or changes one. Raises RegistrarUnavailable."""
        headers = self._basic | {"Content-Type": "application/x-www-form-urlencoded"}
        return await self._ask(
            HttpRequest(
                "POST",
                self._url(path),
                headers,
                form(fields),
                max_body=_MOST,
                read_timeout=self._timeout,
                total_timeout=self._timeout,
            )
        )

    async def delete(self, path: str) -> Answered:
        """Deletes one. Raises RegistrarUnavailable."""
        return await self._ask(HttpRequest("DELETE", self._url(path), self._basic))

    async def all(self, path: str, key: str) -> AsyncIterator[dict[str, Any]]:
        """What a list holds, page by page; nothing where there is no such list. Raises
        RegistrarUnavailable."""
        mark = "&" if "?" in path else "?"
        following: str | None = f"{path}{mark}PageSize={_PAGE}"
        seen: set[str] = set()
        while following and following not in seen:
            seen.add(following)
            answer = await self.get(following)
            for one in answer.document.get(key) or ():
                yield one
            following = _path(answer.document)

    def _url(self, path: str) -> str:
        return f"{self._root}/v1{path}"

    async def _ask(self, request: HttpRequest) -> Answered:
        try:
            response = await self._http.send(request)
        except HttpFailure as failure:
            raise RegistrarUnavailable(f"Twilio was not reached: {failure.reason}") from None
        status = response.status
        if status in _LOCKED_OUT:
            raise RegistrarUnavailable(f"Twilio does not accept the credentials ({status})")
        if status == 429 or status >= 500:
            raise RegistrarUnavailable(f"Twilio answered {status}")
        if status == 204:
            return Answered(status, {})
        try:
            document = msgspec.json.decode(response.body, type=dict[str, Any])
        except msgspec.MsgspecError:
            raise RegistrarUnavailable(f"Twilio answered {status} with no JSON") from None
        if 200 <= status < 300:
            return Answered(status, document)
        code = document.get("code")
        return Answered(status, document, code if isinstance(code, int) else 20001)


def _path(page: dict[str, Any]) -> str | None:
    """Where the next page is, as a path after `/v1`, whatever host a stand-in is at."""
    url = (page.get("meta") or {}).get("next_page_url")
    if not isinstance(url, str):
        return None
    parts = urlsplit(url)
    _, found, path = parts.path.partition("/v1")
    return f"{path}?{parts.query}" if found else None
