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
    carrier that takes idempotency keys is given it as one. `since` is set where an attempt before,
    perhaps by a process that has ended, may have reached the carrier: no earlier than then (ms)."""

    reference: str
    sender: str
    recipient: str
    body: str
    media: tuple[str, ...] = ()
    since: int | None = None


class Accepted(msgspec.Struct, frozen=True):
    """The carrier took the message and will report under `provider_id`. `found`: it had taken it at
    an attempt before, so that it was not handed over again."""

    provider_id: str
    found: bool = False


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
    Service's own door. `moment` names when in the call it was handed to us, where that is known:
    "" is its beginning."""

    carrier: str
    provider_id: str
    caller: str
    number: str
    account_sid: str | None = None
    service_sid: str | None = None
    details: tuple[tuple[str, str], ...] = ()
    doors: str | None = None
    moment: str = ""


class CallTurn(msgspec.Struct, frozen=True):
    """A call by `carrier` has come to the end of what it was doing at a place of a script: at the
    verb `at` of the script `script`, or, where the carrier names the call alone (`provider_id`), at
    the first Gather, or Dial if it `is_dial`, of what the call was told last.

    `told` are the parameters that a program is told, as Twilio names them, as far as the carrier
    says them; `leg` is its id of a leg that was dialled. `is_late`: it comes whether or not the
    call went on, and says something new only if the call ended there. `one_by_one`: of the numbers
    that a Dial there names the first was rung alone. `is_told_once`: who asks again is told
    nothing.
    """

    carrier: str
    script: str
    at: int
    told: tuple[tuple[str, str], ...] = ()
    leg: str = ""
    provider_id: str = ""
    is_dial: bool = False
    is_late: bool = False
    one_by_one: bool = False
    is_told_once: bool = False

    def __repr__(self) -> str:
        # What somebody typed may be a secret.
        return f"CallTurn({self.carrier}, {self.script}, {self.at})"


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
    carrier whose legs have one id. `answered_by` is who answered, where the carrier found out.
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
    answered_by: str | None = None


class OutboundCall(msgspec.Struct, frozen=True):
    """A call that a carrier is to place. `reference` is our SID, by which the carrier names the
    call when it asks what to do, and when it tells what became of it. `timeout` is the ring time
    and `time_limit` the longest talk, in seconds; `send_digits` are keyed in at the answer;
    `options` are further wishes, by the 2010 API's names, for carriers that know them."""

    reference: str
    caller: str
    called: str
    timeout: int = 60
    time_limit: int = 14_400
    send_digits: str = ""
    options: tuple[tuple[str, str], ...] = ()


class DocumentWanted(msgspec.Struct, frozen=True):
    """A carrier asks how the call `call_sid` of its own goes on: by what `url` answers, or, where
    that is "", by what the program that placed it wants. `details` are what it says of the call;
    `leg` is its id of a leg of the call, where that alone is to hear the document. `once` names
    what asks, where several may ask how a call begins and the first alone is to be told: whatever
    else asks is told nothing. `moment` names when in the call it is wanted: the same when it is
    wanted again, "" where nobody can tell."""

    carrier: str
    call_sid: str
    url: str = ""
    method: str = "POST"
    details: tuple[tuple[str, str], ...] = ()
    leg: str | None = None
    account_sid: str | None = None
    once: str = ""
    moment: str = ""


class Told(msgspec.Struct, frozen=True):
    """What a carrier tells of a call to an address that stands for the program's `url`, or for the
    one that the program named as its `wish` when it placed the call (`AsyncAmdStatusCallback`).
    `leg` is its id of a leg that the call dialled, where it tells of that."""

    carrier: str
    call_sid: str
    url: str
    method: str
    params: tuple[tuple[str, str], ...]
    leg: str | None = None
    account_sid: str | None = None
    wish: str = ""
