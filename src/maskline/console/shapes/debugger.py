"""The debugger."""

from __future__ import annotations

import msgspec

from maskline.console.shapes.timeline import AlertEntry, Pair


class AlertPage(msgspec.Struct, frozen=True):
    """Newest first. With a filter, a page may be short while older ones follow."""

    alerts: list[AlertEntry]
    next: str | None
    previous: str | None


class AlertDetail(msgspec.Struct, frozen=True):
    """An alert, what to do about its code, and the request behind it, where there is one: what is
    private in it is hidden."""

    alert: AlertEntry
    when: str
    do: str
    request_method: str | None
    request_url: str | None
    request_variables: list[Pair]
    request_headers: list[Pair]
    response_status: int | None
    response_headers: list[Pair]
    response_body: str | None
    session_sid: str | None
