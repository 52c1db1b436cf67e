"""What Sinch's Voice API tells of calls. Both legs of a call have one id."""

from __future__ import annotations

from typing import Final

import msgspec

from maskline.carriers.addresses import with_plus
from maskline.carriers.contract import Inbound
from maskline.carriers.request import Malformed
from maskline.model.call import CallStatus
from maskline.model.traffic import CallEvent, CallTurn, InboundCall

_RESULTS: Final = {
    "ANSWERED": CallStatus.COMPLETED.value,
    "BUSY": CallStatus.BUSY.value,
    "NOANSWER": CallStatus.NO_ANSWER.value,
    "FAILED": CallStatus.FAILED.value,
}
#: Why a call is over that came to no result.
_REASONS: Final = {
    "BUSY": CallStatus.BUSY.value,
    "CALLERHANGUP": CallStatus.CANCELED.value,
    "CANCEL": CallStatus.CANCELED.value,
    "NOANSWER": CallStatus.NO_ANSWER.value,
    "TIMEOUT": CallStatus.NO_ANSWER.value,
    # We hung up, or said a sentence.
    "MANAGERHANGUP": CallStatus.COMPLETED.value,
}
_GAVE_UP: Final = frozenset({"CALLERHANGUP", "CANCEL"})


class To(msgspec.Struct):
    """Who is called."""

    endpoint: str | None = None


class MenuResult(msgspec.Struct):
    """What somebody typed, if anything."""

    type: str | None = None
    value: str | None = None


class Event(msgspec.Struct):
    """What happened: `ice` comes in, `ace` was answered, `pie` was asked for keys, `dice` is over.
    The id is written in two ways."""

    event: str
    callid: str | None = None
    call_id: str | None = msgspec.field(default=None, name="callId")
    cli: str | None = None
    to: To | None = None
    reason: str | None = None
    result: str | None = None
    duration: int | None = None
    menu: MenuResult | None = msgspec.field(default=None, name="menuResult")


def read(event: Event, carrier: str) -> list[Inbound]:
    """What an event says. Raises Malformed."""
    call_id = event.callid or event.call_id or ""
    if event.event not in ("ice", "ace", "pie", "dice"):
        return []
    if not call_id or len(call_id) > 255 or "\0" in call_id:
        raise Malformed("callid is required")
    if event.event == "ice":
        number = (event.to and event.to.endpoint) or ""
        if not number or len(number) > 255 or "\0" in number:
            raise Malformed("to.endpoint is required")
        # Callers may withhold their number, in whatever way.
        caller = with_plus((event.cli or "")[:255].replace("\0", ""))
        return [InboundCall(carrier, call_id, caller, with_plus(number))]
    if event.event == "pie":
        return _typed(event, call_id, carrier)
    status, duration = CallStatus.IN_PROGRESS.value, None
    found: list[Inbound] = []
    if event.event == "dice":
        status, duration = _end(event), event.duration
        # What a Dial came to is told when the call is over: none goes on after it.
        found.append(_dialled(status, duration, call_id, carrier))
    leg = CallEvent(
        "", status, call_id, duration, with_parent=True, carrier=carrier, of_dialled=True
    )
    return [leg, *found]


def _typed(event: Event, call_id: str, carrier: str) -> list[Inbound]:
    result = event.menu or MenuResult()
    if (result.type or "").lower() == "hangup":
        return []
    told = {"Digits": (result.value or "")[:255]}
    return [CallTurn(carrier, "", -1, tuple(told.items()), provider_id=call_id)]


def _dialled(status: str, duration: int | None, call_id: str, carrier: str) -> CallTurn:
    told = {"DialCallStatus": status, "DialCallDuration": "" if duration is None else str(duration)}
    pairs = tuple(told.items())
    return CallTurn(carrier, "", -1, pairs, provider_id=call_id, is_dial=True, is_late=True)


def _end(event: Event) -> str:
    reason = (event.reason or "").upper()
    status = _RESULTS.get((event.result or "").upper())
    if status is None:
        return _REASONS.get(reason, CallStatus.FAILED.value)
    if status == CallStatus.NO_ANSWER and reason in _GAVE_UP:
        return CallStatus.CANCELED.value
    return status
