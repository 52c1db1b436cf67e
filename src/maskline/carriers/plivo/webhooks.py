"""What Plivo posts: messages, what became of ours, calls and what becomes of their legs.

Paths under the door: `Message`, `Status`, `Call`, `Call/Leg` (events of a leg that a Dial rings),
`Call/Done` (the end of a masked Dial), `Call/Next` (a place of a script that a call has come to),
`Call/Recorded` (a recording that is ready), `Call/Status` (the end of a call), `Call/Placed` (a
program's call was answered, or is to go on elsewhere), `Call/Placed/Status` (what becomes of it),
`Call/Whisper` and `Call/Document`.
"""

from __future__ import annotations

from typing import Final

import msgspec

from maskline.carriers import outcomes, placed
from maskline.carriers.addresses import with_plus
from maskline.carriers.contract import Inbound
from maskline.carriers.legs import reported
from maskline.carriers.plivo.placing import LISTENS, STATES, ended, unanswered
from maskline.carriers.rendering import document_of, turn_at
from maskline.carriers.request import Malformed, Params, Request, required, text, whole
from maskline.model.call import CallStatus
from maskline.model.message import MessageStatus
from maskline.model.traffic import CallEvent, InboundCall, InboundMessage, LegReport

_MAX_MEDIA: Final = 10

_STATUSES: Final = {
    "queued": MessageStatus.QUEUED.value,
    "sent": MessageStatus.SENT.value,
    "delivered": MessageStatus.DELIVERED.value,
    "read": MessageStatus.DELIVERED.value,
    "undelivered": MessageStatus.UNDELIVERED.value,
    "rejected": MessageStatus.FAILED.value,
    "failed": MessageStatus.FAILED.value,
}
_LOST: Final = frozenset({MessageStatus.UNDELIVERED.value, MessageStatus.FAILED.value})

#: Plivo's codes of messages in Twilio's words.
CODES: Final = {
    "30": 30007,  # spam
    "40": 21606,  # the sender is not good
    "50": 30005,  # no such phone
    "70": 30005,
    "80": 30003,  # not to be had now
    "90": 30006,  # no route
    "100": 30007,  # the network does not allow it
    "110": 21617,  # too long
    "200": outcomes.OPTED_OUT,
    "420": 30036,  # expired
    "450": 21408,  # a country that is not allowed
    "900": 30002,  # nothing left to pay with
    "910": 30002,
}

_OVER: Final = frozenset(STATES) - {"ringing", "in-progress"}
_CANCELED: Final = CallStatus.CANCELED.value
_FURTHER: Final = ("CallStatus", "ForwardedFrom")
#: What a call came to, as it names that and as programs are told.
_TOLD: Final = {
    "Digits": "Digits",
    "Speech": "SpeechResult",
    "SpeechConfidenceScore": "Confidence",
    "RecordUrl": "RecordingUrl",
    "RecordingDuration": "RecordingDuration",
}


class Reader(msgspec.Struct, frozen=True):
    """Reads them for one account."""

    carrier: str
    door: str
    answered: bool

    def read(self, request: Request) -> list[Inbound]:
        """What a request says. Raises Malformed, and LookupError for an unknown path."""
        params = request.form if request.method == "POST" else request.query
        match request.path:
            case "Message":
                return [self._message(params)]
            case "Status":
                return self._receipt(params, request.query)
            case "Call":
                return [self._call(params)]
            case "Call/Leg":
                return self._leg(params, request.query)
            case "Call/Done":
                return self._done(params, request.query)
            case "Call/Next":
                return self._next(request, params)
            case "Call/Recorded":
                return [turn_at(request, self.carrier, _told(params), is_late=True)]
            case "Call/Status":
                return self._ended(params)
            case "Call/Placed":
                return self._asks(params, request.query)
            case "Call/Placed/Status":
                return self._tells(params, request.query)
            case "Call/Whisper":
                return []
            case "Call/Document":
                document_of(request)
                return []
        raise LookupError(request.path)

    def _message(self, params: Params) -> InboundMessage:
        count = text(params, "MediaCount")
        found = whole(count, 3)
        most = _MAX_MEDIA if found is None else min(found, _MAX_MEDIA)
        urls = [text(params, f"Media{i}") for i in range(most)]
        return InboundMessage(
            carrier=self.carrier,
            provider_id=required(params, "MessageUUID"),
            sender=with_plus(required(params, "From")),
            number=with_plus(required(params, "To")),
            body=text(params, "Text") or text(params, "Body"),
            media=tuple((url, "") for url in urls if url),
            answered=self.answered,
        )

    def _receipt(self, params: Params, query: Params) -> list[Inbound]:
        status = _STATUSES.get(text(params, "Status").lower())
        if status is None:
            # New states may appear: they say nothing that we know how to tell.
            return []
        code = CODES.get(text(params, "ErrorCode"), outcomes.UNKNOWN)
        # A long message has an id for each part; the whole is named by the first.
        whole = text(params, "ParentMessageUUID") or required(params, "MessageUUID")
        return [
            LegReport(
                carrier=self.carrier,
                status=status,
                # A receipt may overtake the answer that names the message.
                message_sid=text(query, "Leg") or None,
                provider_id=whole,
                error_code=code if status in _LOST else None,
            )
        ]

    def _call(self, params: Params) -> InboundCall:
        details = ((name, text(params, name)) for name in _FURTHER)
        return InboundCall(
            carrier=self.carrier,
            provider_id=required(params, "CallUUID"),
            # Callers may withhold their number, in whatever way.
            caller=with_plus(text(params, "From")[:255]),
            number=with_plus(required(params, "To")),
            details=tuple((name, value) for name, value in details if value),
            doors=f"{self.door}/Call",
        )

    def _leg(self, params: Params, query: Params) -> list[Inbound]:
        """A leg was picked up, or is over. `Call/Done` tells more exactly how its Dial ended,
        but is not asked when the caller hung up."""
        match text(params, "DialAction"):
            case "answer" | "connected":
                status = CallStatus.IN_PROGRESS.value
                return self._event(params, query, status, with_parent=True)
            case "hangup":
                if whole(text(params, "DialBLegDuration")):
                    status = CallStatus.COMPLETED.value
                else:
                    cause = text(params, "DialBLegHangupCauseCode")
                    status = unanswered(cause) or _CANCELED
                return self._event(params, query, status, with_parent=False)
        return []

    def _done(self, params: Params, query: Params) -> list[Inbound]:
        theirs = text(params, "DialStatus")
        if theirs not in _OVER:
            raise Malformed("DialStatus is not known")
        return self._event(params, query, STATES[theirs], with_parent=True)

    def _next(self, request: Request, params: Params) -> list[Inbound]:
        """A call has come to the end of something; of a Dial, its leg has too."""
        told, found = _told(params), list[Inbound]()
        status = STATES.get(text(params, "DialStatus"), "")
        if status:
            told["DialCallStatus"] = status
            found = self._event(params, request.query, status, with_parent=False)
        leg = text(params, "DialBLegUUID")
        return [*found, turn_at(request, self.carrier, told, leg=leg)]

    def _event(
        self, params: Params, query: Params, status: str, *, with_parent: bool
    ) -> list[Inbound]:
        theirs = text(params, "DialBLegUUID") or None
        event = CallEvent("", status, theirs, with_parent=with_parent, carrier=self.carrier)
        caller, called = (with_plus(text(params, f"DialBLeg{end}")) for end in ("From", "To"))
        return reported(event, query, caller, called)

    def _ended(self, params: Params) -> list[Inbound]:
        """A call that came in is over."""
        theirs = text(params, "CallStatus")
        if theirs not in _OVER:
            return []
        return [
            CallEvent(
                call_sid="",
                status=STATES[theirs],
                provider_id=required(params, "CallUUID"),
                duration=_seconds(params),
                carrier=self.carrier,
            )
        ]

    def _asks(self, params: Params, query: Params) -> list[Inbound]:
        """A call that listened for machines says so of them alone."""
        who = None
        if text(query, LISTENS):
            who = "machine_start" if text(params, "Machine").lower() == "true" else "human"
        return placed.asking(query, self.carrier, required(params, "CallUUID"), who)

    def _tells(self, params: Params, query: Params) -> list[Inbound]:
        status = STATES.get(text(params, "CallStatus"))
        if status is None:
            return []
        seconds = _seconds(params)
        answered = bool(seconds or text(params, "AnswerTime"))
        status = ended(status, answered=answered, cause=text(params, "HangupCauseCode"))
        return placed.telling(query, self.carrier, required(params, "CallUUID"), status, seconds)


def _seconds(params: Params) -> int | None:
    """How long a call was talked on; null where that is not said."""
    return whole(text(params, "Duration"))


def _told(params: Params) -> dict[str, str]:
    """What a call came to. A recording whose length is not known yet has a negative one."""
    told = {ours: text(params, theirs) for theirs, ours in _TOLD.items()}
    if told["RecordingDuration"].startswith("-"):
        told["RecordingDuration"] = ""
    return {name: value for name, value in told.items() if value}
