"""Alerts: what the debugger shows to an account."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class LogLevel(StrEnum):
    """How grave an alert is."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"
    DEBUG = "debug"


class Alert(msgspec.Struct, frozen=True):
    """One debugger event. `alert_text` holds no personal data."""

    sid: str
    account_sid: str
    service_sid: str | None
    resource_sid: str | None
    error_code: int
    log_level: str
    alert_text: str
    request_method: str | None
    request_url: str | None
    request_variables: str | None
    request_headers: str | None
    response_headers: str | None
    response_body: str | None
    date_generated: int
    date_created: int
