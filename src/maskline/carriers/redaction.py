"""Redaction of carriers' requests: what may be kept and shown of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote_plus

import msgspec

from maskline.carriers.request import Request

HIDDEN: Final = "***"
#: Fields that hold what callers typed or said, which may be a code of theirs, and where a recording
#: of them lies.
HEARD: Final = frozenset(
    {
        "digit",
        "digits",
        "dtmf",
        "public_recording_urls",
        "recording_url",
        "recording_urls",
        "recordurl",
        "speech",
    }
)
#: No carrier's request is kept with these.
_ALWAYS: Final = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key"})


class Secrets(msgspec.Struct, frozen=True):
    """Names of what is secret in a carrier's requests, in lower case: of headers, and of fields of
    the query, the form or the JSON, at whatever depth. Signatures count: with the body they would
    let somebody try keys."""

    headers: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()


class Redacted(msgspec.Struct, frozen=True):
    """A request without its secrets. `body` is text; `truncated` when there was more of it."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: str
    truncated: bool = False


def redacted(request: Request, secrets: Secrets, limit: int) -> Redacted:
    """A request fit to be kept, with at most `limit` bytes of its body. A body that should hold
    fields and can't be read is left out: nobody knows what is in it."""
    hidden = _ALWAYS | secrets.headers
    body, truncated = request.body, len(request.body) > limit
    kind = request.content_type
    if not secrets.fields:
        text = body[:limit].decode("utf-8", "replace")
    elif kind == "application/x-www-form-urlencoded":
        text = _pairs(body.decode("utf-8", "replace"), secrets.fields)[:limit]
    elif kind.endswith("json"):
        text = _json(body, secrets.fields)[:limit]
    else:
        text = HIDDEN if body else ""
    return Redacted(
        method=request.method,
        path=request.path,
        query=_pairs(request.query_string, secrets.fields),
        headers={
            name: HIDDEN if name in hidden else value for name, value in request.headers.items()
        },
        body=text.replace("\0", ""),
        truncated=truncated,
    )


def _pairs(encoded: str, fields: frozenset[str]) -> str:
    if not fields:
        return encoded
    return "&".join(_pair(pair, fields) for pair in encoded.split("&"))


def _pair(pair: str, fields: frozenset[str]) -> str:
    name, sign, _ = pair.partition("=")
    return f"{name}={HIDDEN}" if sign and unquote_plus(name).lower() in fields else pair


def _json(body: bytes, fields: frozenset[str]) -> str:
    try:
        document = msgspec.json.decode(body)
        return msgspec.json.encode(_without(document, fields)).decode()
    except (ValueError, RecursionError):
        return HIDDEN


def _without(value: Any, fields: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {
            name: HIDDEN if name.lower() in fields else _without(one, fields)
            for name, one in value.items()
        }
    if isinstance(value, list):
        return [_without(one, fields) for one in value]
    return value
