"""What many shapes share. Times are whole milliseconds since the epoch, UTC."""

from __future__ import annotations

from typing import Literal

import msgspec


class FieldProblem(msgspec.Struct, frozen=True):
    """What is wrong with one field of a form, with the code from Twilio's dictionary."""

    field: str
    code: int
    says: str


class Problem(msgspec.Struct, frozen=True):
    """Every refusal. `status` is the HTTP status, `code` from Twilio's dictionary; `fields` what is
    wrong with each, where a form is refused."""

    code: int
    message: str
    more_info: str
    status: int
    fields: list[FieldProblem]


class Number(msgspec.Struct, frozen=True):
    """A phone number or other address. One of ours (`proxy`) is shown as it is; a person's is
    masked in `text`, and `ref` is what `/reveal` takes to show it (null: it can't be)."""

    text: str
    kind: Literal["person", "proxy"]
    ref: str | None = None


class AccountRef(msgspec.Struct, frozen=True):
    """An account, as far as a menu needs it."""

    sid: str
    name: str
    status: str


class Done(msgspec.Struct, frozen=True):
    """It was done."""

    ok: bool = True
