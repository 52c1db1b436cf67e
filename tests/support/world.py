"""A running server with one Service, a pool and two people, as a program and its users see it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote

import requests

from tests.support.process import ServerProcess
from tests.support.server import RunningServer

T = TypeVar("T")

ALICE = "+12125551234"
BOB = "+13055551234"
STRANGER = "+17185551234"
POOL = ("+14158675310", "+14158675311", "+14158675312")


def eventually(look: Callable[[], T], within: float = 10.0) -> T:
    """What `look` returns as soon as it is true."""
    until = time.monotonic() + within
    while True:
        found = look()
        if found or time.monotonic() > until:
            assert found, "it did not happen in time"
            return found
        time.sleep(0.01)


class Handset:
    """A simulated phone, by the HTTP interface alone."""

    def __init__(self, server: RunningServer | ServerProcess, number: str) -> None:
        self.number = number
        self._at = f"{server.url}/simulator/phones/{quote(number, safe='')}"

    def text(self, to: str, body: str, media: list[str] | None = None) -> requests.Response:
        form = {"to": to, "body": body, "media": media or []}
        return requests.post(f"{self._at}/messages", json=form, timeout=10)

    def messages(self) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = []
        while True:
            after = {"after": messages[-1]["id"]} if messages else {}
            answer = requests.get(
                f"{self._at}/messages", params={"limit": 1000, **after}, timeout=10
            )
            answer.raise_for_status()
            page = answer.json()["messages"]
            messages += page
            if len(page) < 1000:
                return messages

    def inbox(self) -> list[dict[str, Any]]:
        return [one for one in self.messages() if one["direction"] == "inbound"]

    def receives(self, count: int = 1) -> list[dict[str, Any]]:
        """Its inbox, once it holds that many messages."""
        return eventually(lambda: ((box := self.inbox()) and len(box) >= count and box) or [])

    def call(self, to: str) -> dict[str, Any]:
        answer = requests.post(f"{self._at}/calls", json={"to": to}, timeout=10)
        assert answer.status_code == 201, answer.text
        call: dict[str, Any] = answer.json()
        return call

    def calls(self) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = requests.get(f"{self._at}/calls", timeout=10).json()["calls"]
        return calls

    def rings(self) -> dict[str, Any]:
        """The call that rings here now."""
        return eventually(
            lambda: next(
                (
                    call
                    for call in self.calls()
                    if call["status"] == "ringing" and call["direction"] == "inbound"
                ),
                {},
            )
        )

    def ends(self, call_id: str) -> dict[str, Any]:
        """A call of this handset, once it is over."""
        return eventually(
            lambda: next(
                (call for call in self.calls() if call["id"] == call_id and call["ended"]), {}
            )
        )

    def act(self, call_id: str, action: str, **body: Any) -> requests.Response:
        return requests.post(f"{self._at}/calls/{call_id}/{action}", json=body, timeout=10)

    def behave(self, **behaviour: Any) -> None:
        answer = requests.put(f"{self._at}/behaviour", json=behaviour, timeout=10)
        assert answer.status_code == 200, answer.text

    def everything(self) -> str:
        """All that this phone can see, as one text."""
        return json.dumps([self.messages(), self.calls()])


class World:
    """Alice and Bob, masked."""

    def __init__(self, server: RunningServer | ServerProcess, **service: Any) -> None:
        self.server = server
        self.client = server.client
        self.alice = Handset(server, ALICE)
        self.bob = Handset(server, BOB)
        self.stranger = Handset(server, STRANGER)
        for number in POOL:
            self.client.incoming_phone_numbers.create(phone_number=number)
        self.service = self.client.proxy.v1.services.create(unique_name="rides", **service)
        for record in self.client.incoming_phone_numbers.list():
            self.here.phone_numbers.create(sid=record.sid)

    @property
    def here(self) -> Any:
        return self.client.proxy.v1.services(self.service.sid)

    def session(self, **fields: Any) -> Session:
        return Session(self, self.here.sessions.create(**fields))


class Session:
    """A session with both people in it."""

    def __init__(self, world: World, session: Any) -> None:
        self.sid = session.sid
        self.here = world.here.sessions(session.sid)
        self.a = self.here.participants.create(identifier=ALICE, friendly_name="Alice")
        self.b = self.here.participants.create(identifier=BOB, friendly_name="Bob")

    def interactions(self) -> list[Any]:
        found: list[Any] = self.here.interactions.list()
        return found

    def settles(self, status: str) -> Any:
        """The newest interaction, once its outbound leg has that status."""
        return eventually(
            lambda: next(
                (one for one in self.interactions()[:1] if one.outbound_resource_status == status),
                None,
            )
        )
