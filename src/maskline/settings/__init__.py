"""Every setting of the server: one typed tree, its sources, and what is wrong with it.

Sources, weakest first: the defaults, a TOML file, `MASKLINE_*` variables, the command line. Why
each default is what it is stands beside it in `maskline.default.toml`, and only there.
"""

from __future__ import annotations

from maskline.settings.a2p import A2pSettings
from maskline.settings.carriers import CarriersSettings
from maskline.settings.describe import Row, default_toml, describe, documentation
from maskline.settings.pacing import PacingSettings
from maskline.settings.sources import Problem, SettingsError, load
from maskline.settings.tracing import TracingSettings
from maskline.settings.tree import (
    KEYS,
    DeliverySettings,
    Key,
    LimitsSettings,
    MetricsSettings,
    NumbersSettings,
    OptOutSettings,
    PostgresSettings,
    RetentionSettings,
    Settings,
    SimulatorSettings,
    SqliteSettings,
    VoiceSettings,
    WebhooksSettings,
    redact_url,
)

__all__ = [
    "KEYS",
    "A2pSettings",
    "CarriersSettings",
    "DeliverySettings",
    "Key",
    "LimitsSettings",
    "MetricsSettings",
    "NumbersSettings",
    "OptOutSettings",
    "PacingSettings",
    "PostgresSettings",
    "Problem",
    "RetentionSettings",
    "Row",
    "Settings",
    "SettingsError",
    "SimulatorSettings",
    "SqliteSettings",
    "TracingSettings",
    "VoiceSettings",
    "WebhooksSettings",
    "default_toml",
    "describe",
    "documentation",
    "load",
    "redact_url",
]
