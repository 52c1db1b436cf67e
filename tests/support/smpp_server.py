"""`maskline` with one SMPP account: `python -m tests.support.smpp_server serve …`, whose settings
are the JSON object in MASKLINE_TEST_SMPP."""

from __future__ import annotations

import os
import sys
from typing import Any

import msgspec

from maskline import cli
from maskline.app import Server
from maskline.carriers.smpp import Smpp, SmppCredentials, SmppSettings
from maskline.cli import web
from maskline.gateway.smpp import SmppLedger
from maskline.model.clock import system_clock
from maskline.settings import Settings


class _Later:
    """The ledger, once there is a store."""

    ledger: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.ledger, name)


class WithSmpp(Server):
    """The server, with a carrier that no command can add yet."""

    def __init__(self, settings: Settings) -> None:
        given = msgspec.json.decode(os.environ["MASKLINE_TEST_SMPP"], type=SmppSettings)
        known = SmppCredentials(system_id="maskline", password="secret")
        later: Any = _Later()
        super().__init__(settings, carriers=[Smpp("smpp", given, known, later, system_clock)])
        later.ledger = SmppLedger(self.store)


if __name__ == "__main__":
    web.Server = WithSmpp  # type: ignore[misc]
    sys.exit(cli.main())
