"""Users of the console, their sign-ins, and the log of what they did."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Role(StrEnum):
    """What a user may do; each may do what those before it may."""

    VIEWER = "viewer"
    SUPPORT = "support"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """Its place in the order."""
        return list(Role).index(self)

    def may(self, needed: Role) -> bool:
        """Whether it is enough where that one is needed."""
        return self.rank >= needed.rank


class User(msgspec.Struct, frozen=True):
    """Who may sign in. `account_sid` null: they see all accounts. Without `password_hash` they come
    by a link, or as `oidc_subject` from another system."""

    sid: str
    name: str
    role: str
    account_sid: str | None
    password_hash: str | None
    oidc_subject: str | None
    disabled: int
    last_sign_in: int | None
    date_created: int
    date_updated: int

    def __repr__(self) -> str:
        # A traceback must not show the hash.
        return f"User({self.sid}, {self.role})"


class SignedIn(msgspec.Struct, frozen=True):
    """A browser in which a user is signed in, by the SHA-256 of its cookie."""

    token_hash: str
    user_sid: str
    last_seen: int
    date_created: int


class Deed(StrEnum):
    """What the audit log tells of."""

    SIGN_IN = "sign-in"
    SIGN_IN_FAILED = "sign-in-failed"
    SIGN_OUT = "sign-out"
    PASSWORD = "password-changed"  # noqa: S105
    USER_CREATED = "user-created"
    USER_CHANGED = "user-changed"
    USER_RESET = "user-reset"
    REVEAL = "reveal"
    SESSION_CLOSED = "session-closed"
    SESSION_REOPENED = "session-reopened"
    SESSION_EXTENDED = "session-extended"
    MESSAGE_SENT = "message-sent"
    MESSAGE_CANCELED = "message-canceled"
    MESSAGING_SERVICE_CREATED = "messaging-service-created"
    MESSAGING_SERVICE_CHANGED = "messaging-service-changed"
    MESSAGING_SERVICE_DELETED = "messaging-service-deleted"
    SENDERS_ADDED = "senders-added"
    SENDER_REMOVED = "sender-removed"
    OPT_OUT_LIST_CREATED = "opt-out-list-created"
    OPT_OUT_LIST_CHANGED = "opt-out-list-changed"
    OPT_OUT_LIST_REMOVED = "opt-out-list-removed"
    BRAND_REGISTERED = "brand-registered"
    BRAND_VETTED = "brand-vetted"
    PASSCODE_SENT = "passcode-sent"
    CAMPAIGN_REGISTERED = "campaign-registered"
    CAMPAIGN_DELETED = "campaign-deleted"
    TOLL_FREE_HANDED_IN = "toll-free-handed-in"
    TOLL_FREE_DELETED = "toll-free-deleted"
    REGISTRATION_REPORTED = "registration-reported"
    WEBHOOK_REPLAYED = "webhook-replayed"
    WEBHOOK_TESTED = "webhook-tested"
    JOB_REPLAYED = "job-replayed"
    JOB_DISCARDED = "job-discarded"
    OPT_OUT_ADDED = "opt-out-added"
    OPT_OUT_REMOVED = "opt-out-removed"
    ACCOUNT_CREATED = "account-created"
    ACCOUNT_CHANGED = "account-changed"
    KEY_CREATED = "key-created"
    KEY_REVOKED = "key-revoked"


class AuditEntry(msgspec.Struct, frozen=True):
    """Something that was done. `subject` is the SID of what it was done to; `detail` holds neither
    number nor secret. `user_sid` is null when nobody was signed in."""

    sid: str
    user_sid: str | None
    user_name: str
    what: str
    subject: str | None
    detail: str
    address: str
    account_sid: str | None
    date_created: int


class Picture(msgspec.Struct, frozen=True):
    """A picture for simulated handsets."""

    sid: str
    content_type: str
    content: bytes
