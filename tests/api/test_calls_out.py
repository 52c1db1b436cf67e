"""Placing calls and steering live ones through the official SDK, with simulated phones; what the
SDK can't send by plain HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twilio.rest import Client

from tests.api.conftest import add_number
from tests.support.receiver import Receiver
from tests.support.server import RunningServer
from tests.support.world import Handset, eventually

pytestmark = pytest.mark.both_engines

CREATE = "POST /api/2010-04-01/Accounts/{AccountSid}/Calls.json"
UPDATE = "POST /api/2010-04-01/Accounts/{AccountSid}/Calls/{Sid}.json"
HELLO = "<Response><Say>Hello</Say><Pause/></Response>"
LONG = '<Response><Say>Stay</Say><Gather timeout="60"/></Response>'


@pytest.fixture
def ours(server: RunningServer, number: Callable[[], str]) -> str:
    """A number of ours."""
    found = number()
    add_number(server, found, 7)
    return found


def comes_to(client: Client, sid: str, status: str) -> Any:
    return eventually(
        lambda: found if (found := client.calls(sid).fetch()).status == status else None
    )


def test_it_works(
    client: Client, server: RunningServer, ours: str, person: Callable[[], str]
) -> None:
    phone = Handset(server, person())
    with Receiver() as program:
        made = client.calls.create(
            to=phone.number,
            from_=ours,
            twiml=HELLO,
            status_callback=f"{program.url}/status",
            status_callback_event=["initiated", "ringing", "answered", "completed"],
        )
        assert (made.status, made.direction) == ("queued", "outbound-api")
        ringing = phone.rings()
        assert ringing["from"] == ours
        comes_to(client, made.sid, "ringing")
        assert phone.act(ringing["id"], "answer").status_code == 200
        over = comes_to(client, made.sid, "completed")
        heard = phone.ends(ringing["id"])["heard"]
        assert heard[0] == {"what": "say", "text": "Hello"}
        eventually(lambda: len(program.at("/status")) == 4)
        assert over.duration is not None
