"""What Sinch's Voice API tells of calls. Both legs of a call have one id; one that we placed says
our name for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from maskline.carriers.addresses import with_plus
from maskline.carriers.contract import Inbound
from maskline.carriers.placed import asking, telling
from maskline.carriers.request import Malformed
from maskline.carriers.sinch.placing import reference_of
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
#: Who answered, in Twilio's words.
_ANSWERED: Final = {"human": "human", "machine": "machine_start"}
_GAVE_UP: Final = frozenset({"CALLERHANGUP", "CANCEL"})


class To(msgspec.Struct):
    """Who is called."""

    endpoint: str | None = None


class MenuResult(msgspec.Struct):
    """What somebody typed, if anything."""

    type: str | None = None
    value: str | None = None


class Amd(msgspec.Struct):
    """Whether a machine answered."""

    status: str | None = None


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
    custom: str | None = None
    amd: Amd | None = None
    timestamp: str | None = None


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
    if reference := reference_of(event.custom):
        return _of_placed(event, reference, call_id, carrier)
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


def _of_placed(event: Event, reference: str, call_id: str, carrier: str) -> list[Inbound]:
    """The same of a call that we placed. Whoever it rings answers it too: only the first answer
    asks what it does."""
    named = {"Call": reference}
    if event.event == "ace":
        moment = (event.timestamp or event.event).replace("\0", "")
        return asking(named, carrier, call_id, _who(event.amd), once=moment[:255])
    status = _end(event)
    if (event.reason or "").upper() == "MANAGERHANGUP" and event.result != "ANSWERED":
        # We hung up before somebody answered.
        status = CallStatus.CANCELED.value
    told = _dialled(status, event.duration, call_id, carrier)
    return [*telling(named, carrier, call_id, status, event.duration), told]


def _who(found: Amd | None) -> str | None:
    """Who answered; null where nobody looked."""
    if found is None:
        return None
    return _ANSWERED.get((found.status or "").lower(), "unknown")


def standing(
    call_sid: str, record: Mapping[str, object], carrier: str, provider_id: str | None
) -> CallEvent | None:
    """What the API's record of a call says of its end; null for one that goes on, of which it does
    not say how far it has come."""
    if str(record.get("status") or "").upper() != "FINAL":
        return None
    duration = record.get("duration")
    words = {name: str(record.get(name) or "") for name in ("reason", "result")}
    event = Event("dice", reason=words["reason"], result=words["result"])
    seconds = duration if isinstance(duration, int) else None
    return CallEvent(call_sid, _end(event), provider_id, seconds, carrier=carrier)


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
