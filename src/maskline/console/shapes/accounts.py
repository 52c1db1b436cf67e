"""Accounts, their switches and API keys."""

from __future__ import annotations

from typing import Literal

import msgspec


class SwitchView(msgspec.Struct, frozen=True):
    """Something that is turned on or off for one account."""

    name: str
    on: bool
    meaning: str


class AccountView(msgspec.Struct, frozen=True):
    """An account without its token."""

    sid: str
    name: str
    status: str
    date_created: int
    debugger_url: str | None
    switches: list[SwitchView]


class AccountList(msgspec.Struct, frozen=True):
    """Those that the user may see, the oldest first."""

    accounts: list[AccountView]
    may_create: bool


class NewAccount(msgspec.Struct, frozen=True):
    """An account to be."""

    name: str


class CreatedAccount(msgspec.Struct, frozen=True):
    """An account with its token, which is shown this once."""

    account: AccountView
    auth_token: str


class AccountChange(msgspec.Struct, frozen=True):
    """Null leaves what is there. `switch` and `on` go together."""

    name: str | None = None
    status: Literal["active", "suspended", "closed"] | None = None
    switch: str | None = None
    on: bool | None = None


class KeyView(msgspec.Struct, frozen=True):
    """An API key without its secret, which is nowhere kept."""

    sid: str
    name: str
    date_created: int
    date_updated: int


class KeyPage(msgspec.Struct, frozen=True):
    """Newest first."""

    keys: list[KeyView]
    next: str | None
    previous: str | None


class NewApiKey(msgspec.Struct, frozen=True):
    """A key to be."""

    name: str = ""


class CreatedKey(msgspec.Struct, frozen=True):
    """A key with its secret, which is shown this once."""

    key: KeyView
    secret: str
