"""`python -m bench.viewers`: what browsers that listen to the console's events cost.

One server on SQLite relays messages between simulated phones at a fixed rate. Rounds with no
listener, with 50 and with 200 are interleaved; for each are printed the time of a message from its
request to its answer (durable) and until it shows on the other handset, the server's processor time
per message, and what the listeners heard. The control is the round without listeners.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp

from maskline.access import sign_in, users
from maskline.access.audit import COMMAND_LINE
from maskline.databases import open_store
from maskline.env import Env
from maskline.model.clock import system_clock
from maskline.model.console import Role
from maskline.model.sid import SidFactory
from maskline.settings import load

ACCOUNT, TOKEN = "AC" + "1" * 32, "a-token-for-benchmarks-0123456789"
ALICE, BOB = "+12125551234", "+13055551234"
POOL = ("+14158675310", "+14158675311")


class Listeners:
    """Browsers, as raw connections: reading must cost next to nothing."""

    def __init__(self) -> None:
        self.heard = 0
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def enter(self, port: int, cookie: str, count: int) -> None:
        """Has so many listen."""
        for _ in range(count):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(
                b"GET /console/api/events HTTP/1.1\r\nHost: x\r\nCookie: %s\r\n\r\n"
                % cookie.encode()
            )
            self._writers.append(writer)
            self._tasks.append(asyncio.create_task(self._read(reader)))

    async def leave(self) -> None:
        """Closes them all."""
        for task in self._tasks:
            task.cancel()
        for writer in self._writers:
            writer.close()
        self._writers.clear()
        self._tasks.clear()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while data := await reader.read(65_536):
            self.heard += data.count(b"\ndata: ")


def cpu(pid: int) -> float:
    """The processor time of a process, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def cookie_of(environ: dict[str, str], base: str, http: aiohttp.ClientSession) -> str:
    """A signed-in browser's cookie."""
    settings = load(None, environ, {})
    env = Env(system_clock, SidFactory(system_clock), settings)
    store = open_store(settings)
    await store.open()

    async def make(tx: Any) -> str:
        user = await users.create(env, tx, COMMAND_LINE, "bench", Role.ADMIN, None)
        token, _ = await sign_in.new_link(env, tx, user)
        return token

    token = await store.transact(make)
    await store.close()
    async with http.post(f"{base}/console/api/sign-in/link", json={"token": token}) as answer:
        assert answer.status == 200, await answer.text()
        return answer.headers["Set-Cookie"].partition(";")[0]


async def stage(base: str, http: aiohttp.ClientSession) -> str:
    """A session between two handsets; the number that the first dials."""
    headers = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT, TOKEN)}

    async def post(path: str, **form: str) -> Any:
        async with http.post(f"{base}{path}", data=form, headers=headers) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json()

    service = await post("/proxy/v1/Services", UniqueName="bench")
    at = f"/proxy/v1/Services/{service['sid']}"
    for number in POOL:
        bought = await post(
            f"/api/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers.json", PhoneNumber=number
        )
        await post(f"{at}/PhoneNumbers", Sid=bought["sid"])
    session = await post(f"{at}/Sessions")
    people = [
        await post(f"{at}/Sessions/{session['sid']}/Participants", Identifier=one)
        for one in (ALICE, BOB)
    ]
    return str(people[0]["proxy_identifier"])


async def drive(
    base: str, http: aiohttp.ClientSession, to: str, rate: int, seconds: float
) -> list[float]:
    """Texts at a fixed rate; the seconds that each took until it was durable."""
    url = f"{base}/simulator/phones/{quote(ALICE, safe='')}/messages"
    took: list[float] = []

    async def text(number: int) -> None:
        began = time.perf_counter()
        async with http.post(url, json={"to": to, "body": f"message {number}"}) as answer:
            assert answer.status == 201, await answer.text()
        took.append(time.perf_counter() - began)

    loop = asyncio.get_running_loop()
    start = loop.time()
    tasks = []
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, start + number / rate - loop.time()))
        tasks.append(asyncio.create_task(text(number)))
    await asyncio.gather(*tasks)
    return took


async def run(options: argparse.Namespace) -> None:
    """All rounds."""
    with tempfile.TemporaryDirectory(prefix="maskline-bench-") as folder:
        environ = {
            "MASKLINE_DATABASE_URL": f"sqlite:///{folder}/maskline.db",
            "MASKLINE_ACCOUNT_SID": ACCOUNT,
            "MASKLINE_AUTH_TOKEN": TOKEN,
            "MASKLINE_LIMITS_REQUESTS_PER_SECOND": "0",
            "MASKLINE_LOG_LEVEL": "error",
        }
        port = 18_000 + os.getpid() % 10_000
        base = f"http://127.0.0.1:{port}"
        server = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "maskline",
            "serve",
            "--port",
            str(port),
            env={**os.environ, **environ},
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            assert server.stdout is not None
            await server.stdout.readline()
            await measure(options, environ, base, port, server.pid)
        finally:
            server.terminate()
            await server.wait()


async def measure(
    options: argparse.Namespace, environ: dict[str, str], base: str, port: int, pid: int
) -> None:
    """The rounds against a server that runs."""
    connector = aiohttp.TCPConnector(limit=64)
    async with aiohttp.ClientSession(connector=connector) as http:
        cookie = await cookie_of(environ, base, http)
        to = await stage(base, http)
        await drive(base, http, to, options.rate, 1.0)
        took: dict[int, list[float]] = defaultdict(list)
        spent: dict[int, list[float]] = defaultdict(list)
        heard: dict[int, int] = defaultdict(int)
        for _ in range(options.rounds):
            for count in options.listeners:
                listeners = Listeners()
                await listeners.enter(port, cookie, count)
                await asyncio.sleep(0.5)
                before = cpu(pid)
                times = await drive(base, http, to, options.rate, options.seconds)
                spent[count].append((cpu(pid) - before) / len(times) * 1e6)
                took[count] += times
                heard[count] += listeners.heard
                await listeners.leave()
        print(f"{options.rate} messages/s, {options.rounds} rounds of {options.seconds} s each")
        for count in options.listeners:
            times = sorted(took[count])
            print(
                f"{count:4} listeners: p50 {statistics.median(times) * 1000:6.2f} ms, "
                f"p99 {times[int(len(times) * 0.99)] * 1000:6.2f} ms, server "
                f"{statistics.median(spent[count]):5.0f} µs/message, "
                f"{heard[count] / max(1, count) / options.rounds:6.0f} events heard by each a round"
            )


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=200, help="messages a second")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--listeners", type=int, nargs="+", default=[0, 50, 200])
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
