"""How an alert is told: the text that the Monitor API shows, and the debugger webhook's form."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import msgspec

from maskline.model.alert import Alert, LogLevel
from maskline.model.clock import iso

#: The part of the platform that alerts come from, where Twilio has the number of one of its own.
COMPONENT: Final = "proxy"

_LEVELS: Final = MappingProxyType({LogLevel.WARNING.value: "WARN"})
_JSON: Final = "application/json"


def told(alert: Alert) -> dict[str, str]:
    """What an alert says, by Twilio's names."""
    facts = {
        "Msg": alert.alert_text,
        "ErrorCode": str(alert.error_code),
        "LogLevel": _LEVELS.get(alert.log_level, alert.log_level.upper()),
        "sourceComponent": COMPONENT,
    }
    if alert.request_url is not None:
        facts["url"] = alert.request_url
    if alert.response_status is not None:
        facts["httpResponse"] = str(alert.response_status)
    return facts


def alert_text(alert: Alert) -> str:
    """The `alert_text` of the Monitor API: what the alert says, as a URL-encoded form."""
    return urlencode(told(alert))


def parameters(alert: Alert) -> list[tuple[str, str]]:
    """The debugger webhook's form."""
    facts = told(alert)
    payload: dict[str, Any] = {
        "resource_sid": alert.resource_sid,
        "service_sid": alert.service_sid,
        "error_code": str(alert.error_code),
        "more_info": {"msg": alert.alert_text, **facts},
    }
    if alert.request_method is not None:
        payload["webhook"] = {
            "type": _JSON,
            "request": {
                "method": alert.request_method,
                "url": alert.request_url,
                "headers": _pairs(alert.request_headers),
                "parameters": _pairs(alert.request_variables),
            },
            "response": {
                "status_code": alert.response_status,
                "headers": _pairs(alert.response_headers),
                "body": alert.response_body,
            },
        }
    return [
        ("Sid", alert.sid),
        ("AccountSid", alert.account_sid),
        ("ParentAccountSid", ""),
        ("Timestamp", iso(alert.date_generated) or ""),
        ("Level", alert.log_level.capitalize()),
        ("PayloadType", _JSON),
        ("Payload", msgspec.json.encode(payload).decode()),
    ]


def _pairs(form: str | None) -> dict[str, str]:
    return dict(parse_qsl(form or "", keep_blank_values=True))
