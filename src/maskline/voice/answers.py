"""Answers of programs to what they are asked about a call or a message. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import Message as Headers
from typing import Final, Protocol

import msgspec

from maskline.model.exchange import Exchange
from maskline.model.problem import Problem
from maskline.voice.instructions import Response
from maskline.voice.twiml import Kind, TwimlError, parse

_TWIML: Final = frozenset({"application/xml", "text/xml"})
_JSON: Final = "application/json"
#: Answers that another attempt may change: the program is overloaded, or being deployed.
_PASSING: Final = frozenset({408, 425, 429})
_TOO_LARGE: Final = 11750
#: The code of an out-of-session callback that does not succeed.
UNANSWERED: Final = 80913
#: More warnings than this say nothing new.
_WARNINGS: Final = 5


class Instructions(msgspec.Struct, frozen=True):
    """TwiML. `problems` are what in it was not taken as written."""

    response: Response
    problems: tuple[Problem, ...] = ()


class Data(msgspec.Struct, frozen=True):
    """JSON, in a charset ("" when it names none)."""

    exchange: Exchange
    charset: str


class Silence(msgspec.Struct, frozen=True):
    """Success, and nothing to be done."""

    exchange: Exchange


class Failure(msgspec.Struct, frozen=True):
    """No answer that can be used. `retry` says whether another attempt may bring one."""

    problem: Problem
    retry: bool = False


Answer = Instructions | Data | Silence | Failure


class Ask(Protocol):
    """Asks a program what to do."""

    async def __call__(
        self,
        url: str,
        method: str,
        params: Sequence[tuple[str, str]],
        account_sid: str,
        token: str,
        kind: Kind,
        *,
        within: float | None = None,
        unanswered: int = UNANSWERED,
    ) -> Answer:
        """What `url` answers to a signed form, within so many seconds; `unanswered` is the code of
        what is no success. Never raises."""


def read_answer(exchange: Exchange, kind: Kind, unanswered: int = UNANSWERED) -> Answer:
    """What a program's answer means; `unanswered` is the code of one that is no success.

    Any 2xx is success. Its content type decides: XML is TwiML, JSON is JSON, whatever the charset,
    and all else asks for nothing.
    """
    if not exchange.succeeded:
        status = exchange.status
        passing = status is None or status >= 500 or status in _PASSING
        return Failure(Problem(unanswered, exchange.outcome, exchange), retry=passing)
    content = Headers()
    content["content-type"] = exchange.response_headers.get("content-type", "")
    what = content.get_content_type()
    body = exchange.response_body
    if what not in _TWIML and what != _JSON:
        return Silence(exchange)
    if exchange.truncated:
        return Failure(Problem(_TOO_LARGE, "the answer is too long", exchange))
    if what == _JSON:
        return Data(exchange, str(content.get_param("charset", "")))
    if not body.strip():
        return Silence(exchange)
    try:
        parsed = parse(body, kind)
    except TwimlError as error:
        return Failure(Problem(error.code, error.message, exchange))
    problems = [
        Problem(one.code, f"line {one.line}: {one.message}", exchange)
        for one in parsed.warnings[:_WARNINGS]
    ]
    return Instructions(parsed.response, tuple(problems))
