"""Traffic as carriers and rules exchange it: what came in, what goes out, what became of it."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class InboundMessage(msgspec.Struct, frozen=True):
    """A message from a phone. `media` are (URL, content type) pairs. `account_sid` is set where the
    carrier speaks for one account only; where it is not, the number must be the carrier's.
    `answered`: the carrier answers opt-out words by itself; `keyword` is what it took the message
    for, `opt-out`, `opt-in` or `help`, where it says so. `opt_out_type` (`OptOutType`) is set when
    it was taken in, where its number's Messaging Service has opt-out lists of its own."""

    carrier: str
    provider_id: str
    sender: str
    number: str
    body: str
    media: tuple[tuple[str, str], ...] = ()
    account_sid: str | None = None
    answered: bool = False
    keyword: str = ""
    opt_out_type: str = ""


class Intake(StrEnum):
    """What became of an inbound message. Only an unknown number is the carrier's mistake."""

    TAKEN = "taken"
    DUPLICATE = "duplicate"
    UNKNOWN_NUMBER = "unknown-number"


class OutboundMessage(msgspec.Struct, frozen=True):
    """A message that a carrier is to send. `reference` is our SID, the same at every attempt: a
    carrier that takes idempotency keys is given it as one."""

    reference: str
    sender: str
    recipient: str
    body: str
    media: tuple[str, ...] = ()


class Accepted(msgspec.Struct, frozen=True):
    """The carrier took the message and will report under `provider_id`."""

    provider_id: str


class Refused(msgspec.Struct, frozen=True):
    """The carrier did not take it. `retry` says whether another attempt may help, `retry_after`
    (seconds) when. `code` is Twilio's, 21610 where the carrier says that the person opted out."""

    code: int
    retry: bool
    retry_after: float | None = None


class Throttled(msgspec.Struct, frozen=True):
    """The carrier did not take it because it is handed too much: from this sender, or from all
    where the limit is the `whole` account's. It may be tried again after `retry_after` seconds."""

    retry_after: float | None = None
    whole: bool = False
    code: int = 20429


class Unclear(msgspec.Struct, frozen=True):
    """The message was handed over and no answer came: nobody knows whether the carrier took it.
    `repeatable` says that it takes our reference as an idempotency key, so that it does no harm to
    hand it over again."""

    repeatable: bool = False
    code: int = 30008


SendResult = Accepted | Refused | Throttled | Unclear


class LegReport(msgspec.Struct, frozen=True):
    """What is known of an outbound leg: by our SID where the carrier repeats it, else by the
    carrier's id. `job_sid` names the job that the report finishes. `fault` is what the debugger is
    told where the carrier was not to be had (80502) or would not send (80613).
    `possible_duplicate`: the message may have been sent before, by a process that ended or at an
    attempt that got no answer."""

    carrier: str
    status: str
    message_sid: str | None = None
    provider_id: str | None = None
    error_code: int | None = None
    job_sid: str | None = None
    fault: int | None = None
    possible_duplicate: bool = False


class InboundCall(msgspec.Struct, frozen=True):
    """A call that rings one of our numbers. `account_sid` and `service_sid` are set where the
    carrier's door names them. `details` are what else the program is told when no session carries
    it: the call's state, and digits that were typed before a program handed it to us. `doors` is
    the address under which the carrier reports the call's legs, at `/Leg` and `/Done`; null for the
    Service's own door."""

    carrier: str
    provider_id: str
    caller: str
    number: str
    account_sid: str | None = None
    service_sid: str | None = None
    details: tuple[tuple[str, str], ...] = ()
    doors: str | None = None


class Adopted(msgspec.Struct, frozen=True):
    """A leg that a carrier dialled by itself, for the call `parent_sid`, as a program's document
    told it to."""

    parent_sid: str
    caller: str
    called: str


class CallEvent(msgspec.Struct, frozen=True):
    """A leg changed: `call_sid` is ours, or "" for a call that came in by `carrier` and that it
    names by `provider_id`; `duration` in seconds when the carrier states it. Without an
    `account_sid`, the leg must be the `carrier`'s, where one is named.

    `with_parent`: the leg that it was dialled for shares the change, for a carrier that reports on
    the dialled leg only. `adopted` says what is known of a leg that we have no name for.
    `of_dialled`: what happened to the call that came in happened to the leg that it rings, for a
    carrier whose legs have one id.
    """

    call_sid: str
    status: str
    provider_id: str | None = None
    duration: int | None = None
    with_parent: bool = False
    account_sid: str | None = None
    adopted: Adopted | None = None
    carrier: str | None = None
    of_dialled: bool = False
