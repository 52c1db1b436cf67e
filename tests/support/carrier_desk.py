"""What tables of a carrier's cases are run with: an HTTP client that records, and requests."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from maskline.carriers.contract import Tools
from maskline.carriers.request import Request
from maskline.model.http import HttpRequest, HttpResponse

DOOR = "https://mask.example/carriers/one"
FORM = "application/x-www-form-urlencoded"
NOW = 1_780_000_000_000

Reply = HttpResponse | Exception


def reply(status: int = 200, body: Any = "", **headers: str) -> HttpResponse:
    """A carrier's answer; what is no text is sent as JSON."""
    data = body if isinstance(body, bytes) else None
    if data is None:
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
    return HttpResponse(
        status, {name.replace("_", "-"): value for name, value in headers.items()}, data, False
    )


class Client:
    """Answers requests in order with what a test put there, and remembers them."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.requests: list[HttpRequest] = []

    async def send(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        found = self.replies.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    @property
    def form(self) -> list[tuple[str, str]]:
        """The last request's form."""
        return parse_qsl((self.requests[-1].body or b"").decode(), keep_blank_values=True)


def tools(client: Client, clock: Callable[[], int] = lambda: NOW) -> Tools:
    """What a server would lend."""
    return Tools(http=client, door=DOOR, clock=clock)


def posted(
    path: str,
    form: Mapping[str, str] | list[tuple[str, str]] | bytes,
    *,
    query: str = "",
    urls: tuple[str, ...] = (),
    method: str = "POST",
    content_type: str = FORM,
    **headers: str,
) -> Request:
    """A request at the door."""
    body = form if isinstance(form, bytes) else urlencode(form).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    tail = f"?{query}" if query else ""
    return Request(
        method,
        path,
        query,
        {"content-type": content_type, **named},
        body,
        urls or (f"{DOOR}/{path}{tail}",),
    )
