"""What dialects of instruction trees have in common: instructions that a carrier lacks, documents
that lead on, and XML."""

from __future__ import annotations

import base64
import html
import logging
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

import msgspec

from maskline.carriers.contract import MOMENT, CallAnswer, Fetch, Tools
from maskline.carriers.legs import leg_query
from maskline.carriers.request import Malformed, Request, required, text
from maskline.model.traffic import CallTurn
from maskline.voice.instructions import (
    Dial,
    Gather,
    Hangup,
    Number,
    Record,
    Redirect,
    Reject,
    Response,
    Verb,
)

log = logging.getLogger(__name__)

XML_HEADER: Final = '<?xml version="1.0" encoding="UTF-8"?>'
#: What XML 1.0 has no way to carry, not even as a character reference.
_ILLEGAL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MOST_DOCUMENTS: Final = 10
#: What is of use only where somebody comes back to it.
_ASKING: Final = frozenset({"Gather", "Record"})


def limited(response: Response, verbs: frozenset[str], carrier: str) -> Response:
    """The response with what a carrier can carry out. Of a Gather the prompts are left, in place of
    a Reject the call is ended; what else it lacks is left out, and the log says so."""
    kept: list[Verb] = []
    lacking: set[str] = set()
    for verb in response.verbs:
        name = type(verb).__name__
        if isinstance(verb, Gather) and "speech" in verb.input and "Gather.input" not in verbs:
            lacking.add("Gather.input")
            if verb.input == "speech":
                name = "Gather.input"
            verb = msgspec.structs.replace(verb, input="dtmf")
        if name in verbs:
            kept.append(verb)
            continue
        lacking.add(name)
        if isinstance(verb, Gather):
            kept += [one for one in verb.prompts if type(one).__name__ in verbs]
        elif isinstance(verb, Reject):
            kept.append(Hangup())
    if lacking:
        names = ", ".join(sorted(lacking))
        log.warning("%s can't carry out what a call's document asks for: %s", carrier, names)
    return Response(tuple(kept))


async def prepared(
    answer: CallAnswer,
    tools: Tools,
    verbs: frozenset[str],
    carrier: str,
    status: str,
    *,
    goes_on_after_dials: bool = False,
) -> CallAnswer:
    """The answer as a carrier is to carry it out that can do these `verbs`: led on, without what it
    lacks, and kept if the call will come to a place where somebody is asked. `status` is the
    call's. `goes_on_after_dials`: that is so after every Dial."""
    keeps = tools.scripts is not None
    able = verbs if keeps else verbs - _ASKING
    found = await led_on(answer, tools.fetch, status, keeps=keeps)
    found = msgspec.structs.replace(found, response=limited(found.response, able, carrier))
    if tools.scripts is None or (answer.script and found.response == answer.response):
        return found
    asking = any(
        asks(verb) or (goes_on_after_dials and isinstance(verb, Dial))
        for verb in found.response.verbs
    )
    if not answer.follows and (found.dialled_sid or not asking):
        return found
    return await tools.scripts.keep(found)


def asks(verb: Verb) -> bool:
    """Whether somebody is asked what comes after a verb."""
    match verb:
        case Gather() | Record() | Redirect():
            return True
        case Dial(action=action):
            return action is not None or len(numbers_of(verb)) > 1
    return False


def place_query(answer: CallAnswer, index: int) -> str:
    """The query that names a place of a kept answer: the verb `index` of those that it has."""
    return urlencode({"Script": answer.script, "At": answer.at + index})


def dial_query(answer: CallAnswer, index: int) -> str:
    """The same of a Dial, with the call that its legs are dialled for."""
    return f"{place_query(answer, index)}&{leg_query(answer)}"


def turn_at(
    request: Request,
    carrier: str,
    told: Mapping[str, str] | None = None,
    *,
    leg: str = "",
    is_late: bool = False,
    one_by_one: bool = False,
) -> CallTurn:
    """The place that a request's query names, and what the call came to there. Raises Malformed."""
    at = required(request.query, "At")
    if not at.isascii() or not at.isdigit() or len(at) > 5:
        raise Malformed("At is no place")
    script = required(request.query, "Script")
    pairs = tuple((told or {}).items())
    return CallTurn(
        carrier, script, int(at), pairs, leg[:255], is_late=is_late, one_by_one=one_by_one
    )


async def led_on(
    answer: CallAnswer, fetch: Fetch | None, status: str, *, keeps: bool = False
) -> CallAnswer:
    """The answer with what the documents say that its Redirects name, for a carrier that does not
    read our documents. `status` is the call's, for the program that is asked. A Redirect that comes
    when somebody was dialled or asked can't be foreseen: the call ends there, unless somebody
    `keeps` it for later."""
    verbs: list[Verb] = list(answer.response.verbs)
    dialled = answer.dialled_sid
    for step in range(_MOST_DOCUMENTS):
        at = next((at for at, verb in enumerate(verbs) if isinstance(verb, Redirect)), None)
        if at is None or (keeps and any(map(_waits, verbs[:at]))):
            return msgspec.structs.replace(
                answer, response=Response(tuple(verbs)), dialled_sid=dialled
            )
        redirect = verbs[at]
        assert isinstance(redirect, Redirect)
        if fetch is None or any(map(_waits, verbs[:at])):
            verbs[at:] = [Hangup()]
            continue
        about = {"CallSid": answer.call_sid, "CallStatus": status}
        if answer.moment:
            about[MOMENT] = f"{answer.moment}/{step}"
        try:
            further = await fetch(redirect.url, redirect.method, about)
        except LookupError:
            verbs[at:] = [Hangup()]
            continue
        verbs[at:] = further.response.verbs or [Hangup()]
        dialled = further.dialled_sid or dialled
    log.warning("a call's documents lead on without an end")
    over = Response((Hangup(),))
    return msgspec.structs.replace(answer, response=over, dialled_sid=None)


def _waits(verb: Verb) -> bool:
    """Whether what comes after a verb is for later."""
    return isinstance(verb, Dial | Gather | Record)


def document_query(response: Response) -> str:
    """The query of an address that gives a document back, for a carrier that fetches what a call
    that we begin is to hear."""
    return urlencode({"Document": base64.urlsafe_b64encode(msgspec.json.encode(response)).decode()})


def document_of(request: Request) -> Response:
    """The document in the query of a request. Raises Malformed."""
    try:
        data = base64.urlsafe_b64decode(text(request.query, "Document"))
        return msgspec.json.decode(data, type=Response)
    except ValueError:
        raise Malformed("Document can't be read") from None


def within(value: int, bounds: tuple[int, int]) -> int:
    """The number nearest to it that the carrier takes: from the first bound to the second."""
    return min(max(value, bounds[0]), bounds[1])


def numbers_of(dial: Dial) -> list[Number]:
    """Whom a Dial rings, as far as they are phones."""
    return [target for target in dial.targets if isinstance(target, Number)]


def escaped(words: str) -> str:
    """Text as XML carries it, in an element or an attribute."""
    return html.escape(_ILLEGAL.sub("", words))


def element(name: str, attributes: Mapping[str, object] | None = None, *content: str) -> str:
    """An element. Attributes that are null are left out; the content is XML already."""
    out = [f"<{name}"]
    for key, value in (attributes or {}).items():
        if value is not None:
            words = str(value).lower() if isinstance(value, bool) else str(value)
            out.append(f' {key}="{escaped(words)}"')
    inside = "".join(content)
    out.append(f">{inside}</{name}>" if inside else "/>")
    return "".join(out)
