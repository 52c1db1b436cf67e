"""A server that is stopped while a carrier has yet to answer."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from maskline.carriers import twilio
from maskline.carriers.contract import Host, Tools
from maskline.delivery.client import PooledClient
from maskline.delivery.guard import UrlGuard
from maskline.messaging import inbound
from maskline.model.clock import system_clock
from maskline.model.http import HttpFailure, HttpRequest
from maskline.model.traffic import (
    Accepted,
    InboundMessage,
    Intake,
    OutboundMessage,
    SendResult,
    Unclear,
)
from tests.support.receiver import Receiver, Reply
from tests.support.server import RunningServer
from tests.support.world import ALICE, POOL, World, eventually

AC = "AC" + "b" * 32


class Outside:
    """A carrier behind HTTP."""

    name = "outside"

    def __init__(self, url: str) -> None:
        self._http = PooledClient(UrlGuard(allow_private=True))
        self._url = url

    async def send(self, message: OutboundMessage) -> SendResult:
        try:
            await self._http.send(HttpRequest("POST", self._url, {}, b"To=x"))
        except HttpFailure:
            return Unclear()
        return Accepted(message.reference)

    async def start(self, host: Host) -> None:
        return

    async def close(self) -> None:
        await self._http.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


class Twilio:
    """The real adapter, at a stand-in."""

    def __init__(self, url: str) -> None:
        self._http = PooledClient(UrlGuard(allow_private=True))
        settings = twilio.Settings(account_sid=AC, base_url=url)
        self._tools = Tools(self._http, "https://mask.example/carriers/outside", system_clock)
        self._adapter = twilio.build(
            "outside", settings, twilio.Credentials("secret99"), self._tools
        )
        self.name, self.send, self.start = "outside", self._adapter.send, self._adapter.start

    async def close(self) -> None:
        await self._http.close()


def running(
    directory: Path, receiver: Receiver, drain: str, carrier: type[Outside | Twilio] = Outside
) -> RunningServer:
    return RunningServer(
        directory,
        carriers=[carrier(receiver.url)],
        MASKLINE_DELIVERY_DRAIN_SECONDS=drain,
        MASKLINE_PACING_OFF="simulator,outside",
    )


def shown(directory: Path) -> list[tuple[str, dict[str, object]]]:
    """State and data of all interactions, as they were left."""
    with closing(sqlite3.connect(directory / "maskline.db")) as database:
        rows = database.execute("SELECT outbound_resource_status, data FROM interactions")
        return [(status, json.loads(data)) for status, data in rows]


def begin(server: RunningServer, directory: Path) -> None:
    """Alice writes, and her message goes out by the carrier."""
    world = World(server)
    world.session()
    with closing(sqlite3.connect(directory / "maskline.db")) as database, database:
        database.execute("UPDATE numbers SET carrier = 'outside'")
    text = InboundMessage("outside", "theirs", ALICE, POOL[0], "hi")
    (receipt,) = server.transact(lambda tx: inbound.receive(server.server.env, tx, [text]))
    assert receipt.intake is Intake.TAKEN


def test_an_answer_that_comes_in_time_is_waited_for(tmp_path: Path, receiver: Receiver) -> None:
    asked, go = threading.Event(), threading.Event()

    def answer(_: dict[str, str]) -> Reply:
        asked.set()
        go.wait(10)
        return Reply("")

    receiver.answer = answer
    with running(tmp_path, receiver, "10") as server:
        begin(server, tmp_path)
        assert asked.wait(10)
        # Stopped by now, whatever the machine has to do meanwhile.
        threading.Timer(0.5, go.set).start()
    assert shown(tmp_path) == [("sent", {"body": "hi"})]
    assert len(receiver.posted) == 1


def test_what_is_cut_off_is_sent_once_more_and_marked(tmp_path: Path, receiver: Receiver) -> None:
    asked, go = threading.Event(), threading.Event()

    def answer(_: dict[str, str]) -> Reply:
        first = not asked.is_set()
        asked.set()
        if first:
            go.wait(10)
        return Reply("")

    receiver.answer = answer
    with running(tmp_path, receiver, "0.1") as server:
        begin(server, tmp_path)
        assert asked.wait(10)
    assert shown(tmp_path) == [("queued", {"body": "hi"})]
    go.set()
    with running(tmp_path, receiver, "10"):
        marked = ("sent", {"body": "hi", "possible_duplicate": True})
        eventually(lambda: shown(tmp_path) == [marked])
    assert len(receiver.posted) == 2


@pytest.mark.covers("carrier:accounts.crash")
def test_what_the_carrier_is_found_to_have_is_neither_sent_again_nor_marked(
    tmp_path: Path, receiver: Receiver
) -> None:
    """The process ended before the carrier's answer came; the next one asks the carrier first."""
    taken: list[dict[str, object]] = []
    go = threading.Event()

    def messages(form: dict[str, str]) -> Reply:
        if "PageSize" in form:
            return Reply(json.dumps({"messages": taken}), "application/json")
        sid = f"SM{len(taken):032}"
        taken.append({"sid": sid, "body": form["Body"], "direction": "outbound-api"})
        go.wait(10)
        return Reply(json.dumps({"sid": sid, "status": "queued"}), "application/json", 201)

    receiver.pages[f"/2010-04-01/Accounts/{AC}/Messages.json"] = messages
    with running(tmp_path, receiver, "0.1", Twilio) as server:
        begin(server, tmp_path)
        assert eventually(lambda: taken)
    assert shown(tmp_path) == [("queued", {"body": "hi"})]
    go.set()
    with running(tmp_path, receiver, "10", Twilio):
        eventually(lambda: shown(tmp_path) == [("sent", {"body": "hi"})])
    assert len(taken) == 1
