"""What is kept of an HTTP exchange: enough to find the mistake, and nobody's number or words.

A parameter is kept by its name: those that say what happened (SIDs, states, dates, addresses of
resources) as they are, those that hold numbers masked, and every other one, known or not, hidden.
What was hidden or masked is hidden in the answer too, which may well quote it.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlencode, urlsplit, urlunsplit

import msgspec

from maskline.model.exchange import Exchange
from maskline.numbers.e164 import mask

HIDDEN: Final = "[redacted]"

#: Characters that are kept: of a value, of each text as a whole, and of what is looked through.
_VALUE: Final = 256
_TEXT: Final = 4096
_READ: Final = 16_384
_IDENTIFIER: Final = "identifier"
#: A hidden value that is shorter is not looked for in the answer: it would be found everywhere.
_TELLING: Final = 3
#: The least that is left out at the end of an answer that was cut: a number may be cut there, too.
_EDGE: Final = 32

_TELLS: Final = (
    "sid",
    "status",
    "type",
    "mode",
    "ttl",
    "reason",
    "direction",
    "apiversion",
    "nummedia",
    "numsegments",
    "isreserved",
    "geomatchlevel",
    "numberselectionbehavior",
    "failonparticipantconflict",
    "country",
    "datecreated",
    "dateended",
    "dateexpiry",
    "datelastinteraction",
    "datestarted",
    "dateupdated",
    "enddate",
    "pagesize",
    "page",
    "startdate",
    "uniquename",
)
#: Ends as what tells does, and is somebody's own words.
_WORDS: Final = "editreason"
#: Of resources and callbacks: one of media or of a recording opens it to whoever has it.
_ADDRESSES: Final = ("resourceurl", "callbackurl")
_NUMBERED: Final = (
    "from",
    "to",
    "caller",
    "called",
    "phonenumber",
    "shortcode",
)
_SECRET: Final = re.compile(
    r"auth|cookie|cred|jwt|key|pass|pwd|secret|session|sig|token", re.IGNORECASE
)
#: It is ours, no secret, and tells which attempts belong together.
_NO_SECRET: Final = frozenset({"i-twilio-idempotency-token"})

#: A date, which is left alone, or what may be a phone number, as people and programs write them.
_DIGITS: Final = re.compile(
    r"(?P<date>(?<![0-9])[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9-]))"
    r"|(?:(?<![0-9A-Za-z])|(?<=%2B)|(?<=%2b)|(?<=%20))"
    r"\+?\(?[0-9](?:[\s().\-/]{0,2}[0-9]){6,}+"
)
_DIGIT: Final = re.compile(r"[0-9]")
#: Of a number with more digits than any phone's, none is shown.
_LONGEST: Final = 15
_MASKED: Final = 4


class Kept(msgspec.Struct, frozen=True):
    """An exchange as an alert holds it; headers and variables as URL-encoded forms."""

    request_method: str
    request_url: str
    request_variables: str
    request_headers: str
    response_headers: str | None
    response_body: str | None
    response_status: int | None


def kept(exchange: Exchange) -> Kept:
    """What is kept of an exchange."""
    variables = [(scrub(name)[:64], _value(name, value)) for name, value in exchange.parameters]
    answered = exchange.status is not None
    return Kept(
        request_method=exchange.method,
        request_url=url(exchange.url)[:_TEXT],
        request_variables=_form(variables),
        request_headers=_form(_headers(exchange.request_headers)),
        response_headers=_form(_headers(exchange.response_headers)) if answered else None,
        response_body=_body(exchange) if answered else None,
        response_status=exchange.status,
    )


def scrub(text: str) -> str:
    """`text` with all that may be a phone number masked to all but its last four digits."""
    return _DIGITS.sub(_mask, text)


def url(address: str) -> str:
    """An address without user, password and fragment, numbers masked and secrets hidden."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return HIDDEN
    path = quote(scrub(unquote(parts.path)), safe="/:@!$&'()*+,;=~", errors="replace")
    query = [
        (scrub(name), HIDDEN if _is_secret(name) else _in_query(name, value))
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    ]
    host = parts.netloc.rpartition("@")[2]
    encoded = urlencode(query, safe="[]", errors="replace")
    return urlunsplit((parts.scheme, _plain(host), path, encoded, ""))


def _in_query(name: str, value: str) -> str:
    """A query's value: of an address it is a part, and so is kept, unless it names a person."""
    return mask(value) if name.lower().endswith(_IDENTIFIER) else scrub(value)


def _plain(text: str) -> str:
    """`text` without what is no UTF-8."""
    return text.encode("utf-8", "replace").decode()


def _value(name: str, value: str) -> str:
    """A parameter's value as it is kept."""
    plain = name.replace("_", "").lower().rstrip("0123456789")
    if not value or (plain == "interactiondata" and _is_duration(value)):
        return value
    if plain.endswith(_ADDRESSES):
        return url(value)[:_VALUE]
    if plain in _NUMBERED or plain.endswith(_IDENTIFIER):
        return mask(value)[:_VALUE]
    if plain.endswith(_TELLS) and plain != _WORDS:
        return scrub(value)[:_VALUE]
    return HIDDEN


def _is_duration(data: str) -> bool:
    """Whether an interaction's data tells of a call, and so holds nobody's words."""
    decoded = _json(data)
    return isinstance(decoded, dict) and set(decoded) == {"duration"}


def _headers(headers: Mapping[str, str]) -> list[tuple[str, str]]:
    return [
        (name, HIDDEN if _is_secret(name) else scrub(value)[:_VALUE])
        for name, value in headers.items()
    ]


def _is_secret(name: str) -> bool:
    return _SECRET.search(name) is not None and name.lower() not in _NO_SECRET


def _form(pairs: Iterable[tuple[str, str]]) -> str:
    """Pairs as a form, up to the bound and never with half a pair at its end."""
    text = ""
    for name, value in pairs:
        # Texts may hold lone surrogates, which are no UTF-8.
        name_, value_ = (quote_plus(one, errors="replace") for one in (name, value))
        more = f"{'&' if text else ''}{name_}={value_}"
        if len(text) + len(more) > _TEXT:
            break
        text += more
    return text


def _body(exchange: Exchange) -> str:
    """The answer's body as text, with everything hidden in it that is hidden in the request."""
    body = exchange.response_body
    text = body[:_READ].decode("utf-8", "replace").replace("\0", "")
    edge = _EDGE
    for told in sorted(_hidden(exchange.parameters), key=len, reverse=True):
        for form in _forms(told):
            text = text.replace(form, HIDDEN)
            edge = max(edge, len(form))
    if exchange.truncated or len(body) > _READ:
        # What is hidden may have been cut there, and a part of it is not found.
        text = text[:-edge]
    return scrub(text)[:_TEXT]


def _hidden(parameters: Sequence[tuple[str, str]]) -> set[str]:
    """What the request holds that the answer must not show."""
    found: set[str] = set()
    for name, value in parameters:
        if _value(name, value) != value:
            found.update((value, value.strip(), value.lstrip("+"), *_texts(_json(value))))
    return {one for one in found if len(one) >= _TELLING}


def _texts(value: Any) -> Iterator[str]:
    """All texts in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _json(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return None


def _forms(text: str) -> set[str]:
    """How an answer may spell a text: as it is, in JSON, in HTML, in a URL."""
    ascii_json = json.dumps(text)[1:-1]
    encodable = text.encode("utf-8", "replace")
    return {
        text,
        json.dumps(text, ensure_ascii=False)[1:-1],
        ascii_json,
        # As PHP writes it.
        ascii_json.replace("/", "\\/"),
        html.escape(text),
        quote(encodable),
        quote_plus(encodable),
    }


def _mask(found: re.Match[str]) -> str:
    text = found.group()
    if found["date"]:
        return text
    digits = len(_DIGIT.findall(text))
    shown = 0 if digits > _LONGEST else digits - _MASKED
    masked = []
    for character in text:
        if character.isdigit():
            masked.append(character if shown > 0 else "X")
            shown -= 1
        else:
            masked.append(character)
    return "".join(masked)
