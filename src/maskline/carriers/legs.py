"""Legs that a call's Dial rings, as carriers report on them to `Call/Leg` and `Call/Done`."""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec

from maskline.carriers.contract import CallAnswer, Inbound
from maskline.carriers.request import Params, text
from maskline.model.traffic import Adopted, CallEvent


def leg_query(answer: CallAnswer) -> str:
    """The query by which a carrier names the leg when it reports on it: by our name for it, or by
    the call that a program's own document dials it for."""
    if answer.dialled_sid is not None:
        return urlencode({"CallLeg": answer.dialled_sid})
    return urlencode({"Parent": answer.call_sid})


def reported(event: CallEvent, query: Params, caller: str = "", called: str = "") -> list[Inbound]:
    """What a carrier reports, with the leg's name from the query: nothing, where there is none.
    `caller` and `called`, written as we write numbers, are those of a leg that has no name here."""
    sid, parent = text(query, "CallLeg"), text(query, "Parent")
    if sid:
        return [msgspec.structs.replace(event, call_sid=sid)]
    if not parent or event.provider_id is None:
        return []
    ends = (end[:255].replace("\0", "") for end in (caller, called))
    return [msgspec.structs.replace(event, adopted=Adopted(parent, *ends))]
