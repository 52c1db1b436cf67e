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
    """One debugger event, and the request behind it where there is one, freed of personal data.

    Variables and headers are URL-encoded forms.
    """

    sid: str
    account_sid: str
    service_sid: str | None
    resource_sid: str | None
    error_code: int
    log_level: str
    alert_text: str
    date_generated: int
    date_created: int
    request_method: str | None = None
    request_url: str | None = None
    request_variables: str | None = None
    request_headers: str | None = None
    response_headers: str | None = None
    response_body: str | None = None
    response_status: int | None = None
