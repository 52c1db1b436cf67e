"""What carriers' answers to a message or a call mean, where it does not differ among them.

The one place that says how a carrier that has enough, and an answer that never came, are told to
the server.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, TypeVar

import msgspec

from maskline.model.http import HttpFailure, HttpResponse
from maskline.model.traffic import Accepted, Refused, SendResult, Throttled, Unclear

S = TypeVar("S", bound=msgspec.Struct)

#: Twilio's codes for what befalls a request rather than a message.
UNREACHABLE: Final = 20503
AUTHENTICATION: Final = 20003
UNKNOWN: Final = 30008
OPTED_OUT: Final = 21610
#: The carrier wants to be paid.
UNPAID: Final = 30002
#: Something is wrong with a call, and nobody says what in words of ours.
WRONG: Final = 20001
#: Keys that the carrier can't send.
WRONG_KEYS: Final = 21206


def throttled(retry_after: float | None = None, *, whole: bool = False) -> SendResult:
    """The carrier is handed too much: from this number, or from the whole account."""
    return Throttled(retry_after, whole=whole)


def unclear(*, repeatable: bool = False) -> SendResult:
    """The message was handed over, and nobody knows whether it was taken. `repeatable`: the carrier
    takes our reference as an idempotency key."""
    return Unclear(repeatable=repeatable)


def read(response: HttpResponse, shape: type[S]) -> S:
    """What an answer says in JSON; a `shape` of nothing but defaults where it says nothing such."""
    try:
        return msgspec.json.decode(response.body, type=shape)
    except msgspec.MsgspecError:
        return shape()


def taken(provider_id: str | None) -> SendResult:
    """A success: it counts as one where the carrier names what it took."""
    return Accepted(provider_id) if provider_id else unclear()


def lost(failure: HttpFailure, *, repeatable: bool = False) -> SendResult:
    """No answer came."""
    if failure.maybe_sent:
        return unclear(repeatable=repeatable)
    return Refused(UNREACHABLE, retry=True)


def by_status(response: HttpResponse, *, repeatable: bool = False) -> SendResult | None:
    """What an answer means by its status alone; null where what is in it decides: a success, and
    what the carrier says is wrong with the message."""
    status = response.status
    if status == 429:
        return throttled(retry_after(response), whole=True)
    if status == 503:
        return Refused(UNREACHABLE, retry=True, retry_after=retry_after(response))
    if status >= 500:
        return unclear(repeatable=repeatable)
    if status == 401:
        # The operator can put wrong credentials right: nothing is lost until then.
        return Refused(AUTHENTICATION, retry=True)
    return None


def of_call_by_status(response: HttpResponse) -> SendResult | None:
    """The same of an answer to a call that was to be placed: whatever may ring is left alone, be it
    that the carrier says it is not well."""
    return unclear() if response.status >= 500 else by_status(response)


def of_call_in_words(
    response: HttpResponse, said: str | None, about: Sequence[tuple[int, re.Pattern[str]]]
) -> SendResult:
    """Why a call was refused by a carrier whose errors have no codes: `about` has ours, in order,
    with what tells them in what it `said`, in small letters."""
    if response.status in (403, 404):
        return Refused(AUTHENTICATION, retry=False)
    words = (said or "").lower()
    code = next((code for code, tells in about if tells.search(words)), WRONG)
    return Refused(code, retry=False)


def retry_after(response: HttpResponse) -> float | None:
    """Retry-After, where it is given in seconds."""
    text = response.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 6 else None
