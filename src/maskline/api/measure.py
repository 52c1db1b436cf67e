"""Measure: how many requests there were, how they ended and how long they took."""

from __future__ import annotations

import logging
from time import perf_counter
from typing import Final

from falcon.asgi import Request, Response

from maskline.api.request_log import RequestLog
from maskline.model.host import PRODUCTS
from maskline.model.meter import Meter, status_class

log = logging.getLogger(__name__)

_PRODUCTS: Final = frozenset({*PRODUCTS, "simulator"})
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})


class Measure:
    """Middleware: counts every request of the application. The outermost, so that it times all."""

    def __init__(self, meter: Meter, log: RequestLog | None = None) -> None:
        self._meter = meter
        self._log = log

    async def process_request(self, req: Request, _: Response) -> None:
        """Notes when it began."""
        req.context.began = perf_counter()

    async def process_response(self, req: Request, resp: Response, _: object, __: bool) -> None:
        """Counts it. The line for the log names the path's form, not what was in it."""
        seconds = perf_counter() - req.context.began
        # `OPTIONS *` has a path without a slash.
        product = req.path[1:].partition("/")[0]
        if product not in _PRODUCTS:
            product = "other"
        method = req.method if req.method in _METHODS else "other"
        status = resp.status_code
        meter = self._meter
        meter.requests[product, method, status_class(status)] += 1
        meter.request_seconds[product,].add(seconds)
        if self._log is not None:
            self._log.note(req, status, seconds)
        if status == 429:
            meter.limited[product,] += 1
        if log.isEnabledFor(logging.DEBUG):
            request = req.context.get("id")
            log.debug(
                "request %s: %s %s %d in %.1f ms",
                request,
                method,
                req.uri_template,
                status,
                seconds * 1000,
                extra={"request_id": request},
            )
