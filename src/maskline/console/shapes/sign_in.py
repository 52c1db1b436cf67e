"""Signing in and out, and who is signed in."""

from __future__ import annotations

import msgspec

from maskline.console.shapes.common import AccountRef
from maskline.model.console import Role


class SignInOptions(msgspec.Struct, frozen=True):
    """The ways to sign in. `oidc_label` names the other system's button; null where there is
    none. `/console/api/oidc/start` begins that way. While `has_users` is false, nobody can sign in
    by a password: `maskline accounts create-user` makes the first."""

    password: bool
    oidc_label: str | None
    has_users: bool


class SignIn(msgspec.Struct, frozen=True):
    """A name and its password."""

    name: str
    password: str


class LinkSignIn(msgspec.Struct, frozen=True):
    """The token of a one-time link, which stands in its fragment:
    `/console/sign-in#token=…`."""

    token: str


class ChangePassword(msgspec.Struct, frozen=True):
    """All other sign-ins of the user end. `current` is "" for a user who has none yet."""

    current: str
    new: str


class Features(msgspec.Struct, frozen=True):
    """What this server has: the handsets exist while the simulator is on."""

    simulator: bool
    webhook_attempts: bool


class Me(msgspec.Struct, frozen=True):
    """Who is signed in. `csrf_token` goes into the header `X-CSRF-Token` of every request that is
    no GET. `account_sid` is null for who may see all accounts; `accounts` are those they may see,
    the oldest first: without `account` in a query, the first is meant."""

    sid: str
    name: str
    role: Role
    account_sid: str | None
    has_password: bool
    csrf_token: str
    expires_at: int
    accounts: list[AccountRef]
    features: Features
    version: str
