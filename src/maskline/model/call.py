"""Calls: one leg of voice between a carrier and us."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec


class CallStatus(StrEnum):
    """The states of a leg, in the 2010 API's words."""

    QUEUED = "queued"
    INITIATED = "initiated"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"
    CANCELED = "canceled"


FINAL: Final = frozenset(
    {
        CallStatus.COMPLETED.value,
        CallStatus.BUSY.value,
        CallStatus.NO_ANSWER.value,
        CallStatus.FAILED.value,
        CallStatus.CANCELED.value,
    }
)

#: A leg only moves to a higher rank, whatever order its events arrive in.
RANK: Final = {
    CallStatus.QUEUED.value: 0,
    CallStatus.INITIATED.value: 1,
    CallStatus.RINGING.value: 2,
    CallStatus.IN_PROGRESS.value: 3,
    **dict.fromkeys(FINAL, 4),
}


class CallDirection(StrEnum):
    """Who began the leg."""

    INBOUND = "inbound"
    OUTBOUND_DIAL = "outbound-dial"
    OUTBOUND_API = "outbound-api"


class Call(msgspec.Struct, frozen=True):
    """A leg. `duration` is in whole seconds from answer to end, null until it ended. `number_sid`
    is our number that it came in at, or that a program placed it by; `answered_by` is who answered
    (`human`, `machine_start` …), where a program wanted to know."""

    sid: str
    account_sid: str
    parent_call_sid: str | None
    direction: str
    caller: str
    called: str
    status: str
    carrier: str
    provider_id: str | None
    interaction_sid: str | None
    start_time: int | None
    end_time: int | None
    duration: int | None
    date_created: int
    date_updated: int
    number_sid: str | None = None
    answered_by: str | None = None

    @classmethod
    def begun(
        cls,
        now: int,
        *,
        sid: str,
        account_sid: str,
        direction: str,
        caller: str,
        called: str,
        status: str,
        carrier: str,
        parent_call_sid: str | None = None,
        provider_id: str | None = None,
        interaction_sid: str | None = None,
        number_sid: str | None = None,
    ) -> Call:
        """A leg that begins, of which nobody has answered yet."""
        return cls(
            sid=sid,
            account_sid=account_sid,
            parent_call_sid=parent_call_sid,
            direction=direction,
            caller=caller,
            called=called,
            status=status,
            carrier=carrier,
            provider_id=provider_id,
            interaction_sid=interaction_sid,
            start_time=None,
            end_time=None,
            duration=None,
            date_created=now,
            date_updated=now,
            number_sid=number_sid,
        )
