"""The console's users, and the log of what they did."""

from __future__ import annotations

import msgspec

from maskline.model.console import Role


class UserView(msgspec.Struct, frozen=True):
    """A user. `account_sid` null: all accounts."""

    sid: str
    name: str
    role: Role
    account_sid: str | None
    disabled: bool
    has_password: bool
    oidc: bool
    last_sign_in: int | None
    date_created: int


class Users(msgspec.Struct, frozen=True):
    """All users, by name."""

    users: list[UserView]


class NewUser(msgspec.Struct, frozen=True):
    """A user to be. They get a one-time link, with which they set a password."""

    name: str
    role: Role
    account_sid: str | None = None


class UserChange(msgspec.Struct, frozen=True):
    """Null leaves what is there."""

    role: Role | None = None
    disabled: bool | None = None


class UserLink(msgspec.Struct, frozen=True):
    """A user with a one-time sign-in link, shown once; it holds until `expires_at`."""

    user: UserView
    link: str
    expires_at: int


class AuditEntry(msgspec.Struct, frozen=True):
    """Something that a user did. `what` is a word such as `sign-in`, `sign-in-failed`, `reveal`;
    `subject` the SID of what it was done to; `detail` says more, without secret or number."""

    sid: str
    at: int
    user_sid: str | None
    user_name: str
    what: str
    subject: str | None
    detail: str
    address: str
    account_sid: str | None


class AuditPage(msgspec.Struct, frozen=True):
    """Newest first. `next` is the `after` of the page that follows, null at the end."""

    entries: list[AuditEntry]
    next: str | None
