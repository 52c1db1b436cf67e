"""Settings of traces by OpenTelemetry."""

from __future__ import annotations

from msgspec import Struct

from maskline.settings.kinds import PublicUrl


class TracingSettings(Struct, frozen=True):
    """Whether steps are traced, and where spans are sent."""

    enabled: bool = False
    endpoint: PublicUrl | None = None
