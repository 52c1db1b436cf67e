"""Calls that Sinch is asked to place: what is posted of one, and what the answer means.

All that Sinch tells of such a call repeats our name for it, as its `custom`.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

import msgspec

from maskline.carriers import outcomes
from maskline.carriers.sinch.svaml import MOST_TALK
from maskline.model.http import HttpResponse
from maskline.model.traffic import OutboundCall, Refused, SendResult

#: What a program may ask of a call and Sinch does: it finds out that a machine answers, and not
#: when it has ended.
OPTIONS: Final = frozenset({"MachineDetection", "SendDigits"})

#: Keys that can be sent, and pauses.
_KEYS: Final = frozenset("0123456789#wW")
_OURS: Final = re.compile("CA[0-9a-f]{32}")


class _Begun(msgspec.Struct):
    call_id: str = msgspec.field(default="", name="callId")


def callout(action: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A call that begins with an action, which says who is called and what they see."""
    ice = json.dumps({"instructions": [], "action": {"name": "connectPstn", **action}})
    return {"method": "customCallout", "customCallout": {"ice": ice, **more}}


def can_be_keyed(digits: str) -> bool:
    """Whether Sinch has all of the keys."""
    return _KEYS.issuperset(digits)


def fields_of(call: OutboundCall) -> dict[str, Any]:
    """A call as the API takes it."""
    action: dict[str, Any] = {
        "number": call.called,
        "cli": call.caller,
        "dialTimeout": call.timeout,
        "maxDuration": min(call.time_limit, MOST_TALK),
    }
    if call.send_digits:
        # A `w` is half a second.
        action["dtmf"] = call.send_digits.replace("W", "ww")
    if dict(call.options).get("MachineDetection", "none") != "none":
        action["amd"] = {"enabled": True}
    return callout(action, custom=call.reference)


def outcome(response: HttpResponse) -> SendResult:
    """What the API's answer means. It has no idempotency keys: where that is not clear, the call
    may ring."""
    general = outcomes.of_call_by_status(response)
    if general is not None:
        return general
    if response.status == 403:
        return Refused(outcomes.AUTHENTICATION, retry=True)
    if response.status == 402:
        return Refused(outcomes.UNPAID, retry=False)
    if not 200 <= response.status < 300:
        return Refused(outcomes.WRONG, retry=False)
    return outcomes.taken(outcomes.read(response, _Begun).call_id)


def reference_of(custom: str | None) -> str:
    """Our name for a call that says so of itself; "" for one that we did not place."""
    return custom if custom is not None and _OURS.fullmatch(custom) else ""
