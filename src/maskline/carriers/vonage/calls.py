"""What Vonage says of calls: one that comes in, one that we placed, and what becomes of legs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from maskline.carriers.addresses import with_plus
from maskline.carriers.contract import Inbound
from maskline.carriers.legs import reported
from maskline.carriers.placed import answered, asking, telling
from maskline.carriers.rendering import turn_at
from maskline.carriers.request import Malformed, Params, Request, required, text
from maskline.carriers.vonage.placing import DETECT, TO_THE_END, WAIT
from maskline.model.call import FINAL, CallStatus
from maskline.model.traffic import CallEvent, CallTurn, InboundCall, Told

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

#: What the API says besides of a call that was answered.
_ANSWERED: Final = frozenset({"human", "machine"})
_BEEPS: Final = {"beep_start": "machine_end_beep", "beep_timeout": "machine_end_other"}
#: In the address that a call asks at which nobody said in time who answered.
LATE: Final = "Late"
_UNKNOWN: Final = "unknown"


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


class _Speech(msgspec.Struct):
    text: str = ""
    confidence: str | float = ""


class _Heard(msgspec.Struct):
    results: list[_Speech] | None = None


class _Typed(msgspec.Struct):
    digits: str | None = None


class Step(msgspec.Struct):
    """What a call came to: the end of an `input`, of a recording, or a `notify`. An older `input`
    says what was typed without a frame."""

    dtmf: _Typed | str | None = None
    speech: _Heard | None = None
    recording_url: str | None = None
    start_time: str | None = None
    end_time: str | None = None


def turn(request: Request, carrier: str) -> CallTurn:
    """The place that a call has come to. Raises Malformed."""
    step: Step = request.json(Step)
    told: dict[str, str] = {}
    typed = step.dtmf.digits if isinstance(step.dtmf, _Typed) else step.dtmf
    if typed:
        told["Digits"] = typed
    for best in ((step.speech and step.speech.results) or ())[:1]:
        told |= {"SpeechResult": best.text, "Confidence": str(best.confidence)}
    if step.recording_url:
        told["RecordingUrl"] = step.recording_url
        told["RecordingDuration"] = _between(step.start_time, step.end_time)
    found = turn_at(request, carrier, told, one_by_one=True)
    # What follows a recording is told by a request of ours, which is not to begin it anew.
    return msgspec.structs.replace(found, is_told_once=request.path == "Call/Recorded")


def _between(start: str | None, end: str | None) -> str:
    """Whole seconds between two times; "" where they are not known."""
    try:
        begun, over = (datetime.fromisoformat(one or "") for one in (start, end))
        return str(max(0, round((over - begun).total_seconds())))
    except (ValueError, TypeError):
        return ""


def ended(params: Mapping[str, str], carrier: str) -> list[Inbound]:
    """A call that came in is over; that it was answered is told with the partner's leg. Raises
    Malformed."""
    status = _STATUSES.get(params.get("status", ""))
    if status not in FINAL or params.get("direction") == "outbound":
        return []
    uuid = required(params, "uuid")
    return [CallEvent("", status, uuid, _seconds(params), carrier=carrier)]


def asks(params: Mapping[str, str], query: Params, carrier: str) -> list[Inbound]:
    """A call that we placed was answered, or came back to us: it asks what it does, but where it
    waits for who it is. Raises Malformed."""
    uuid = params.get("uuid") or None
    if wait_of(query):
        return answered(query, carrier, uuid)
    if text(query, LATE):
        return asking(query, carrier, uuid, _UNKNOWN, once=_UNKNOWN)
    return asking(query, carrier, uuid)


def wait_of(query: Params) -> int:
    """How many seconds a call that was answered waits for who it is; 0 for not at all. Raises
    Malformed."""
    seconds = text(query, WAIT)
    if seconds and not (seconds.isascii() and seconds.isdigit() and len(seconds) < 4):
        raise Malformed(f"{WAIT} is no number of seconds")
    return int(seconds or "0")


def became(params: Mapping[str, str], query: Params, carrier: str) -> list[Inbound]:
    """What has become of a call that we placed, and who answered it. Raises Malformed."""
    status, uuid = params.get("status", ""), uuid_of(params)
    if params.get("direction") == "inbound":
        return []
    if status in _STATUSES:
        return telling(query, carrier, uuid or None, _STATUSES[status], _seconds(params))
    who = _who(status, params.get("sub_state", ""), text(query, DETECT))
    if who is None:
        return []
    if text(query, "Async"):
        sid, told = required(query, "Call"), (("AnsweredBy", who),)
        tells = Told(carrier, sid, "", "POST", told, wish="AsyncAmdStatusCallback")
        return [*answered(query, carrier, uuid or None, who), tells]
    if not uuid:
        raise Malformed("uuid is required")
    return asking(query, carrier, uuid, who, once=who)


def uuid_of(params: Mapping[str, str]) -> str:
    """The call that an event tells of: one about who answered names it in its own way."""
    return params.get("uuid") or params.get("call_uuid", "")


def standing(
    call_sid: str, record: Mapping[str, object], carrier: str, provider_id: str | None
) -> CallEvent | None:
    """What the API's record of a call says; null where that is nothing that we know."""
    theirs = str(record.get("status") or "")
    status = CallStatus.IN_PROGRESS.value if theirs in _ANSWERED else _STATUSES.get(theirs)
    if status is None:
        return None
    seconds = _seconds({"duration": str(record.get("duration") or "")})
    return CallEvent(call_sid, status, provider_id, seconds, carrier=carrier)


def _who(status: str, state: str, detection: str) -> str | None:
    """Who answered, in Twilio's words; null where that is not said, or not yet."""
    if not detection or status not in _ANSWERED:
        return None
    if status == "human":
        return status
    return _BEEPS.get(state) if detection == TO_THE_END else "machine_start"


def _seconds(params: Mapping[str, str]) -> int | None:
    text = params.get("duration", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None
