"""The floors: the product's HTTP exchange, and exactly the rows that the product writes.

Beside a control, which writes one narrow row, a floor tells what is physical: the tables, their
indexes and the pages that they dirty, in one durable group commit with statements written by hand.
It has no rules, looks nothing up, and checks nothing but the signature or the password.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import falcon
import falcon.asgi
import msgspec
from falcon.util.uri import parse_query_string

from bench.controls import SESSION, Answer, Receive, Scope, Send, authorize, read_form
from bench.population import ACCOUNT_SID, SERVICE_SID, proxy, sid
from bench.postgres_rows import PostgresTables
from maskline.model.call import Call
from maskline.model.interaction import Interaction
from maskline.model.job import Callback, Job, Relay
from maskline.model.message import Message
from maskline.model.participant import Participant
from maskline.model.session import Session
from maskline.model.sid import SidFactory
from maskline.settings import SqliteSettings
from maskline.store.sql import load
from maskline.store.sqlite.checkpoint import Checkpointer
from maskline.store.sqlite.connection import connect

#: Statements by name, each with the rows that it is run for, in the order in which they are run.
Rows = Mapping[str, Sequence[Sequence[object]]]

row: Final = msgspec.structs.astuple

_OWNER: Final = "bench:1:00000000"
_LEASE_MS: Final = 60_000
_CALLBACK: Final = "http://127.0.0.1:9/callback"


class Tables:
    """The product's tables: all that waits goes into one durable commit."""

    def __init__(self, path: Path) -> None:
        settings = SqliteSettings()
        self._limit = settings.group_limit
        self._sql = load("sqlite")
        self._gate = threading.Lock()
        self._connection = connect(path, settings)
        self._checkpointer = Checkpointer(
            connect(path, settings), self._gate, settings.wal_limit_mb * 1_048_576
        )
        self._waiting: list[tuple[Rows, asyncio.Future[None]]] = []
        self._worker: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, "maskline-writer")

    async def open(self) -> None:
        """Starts the checkpointer."""
        self._checkpointer.start()

    async def close(self) -> None:
        """Ends it."""
        self._thread.shutdown()
        self._checkpointer.stop()

    def add(self, rows: Rows) -> asyncio.Future[None]:
        """Adds rows; the future is done when they are durable."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._waiting.append((rows, future))
        if self._worker is None:
            self._worker = loop.create_task(self._work())
        return future

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(0)
        while self._waiting:
            group, self._waiting = self._waiting[: self._limit], self._waiting[self._limit :]
            while not self._gate.acquire(blocking=False):  # noqa: ASYNC110
                await asyncio.sleep(0.002)
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                for name in group[0][0]:
                    rows = itertools.chain.from_iterable(rows[name] for rows, _ in group)
                    self._connection.executemany(self._sql[name], rows)
                await loop.run_in_executor(self._thread, self._connection.commit)
            except Exception as error:
                # No request may wait for ever: the round ends with a status that was not expected.
                for _, future in group:
                    future.set_exception(error)
                raise
            finally:
                self._gate.release()
            self._checkpointer.nudge()
            for _, future in group:
                future.set_result(None)
        self._worker = None


def tables(url: str) -> Tables | PostgresTables:
    """A floor's store in that database."""
    if url.startswith("sqlite:///"):
        return Tables(Path(url.removeprefix("sqlite:///")))
    return PostgresTables(url)


class DoorFloor:
    """Reads a signed form, writes the rows of a masked message or call, answers with fixed XML."""

    def __init__(self, url: str, *, call: bool, sessions: int) -> None:
        self._tables = tables(url)
        self._sids = SidFactory(_now)
        self._sessions = _spread(sessions)
        self._rows = self._of_call if call else self._of_message
        self._answer = Answer(call=call)

    async def start(self) -> None:
        """Opens the tables."""
        await self._tables.open()

    async def stop(self) -> None:
        """Closes them."""
        await self._tables.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        params = await read_form(scope, receive)
        await self._tables.add(self._rows(params, _now()))
        await self._answer(send)

    def _of_message(self, params: Mapping[str, str], now: int) -> Rows:
        new = self._sids.new
        sender, number, body = params["From"], params["To"], params["Body"]
        ours, theirs = new("SM"), new("SM")
        told = self._interaction(
            "message", f'{{"body":"{body}"}}', (ours, "received"), (theirs, "queued"), now
        )
        relay = Relay(
            message_sid=theirs,
            interaction_sid=told.sid,
            account_sid=ACCOUNT_SID,
            participant_sid=told.outbound_participant_sid or "",
            carrier="bench",
            sender=number,
            recipient=sender,
            body=body,
            media=(),
            direction="outbound-reply",
            intercept=None,
        )
        inbound = Message(
            sid=ours,
            account_sid=ACCOUNT_SID,
            direction="inbound",
            sender=sender,
            recipient=number,
            body=body,
            status="received",
            error_code=None,
            num_media=0,
            num_segments=1,
            carrier="twilio",
            provider_id=params["MessageSid"],
            interaction_sid=told.sid,
            date_created=now,
            date_sent=now,
            date_updated=now,
        )
        outbound = Message(
            sid=theirs,
            account_sid=ACCOUNT_SID,
            direction="outbound-reply",
            sender=number,
            recipient=sender,
            body=body,
            status="queued",
            error_code=None,
            num_media=0,
            num_segments=1,
            carrier="bench",
            provider_id=None,
            interaction_sid=told.sid,
            date_created=now,
            date_sent=None,
            date_updated=now,
        )
        return {
            "message_add": (row(outbound), row(inbound)),
            "interaction_add": (row(told),),
            "outbox_add": (
                self._job("relay", f"{number}>{sender}", relay, now),
                self._job("callback", f"cb:{told.sid}", Callback(_CALLBACK, told), now),
            ),
        }

    def _of_call(self, params: Mapping[str, str], now: int) -> Rows:
        new = self._sids.new
        ours, theirs = new("CA"), new("CA")
        told = self._interaction("voice", "", (ours, "ringing"), (theirs, "initiated"), now)
        inbound = Call(
            sid=ours,
            account_sid=ACCOUNT_SID,
            parent_call_sid=None,
            direction="inbound",
            caller=params["From"],
            called=params["To"],
            status="ringing",
            carrier="twilio",
            provider_id=params["CallSid"],
            interaction_sid=told.sid,
            start_time=None,
            end_time=None,
            duration=None,
            date_created=now,
            date_updated=now,
        )
        dialled = Call(
            sid=theirs,
            account_sid=ACCOUNT_SID,
            parent_call_sid=ours,
            direction="outbound-dial",
            caller=params["To"],
            called=params["From"],
            status="initiated",
            carrier="bench",
            provider_id=None,
            interaction_sid=told.sid,
            start_time=None,
            end_time=None,
            duration=None,
            date_created=now,
            date_updated=now,
        )
        return {
            "call_add": (row(inbound), row(dialled)),
            "interaction_add": (row(told),),
            "outbox_add": (
                self._job("callback", f"cb:{told.sid}", Callback(_CALLBACK, told), now),
            ),
        }

    def _interaction(
        self, kind: str, data: str, ours: tuple[str, str], theirs: tuple[str, str], now: int
    ) -> Interaction:
        """Between the two people of the next session; each leg is its SID and its status."""
        session = next(self._sessions)
        return Interaction(
            sid=self._sids.new("KI"),
            account_sid=ACCOUNT_SID,
            service_sid=SERVICE_SID,
            session_sid=sid("KC", session),
            type=kind,
            data=data,
            num_media=0,
            inbound_participant_sid=sid("KP", 2 * session),
            inbound_resource_sid=ours[0],
            inbound_resource_status=ours[1],
            outbound_participant_sid=sid("KP", 2 * session + 1),
            outbound_resource_sid=theirs[0],
            outbound_resource_status=theirs[1],
            date_created=now,
            date_updated=now,
        )

    def _job(self, kind: str, key: str, payload: object, now: int) -> Sequence[object]:
        return row(
            Job(
                sid=self._sids.new("JB"),
                kind=kind,
                account_sid=ACCOUNT_SID,
                ordering_key=key,
                payload=msgspec.json.encode(payload),
                state="pending",
                attempts=0,
                due_at=now + _LEASE_MS,
                owner=_OWNER,
                last_error="",
                date_created=now,
            )
        )


class CreateFloor:
    """A Falcon application that checks Basic authorization, reads a form, writes the rows of a
    session with two participants and answers with 201 and fixed JSON."""

    def __init__(self, url: str, pool: int) -> None:
        self._tables = tables(url)
        self._app: Any = falcon.asgi.App()
        self._app.add_route(
            "/proxy/v1/Services/{service_sid}/Sessions", _Creates(self._tables, pool)
        )

    async def start(self) -> None:
        """Opens the tables."""
        await self._tables.open()

    async def stop(self) -> None:
        """Closes them."""
        await self._tables.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        await self._app(scope, receive, send)


class _Creates:
    """The resource of `CreateFloor`."""

    def __init__(self, tables: Tables | PostgresTables, pool: int) -> None:
        self._tables = tables
        self._sids = SidFactory(_now)
        self._numbers = itertools.cycle(range(pool))

    async def on_post(
        self, req: falcon.asgi.Request, resp: falcon.asgi.Response, service_sid: str
    ) -> None:
        """Creates a session."""
        authorize(req)
        body = (await req.stream.read()).decode("ascii")
        params: dict[str, Any] = parse_query_string(body, keep_blank=True, csv=False)
        await self._tables.add(self._rows(params, service_sid, _now()))
        resp.status = 201
        resp.data = SESSION

    def _rows(self, params: Mapping[str, Any], service_sid: str, now: int) -> Rows:
        number = next(self._numbers)
        number_sid = sid("PN", number)
        ttl = int(params["Ttl"])
        session = Session(
            sid=self._sids.new("KC"),
            account_sid=ACCOUNT_SID,
            service_sid=service_sid,
            unique_name=params["UniqueName"],
            status="open",
            closed_reason=None,
            mode="voice-and-message",
            ttl=ttl,
            date_expiry=None,
            date_started=None,
            date_ended=None,
            date_last_interaction=None,
            expires_at=now + ttl * 1000,
            date_created=now,
            date_updated=now,
        )
        people = [
            Participant(
                sid=self._sids.new("KP"),
                account_sid=ACCOUNT_SID,
                service_sid=service_sid,
                session_sid=session.sid,
                identifier=one["Identifier"],
                friendly_name=one["FriendlyName"],
                proxy_identifier=proxy(number),
                proxy_identifier_sid=number_sid,
                pair=1,
                date_deleted=None,
                date_created=now,
                date_updated=now,
            )
            for one in (
                msgspec.json.decode(text, type=dict[str, str]) for text in params["Participants"]
            )
        ]
        return {
            "session_add": (row(session),),
            "participant_add": [row(one) for one in people],
            "affinity_take": [(service_sid, one.identifier, number_sid, now) for one in people],
            "pool_use": ((number_sid, 1),),
        }


def _spread(sessions: int) -> Iterator[int]:
    """Sessions in an order as random as people's."""
    return itertools.cycle(
        [serial * 0x9E3779B97F4A7C15 % 2**64 % sessions for serial in range(1, 2001)]
    )


def _now() -> int:
    return time.time_ns() // 1_000_000
