"""What the console's resources share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec

from maskline.access.passwords import Passwords
from maskline.carriers.simulator import Simulator
from maskline.console.gate import Gate, Handler
from maskline.env import Env
from maskline.store.contract import Store


class Context(msgspec.Struct, frozen=True):
    """Handed to every resource. `simulator` is null where there are no handsets."""

    env: Env
    store: Store
    gate: Gate
    passwords: Passwords
    simulator: Simulator | None

    @property
    def secure(self) -> bool:
        """Whether browsers reach the console by TLS, so that cookies may be kept to it."""
        return self.env.settings.base_url.startswith("https:")


class Resource(Protocol):
    """Some of the contract's endpoints."""

    def handlers(self) -> Mapping[str, Handler]:
        """Handlers by method and path, as in the contract: `GET /sessions`."""
