"""Applications: a program's URLs under one name, for numbers and messages to refer to."""

from __future__ import annotations

import msgspec


class Application(msgspec.Struct, frozen=True):
    """A TwiML application. An empty URL is none; its switches are 0 or 1."""

    sid: str
    account_sid: str
    friendly_name: str
    date_created: int
    date_updated: int
    voice_url: str = ""
    voice_method: str = "POST"
    voice_fallback_url: str = ""
    voice_fallback_method: str = "POST"
    voice_caller_id_lookup: int = 0
    status_callback: str = ""
    status_callback_method: str = "POST"
    sms_url: str = ""
    sms_method: str = "POST"
    sms_fallback_url: str = ""
    sms_fallback_method: str = "POST"
    sms_status_callback: str = ""
    message_status_callback: str = ""
    public_application_connect_enabled: int = 0
