"""The SMPP carrier: any SMSC that speaks version 3.4 of the protocol."""

from __future__ import annotations

from maskline.carriers.smpp.carrier import Smpp
from maskline.carriers.smpp.settings import SmppCredentials, SmppSettings

__all__ = ["Smpp", "SmppCredentials", "SmppSettings"]
