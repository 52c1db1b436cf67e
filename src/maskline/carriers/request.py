"""Requests at a carrier's door, and what they are answered with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import msgspec
from falcon.util.uri import parse_query_string

Params: TypeAlias = Mapping[str, str | list[str]]

XML: Final = "text/xml; charset=utf-8"
JSON: Final = "application/json"


class Malformed(Exception):
    """A request that is signed as it must be and can't be read. The text is for the carrier: it
    names a parameter, never a value."""


class Request:
    """One request. `path` is what follows the carrier's door, without slashes at its ends: of
    `/carriers/{name}/Call/Leg` it is `Call/Leg`. Header names are in lower case. `urls` are the
    addresses that the carrier may have called, the public one first, each with its query."""

    __slots__ = ("_form", "_query", "body", "headers", "method", "path", "query_string", "urls")

    def __init__(
        self,
        method: str,
        path: str,
        query_string: str,
        headers: Mapping[str, str],
        body: bytes,
        urls: tuple[str, ...],
    ) -> None:
        self.method = method
        self.path = path
        self.query_string = query_string
        self.headers = headers
        self.body = body
        self.urls = urls
        self._form: Params | None = None
        self._query: Params | None = None

    def __repr__(self) -> str:
        # All else may hold secrets, bodies and numbers: a traceback must not show them.
        return f"Request({self.method}, {len(self.body)} bytes)"

    @property
    def content_type(self) -> str:
        """The body's media type, in lower case and without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def query(self) -> Params:
        """The query's parameters."""
        if self._query is None:
            self._query = parse_query_string(self.query_string, keep_blank=True, csv=False)
        return self._query

    @property
    def form(self) -> Params:
        """The body's parameters, read once. Raises Malformed for a body that is no form."""
        if self._form is None:
            if self.body and self.content_type != "application/x-www-form-urlencoded":
                raise Malformed("the body is not application/x-www-form-urlencoded")
            try:
                text = self.body.decode("ascii")
            except UnicodeDecodeError:
                raise Malformed("the form is not URL-encoded") from None
            self._form = parse_query_string(text, keep_blank=True, csv=False)
        return self._form

    def json(self, kind: Any = Any) -> Any:
        """The body as JSON of a type. Raises Malformed."""
        try:
            return msgspec.json.decode(self.body, type=kind)
        except (ValueError, RecursionError):
            raise Malformed("the body is not the JSON that it should be") from None


def text(params: Params, name: str) -> str:
    """A parameter's value, the last one where there are several, "" where there is none; without
    the zero character, which no carrier means and no database keeps."""
    value = params.get(name, "")
    return (value if isinstance(value, str) else value[-1]).replace("\0", "")


def whole(value: str, digits: int = 8) -> int | None:
    """A number without a sign, of at most so many digits; null for another text."""
    return int(value) if value.isascii() and value.isdigit() and len(value) <= digits else None


def required(params: Params, name: str) -> str:
    """The value of a parameter that must be there: an id or an address. Raises Malformed."""
    value = params.get(name, "")
    value = value if isinstance(value, str) else value[-1]
    if not value or len(value) > 255 or "\0" in value:
        raise Malformed(f"{name} is required")
    return value


class Answer(msgspec.Struct, frozen=True):
    """What a carrier is answered."""

    body: bytes = b""
    content_type: str = XML
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
