"""An SMSC on a script, in the test's own loop: it does what real ones do at the worst moment."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Callable
from typing import Any

from maskline.carriers.smpp import pdu
from maskline.carriers.smpp.pdu import Pdu, ShortMessage


class Session:
    """One connection of an ESME."""

    def __init__(self, smsc: Smsc, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self.smsc = smsc
        self.reader = reader
        self.writer = writer
        self.bound = 0
        self.sequence = 0
        self.answers: dict[int, asyncio.Future[Pdu]] = {}

    async def run(self) -> None:
        try:
            while True:
                head = pdu.read_header(await self.reader.readexactly(pdu.HEADER_LENGTH))
                body = await self.reader.readexactly(head.length - pdu.HEADER_LENGTH)
                self.take(Pdu(head.command, head.status, head.sequence, body))
        except (asyncio.IncompleteReadError, ConnectionError, pdu.PduError):
            pass
        finally:
            self.writer.close()
            self.smsc.sessions.remove(self)
            self.smsc.changed.set()

    def take(self, one: Pdu) -> None:
        smsc = self.smsc
        if one.command & pdu.RESPONSE:
            if (waiting := self.answers.pop(one.sequence, None)) and not waiting.done():
                waiting.set_result(one)
            return
        smsc.requests.append(one)
        if one.command in (pdu.BIND_TRANSCEIVER, pdu.BIND_TRANSMITTER, pdu.BIND_RECEIVER):
            status = smsc.bind_statuses.popleft() if smsc.bind_statuses else 0
            self.answer(one, status, b"smsc\0")
            if not status:
                self.bound = one.command
        elif one.command == pdu.SUBMIT_SM:
            smsc.submitted.append(pdu.read_message(one.body))
            smsc.on_submit(self, one)
        elif one.command == pdu.ENQUIRE_LINK and smsc.deaf:
            return
        else:
            self.answer(one)
        smsc.changed.set()

    def answer(self, one: Pdu, status: int = 0, body: bytes = b"") -> None:
        self.writer.write(pdu.write(one.command | pdu.RESPONSE, one.sequence, status, body))

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    def request(self, command: int, body: bytes = b"") -> asyncio.Future[Pdu]:
        self.sequence += 1
        waiting = self.answers[self.sequence] = asyncio.get_running_loop().create_future()
        self.writer.write(pdu.write(command, self.sequence, body=body))
        return waiting

    async def deliver(self, message: ShortMessage, command: int = pdu.DELIVER_SM) -> int:
        """Hands a message over; the status of the answer."""
        answer = await asyncio.wait_for(self.request(command, pdu.write_message(message)), 10)
        assert answer.command == command | pdu.RESPONSE
        return answer.status

    def cut(self) -> None:
        self.writer.transport.abort()


class Smsc:
    """Gives message ids "m1", "m2" …; `on_submit` may be replaced."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.tls = tls
        self.sessions: list[Session] = []
        self.requests: list[Pdu] = []
        self.submitted: list[ShortMessage] = []
        self.bind_statuses: deque[int] = deque()
        self.deaf = False
        self.changed = asyncio.Event()
        self.on_submit: Callable[[Session, Pdu], Any] = self.accept
        self.port = 0
        self.ids = 0
        self.tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self.server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self.server.close()
        for session in list(self.sessions):
            session.cut()
        await asyncio.gather(*self.tasks)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        session = Session(self, reader, writer)
        self.sessions.append(session)
        await session.run()

    def accept(self, session: Session, one: Pdu) -> str:
        self.ids += 1
        session.answer(one, 0, f"m{self.ids}\0".encode())
        return f"m{self.ids}"

    def refuse(self, *statuses: int) -> None:
        """Refuses as many submissions, one status each, then accepts."""
        waiting = deque(statuses)

        def answer(session: Session, one: Pdu) -> None:
            if waiting:
                session.answer(one, waiting.popleft())
            else:
                self.accept(session, one)

        self.on_submit = answer

    async def until(self, look: Callable[[], Any], within: float = 10.0) -> Any:
        """What `look` returns as soon as it is true; looks after whatever happens here."""
        async with asyncio.timeout(within):
            while not (found := look()):
                self.changed.clear()
                await self.changed.wait()
            return found

    async def session(self, command: int = pdu.BIND_TRANSCEIVER) -> Session:
        """A session that is bound."""
        found: Session = await self.until(
            lambda: next((one for one in self.sessions if one.bound == command), None)
        )
        return found
