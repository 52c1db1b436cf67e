"""Settings of how fast carriers are handed messages."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from maskline.settings.kinds import CarrierNames, CarrierRates, SegmentRate, SenderRates


class PacingSettings(Struct, frozen=True, cache_hash=True):
    """How fast carriers are handed messages, in segments a second."""

    off: CarrierNames = ("simulator",)
    long_code: SegmentRate = 1.0
    toll_free: SegmentRate = 3.0
    short_code: SegmentRate = 100.0
    international: SegmentRate = 10.0
    rates: SenderRates = ()
    carrier_rates: CarrierRates = ()
    burst_seconds: Annotated[float, Meta(ge=0, le=60)] = 1.0
    queue_hours: Annotated[float, Meta(ge=0.001, le=168)] = 10.0
