"""Tracing by OpenTelemetry, an extra of the package: `pip install "maskline[otel]"`."""

from __future__ import annotations

from maskline.model.trace import NO_TRACE, Trace
from maskline.settings import Settings


class TracingMissing(Exception):
    """Tracing is turned on, and what it needs is not installed."""


def open_trace(settings: Settings) -> Trace:
    """What the settings ask for. Raises TracingMissing."""
    if not settings.tracing.enabled:
        return NO_TRACE
    # Imported where it is used: it takes memory and time, and most installations are without it.
    try:
        from maskline.tracing.otel import OtelTrace, exporting
    except ImportError as error:
        raise TracingMissing(
            "tracing.enabled is set, and OpenTelemetry is not installed: "
            'turn it off, or: pip install "maskline[otel]"'
        ) from error
    return OtelTrace(exporting(settings.tracing))
