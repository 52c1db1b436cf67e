"""Every carrier that accounts can be added for."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from maskline.carriers import bandwidth, plivo, signalwire, sinch, smpp, telnyx, twilio, vonage
from maskline.carriers.contract import Kind

_ALL: Final[tuple[Kind, ...]] = (
    twilio.KIND,
    signalwire.KIND,
    telnyx.KIND,
    plivo.KIND,
    vonage.KIND,
    bandwidth.KIND,
    sinch.KIND,
    smpp.KIND,
)

KINDS: Final[Mapping[str, Kind]] = MappingProxyType({kind.name: kind for kind in _ALL})
"""By name."""
