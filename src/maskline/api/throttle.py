"""Too many requests: how often one account may call one endpoint."""

from __future__ import annotations

import math
from typing import Any

from falcon.asgi import Request, Response

from maskline.api.resource import Resource
from maskline.limiter import RateLimiter, SharedWindow, SlidingWindow, Unlimited
from maskline.model.errors import Fault
from maskline.settings.tree import LimitsSettings


def limiter_of(limits: LimitsSettings, *, shared: bool = False) -> RateLimiter:
    """What the settings ask for: for one process, or for each of those that share a database."""
    if not limits.requests_per_second:
        return Unlimited()
    most = int(limits.requests_per_second * limits.rate_window_seconds)
    kind = SharedWindow if shared else SlidingWindow
    return kind(max(1, most), limits.rate_window_seconds)


class Throttle:
    """Middleware behind the doorkeeper: counts the requests to each endpoint (a path's form and a
    method) by account, and by Service where the path names one."""

    def __init__(self, limiter: RateLimiter) -> None:
        self._limiter = limiter

    async def process_resource(
        self, req: Request, resp: Response, resource: object, params: dict[str, Any]
    ) -> None:
        """Raises the product's code, with `Retry-After`, for a request that is one too many."""
        if not isinstance(resource, Resource) or req.method == "OPTIONS":
            return
        wait = self._limiter.take(
            (
                resource.account(req),
                params.get("service_sid"),
                (req.uri_template or "").removesuffix(".json"),
                "GET" if req.method == "HEAD" else req.method,
            )
        )
        if wait:
            resp.set_header("Retry-After", str(math.ceil(wait)))
            raise Fault(resource.rate_code)
