"""The SMPP carrier: any SMSC that speaks version 3.4 of the protocol."""

from __future__ import annotations

from typing import Final

from maskline.carriers.contract import Kind, Tools
from maskline.carriers.smpp.carrier import Smpp
from maskline.carriers.smpp.settings import SmppCredentials, SmppSettings

__all__ = ["KIND", "Smpp", "SmppCredentials", "SmppSettings"]


def build(name: str, settings: SmppSettings, credentials: SmppCredentials, tools: Tools) -> Smpp:
    """The adapter. Raises ValueError."""
    try:
        return Smpp(name, settings, credentials, tools.ledger, tools.clock, tools.meter)
    except OSError as error:
        raise ValueError(f"a TLS file can't be used: {error.strerror}") from error


KIND: Final = Kind("smpp", "SMPP 3.4", SmppSettings, SmppCredentials, frozenset(), build)
