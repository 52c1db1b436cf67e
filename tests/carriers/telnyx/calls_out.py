"""What calls out by Telnyx are tried with: a call, its addresses, and what Telnyx keeps of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from maskline.carriers.telnyx.events import Plan, packed
from maskline.model.traffic import (
    CallEvent,
    DocumentWanted,
    OutboundCall,
)
from maskline.voice.instructions import (
    Response,
    Say,
)
from tests.carriers.telnyx.test_calls import SID
from tests.support.carrier_desk import DOOR, Reply, reply
from tests.support.masked_call import ALICE, CALL, NEAR

OUT = OutboundCall(CALL, NEAR, ALICE, timeout=20, time_limit=600)
ASK = f"{DOOR}/Call/Placed?Call={CALL}"
TELL = f"{DOOR}/Call/Placed/Status?Call={CALL}"
PROGRAM = "https://p.example"
TOLD_AT = f"{PROGRAM}/told?a=b"
TEXML = {"voice": "texml", "connection": "app-1", "account_id": "acc-1"}
CONTROL = {"voice": "call-control", "connection": "app-1"}
CALLS = "https://api.telnyx.com/v2/texml/Accounts/acc-1/Calls"
MINE = f"{CALLS}/{quote(SID, safe='')}"
DETECT = ("MachineDetection", "Enable")
TO_THE_END = ("MachineDetection", "DetectMessageEnd")
BESIDE = (("AsyncAmd", "true"), ("AsyncAmdStatusCallback", TOLD_AT))
BOUNDS = (
    ("MachineDetectionTimeout", "10"),
    ("MachineDetectionSpeechThreshold", "2000"),
    ("MachineDetectionSpeechEndThreshold", "700"),
    ("MachineDetectionSilenceTimeout", "4000"),
)
TALKS = CallEvent(CALL, "in-progress", SID, carrier="one")
WANTED = DocumentWanted("one", CALL)


def errors(*codes: str | int, detail: str = "") -> dict[str, Any]:
    return {"errors": [{"code": code, "title": "No", "detail": detail} for code in codes]}


def kept(state: Any, **more: Any) -> Reply:
    return reply(200, {"data": {"is_alive": True, "client_state": packed(state), **more}})


PLAN = Plan(CALL, None, "call.speak.ended", Response((Say("Old"),)))
