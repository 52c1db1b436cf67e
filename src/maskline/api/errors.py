"""Error bodies: faults and the framework's own errors in the one form that clients know."""

from __future__ import annotations

import logging
import traceback
from types import MappingProxyType
from typing import Any, Final

import falcon
import falcon.asgi
import msgspec
from falcon.asgi import Request, Response

from maskline.api.refusals import Refusals
from maskline.model.errors import CATALOGUE, MORE_INFO, Fault
from maskline.store.contract import StoreUnavailable

log = logging.getLogger(__name__)

#: The code of what the framework itself refuses, by HTTP status.
_BY_STATUS: Final = MappingProxyType({404: 20404, 405: 20004, 413: 20413, 415: 20415})
_CHALLENGE: Final = 'Basic realm="Maskline API"'


def add_handlers(app: falcon.asgi.App[Request, Response], refusals: Refusals) -> None:
    """Makes `app` answer every failure with an error body, and tell `refusals` of faults."""

    async def on_fault(req: Request, resp: Response, fault: Fault, params: dict[str, Any]) -> None:
        _on_fault(req, resp, fault)
        await refusals.tell(req, params, fault, resp.data or b"")

    app.add_error_handler(Exception, _on_exception)
    app.add_error_handler(falcon.HTTPError, _on_http_error)
    app.add_error_handler(StoreUnavailable, _on_store_unavailable)
    app.add_error_handler(Fault, on_fault)


def _refuse(resp: Response, code: int, message: str, status: int) -> None:
    resp.status = status
    resp.data = msgspec.json.encode(
        {"code": code, "message": message, "more_info": f"{MORE_INFO}{code}", "status": status}
    )


def _on_fault(req: Request, resp: Response, fault: Fault) -> None:
    req.context.code = fault.code
    _refuse(resp, fault.code, fault.message, fault.status)
    if fault.status == 401:
        resp.set_header("WWW-Authenticate", _CHALLENGE)
    elif fault.status == 413 and not req.stream.eof:
        # What was not read would be taken for the next request of the connection.
        resp.set_header("Connection", "close")


async def _on_http_error(
    req: Request, resp: Response, error: falcon.HTTPError, params: dict[str, Any]
) -> None:
    status = error.status_code
    code = _BY_STATUS.get(status, 20500 if status >= 500 else 20001)
    _refuse(resp, code, CATALOGUE[code].text, status)
    if error.headers is not None:
        resp.set_headers(error.headers)


async def _on_store_unavailable(
    req: Request, resp: Response, error: StoreUnavailable, params: dict[str, Any]
) -> None:
    request = req.context.get("id")
    # By its name alone: the text of an error may hold what was sent.
    cause = error.__cause__ or error
    why = getattr(cause, "sqlite_errorname", None) or type(cause).__name__
    log.warning(
        "request %s: the store is unavailable: %s", request, why, extra={"request_id": request}
    )
    _refuse(resp, 20503, CATALOGUE[20503].text, 503)
    resp.set_header("Retry-After", "1")


async def _on_exception(
    req: Request, resp: Response, error: Exception, params: dict[str, Any]
) -> None:
    # The text of an exception may quote what was sent; its place in the code says enough.
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    log.error(
        "request %s failed: %s at %s",
        req.context.get("id"),
        type(error).__name__,
        " < ".join(f"{frame.name} {frame.filename}:{frame.lineno}" for frame in reversed(frames)),
        extra={"request_id": req.context.get("id")},
    )
    resp.status = 500
    resp.data = msgspec.json.encode({"message": CATALOGUE[20500].text, "status": 500})
