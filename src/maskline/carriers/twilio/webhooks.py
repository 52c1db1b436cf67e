"""What a Twilio-shaped carrier posts: messages, receipts, calls and what becomes of their legs.

Paths under the door: `Message`, `Status`, `Call`, `Call/Leg` (a leg that a Dial rings), `Call/Done`
(the end of a Dial), `Call/Status` (the end of a call that came in), `Call/Whisper`, `Call/Next` (a
document that a call goes on with) and `Call/Told` (what is told to a program).
"""

from __future__ import annotations

from typing import Final

import msgspec

from maskline.carriers.contract import Inbound
from maskline.carriers.request import Malformed, Params, Request, required, text, whole
from maskline.carriers.twilio.documents import told, wanted
from maskline.model.call import CallStatus
from maskline.model.message import MessageStatus
from maskline.model.traffic import Adopted, CallEvent, InboundCall, InboundMessage, LegReport

MAX_MEDIA: Final = 10

#: A call's states as carriers of this shape tell them, where ours differ.
_STATES: Final = {"answered": CallStatus.IN_PROGRESS.value, "queued": CallStatus.INITIATED.value}
#: What a leg's event is called in a document, by the state that it tells of: else it is the end.
_EVENTS: Final = {
    CallStatus.INITIATED.value: "initiated",
    CallStatus.RINGING.value: "ringing",
    CallStatus.IN_PROGRESS.value: "answered",
}
_ANSWERED: Final = (CallStatus.IN_PROGRESS.value, CallStatus.COMPLETED.value)
_KNOWN: Final = frozenset(status.value for status in CallStatus)
#: The same of a message. `read` is more than we keep; a group's message is one to one person here.
_STATUSES: Final = {
    "accepted": MessageStatus.ACCEPTED.value,
    "scheduled": MessageStatus.ACCEPTED.value,
    "queued": MessageStatus.QUEUED.value,
    "sending": MessageStatus.SENDING.value,
    "sent": MessageStatus.SENT.value,
    "delivered": MessageStatus.DELIVERED.value,
    "read": MessageStatus.DELIVERED.value,
    "partially_delivered": MessageStatus.SENT.value,
    "undelivered": MessageStatus.UNDELIVERED.value,
    "failed": MessageStatus.FAILED.value,
    "canceled": MessageStatus.FAILED.value,
}
_LOST: Final = frozenset({MessageStatus.UNDELIVERED.value, MessageStatus.FAILED.value})
_UNKNOWN_ERROR: Final = 30008
#: Twilio's name for a request, the same when it makes it again.
_ONCE: Final = "i-twilio-idempotency-token"
#: What the carrier took a message for.
_KEYWORDS: Final = {"STOP": "opt-out", "START": "opt-in", "HELP": "help"}

#: What a program is told of a call that it handed to us, beside whose it is.
_DETAILS: Final = frozenset(
    {
        "CallStatus",
        "Confidence",
        "DialCallDuration",
        "DialCallSid",
        "DialCallStatus",
        "Digits",
        "FinishedOnKey",
        "ForwardedFrom",
        "RecordingDuration",
        "RecordingSid",
        "RecordingUrl",
        "SpeechResult",
        "StirVerstat",
        "msg",
    }
)


class Reader(msgspec.Struct, frozen=True):
    """Reads them for one carrier. `account_sid` and `service_sid` are set where the door names
    them; `doors` is where calls' legs report, null for the Service's own door. `answered`: the
    carrier answers opt-out words."""

    carrier: str
    account_sid: str | None = None
    service_sid: str | None = None
    doors: str | None = None
    answered: bool = False

    def read(self, request: Request) -> list[Inbound]:
        """What a request says. Raises Malformed, and LookupError for an unknown path."""
        params = request.form if request.method == "POST" else request.query
        match request.path:
            case "Message":
                return [self.message(params)]
            case "Call":
                return [self._call(request, params)]
            case "Status":
                return self._receipt(params, request.query)
            case "Call/Leg":
                return self._rung(params, request.query)
            case "Call/Done":
                return [self._leg(params, request.query, done=True)]
            case "Call/Status":
                return self._ended(params)
            case "Call/Next":
                return self._wanted(params, request.query)
            case "Call/Told":
                return self._told(params, request.query)
            case "Call/Whisper":
                return []
        raise LookupError(request.path)

    def message(self, params: Params) -> InboundMessage:
        """A message from a phone."""
        media: tuple[tuple[str, str], ...] = ()
        if many := whole(text(params, "NumMedia"), 18):
            media = tuple(
                (text(params, f"MediaUrl{i}"), text(params, f"MediaContentType{i}"))
                for i in range(min(many, MAX_MEDIA))
            )
        return InboundMessage(
            carrier=self.carrier,
            provider_id=required(params, "MessageSid"),
            sender=required(params, "From"),
            number=required(params, "To"),
            body=text(params, "Body"),
            media=media,
            account_sid=self.account_sid,
            answered=self.answered,
            keyword=_KEYWORDS.get(text(params, "OptOutType"), "") if self.answered else "",
        )

    def _call(self, request: Request, params: Params) -> InboundCall:
        moment = text(request.query, "At")
        if not moment and text(params, "CallStatus") != CallStatus.RINGING:
            # A program hands it to us from a document that we know nothing of.
            moment = request.headers.get(_ONCE, "")
        return InboundCall(
            carrier=self.carrier,
            provider_id=required(params, "CallSid"),
            # Callers may withhold their number, in whatever way.
            caller=text(params, "From")[:255],
            number=required(params, "To"),
            account_sid=self.account_sid,
            service_sid=self.service_sid,
            details=tuple((name, text(params, name)) for name in params if name in _DETAILS),
            doors=self.doors,
            moment=moment,
        )

    def _receipt(self, params: Params, query: Params) -> list[Inbound]:
        status = _STATUSES.get(text(params, "MessageStatus") or text(params, "SmsStatus"))
        if status is None:
            # New states may appear: they say nothing that we know how to tell.
            return []
        error = whole(text(params, "ErrorCode"), 7)
        return [
            LegReport(
                carrier=self.carrier,
                status=status,
                # A receipt may overtake the answer that names the message.
                message_sid=text(query, "Leg") or None,
                provider_id=required(params, "MessageSid"),
                error_code=(error or _UNKNOWN_ERROR) if status in _LOST else None,
            )
        ]

    def _wanted(self, params: Params, query: Params) -> list[Inbound]:
        """A document that is wanted, and how the call stands as it asks."""
        asked = wanted(params, query, self.carrier, self.account_sid)
        carrier = self.carrier if self.account_sid is None else None
        if asked.leg is not None:
            # Who was rung listens: the leg may not have been told of yet.
            named = (text(params, name)[:255] for name in ("From", "To"))
            leg = CallEvent(
                call_sid="",
                status=CallStatus.IN_PROGRESS.value,
                provider_id=asked.leg,
                account_sid=self.account_sid,
                adopted=Adopted(asked.call_sid, *named),
                carrier=carrier,
            )
            return [leg, asked]
        status = state_of(text(params, "CallStatus"))
        if status not in _ANSWERED:
            return [asked]
        stands = CallEvent(
            call_sid=asked.call_sid,
            status=status,
            provider_id=required(params, "CallSid"),
            account_sid=self.account_sid,
            carrier=carrier,
            answered_by=text(params, "AnsweredBy") or None,
        )
        return [stands, asked]

    def _told(self, params: Params, query: Params) -> list[Inbound]:
        """What a program is told; and who answered, if it was found out while the call went on."""
        named = told(params, query, self.carrier, self.account_sid)
        found: list[Inbound] = [] if named is None else [named]
        if answered_by := text(params, "AnsweredBy"):
            found.insert(
                0,
                CallEvent(
                    call_sid=required(query, "Call"),
                    status=CallStatus.IN_PROGRESS.value,
                    provider_id=required(params, "CallSid"),
                    account_sid=self.account_sid,
                    carrier=self.carrier if self.account_sid is None else None,
                    answered_by=answered_by,
                ),
            )
        return found

    def _rung(self, params: Params, query: Params) -> list[Inbound]:
        """A report on a leg, which its program may be told of too."""
        event = self._leg(params, query, done=False)
        name = _EVENTS.get(event.status, "completed")
        report = told(params, query, self.carrier, self.account_sid, name)
        return [event] if report is None else [event, report]

    def _leg(self, params: Params, query: Params, *, done: bool) -> CallEvent:
        """A report on a leg that was dialled, or that its Dial is over. A leg that a program's own
        document dialled is named by the call that it was dialled for."""
        prefix = "Dial" if done else ""
        status = state_of(text(params, f"{prefix}CallStatus"))
        if done and status == CallStatus.IN_PROGRESS:
            status = CallStatus.COMPLETED.value
        if status is None:
            raise Malformed(f"{prefix}CallStatus is not known")
        parent_sid = text(query, "Parent")
        adopted = None
        if parent_sid:
            adopted = Adopted(parent_sid, *(text(params, name)[:255] for name in ("From", "To")))
        return CallEvent(
            call_sid=text(query, "CallLeg"),
            status=status,
            provider_id=text(params, f"{prefix}CallSid") or None,
            duration=whole(text(params, f"{prefix}CallDuration")),
            with_parent=done or status == CallStatus.IN_PROGRESS,
            account_sid=self.account_sid,
            adopted=adopted,
            carrier=self.carrier if self.account_sid is None else None,
            answered_by=text(params, "AnsweredBy") or None,
        )

    def _ended(self, params: Params) -> list[Inbound]:
        """A call that came in is over: the only news of one that rang nobody."""
        status = state_of(text(params, "CallStatus"))
        if status is None:
            return []
        return [
            CallEvent(
                call_sid="",
                status=status,
                provider_id=required(params, "CallSid"),
                duration=whole(text(params, "CallDuration")),
                carrier=self.carrier,
            )
        ]


def state_of(status: str) -> str | None:
    """A call's state in our words; null for one that is not known."""
    status = _STATES.get(status, status)
    return status if status in _KNOWN else None
