"""What Vonage says of calls: one that comes in, and what becomes of legs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from maskline.carriers.addresses import with_plus
from maskline.carriers.contract import Inbound
from maskline.carriers.legs import reported
from maskline.carriers.request import Params, required
from maskline.model.call import FINAL, CallStatus
from maskline.model.traffic import CallEvent, InboundCall

_STATUSES: Final = {
    "started": CallStatus.INITIATED.value,
    "ringing": CallStatus.RINGING.value,
    "answered": CallStatus.IN_PROGRESS.value,
    "busy": CallStatus.BUSY.value,
    "rejected": CallStatus.BUSY.value,
    "cancelled": CallStatus.CANCELED.value,
    "unanswered": CallStatus.NO_ANSWER.value,
    "timeout": CallStatus.NO_ANSWER.value,
    "disconnected": CallStatus.FAILED.value,
    "failed": CallStatus.FAILED.value,
    "completed": CallStatus.COMPLETED.value,
}


def call(params: Mapping[str, str], carrier: str, door: str) -> InboundCall:
    """A call that comes in. Raises Malformed."""
    return InboundCall(
        carrier=carrier,
        provider_id=required(params, "uuid"),
        # Callers may withhold their number, in whatever way.
        caller=with_plus(params.get("from", "")[:255]),
        number=with_plus(required(params, "to")),
        doors=f"{door}/Call",
    )


def leg(params: Mapping[str, str], query: Params, carrier: str) -> list[Inbound]:
    """What became of a leg that was dialled, which the query names. The leg that it was dialled for
    shares its answer; and its end, unless a program's document may go on after it."""
    status = _STATUSES.get(params.get("status", ""))
    if status is None or params.get("direction") == "inbound":
        return []
    ends = status in FINAL and "Parent" not in query
    event = CallEvent(
        call_sid="",
        status=status,
        provider_id=params.get("uuid") or None,
        duration=_seconds(params),
        with_parent=ends or status == CallStatus.IN_PROGRESS,
        carrier=carrier,
    )
    caller, called = (with_plus(params.get(end, "")) for end in ("from", "to"))
    return reported(event, query, caller, called)


def ended(params: Mapping[str, str], carrier: str) -> list[Inbound]:
    """A call that came in is over; that it was answered is told with the partner's leg. Raises
    Malformed."""
    status = _STATUSES.get(params.get("status", ""))
    if status not in FINAL or params.get("direction") == "outbound":
        return []
    uuid = required(params, "uuid")
    return [CallEvent("", status, uuid, _seconds(params), carrier=carrier)]


def _seconds(params: Mapping[str, str]) -> int | None:
    text = params.get("duration", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None
