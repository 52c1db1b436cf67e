"""Carriers' accounts, and what is remembered of their numbers and requests."""

from __future__ import annotations

import msgspec


class CarrierAccount(msgspec.Struct, frozen=True):
    """An account at a carrier, by the name that numbers carry. `settings` is JSON; `credentials` is
    sealed (`maskline.vault`)."""

    name: str
    kind: str
    settings: str
    credentials: str
    date_created: int
    date_updated: int

    def __repr__(self) -> str:
        return f"CarrierAccount({self.name}, {self.kind})"


class SyncedNumber(msgspec.Struct, frozen=True):
    """A number that was pointed at us: `hooks` is JSON with what the carrier had before."""

    number: str
    carrier: str
    provider_id: str
    hooks: str
    date_created: int


class CarrierRequest(msgspec.Struct, frozen=True):
    """A request at a carrier's door, redacted. `account_sid` owns the number that it is about, ""
    where that is not known. `headers` is JSON; `status` is what it was answered with; `truncated`
    is 1 when there was more of the body."""

    sid: str
    account_sid: str
    carrier: str
    method: str
    path: str
    query: str
    headers: str
    body: str
    truncated: int
    status: int
    date_created: int
