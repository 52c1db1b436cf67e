"""Calls that programs place, at carriers that ask at our door what such a call does.

The carrier is given our SID in each address, `Call/Placed?Call=…` to ask at when somebody answers
and `Call/Placed/Status?Call=…` to tell at, so that it is known whose request it is even where it
overtakes the answer that names the carrier's own id.
"""

from __future__ import annotations

from collections.abc import Awaitable
from urllib.parse import urlencode

from maskline.carriers.contract import ApiMissing, Inbound
from maskline.carriers.request import Params, required
from maskline.model.call import CallStatus
from maskline.model.traffic import CallEvent, DocumentWanted


def ask_at(door: str, reference: str, **more: str) -> str:
    """Where a call asks what it does. `more` is what the carrier is to repeat then."""
    return f"{door}/Call/Placed?{urlencode({'Call': reference, **more})}"


def tell_at(door: str, reference: str, **more: str) -> str:
    """Where it is told what has become of a call."""
    return f"{door}/Call/Placed/Status?{urlencode({'Call': reference, **more})}"


def asking(
    query: Params,
    carrier: str,
    provider_id: str | None,
    answered_by: str | None = None,
    once: str = "",
) -> list[Inbound]:
    """A call was answered, or sent back to us, and asks what it does. `answered_by` is in Twilio's
    words; `once` is as in `DocumentWanted`. Raises Malformed."""
    sid = required(query, "Call")
    details = () if answered_by is None else (("AnsweredBy", answered_by),)
    return [
        *answered(query, carrier, provider_id, answered_by),
        DocumentWanted(carrier, sid, details=details, once=once),
    ]


def answered(
    query: Params, carrier: str, provider_id: str | None, answered_by: str | None = None
) -> list[Inbound]:
    """A call was answered, and asks nothing. Raises Malformed."""
    sid, talks = required(query, "Call"), CallStatus.IN_PROGRESS.value
    return [CallEvent(sid, talks, provider_id, carrier=carrier, answered_by=answered_by)]


def telling(
    query: Params,
    carrier: str,
    provider_id: str | None,
    status: str,
    duration: int | None = None,
    answered_by: str | None = None,
) -> list[Inbound]:
    """A call has come to `status`, after so many seconds of talk. `answered_by` is as above. Raises
    Malformed."""
    sid = required(query, "Call")
    told = CallEvent(sid, status, provider_id, duration, carrier=carrier, answered_by=answered_by)
    return [told]


def named(provider_id: str | None) -> str:
    """The carrier's id of a call. Raises ApiMissing for one that it never named."""
    if provider_id is None:
        raise ApiMissing("the carrier never named it")
    return provider_id


async def is_done(order: Awaitable[object]) -> bool:
    """Whether an order for a call was carried out; false where the carrier has no such call. Raises
    ApiRefused."""
    try:
        await order
    except ApiMissing:
        return False
    return True
