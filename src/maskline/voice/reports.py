"""Status callbacks of calls that programs placed."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from maskline.env import Env
from maskline.model.call import FINAL, Call, CallStatus
from maskline.model.clock import rfc2822
from maskline.model.job import Job
from maskline.proxy.out_of_session import call_parameters
from maskline.store.contract import Transaction
from maskline.voice.ends import status_job

#: What is told of which state; every other is the end.
_EVENTS: Final = MappingProxyType(
    {
        CallStatus.INITIATED.value: "initiated",
        CallStatus.RINGING.value: "ringing",
        CallStatus.IN_PROGRESS.value: "answered",
    }
)


async def report(env: Env, tx: Transaction, call: Call) -> list[Job]:
    """Tells the program of the state that its call is in now, where it wants to hear of it."""
    placed = await tx.placed_calls.get(call.sid)
    if placed is None or not placed.status_url:
        return []
    event = _EVENTS.get(call.status, "completed")
    if event not in placed.status_events:
        return []
    sequence = await tx.placed_calls.told(call.sid)
    if sequence and event == "initiated":
        # The carrier is handed it once more.
        return []
    await tx.placed_calls.tell(call.sid)
    details = {
        "Timestamp": rfc2822(env.clock()) or "",
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(sequence),
    }
    if call.status in FINAL:
        seconds = call.duration or 0
        # Duration is in minutes begun, as the platform bills them.
        details |= {"CallDuration": str(seconds), "Duration": str(-(-seconds // 60))}
    if call.answered_by is not None:
        details["AnsweredBy"] = call.answered_by
    params = dict(call_parameters(call, details))
    url, method = placed.status_url, placed.status_method
    return [status_job(env, url, method, call.account_sid, call.sid, params)]
