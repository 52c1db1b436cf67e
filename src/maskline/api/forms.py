"""Request bodies: URL-encoded forms within bounds, and the parameters of a query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote_to_bytes

from falcon.asgi import Request
from falcon.uri import parse_query_string

from maskline.model.errors import Fault
from maskline.model.form import Form

FORM: Final = "application/x-www-form-urlencoded"
MAX_PARAMETERS: Final = 200

#: Of a body that is too large, up to so many times the limit is read and dropped, so that the
#: client gets to see the answer. Whoever sends more is cut off.
_PATIENCE: Final = 8


async def read_form(req: Request, max_bytes: int, code: int) -> Form:
    """The body as a form whose parameters are refused with `code`.

    Raises 20413 for one that is too large, 20415 for another content type, 20001 for too many
    parameters, for what is not UTF-8, and for a body that ended early.
    """
    body = await _read(req, max_bytes)
    if not body:
        return Form({}, code)
    if not _is_form(req):
        raise Fault(20415)
    if body.count(b"&") >= MAX_PARAMETERS:
        raise Fault(20001, f"at most {MAX_PARAMETERS} parameters are taken")
    try:
        values = _lists(parse_query_string(body.decode(), keep_blank=True, csv=False))
        if "\ufffd" in str(values):
            # Either somebody sent that character, or it stands for bytes that were not UTF-8.
            unquote_to_bytes(body).decode()
    except UnicodeDecodeError:
        raise Fault(20001, "the body is not UTF-8") from None
    return Form(values, code)


def read_query(req: Request, code: int) -> Form:
    """The query's parameters, refused with `code`."""
    if not req.query_string:
        return Form({}, code)
    return Form(_lists(req.params), code)


def _lists(values: Mapping[str, str | list[str]]) -> dict[str, list[str]]:
    return {name: value if isinstance(value, list) else [value] for name, value in values.items()}


def _is_form(req: Request) -> bool:
    kind, _, parameters = (req.content_type or "").partition(";")
    charset = parameters.strip().lower().partition("=")
    return (
        kind.strip().lower() == FORM
        and (charset[0] != "charset" or charset[2].strip('"') in ("utf-8", "us-ascii"))
        and (req.get_header("Content-Encoding") or "identity").lower() == "identity"
    )


async def _read(req: Request, max_bytes: int) -> bytes:
    length = req.content_length
    if length == 0:
        return b""
    if length is not None and length > max_bytes:
        await _drain(req, max_bytes)
        raise Fault(20413)
    body = await req.stream.read(max_bytes + 1)
    if len(body) > max_bytes:
        await _drain(req, max_bytes)
        raise Fault(20413)
    if req.scope.get("maskline.cut"):
        raise Fault(20001, "the body ended early")
    return body


async def _drain(req: Request, max_bytes: int) -> None:
    left = max_bytes * _PATIENCE
    while left > 0 and not req.stream.eof:
        left -= len(await req.stream.read(65_536))
