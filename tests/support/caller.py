"""A program that calls Alice, has her type a key, dials Bob by that, and goes on afterwards."""

from __future__ import annotations

from typing import Any

from tests.support.receiver import Receiver, document
from tests.support.vendor import Behind
from tests.support.world import ALICE, BOB, POOL

EVENTS = ["initiated", "ringing", "answered", "completed"]
DIAL = f"<Dial action='over'><Number>{BOB}</Number></Dial><Say>never</Say>"


def furnish(program: Receiver, dial: str = DIAL) -> None:
    """Its documents; `dial` is what a key leads to."""
    program.pages["/voice"] = document("<Gather numDigits='1' action='keys'/>")
    program.pages["/keys"] = document(dial)
    program.pages["/over"] = document("<Say>Goodbye</Say><Gather action='more'/>")


def places(mask: Behind, program: Receiver, **wishes: Any) -> Any:
    """The call."""
    return mask.server.client.calls.create(
        to=ALICE,
        from_=POOL[0],
        url=f"{program.url}/voice",
        timeout=20,
        status_callback=f"{program.url}/status",
        status_callback_event=EVENTS,
        **wishes,
    )
