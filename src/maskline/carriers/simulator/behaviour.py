"""What handsets and the network between do with messages and calls: the knobs of a test."""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

from maskline.carriers.simulator.errors import TooMany
from maskline.numbers.national import canonical

Outcome: TypeAlias = Literal["delivered", "undelivered", "failed"]
OnCall: TypeAlias = Literal["ring", "answer", "reject", "busy", "no-answer", "unreachable"]
ErrorCode = Annotated[int, Meta(ge=1, le=99_999)]
Copies = Annotated[int, Meta(ge=0, le=10)]

#: Twilio's codes: an unreachable handset, an unknown error.
_ERROR_CODES: Final = {"undelivered": 30003, "failed": 30008}


class Refusal(msgspec.Struct, frozen=True):
    """The carrier does not take a message: its first `attempts` attempts, or every one if null.

    `retry_after` is in seconds. 30001 is Twilio's code for a full queue.
    """

    code: ErrorCode = 30001
    retry: bool = True
    retry_after: Annotated[float, Meta(ge=0, le=3600)] | None = None
    attempts: Annotated[int, Meta(ge=1, le=1000)] | None = None


class Behaviour(msgspec.Struct, frozen=True):
    """How messages to a handset end, how it takes calls, and how often its own messages arrive.

    Messages to it: what is not `delivered` does not show on the handset. `error_code` (null: the
    usual one of the outcome) goes with the receipt, `delay_ms` after the acceptance; the receipt
    comes `duplicate_receipts` times more, or never with `lose_receipt`; with `out_of_order` a late
    `sent` follows it. `refuse` and `accept_delay_ms` are the carrier's answer to the attempt.

    Messages from it: the server is given each `duplicate_inbound` times more.

    Calls to it: `on_call` happens after `on_call_ms` of ringing. `busy` and `unreachable` do not
    ring. `no-answer` rings until the caller's time is over, or until `on_call_ms` if that is not 0.
    """

    outcome: Outcome = "delivered"
    error_code: ErrorCode | None = None
    delay_ms: Annotated[int, Meta(ge=0, le=3_600_000)] = 0
    duplicate_receipts: Copies = 0
    lose_receipt: bool = False
    out_of_order: bool = False
    refuse: Refusal | None = None
    accept_delay_ms: Annotated[int, Meta(ge=0, le=60_000)] = 0
    duplicate_inbound: Copies = 0
    on_call: OnCall = "ring"
    on_call_ms: Annotated[int, Meta(ge=0, le=600_000)] = 0

    def receipt_code(self) -> int | None:
        """The error code of the receipt."""
        return self.error_code or _ERROR_CODES.get(self.outcome)


class Behaviours:
    """The behaviour of each handset: its own, or else the default."""

    def __init__(self, built_in: Behaviour, limit: int) -> None:
        self._built_in = built_in
        self._limit = limit
        self._own: dict[str, Behaviour] = {}
        self.default = built_in

    def of(self, handset: str) -> Behaviour:
        """What holds for a handset."""
        return self._own.get(canonical(handset), self.default)

    def put(self, handset: str, behaviour: Behaviour) -> None:
        """Gives a handset its own. Raises TooMany."""
        handset = canonical(handset)
        if handset not in self._own and len(self._own) >= self._limit:
            raise TooMany(f"{self._limit} handsets have a behaviour of their own already")
        self._own[handset] = behaviour

    def drop(self, handset: str) -> None:
        """The default holds for a handset again."""
        self._own.pop(canonical(handset), None)

    def reset(self) -> None:
        """The default is the built-in one again."""
        self.default = self._built_in
