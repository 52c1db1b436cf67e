"""What the console's resources share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from maskline.access.passwords import Passwords
from maskline.api.request_log import RequestLog
from maskline.carriers.simulator import Simulator
from maskline.console.gate import Ask, Gate, Handler
from maskline.env import Env
from maskline.model.exchange import Exchange
from maskline.store.contract import Store


class Post(Protocol):
    """Sends a program a signed form, where the guard lets it."""

    async def __call__(
        self,
        url: str,
        params: Sequence[tuple[str, str]],
        account_sid: str,
        token: str,
        *,
        kind: str,
        within: float | None = None,
    ) -> Exchange:
        """What came of it."""


class Context(msgspec.Struct, frozen=True):
    """Handed to every resource. `simulator` is null where there are no handsets."""

    env: Env
    store: Store
    gate: Gate
    passwords: Passwords
    simulator: Simulator | None
    requests: RequestLog
    post: Post

    @property
    def secure(self) -> bool:
        """Whether browsers reach the console by TLS, so that cookies may be kept to it."""
        return self.env.settings.base_url.startswith("https:")

    def did(
        self,
        ask: Ask,
        account_sid: str,
        method: str,
        path: str,
        pairs: Sequence[tuple[str, str]],
    ) -> None:
        """Tells the log of requests what somebody did by hand, as the request that does the same,
        so that they are shown the lines of code for it."""
        self.requests.note_deed(account_sid, ask.seat.user.name, method, path, pairs)


class Resource(Protocol):
    """Some of the contract's endpoints."""

    def handlers(self) -> Mapping[str, Handler]:
        """Handlers by method and path, as in the contract: `GET /sessions`."""


class StoreResource:
    """A resource that reads and writes, as most do: what it keeps of the context."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._env = context.env
        self._store = context.store
