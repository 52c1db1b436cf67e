"""Documents of a call, fetched by the carrier from our door rather than from the program.

Whatever a call's document names, an address to go on at, a whisper, a callback, is written as one
of ours with the program's inside: `Call/Next?Call=…&Url=…`, `Call/Leg?…&Tell=…`, `Call/Told?…`. The
carrier signs the whole address, so that nobody else can have the server ask another. The program is
asked by us, as the account that it knows, and what it answers is made fit for people's phones
before the carrier sees it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from maskline.carriers.contract import CallAnswer
from maskline.carriers.request import Params, required, text
from maskline.model.traffic import DocumentWanted, Told
from maskline.voice.instructions import LEG_EVENTS, Client, Dial, Number, Record, Response, Sip

_NEXT: Final = frozenset({"action", "url"})
_TOLD: Final = "recording_status_callback"
#: All that can be told of a recording.
RECORDING_EVENTS: Final = ("in-progress", "completed", "absent")
#: What has to do with documents; Play and Message name media.
_LEADING: Final = frozenset({"Dial", "Gather", "Record", "Redirect"})
_RUNG: Final = (Number, Sip, Client)

#: What the server says by itself of whose call it is.
_OWN: Final = ("AccountSid", "AddOns", "ApiVersion", "CallSid", "Direction", "ParentCallSid")
_PARTIES: Final = ("Called", "Caller", "From", "To")


def through(answer: CallAnswer, door: str) -> Response:
    """The response with the addresses of `door`, which ends with `/Call`, in place of programs'.
    Addresses of our own stay, and are told which moment of the call they are come to at."""
    response, call_sid = answer.response, answer.call_sid
    if answer.dialled_sid is not None:
        # A masked call: all that it names is ours.
        return response
    base = door.partition("/carriers/")[0].partition("/webhooks/")[0]
    ours = (f"{base}/carriers/", f"{base}/webhooks/v1/")

    def at(what: str, **query: str) -> str:
        if what == "Next" and answer.is_aside:
            query["Leg"] = "1"
        return f"{door}/{what}?{urlencode({'Call': call_sid, **query})}"

    verbs = enumerate(response.verbs)
    named = answer.moment and f"{answer.moment}:"
    return msgspec.structs.replace(
        response, verbs=tuple(_led(verb, ours, at, named and f"{named}{i}") for i, verb in verbs)
    )


def _led(one: Any, ours: tuple[str, ...], at: Callable[..., str], place: str) -> Any:
    changes: dict[str, Any] = {}
    rung = isinstance(one, _RUNG)
    if not rung and type(one).__name__ not in _LEADING:
        return one
    for name in one.__struct_fields__:
        value = getattr(one, name)
        if name == "targets":
            changes[name] = tuple(
                _led(target, ours, at, place and f"{place}.{i}") for i, target in enumerate(value)
            )
        elif not isinstance(value, str):
            continue
        elif name in _NEXT:
            # What leads there names the moment: a carrier that asks again says the same.
            moment = sha256(f"{place}:{name}".encode()).hexdigest()[:32]
            more = {"At": moment} if place else {}
            if value.startswith(ours):
                changes[name] = _with_query(value, more)
                continue
            if rung:
                more["Leg"] = "1"
            changes[name] = at("Next", Url=value, Method=one.method, **more)
            changes["method"] = "POST"
    if isinstance(one, Record) or (isinstance(one, Dial) and one.record != "do-not-record"):
        changes |= _recorded(one, ours, at)
    if rung:
        changes |= _leg(one, ours, at)
    return msgspec.structs.replace(one, **changes) if changes else one


def _with_query(url: str, query: Mapping[str, str]) -> str:
    """A URL with more of a query."""
    if not query:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"


def _recorded(one: Record | Dial, ours: tuple[str, ...], at: Callable[..., str]) -> dict[str, Any]:
    """Where the carrier reports on a recording, all of it: it is noted, and the program hears of
    what it wants to hear of."""
    told = one.recording_status_callback
    if told is not None and told.startswith(ours):
        return {}
    tell = {}
    if told is not None:
        events = " ".join(one.recording_status_callback_events)
        tell = {"Tell": told, "TellMethod": one.recording_status_callback_method, "Events": events}
    return {
        _TOLD: at("Told", **tell),
        "recording_status_callback_method": "POST",
        "recording_status_callback_events": RECORDING_EVENTS,
    }


def _leg(one: Any, ours: tuple[str, ...], at: Callable[..., str]) -> dict[str, Any]:
    """Where the carrier reports on a leg, all of it: the record follows, and the program hears of
    what it wants to hear of."""
    told = one.status_callback
    if told is not None and told.startswith(ours):
        return {}
    tell = {}
    if told is not None:
        events = " ".join(one.status_callback_events)
        tell = {"Tell": told, "TellMethod": one.status_callback_method, "Events": events}
    return {
        "status_callback": at("Leg", **tell).replace("?Call=", "?Parent="),
        "status_callback_method": "POST",
        "status_callback_events": LEG_EVENTS,
    }


def wanted(params: Params, query: Params, carrier: str, account_sid: str | None) -> DocumentWanted:
    """What a request to `Call/Next` wants. Raises Malformed."""
    leg = required(params, "CallSid") if text(query, "Leg") else None
    return DocumentWanted(
        carrier=carrier,
        call_sid=required(query, "Call"),
        url=text(query, "Url"),
        method=text(query, "Method") or "POST",
        details=_details(params),
        leg=leg,
        account_sid=account_sid,
        moment=text(query, "At"),
    )


def told(
    params: Params, query: Params, carrier: str, account_sid: str | None, event: str | None = None
) -> Told | None:
    """What a request tells a program; null where that does not want to hear of the `event` of a
    leg. What is told of a recording is for the record besides: `url` is "" where no program wants
    to hear of it. Raises Malformed."""
    url, recorded = text(query, "Tell"), text(params, "RecordingSid")
    events = text(query, "Events").split()
    if (event is not None or events) and (event or text(params, "RecordingStatus")) not in events:
        url = ""
    if not url and not recorded:
        return None
    parent = text(query, "Parent")
    return Told(
        carrier=carrier,
        call_sid=parent or required(query, "Call"),
        url=url,
        method=text(query, "TellMethod") or "POST",
        params=_details(params),
        leg=required(params, "CallSid") if parent else None,
        account_sid=account_sid,
    )


def _details(params: Params) -> tuple[tuple[str, str], ...]:
    """All that the carrier says of this moment, but whose call it is by its own names."""
    return tuple(
        (name, text(params, name))
        for name in params
        if name not in _OWN and not name.startswith(_PARTIES)
    )
