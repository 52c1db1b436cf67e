"""The stage of a replay: a whole server in this process, its program, its handsets, and a clock
that is moved by hand."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import sqlite3
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urlencode

import asyncpg
import msgspec
from aiohttp import web

from maskline.app import Server
from maskline.delivery.housekeeping import Housekeeper, chores
from maskline.model.account import Account, AccountStatus
from maskline.settings import load
from maskline.store.contract import Transaction
from tests.replay.model import PEOPLE
from tests.support.records import StoppedClock

ACCOUNT = "AC" + "1" * 32
STRANGER = "AC" + "2" * 32
TOKEN = "a-token-for-tests-0123456789abcdef"
#: The mode of the sessions that the program answers with.
INVITED = "voice-and-message"

_GUEST = re.compile(r"guest (\d+)")


class Answer(NamedTuple):
    """What a request came to; `text` is the whole of it, headers too."""

    status: int
    body: Any
    text: str

    @property
    def code(self) -> int:
        """The error code, 0 when the request succeeded."""
        return 0 if self.status < 400 else int(self.body["code"])


class Told(NamedTuple):
    """One request to the program: its path, its form, and the whole of it as text."""

    path: str
    form: dict[str, str]
    text: str


class Program:
    """The program's side. It blocks what holds the word `forbidden`, and calls while it is told
    to. A text outside any session that holds `guest 3` is answered with that person."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.blocks_calls = False
        app = web.Application()
        app.router.add_post("/{path}", self._answer)
        self._runner = web.AppRunner(app, access_log=None)
        self.url = ""

    async def start(self) -> None:
        """Opens a free port of the loopback."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    async def stop(self) -> None:
        """Closes it."""
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        form = {key: str(value) for key, value in (await request.post()).items()}
        text = json.dumps([request.path, dict(request.headers), form])
        self.told.append(Told(request.path, form, text))
        blocked = "forbidden" in form.get("interactionData", "")
        if form.get("interactionType") == "Voice":
            blocked = self.blocks_calls
        if request.path == "/door" and (guest := _GUEST.search(form.get("Body", ""))):
            identifier = PEOPLE[int(guest[1])]
            return web.json_response({"participantIdentifier": identifier, "mode": INVITED})
        return web.Response(status=403 if blocked and request.path == "/intercept" else 200)


class Stage:
    """The server, reached as ASGI. Expired sessions are closed when `sweep` is called, and only
    then: the clock of the wall plays no part."""

    def __init__(self, **environ: str) -> None:
        self.clock = StoppedClock()
        self.program = Program()
        self.settings = load(
            None,
            {
                "MASKLINE_ACCOUNT_SID": ACCOUNT,
                "MASKLINE_AUTH_TOKEN": TOKEN,
                "MASKLINE_ALLOW_PRIVATE_WEBHOOKS": "true",
                "MASKLINE_PUBLIC_URL": "http://mask.example.com",
                # What waits in memory is not taken up anew because the clock has jumped.
                "MASKLINE_DELIVERY_LEASE_SECONDS": "86400",
                "MASKLINE_LIMITS_REQUESTS_PER_SECOND": "0",
                **environ,
            },
            {},
        )
        self.server = Server(self.settings, self.clock)

    async def start(self) -> None:
        """Begins."""
        await self.program.start()
        await self._begin()
        now = self.clock()
        other = Account(STRANGER, "Somebody else", TOKEN, AccountStatus.ACTIVE, now, now)
        await self.server.store.transact(lambda tx: tx.accounts.add(other))

    async def stop(self) -> None:
        """Ends."""
        await self.server.stop()
        await self.program.stop()

    async def restart(self) -> None:
        """Another process takes over the database."""
        await self.server.stop()
        self.server = Server(self.settings, self.clock)
        await self._begin()

    async def _begin(self) -> None:
        self._housekeeper = Housekeeper(self.server.env, self.server.store, [])
        self.server._housekeeper = self._housekeeper
        await self.server.start()

    async def sweep(self) -> None:
        """Closes the sessions whose time is over."""
        (chore,) = (one for one in chores() if one.name == "closing expired sessions")
        await self._housekeeper.do(chore)

    async def settle(self) -> None:
        """Returns when nothing is under way any more."""
        server = self.server
        while True:
            await server.dispatcher.idle()
            await server.switchboard.drain()
            for _ in range(5):
                await asyncio.sleep(0)
            if not server.dispatcher.held and not await self.rows("SELECT 1 FROM outbox LIMIT 1"):
                return
            await asyncio.sleep(0.001)

    async def turn(self, switches: int) -> None:
        """Sets the account's switches, as the command line does."""

        async def change(tx: Transaction) -> None:
            account = await tx.accounts.get(ACCOUNT)
            assert account is not None
            await tx.accounts.update(msgspec.structs.replace(account, switches=switches))

        await self.server.store.transact(change)

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What a statement of the test's own finds in what is committed."""
        url = self.settings.database_url
        if url.startswith("sqlite:///"):
            path = url.removeprefix("sqlite:///")
            with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
                return file.execute(sql).fetchall()
        connection = await asyncpg.connect(url)
        try:
            return [tuple(row) for row in await connection.fetch(sql)]
        finally:
            await connection.close()

    async def get(self, path: str, account: str = ACCOUNT) -> Answer:
        """GET as an account."""
        return await self.send("GET", path, account=account)

    async def post(self, path: str, account: str = ACCOUNT, **form: str | Sequence[str]) -> Answer:
        """POST of a form as an account."""
        return await self.send("POST", path, urlencode(form, doseq=True), account=account)

    async def delete(self, path: str) -> Answer:
        """DELETE."""
        return await self.send("DELETE", path)

    async def handset(self, number: str, path: str, body: Mapping[str, Any]) -> Answer:
        """Something that the owner of a handset does."""
        at = f"/simulator/phones/{quote(number, safe='')}/{path}"
        return await self.send("POST", at, json.dumps(body), kind="application/json")

    async def seen(self, number: str, path: str) -> Answer:
        """What a handset shows."""
        return await self.get(f"/simulator/phones/{quote(number, safe='')}/{path}")

    async def send(
        self,
        method: str,
        path: str,
        body: str = "",
        *,
        kind: str = "application/x-www-form-urlencoded",
        account: str = ACCOUNT,
    ) -> Answer:
        """One request."""
        where, _, query = path.partition("?")
        raw = body.encode()
        credentials = b64encode(f"{account}:{TOKEN}".encode())
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(where),
            "raw_path": where.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [
                (b"host", b"localhost:8080"),
                (b"authorization", b"Basic " + credentials),
                (b"content-type", kind.encode()),
                (b"content-length", str(len(raw)).encode()),
            ],
            "client": ("127.0.0.1", 4242),
            "server": ("127.0.0.1", 8080),
        }
        status, head, chunks = 0, "", []
        sent = False

        async def receive() -> dict[str, Any]:
            nonlocal sent
            if sent:
                await asyncio.Event().wait()
            sent = True
            return {"type": "http.request", "body": raw, "more_body": False}

        async def take(event: dict[str, Any]) -> None:
            nonlocal status, head
            if event["type"] == "http.response.start":
                status = event["status"]
                head = "\n".join(f"{n.decode()}: {v.decode()}" for n, v in event["headers"])
            else:
                chunks.append(event.get("body", b""))

        await self.server(scope, receive, take)
        text = b"".join(chunks).decode()
        return Answer(status, json.loads(text) if text else None, f"{head}\n\n{text}")
