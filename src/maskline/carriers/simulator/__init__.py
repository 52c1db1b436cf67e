"""The carrier `simulator`: a make-believe phone network, with handsets for whoever wants to try."""

from __future__ import annotations

from maskline.carriers.simulator.behaviour import Behaviour, Refusal
from maskline.carriers.simulator.carrier import Simulator
from maskline.carriers.simulator.ledger import Ledger
from maskline.carriers.simulator.limits import Limits, Pace
from maskline.carriers.simulator.script import Fetch

__all__ = ["Behaviour", "Fetch", "Ledger", "Limits", "Pace", "Refusal", "Simulator"]
