"""Where programs are told and asked."""

from __future__ import annotations

from typing import Literal

import msgspec

from maskline.console.shapes.timeline import Pair

HookKind = Literal["callback", "intercept", "out-of-session", "debugger"]


class Hook(msgspec.Struct, frozen=True):
    """An address that is called: of a Service, or (`debugger`) of the account."""

    kind: HookKind
    owner_sid: str
    owner_name: str
    url: str


class HookPage(msgspec.Struct, frozen=True):
    """The addresses of a page of Services, newest first, after those of the account."""

    hooks: list[Hook]
    services: int
    next: str | None
    previous: str | None


class HookTest(msgspec.Struct, frozen=True):
    """Which address is to be tried. The address itself is not sent: only those that are set are
    ever called."""

    kind: HookKind
    owner_sid: str


class HookTested(msgspec.Struct, frozen=True):
    """What was sent, signed as always, and what came back. `status` is null when no answer came;
    then `error` says why. `advice` says what to do where it did not go well."""

    url: str
    params: list[Pair]
    request_headers: list[Pair]
    status: int | None
    error: str | None
    response_headers: list[Pair]
    response_body: str | None
    latency_ms: int
    ok: bool
    advice: str | None
