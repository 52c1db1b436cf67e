"""Accounts (tenants of a server) and their API keys."""

from __future__ import annotations

from enum import IntFlag, StrEnum
from types import MappingProxyType
from typing import Final

import msgspec


class AccountStatus(StrEnum):
    """Only an active account may use the API or relay traffic."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class Switch(IntFlag):
    """What an operator turns on for one account. Twilio's support sets the same for its own."""

    ALLOW_PARTICIPANT_CONFLICT = 1
    RESPECT_STOP_FILTER = 2
    STOP_FILTER_OFF = 4
    ARGENTINA_NINE = 8
    MEXICO_ONE_OFF = 16
    LEGAL_HOLD = 32
    RESTRICT_SERVICES = 64

    @property
    def label(self) -> str:
        """The word that the command line has for it."""
        return str(self.name).lower().replace("_", "-")


#: What each switch does while it is on, for the eyes of an operator.
SWITCHES: Final = MappingProxyType(
    {
        Switch.ALLOW_PARTICIPANT_CONFLICT: (
            "Twilio's ProxyAllowParticipantConflict: a person may have one proxy number in several "
            "active sessions, what they send goes to the one they were last in touch with, and the "
            "debugger reports it; off, such a request is refused"
        ),
        Switch.RESPECT_STOP_FILTER: (
            "Twilio's ProxyRespectSmsStopFilterFlag: opt-out words are forwarded where the STOP "
            "filter is off, and your program decides in its intercept callback"
        ),
        Switch.STOP_FILTER_OFF: (
            "no STOP filter: opt-out words stop no messages and get no automatic reply"
        ),
        Switch.ARGENTINA_NINE: (
            "Argentine numbers are called as mobiles, with the 9 after +54, and written to "
            "without: not for an account that calls landlines there"
        ),
        Switch.MEXICO_ONE_OFF: (
            "no 1 is put after +52, not even for Services from before 5 October 2020"
        ),
        Switch.LEGAL_HOLD: (
            "Services, sessions, interactions, messages, media and calls are not deleted, neither "
            "on request nor by their age"
        ),
        Switch.RESTRICT_SERVICES: "no further Proxy Service can be created",
    }
)


class Account(msgspec.Struct, frozen=True):
    """A tenant. `auth_token` is kept readable because it signs the account's webhooks. `switches`
    are the bits of `Switch` that are on. `debugger_url` is told every alert."""

    sid: str
    friendly_name: str
    auth_token: str
    status: str
    date_created: int
    date_updated: int
    switches: int = 0
    debugger_url: str | None = None


class ApiKey(msgspec.Struct, frozen=True):
    """An API key. Only the SHA-256 of its secret is kept: the secret is random, 32 characters."""

    sid: str
    account_sid: str
    friendly_name: str
    secret_hash: str
    date_created: int
    date_updated: int
