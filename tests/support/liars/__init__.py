"""Every carrier's API as it is played by one that lies."""

from __future__ import annotations

from collections.abc import Mapping

from tests.support.liars.bandwidth import Bandwidth
from tests.support.liars.liar import Liar
from tests.support.liars.plivo import Plivo
from tests.support.liars.sinch import Sinch
from tests.support.liars.telnyx import Telnyx
from tests.support.liars.twilio import SignalWire, Twilio
from tests.support.liars.vonage import Vonage

_ALL: tuple[Liar, ...] = (
    Twilio(),
    SignalWire(),
    Telnyx(),
    Plivo(),
    Vonage(),
    Bandwidth(),
    Sinch(),
)
LIARS: Mapping[str, Liar] = {one.kind: one for one in _ALL}
