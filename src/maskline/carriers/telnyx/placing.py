"""Calls that programs place: what Telnyx is asked for by TeXML and by call control, and what its
answers about calls mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from maskline.carriers import outcomes, placed
from maskline.carriers.contract import ApiRefused
from maskline.carriers.rendering import within
from maskline.carriers.telnyx.events import Placed, packed
from maskline.carriers.telnyx.machines import Detection
from maskline.model.http import HttpResponse
from maskline.model.traffic import OutboundCall, Refused, SendResult
from maskline.voice.instructions import LEG_EVENTS

#: The shortest and the longest times (s) to ring and to talk, by call control and by TeXML.
RING: Final = (5, 600)
TALK: Final = (30, 14_400)
_TEXML_RING: Final = (5, 120)

#: What a program may ask for, by TeXML and by call control. Keys after the answer neither has
#: wholly; and a recording of the whole call could not be told from those of a document.
CONTROL_OPTIONS: Final = frozenset({"AsyncAmd", "DetectMessageEnd", "MachineDetection"})
TEXML_OPTIONS: Final = CONTROL_OPTIONS | {"Record"}

#: Telnyx's codes in Twilio's words.
_CODES: Final = {
    "10001": 21212,  # our number is not active
    "10002": 21217,
    "10009": outcomes.AUTHENTICATION,
    "10010": 21215,  # nobody may be called there
    "10016": 21217,
    "20100": outcomes.UNPAID,  # nothing left to pay with
}
#: The same of what refusals of the network say in words.
_REASONS: Final = {"D13": 21215, "D19": outcomes.UNPAID, "D35": 21212}
_REASON: Final = re.compile(r"\bD\d{1,2}\b")
#: As many calls as there may be at a time.
_BUSY: Final = frozenset({"10011", "D1", "D2", "D3", "D22"})
#: What the operator can put right.
_OPERATORS: Final = frozenset({outcomes.AUTHENTICATION, outcomes.UNPAID})
#: The call is over, or there never was one.
_OVER: Final = frozenset({"90015", "90018"})
_MISSING: Final = 404


class Error(msgspec.Struct):
    """One error; codes are texts, and were numbers."""

    code: str | int = ""
    title: str | None = ""
    detail: str | None = ""


class _Answer(msgspec.Struct):
    data: dict[str, Any] | None = None
    errors: list[Error] | None = None
    call_sid: str | None = None
    sid: str | None = None


def texml_begun(connection: str, caller: str, called: str, url: str) -> dict[str, object]:
    """A call by TeXML that asks at `url` what it does."""
    return {
        "ApplicationSid": connection,
        "From": caller,
        "To": called,
        "Url": url,
        "UrlMethod": "POST",
    }


def texml_fields(call: OutboundCall, connection: str, door: str) -> dict[str, object]:
    """A program's call by TeXML. Who answered is always found out beside the call, and told to us:
    where the program is to be asked after that, the call waits."""
    wanted, options, sid = Detection.of(call), dict(call.options), call.reference
    url = placed.ask_at(door, sid, **({} if wanted is None else wanted.ask_query))
    fields = texml_begun(connection, call.caller, call.called, url) | {
        "StatusCallback": placed.tell_at(door, sid),
        "StatusCallbackMethod": "POST",
        "StatusCallbackEvent": " ".join(LEG_EVENTS),
        "Timeout": within(call.timeout, _TEXML_RING),
        "TimeLimit": within(call.time_limit, TALK),
    }
    if wanted is not None:
        fields |= wanted.texml_fields(f"{door}/Call/Placed/Machine", sid)
    if options.get("Record") == "true":
        fields |= _recording(call, door)
    return fields


def _recording(call: OutboundCall, door: str) -> dict[str, object]:
    """The fields of the recording of a whole call."""
    options = dict(call.options)
    fields: dict[str, object] = {
        "Record": True,
        # Telnyx would trim by itself.
        "Trim": options.get("Trim", "do-not-trim"),
        "RecordingChannels": options.get("RecordingChannels", "mono"),
        "RecordingTrack": options.get("RecordingTrack", "both"),
    }
    tell = options.get("RecordingStatusCallback")
    if tell is None:
        return fields
    method = options.get("RecordingStatusCallbackMethod", "POST")
    query = urlencode({"Call": call.reference, "Tell": tell, "TellMethod": method})
    events = [word for name, word in call.options if name == "RecordingStatusCallbackEvent"]
    return fields | {
        "RecordingStatusCallback": f"{door}/Call/Told?{query}",
        "RecordingStatusCallbackMethod": "POST",
        "RecordingStatusCallbackEvent": " ".join(events or ["completed"]),
    }


def control_begun(connection: str, caller: str, called: str, state: str) -> dict[str, object]:
    """A call by call control."""
    return {"connection_id": connection, "from": caller, "to": called, "client_state": state}


def control_fields(call: OutboundCall, connection: str, door: str) -> dict[str, object]:
    """A program's call by call control."""
    wanted, sid = Detection.of(call), call.reference
    state = packed(Placed(sid, wanted is not None and wanted.waits))
    query = {} if wanted is None else wanted.tell_query
    fields = control_begun(connection, call.caller, call.called, state) | {
        "timeout_secs": within(call.timeout, RING),
        "time_limit_secs": within(call.time_limit, TALK),
        "webhook_url": placed.tell_at(door, sid, **query),
        "webhook_url_method": "POST",
    }
    return fields if wanted is None else fields | wanted.control_fields


def outcome(response: HttpResponse) -> SendResult:
    """What an answer to a call that was to be placed means."""
    answer = outcomes.read(response, _Answer)
    if 200 <= response.status < 300:
        named = made(answer.data or {"call_sid": answer.call_sid, "sid": answer.sid})
        return outcomes.taken(named)
    words = _words(answer)
    if response.status < 500 and words & _BUSY:
        return outcomes.throttled(outcomes.retry_after(response), whole=True)
    general = outcomes.of_call_by_status(response)
    if general is not None:
        return general
    reasons = [_REASONS[word] for word in sorted(words) if word in _REASONS]
    codes = reasons or [_CODES[word] for word in sorted(words) if word in _CODES]
    code = codes[0] if codes else outcomes.WRONG
    return Refused(code, retry=code in _OPERATORS)


def made(document: Mapping[str, Any]) -> str:
    """Telnyx's id of a call that it has begun; "" where it does not say."""
    found = (document.get(name) for name in ("call_control_id", "call_sid", "sid"))
    return next((str(one) for one in found if one), "")


def was_carried_out(response: HttpResponse) -> bool:
    """Whether an order for a call was carried out; false where the call is not on the line. Raises
    ApiRefused."""
    if 200 <= response.status < 300:
        return True
    if response.status == _MISSING or _words(outcomes.read(response, _Answer)) & _OVER:
        return False
    raise ApiRefused(f"the carrier answered {response.status}")


def _words(answer: _Answer) -> frozenset[str]:
    """The codes of an answer's errors, and the reasons in what they say."""
    errors = answer.errors or []
    said = " ".join(f"{one.title or ''} {one.detail or ''}" for one in errors)
    return frozenset(str(one.code) for one in errors) | frozenset(_REASON.findall(said))
