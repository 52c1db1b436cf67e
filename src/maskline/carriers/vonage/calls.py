"""What Vonage says of calls: one that comes in, and what becomes of legs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from maskline.carriers.addresses import with_plus
from maskline.carriers.contract import Inbound
from maskline.carriers.request import required
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


def leg(params: Mapping[str, str], sid: str) -> list[Inbound]:
    """What became of a leg that was dialled, which we name `sid`. The leg that it was dialled for
    shares its answer and its end."""
    status = _STATUSES.get(params.get("status", ""))
    if status is None or not sid or params.get("direction") == "inbound":
        return []
    shared = status in FINAL or status == CallStatus.IN_PROGRESS
    uuid = params.get("uuid") or None
    return [CallEvent(sid, status, uuid, _seconds(params), with_parent=shared)]


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
