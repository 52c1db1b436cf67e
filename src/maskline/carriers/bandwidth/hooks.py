"""What Bandwidth posts: arrays of what became of messages, and one event of a call at a time.

Paths under the door: `Message` (and `Status`) for messages both ways; `Call` for what the voice
application is told, `Call/Status` for the ends of its calls, `Call/Leg` and `Call/Done` for the leg
that a Transfer rings, `Call/Next` for a place of a script that a call has come to, `Call/Recorded`
for a recording that is ready, `Call/Placed` for a program's call that was answered, or is to go on
elsewhere, `Call/Placed/Status` for its end, `Call/Placed/Machine` for who answered it, where that
is found out later, and `Call/Document` for what is heard on a call that we began.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

import msgspec

from maskline.carriers import placed
from maskline.carriers.bandwidth import errors
from maskline.carriers.contract import Inbound
from maskline.carriers.legs import reported
from maskline.carriers.rendering import turn_at
from maskline.carriers.request import Malformed, Params, Request, required, text, whole
from maskline.model.call import CallStatus
from maskline.model.message import MessageStatus
from maskline.model.traffic import (
    CallEvent,
    CallTurn,
    InboundCall,
    InboundMessage,
    LegReport,
    Told,
)

MAX_MEDIA: Final = 10
_MESSAGES: Final = frozenset({"Message", "Status"})
_CALLS: Final = frozenset({"Call", "Call/Status", "Call/Leg", "Call/Done", "Call/Document"})
_TURNS: Final = frozenset({"Call/Next", "Call/Recorded"})
_PLACED: Final = frozenset({"Call/Placed", "Call/Placed/Status", "Call/Placed/Machine"})
#: What a call repeats that keys something in at its answer, and one that is to know who answers.
DIGITS: Final = "Digits"
LISTENS: Final = "Listens"
#: Where a program is told who answers.
TELL: Final = "Tell"
TELL_METHOD: Final = "TellMethod"
#: How long something is: seconds and parts of one, behind minutes and hours.
_LENGTH: Final = re.compile(
    r"P(?:(\d{1,3})D)?T?(?:(\d{1,4})H)?(?:(\d{1,6})M)?(?:(\d{1,8})(?:\.(\d{1,9})\d*)?S)?"
)

_STATUSES: Final = {
    "message-sending": MessageStatus.SENDING.value,
    "message-sent": MessageStatus.SENT.value,
    "message-delivered": MessageStatus.DELIVERED.value,
    "message-read": MessageStatus.DELIVERED.value,
    "message-failed": MessageStatus.UNDELIVERED.value,
}
#: Why a leg ended; what is not here failed.
_CAUSES: Final = {
    "hangup": CallStatus.COMPLETED.value,
    "busy": CallStatus.BUSY.value,
    "rejected": CallStatus.BUSY.value,
    "timeout": CallStatus.NO_ANSWER.value,
    "cancel": CallStatus.CANCELED.value,
}
#: Who answers, in Twilio's words; of what is not here nobody knows. A machine that is waited for
#: has come to the end of its greeting, or not in time: that is not told.
_WHO: Final = {
    "human": "human",
    "answering-machine": "machine_start",
    "tone-detected": "machine_end_beep",
}
_TO_THE_END: Final = "DetectMessageEnd"
#: How a picture message is laid out, which is no picture.
_LAYOUT: Final = (".smil", ".smi", ".xml")


class _Message(msgspec.Struct, rename={"sender": "from"}):
    id: str | None = None
    owner: str | None = None
    to: list[str] | str | None = None
    sender: str | None = None
    text: str | None = None
    media: list[str] | None = None
    tag: str | None = None


class _Notice(msgspec.Struct, rename="camel"):
    type: str
    to: str | None = None
    error_code: int | str | None = None
    message: _Message = msgspec.field(default_factory=_Message)


class _Detected(msgspec.Struct):
    """Who was detected, and how long that took."""

    value: str | None = None
    duration: str | None = None


class Event(
    msgspec.Struct,
    rename={
        "kind": "eventType",
        "call_id": "callId",
        "sender": "from",
        "answered": "answerTime",
        "ended": "endTime",
        "finished_by": "terminatingDigit",
        "media_url": "mediaUrl",
        "shown": "transferCallerId",
        "rung": "transferTo",
        "detected": "machineDetectionResult",
    },
):
    """What happened to a call."""

    kind: str
    call_id: str | None = None
    sender: str | None = None
    to: str | None = None
    cause: str | None = None
    answered: str | None = None
    ended: str | None = None
    digits: str | None = None
    finished_by: str | None = None
    media_url: str | None = None
    duration: str | None = None
    shown: str | None = None
    rung: str | None = None
    detected: _Detected | str | None = None


class Reader(msgspec.Struct, frozen=True):
    """Reads them for one account. `answered`: opt-out words are answered by the network."""

    carrier: str
    answered: bool = False

    def read(self, request: Request) -> list[Inbound]:
        """What a request says. Raises Malformed, and LookupError for an unknown path."""
        if request.path in _MESSAGES:
            notices: Sequence[_Notice] | _Notice = request.json(list[_Notice] | _Notice)
            every = [notices] if isinstance(notices, _Notice) else notices
            return [found for one in every for found in self._notice(one)]
        if request.path in _CALLS:
            return list(self._event(request.json(Event), request))
        if request.path in _TURNS:
            return [self._turn(request.json(Event), request)]
        if request.path in _PLACED:
            return self._placed(request.json(Event), request)
        raise LookupError(request.path)

    def _turn(self, event: Event, request: Request) -> CallTurn:
        told: dict[str, str] = {}
        match event.kind:
            case "gather":
                told = {"Digits": event.digits or "", "FinishedOnKey": event.finished_by or ""}
            case "recordComplete" | "recordingAvailable":
                told = {
                    "RecordingUrl": event.media_url or "",
                    "RecordingDuration": _seconds(event.duration),
                    "Digits": event.finished_by or "",
                }
            case "transferComplete":
                told = {"DialCallStatus": end_of(event)}
            case "redirect":
                pass
            case _:
                raise Malformed("eventType is not of a place")
        is_late = request.path == "Call/Recorded"
        return turn_at(request, self.carrier, told, is_late=is_late)

    def _placed(self, event: Event, request: Request) -> list[Inbound]:
        """A call that we began, or steered."""
        query, call_id = request.query, _needed(event.call_id, "callId")
        match request.path, event.kind:
            case "Call/Placed", "answer":
                who = _who(event, text(query, LISTENS))
                return placed.asking(query, self.carrier, call_id, who)
            case "Call/Placed", "redirect":
                return placed.asking(query, self.carrier, call_id)
            case "Call/Placed/Status", "disconnect":
                status = end_of_placed(event)
                return placed.telling(query, self.carrier, call_id, status, talk_of(event))
            case "Call/Placed/Machine", "machineDetectionComplete":
                return self._detected(event, query, call_id)
        return []

    def _detected(self, event: Event, query: Params, call_id: str) -> list[Inbound]:
        """It was found out who answered, while the call went on."""
        who = _who(event, text(query, LISTENS) or "Enable")
        sid, talks = required(query, "Call"), CallStatus.IN_PROGRESS.value
        found: list[Inbound] = [
            CallEvent(sid, talks, call_id, carrier=self.carrier, answered_by=who)
        ]
        if url := text(query, TELL):
            took = event.detected.duration if isinstance(event.detected, _Detected) else None
            about = {"AnsweredBy": who or "", "MachineDetectionDuration": _milliseconds(took)}
            params = tuple((name, value) for name, value in about.items() if value)
            how = text(query, TELL_METHOD) or "POST"
            found.append(Told(self.carrier, sid, url, how, params))
        return found

    def _notice(self, notice: _Notice) -> Iterator[Inbound]:
        message = notice.message
        if notice.type == "message-received":
            yield InboundMessage(
                carrier=self.carrier,
                provider_id=_needed(message.id, "message.id"),
                sender=_needed(message.sender, "message.from"),
                # A group's message is to several people; this notice is about one of our numbers.
                number=_needed(notice.to or message.owner, "to"),
                body=(message.text or "").replace("\0", ""),
                media=_media(message.media or ()),
                answered=self.answered,
            )
            return
        status = _STATUSES.get(notice.type)
        if status is None:
            return
        code = _number(notice.error_code)
        if code == errors.RECEIPT_EXPIRED:
            status = MessageStatus.SENT.value
        lost = status == MessageStatus.UNDELIVERED.value
        yield LegReport(
            carrier=self.carrier,
            status=status,
            # A receipt may overtake the answer that names the message.
            message_sid=message.tag or None,
            provider_id=_needed(message.id, "message.id"),
            error_code=errors.ours(code) if lost else None,
        )

    def _event(self, event: Event, request: Request) -> Iterator[Inbound]:
        match event.kind:
            case "initiate":
                yield InboundCall(
                    carrier=self.carrier,
                    provider_id=_needed(event.call_id, "callId"),
                    # Callers may withhold their number, in whatever way.
                    caller=(event.sender or "")[:255].replace("\0", ""),
                    number=_needed(event.to, "to"),
                )
            case "transferAnswer":
                answered = CallStatus.IN_PROGRESS.value
                leg = CallEvent("", answered, event.call_id, with_parent=True, carrier=self.carrier)
                yield from reported(leg, request.query, event.shown or "", event.rung or "")
            case "transferDisconnect":
                status, length = end_of(event), talk_of(event)
                leg = CallEvent("", status, event.call_id, length, carrier=self.carrier)
                yield from reported(leg, request.query, event.shown or "", event.rung or "")
            case "transferComplete":
                # This one's id is that of the call that came in.
                leg = CallEvent("", end_of(event), with_parent=True, carrier=self.carrier)
                yield from reported(leg, request.query)
            case "disconnect":
                call_id = _needed(event.call_id, "callId")
                yield CallEvent("", end_of(event), call_id, talk_of(event), carrier=self.carrier)


def _needed(value: str | None, name: str) -> str:
    if not value or len(value) > 255 or "\0" in value:
        raise Malformed(f"{name} is required")
    return value


def _number(code: int | str | None) -> int:
    if isinstance(code, int):
        return code
    return whole(code or "", 7) or 0


def _media(urls: Sequence[str]) -> tuple[tuple[str, str], ...]:
    found = []
    for url in urls:
        path = urlsplit(url).path.lower()
        if not path.endswith(_LAYOUT):
            found.append((url, mimetypes.guess_type(path)[0] or ""))
    return tuple(found[:MAX_MEDIA])


def end_of(event: Event) -> str:
    """How a leg ended."""
    return _CAUSES.get(event.cause or "", CallStatus.FAILED.value)


def end_of_placed(event: Event) -> str:
    """The same of a call that we began: one that is hung up before it is answered was given up."""
    status = end_of(event)
    given_up = status == CallStatus.COMPLETED and not event.answered
    return CallStatus.CANCELED.value if given_up else status


def talk_of(event: Event) -> int | None:
    """Seconds of talk; null where nobody answered."""
    try:
        begun = datetime.fromisoformat(event.answered or "")
        return max(0, round((datetime.fromisoformat(event.ended or "") - begun).total_seconds()))
    except (ValueError, TypeError):
        return None


def _who(event: Event, listens: str) -> str | None:
    """Who answered a call that was to find out, as `listens` says how; null where it was not."""
    if not listens:
        return None
    found = event.detected
    value = found.value if isinstance(found, _Detected) else found
    who = _WHO.get(value or "", "unknown")
    return "machine_end_other" if (who, listens) == ("machine_start", _TO_THE_END) else who


def _seconds(length: str | None) -> str:
    """Whole seconds of a length such as PT1M13.6S; "" for what is none."""
    milliseconds = _milliseconds(length)
    return str(int(milliseconds) // 1000) if milliseconds else ""


def _milliseconds(length: str | None) -> str:
    found = _LENGTH.fullmatch(length or "")
    if found is None:
        return ""
    *whole, part = found.groups()
    days, hours, minutes, seconds = (int(one or 0) for one in whole)
    total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return str(total * 1000 + int((part or "0").ljust(3, "0")[:3]))
