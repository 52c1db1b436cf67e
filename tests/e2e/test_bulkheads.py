"""One tenant's webhook host hangs, and so does its carrier: another tenant notices nothing."""

from __future__ import annotations

import json
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from twilio.rest import Client

from maskline.carriers.contract import Host
from maskline.delivery.client import PooledClient
from maskline.delivery.guard import UrlGuard
from maskline.messaging import inbound
from maskline.model.http import HttpFailure, HttpRequest
from maskline.model.traffic import (
    InboundMessage,
    OutboundMessage,
    Refused,
    SendResult,
    Unclear,
)
from tests.support.receiver import Receiver
from tests.support.records import Records
from tests.support.server import RunningServer
from tests.support.world import ALICE, BOB, Handset, eventually

#: Messages of the tenant whose world is down: many times what memory holds.
FLOOD = 1500
#: Messages of the other one, one after the other.
EACH = 40


class Tarpit:
    """A real server that takes connections and what is sent, and never says a word."""

    def __init__(self) -> None:
        self.connections: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                self.connections.append(self._listener.accept()[0])
            except OSError:
                return

    def close(self) -> None:
        self._listener.close()
        for one in self.connections:
            one.close()


class DeadCarrier:
    """A carrier whose API hangs. As real ones it speaks HTTP, with a time-out."""

    name = "dead"

    def __init__(self, url: str) -> None:
        self._http = PooledClient(UrlGuard(allow_private=True))
        self._url = url
        self.attempts = 0

    async def send(self, message: OutboundMessage) -> SendResult:
        self.attempts += 1
        try:
            await self._http.send(HttpRequest("POST", self._url, {}, b"To=x", total_timeout=3))
        except HttpFailure:
            return Unclear()
        return Refused(30008, retry=True)

    async def start(self, host: Host) -> None:
        return

    async def close(self) -> None:
        await self._http.close()


@pytest.fixture
def tarpit() -> Iterator[Tarpit]:
    tarpit = Tarpit()
    yield tarpit
    tarpit.close()


@pytest.fixture
def carrier(tarpit: Tarpit) -> DeadCarrier:
    return DeadCarrier(tarpit.url)


@pytest.fixture
def server(tmp_path: Path, carrier: DeadCarrier) -> Iterator[RunningServer]:
    with RunningServer(
        tmp_path,
        carriers=[carrier],
        MASKLINE_DELIVERY_MEMORY_JOBS="300",
        MASKLINE_DELIVERY_DRAIN_SECONDS="0.1",
        # What does not come straight from its commit is late, and shows.
        MASKLINE_DELIVERY_POLL_SECONDS="2",
        # Its queue is its carrier's, not its number's.
        MASKLINE_PACING_OFF="simulator,dead",
    ) as server:
        yield server


class Tenant:
    """An account with a session of two people."""

    def __init__(self, client: Client, url: str, numbers: tuple[str, str], people: Any) -> None:
        for number in numbers:
            client.incoming_phone_numbers.create(phone_number=number)
        service = client.proxy.v1.services.create(unique_name="rides", callback_url=url)
        here = client.proxy.v1.services(service.sid)
        for record in client.incoming_phone_numbers.list():
            here.phone_numbers.create(sid=record.sid)
        session = here.sessions.create()
        self.near, self.far = (
            here.sessions(session.sid).participants.create(identifier=person) for person in people
        )


def test_another_tenant_is_as_quick_as_before(
    server: RunningServer, tarpit: Tarpit, carrier: DeadCarrier, tmp_path: Path
) -> None:
    account = Records().account()
    assert server.transact(lambda tx: tx.accounts.add(account))
    theirs = Tenant(
        server.client_of(account.sid, account.auth_token),
        f"{tarpit.url}callback",
        ("+14158675320", "+14158675321"),
        ("+12125550111", "+12125550112"),
    )
    with closing(sqlite3.connect(tmp_path / "maskline.db")) as database, database:
        database.execute("UPDATE numbers SET carrier = 'dead'")
    with Receiver() as receiver:
        ours = Tenant(
            server.client,
            f"{receiver.url}/callback",
            ("+14158675310", "+14158675311"),
            (ALICE, BOB),
        )
        alice = Handset(server, ALICE)

        def told(body: str) -> bool:
            """Whether our program knows that the message is on its person's phone."""
            return any(
                json.loads(one.form["interactionData"])["body"] == body
                and one.form.get("outboundResourceStatus") == "delivered"
                for one in receiver.posted[-8:]
            )

        def latencies(name: str) -> list[float]:
            """Seconds from a phone's text to the program's last callback about it."""
            seconds = []
            for place in range(EACH):
                began = time.perf_counter()
                alice.text(ours.near.proxy_identifier, f"{name} {place}")
                eventually(lambda place=place: told(f"{name} {place}"))  # type: ignore[misc]
                seconds.append(time.perf_counter() - began)
            return sorted(seconds)

        before = latencies("before")
        flood = [
            InboundMessage(
                "dead", f"flood {n}", "+12125550111", theirs.near.proxy_identifier, f"{n}"
            )
            for n in range(FLOOD)
        ]
        for start in range(0, FLOOD, 100):
            part = flood[start : start + 100]
            server.transact(
                lambda tx, part=part: inbound.receive(server.server.env, tx, part)  # type: ignore[misc]
            )
        # Both have jobs under way that hang, and far more that wait.
        eventually(lambda: carrier.attempts >= 1 and len(tarpit.connections) >= 20)
        during = latencies("during")
        waiting = server.transact(lambda tx: tx.outbox.count("pending"))
        # Those that are just leaving memory count for a moment.
        eventually(lambda: server.server.dispatcher.held < 300)
    assert waiting >= FLOOD
    # Not one of ours was left to the poll, and the usual one is as quick as before, but for what
    # the machine itself has to do for the flood.
    assert max(during) < 1.0, during[-5:]
    assert median(during) < 3 * median(before) + 0.02, (median(before), median(during))
