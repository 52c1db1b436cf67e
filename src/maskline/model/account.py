"""Accounts (tenants of a server) and their API keys."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class AccountStatus(StrEnum):
    """Only an active account may use the API or relay traffic."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class Account(msgspec.Struct, frozen=True):
    """A tenant. `auth_token` is kept readable because it signs the account's webhooks."""

    sid: str
    friendly_name: str
    auth_token: str
    status: str
    date_created: int
    date_updated: int


class ApiKey(msgspec.Struct, frozen=True):
    """An API key. Only the SHA-256 of its secret is kept: the secret is random, 32 characters."""

    sid: str
    account_sid: str
    friendly_name: str
    secret_hash: str
    date_created: int
    date_updated: int
