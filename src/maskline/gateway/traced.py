"""Tracing around the whole application, which is there only while tracing is on."""

from __future__ import annotations

from typing import Any, Final

from maskline.gateway.hosts import Asgi, Receive, Scope, Send, by_host
from maskline.model.host import PRODUCTS
from maskline.model.trace import Trace

#: Asked every few seconds by those who watch the server.
_NOT_TRACED: Final = frozenset({"/healthz", "/readyz", "/metrics"})
_DOORS: Final = frozenset({"Message", "Call", "Leg", "Done"})


class TracedApp:
    """An application, each of whose requests is traced."""

    def __init__(self, app: Asgi, trace: Trace) -> None:
        self._app = app
        self._trace = trace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        by_host(scope)
        if scope["path"] in _NOT_TRACED:
            await self._app(scope, receive, send)
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        parent, state = (
            headers.get(name, b"").decode("latin-1") for name in (b"traceparent", b"tracestate")
        )
        request = self._trace.request(scope["method"], form_of(scope["path"]), parent, state)
        status, name = 500, ""

        async def seen(event: dict[str, Any]) -> None:
            nonlocal status, name
            if event["type"] == "http.response.start":
                status = event["status"]
                found = dict(event.get("headers", ())).get(b"twilio-request-id", b"")
                name = found.decode("latin-1")
            await send(event)

        try:
            await self._app(scope, receive, seen)
        finally:
            request.end(status, name)


def form_of(path: str) -> str:
    """A path's form, one of few: paths may hold numbers and names."""
    parts = path.split("/")
    product = parts[1] if len(parts) > 1 else ""
    if product == "webhooks":
        last = next((part for part in reversed(parts) if part), "")
        return f"/webhooks/v1/{last}" if last in _DOORS else "/webhooks/v1"
    if product in PRODUCTS or product in {"carriers", "simulator"}:
        return f"/{product}"
    return "/"
