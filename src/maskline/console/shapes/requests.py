"""Requests to the API, and the same as lines of code."""

from __future__ import annotations

import msgspec

from maskline.console.shapes.timeline import Pair


class RequestRow(msgspec.Struct, frozen=True):
    """A request that was answered. `caller` is the API key, or `console:` and the user who did the
    same by hand; "" for the account's own token. `code` is a refusal's. `ms` has fractions."""

    sid: str
    at: int
    caller: str
    method: str
    path: str
    status: int
    code: int | None
    code_text: str | None
    ms: float


class RequestPage(msgspec.Struct, frozen=True):
    """Newest first. `recorded` is what is kept: all, failures or none."""

    requests: list[RequestRow]
    recorded: str
    next: str | None
    previous: str | None


class Snippet(msgspec.Struct, frozen=True):
    """Lines of code that send a request; `language` is python, node or curl."""

    language: str
    code: str


class RequestDetail(msgspec.Struct, frozen=True):
    """A request with its parameters, what is private in them hidden, and the lines that send it."""

    request: RequestRow
    params: list[Pair]
    snippets: list[Snippet]
    redacted: bool
