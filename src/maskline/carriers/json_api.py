"""APIs of carriers that speak JSON: requests with an account's authorization."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urljoin

import msgspec

from maskline.carriers.contract import ApiMissing, ApiRefused, Medium, MediumGone
from maskline.carriers.request import JSON
from maskline.model.http import HttpClient, HttpFailure, HttpRequest, HttpResponse, form

#: No more bytes of an answer are read: a page of a hundred numbers takes less.
_MOST: Final = 4_000_000
_MOST_MEDIUM: Final = 20_000_000
_REDIRECTS: Final = 3
_FORM: Final = "application/x-www-form-urlencoded"


def basic(user: str, password: str) -> str:
    """The Authorization of a user and a password."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class JsonApi:
    """One account's way to an API. `authorize` gives the Authorization of each request: tokens end.
    `timeout` is the seconds for which an answer is waited for."""

    def __init__(self, http: HttpClient, authorize: Callable[[], str], timeout: float) -> None:
        self._http = http
        self._authorize = authorize
        self._timeout = timeout

    async def post(self, url: str, document: object) -> HttpResponse:
        """The answer to a JSON document, whatever its status. Raises HttpFailure."""
        return await self._send("POST", url, msgspec.json.encode(document))

    async def post_form(self, url: str, fields: Mapping[str, str]) -> HttpResponse:
        """The same of a form. Raises HttpFailure."""
        return await self._send("POST", url, form(fields), _FORM)

    async def ask(self, method: str, url: str, document: object = None) -> dict[str, Any]:
        """What the API answers to a question about the account, with a JSON document or none.
        Raises ApiRefused, and ApiMissing for what is not there."""
        body = None if document is None else msgspec.json.encode(document)
        return await self._answered(method, url, body, JSON)

    async def submit(self, url: str, fields: Mapping[str, str]) -> dict[str, Any]:
        """The same with a form. Raises ApiRefused."""
        return await self._answered("POST", url, form(fields), _FORM)

    async def medium(self, url: str, is_own: Callable[[str], bool]) -> Medium:
        """A file of the carrier's. The authorization goes where `is_own` says so, alone: where that
        leads to, the file is for whoever knows the address. Raises MediumGone and HttpFailure."""
        for _ in range(_REDIRECTS + 1):
            headers = {"Accept": "*/*"}
            if is_own(url):
                headers["Authorization"] = self._authorize()
            response = await self._http.send(
                HttpRequest("GET", url, headers, max_body=_MOST_MEDIUM, total_timeout=30.0)
            )
            if response.status == 200 and not response.truncated:
                return Medium(response.body, response.headers.get("content-type", ""))
            location = response.headers.get("location")
            if not 300 <= response.status < 400 or not location:
                raise MediumGone(f"answered with status {response.status}")
            url = urljoin(url, location)
        raise MediumGone("it leads on without an end")

    async def _send(
        self, method: str, url: str, body: bytes | None, content_type: str = JSON
    ) -> HttpResponse:
        headers = {"Authorization": self._authorize(), "Accept": JSON}
        if body is not None:
            headers["Content-Type"] = content_type
        return await self._http.send(
            HttpRequest(
                method,
                url,
                headers,
                body,
                read_timeout=self._timeout,
                total_timeout=self._timeout,
                max_body=_MOST,
            )
        )

    async def _answered(
        self, method: str, url: str, body: bytes | None, content_type: str
    ) -> dict[str, Any]:
        try:
            response = await self._send(method, url, body, content_type)
        except HttpFailure as failure:
            raise ApiRefused(f"the carrier was not reached: {failure.reason}") from None
        if response.status in (401, 403):
            raise ApiRefused(f"the carrier does not accept the credentials ({response.status})")
        if response.status == 404:
            raise ApiMissing("the carrier knows no such account or resource (404)")
        if not 200 <= response.status < 300:
            raise ApiRefused(f"the carrier answered {response.status}")
        if not response.body.strip():
            return {}
        try:
            return msgspec.json.decode(response.body, type=dict[str, Any])
        except msgspec.MsgspecError:
            raise ApiRefused(f"the carrier answered {response.status} with no JSON") from None
