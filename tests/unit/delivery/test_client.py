from __future__ import annotations

import asyncio
import errno
import gzip
import json
import socket
import ssl
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp import web

from maskline import __version__
from maskline.delivery.client import PooledClient
from maskline.delivery.guard import AddrInfo, UrlGuard
from maskline.model.http import (
    BadRequest,
    BadResponse,
    BadUrl,
    ConnectFailed,
    ConnectionLost,
    ForbiddenAddress,
    HttpClient,
    HttpFailure,
    HttpRequest,
    ReadTimeout,
    TotalTimeout,
    form,
)
from tests.support.names import Answers

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
RawHandler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

#: Of `localhost`, signed by itself, with its key: it protects nothing.
CERTIFICATE = Path(__file__).with_name("localhost.pem")
SECRETS = ("secret", "14155551234", "hello", "127.0.0.1", "localhost", "example")


class Silent(Answers):
    """Never answers."""

    async def resolve(self, host: str, port: int) -> list[AddrInfo]:
        return await asyncio.get_running_loop().create_future()


class Recorder(UrlGuard):
    """Notes the addresses that connections would go to; `stop` keeps them from being made."""

    def __init__(self, allowed_networks: Sequence[str] = (), *, stop: bool = False) -> None:
        super().__init__(allowed_networks=allowed_networks)
        self.connected: list[str] = []
        self.stop = stop

    def open_socket(self, info: AddrInfo) -> socket.socket:
        opened = super().open_socket(info)
        self.connected.append(str(info[4][0]))
        if self.stop:
            opened.close()
            raise OSError(errno.ECONNREFUSED, "stopped")
        return opened


@asynccontextmanager
async def serving(
    handler: Handler, *, host: str = "127.0.0.1", port: int = 0, tls: bool = False
) -> AsyncIterator[int]:
    """A web server; gives its port. With `tls` it shows a certificate of `localhost` that nobody
    signed."""
    context = None
    if tls:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(CERTIFICATE)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, ssl_context=context).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@asynccontextmanager
async def listening(handler: RawHandler) -> AsyncIterator[int]:
    """A server that need not speak HTTP; gives its port."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def echo(request: web.Request) -> web.Response:
    return web.json_response(
        {
            "method": request.method,
            "target": request.raw_path,
            "headers": [[name.lower(), value] for name, value in request.headers.items()],
            "body": (await request.read()).decode(),
        }
    )


async def echoed(client: PooledClient, request: HttpRequest) -> SimpleNamespace:
    response = await client.send(request)
    assert response.status == 200
    found = json.loads(response.body)
    return SimpleNamespace(**{**found, "headers": dict(found["headers"])})


@pytest.fixture
async def client() -> AsyncIterator[PooledClient]:
    async with PooledClient(UrlGuard(allow_private=True)) as opened:
        yield opened


async def failure(client: HttpClient, request: HttpRequest) -> HttpFailure:
    """The failure of `request`, seen to tell nothing of it."""
    with pytest.raises(HttpFailure) as caught:
        await client.send(request)
    assert caught.value.__cause__ is None
    assert str(caught.value) == caught.value.reason
    assert not [text for text in SECRETS if text in repr(caught.value)]
    return caught.value


async def test_a_request_arrives_as_it_was_made(client: PooledClient) -> None:
    body = form({"To": "+14158675310", "Body": "héllo & goodbye"})
    async with serving(echo) as port:
        seen = await echoed(
            client,
            HttpRequest(
                "POST",
                f"http://127.0.0.1:{port}/a%41/b?x=%2b+%20&y=:/@#rc=2&rp=all",
                {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": "s="},
                body,
            ),
        )
    assert seen.method == "POST"
    # Neither escaped anew nor with its fragment: the signature is of just these characters.
    assert seen.target == "/a%41/b?x=%2b+%20&y=:/@"
    assert seen.body.encode() == body
    assert seen.headers["content-type"] == "application/x-www-form-urlencoded"
    assert seen.headers["content-length"] == str(len(body))
    assert seen.headers["x-twilio-signature"] == "s="
    assert seen.headers["user-agent"] == f"Maskline/{__version__}"
    assert seen.headers["host"] == f"127.0.0.1:{port}"


async def test_a_request_without_a_body(client: PooledClient) -> None:
    async with serving(echo) as port:
        seen = await echoed(client, HttpRequest("GET", f"http://127.0.0.1:{port}?a=1"))
    assert (seen.method, seen.target, seen.body) == ("GET", "/?a=1", "")
    assert "content-type" not in seen.headers


async def test_headers_of_the_request_come_first(client: PooledClient) -> None:
    async with serving(echo) as port:
        seen = await echoed(
            client, HttpRequest("GET", f"http://127.0.0.1:{port}/", {"user-agent": "Other/1"})
        )
    assert seen.headers["user-agent"] == "Other/1"


@pytest.mark.parametrize(
    ("userinfo", "headers", "expected"),
    [
        ("user:secret@", {}, "Basic dXNlcjpzZWNyZXQ="),
        ("us%40er:se%3Acret@", {}, "Basic dXNAZXI6c2U6Y3JldA=="),
        ("%C3%BC:%C3%A9@", {}, "Basic w7w6w6k="),
        ("user@", {}, "Basic dXNlcjo="),
        (":secret@", {}, "Basic OnNlY3JldA=="),
        ("user:secret@", {"authorization": "Bearer t"}, "Bearer t"),
        ("", {}, None),
    ],
)
async def test_userinfo_becomes_basic_authorization(
    client: PooledClient, userinfo: str, headers: dict[str, str], expected: str | None
) -> None:
    async with serving(echo) as port:
        seen = await echoed(
            client, HttpRequest("GET", f"http://{userinfo}127.0.0.1:{port}/a%41?b=+", headers)
        )
    assert seen.headers.get("authorization") == expected
    assert seen.headers["host"] == f"127.0.0.1:{port}"
    assert seen.target == "/a%41?b=+"


@pytest.mark.parametrize("status", [200, 204, 301, 302, 307, 308, 400, 404, 429, 500, 503])
async def test_every_status_is_an_answer_and_no_redirect_is_followed(
    client: PooledClient, status: int
) -> None:
    paths = []

    async def handler(request: web.Request) -> web.Response:
        paths.append(request.path)
        return web.Response(status=status, headers={"Location": "/elsewhere", "Retry-After": "7"})

    async with serving(handler) as port:
        response = await client.send(HttpRequest("POST", f"http://127.0.0.1:{port}/here", {}, b""))
    assert response.status == status
    assert response.headers["location"] == "/elsewhere"
    assert response.headers["retry-after"] == "7"
    assert paths == ["/here"]


async def test_repeated_headers_are_joined_and_cookies_dropped(client: PooledClient) -> None:
    cookies = []

    async def handler(request: web.Request) -> web.Response:
        cookies.append(request.headers.get("Cookie"))
        response = web.Response(text="ok")
        response.headers.add("X-Many", "1")
        response.headers.add("x-many", "2")
        response.set_cookie("session", "secret")
        return response

    async with serving(handler, host="localhost") as port:
        request = HttpRequest("GET", f"http://localhost:{port}/")
        responses = [await client.send(request) for _ in range(2)]
    assert responses[1].headers["x-many"] == "1, 2"
    assert responses[1].headers["content-type"].startswith("text/plain")
    assert cookies == [None, None]


@pytest.mark.parametrize(
    ("size", "limit", "truncated"),
    [(0, 0, False), (10, 10, False), (11, 10, True), (1, 0, True), (300_000, 65_536, True)],
)
@pytest.mark.parametrize("chunked", [False, True])
async def test_an_answer_is_read_up_to_its_limit(
    client: PooledClient, size: int, limit: int, truncated: bool, chunked: bool
) -> None:
    body = bytes(index % 251 for index in range(size))

    async def handler(request: web.Request) -> web.Response:
        response = web.Response(body=body)
        if chunked:
            response.enable_chunked_encoding()
        return response

    async with serving(handler) as port:
        url = f"http://127.0.0.1:{port}/"
        response = await client.send(HttpRequest("GET", url, max_body=limit))
        assert (response.body, response.truncated) == (body[:limit], truncated)
        # The next request is not disturbed by what was left unread.
        again = await client.send(HttpRequest("GET", url, max_body=size))
        assert (again.body, again.truncated) == (body, False)


async def test_the_limit_counts_decompressed_bytes(client: PooledClient) -> None:
    async def handler(request: web.Request) -> web.Response:
        compressed = gzip.compress(b"\0" * 5_000_000)
        return web.Response(body=compressed, headers={"Content-Encoding": "gzip"})

    async with serving(handler) as port:
        response = await client.send(HttpRequest("GET", f"http://127.0.0.1:{port}/"))
    assert response.body == b"\0" * 65_536
    assert response.truncated


async def test_connections_are_kept_and_no_more_are_opened_than_allowed() -> None:
    peers = set()
    under_way = most = 0

    async def handler(request: web.Request) -> web.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        assert request.transport is not None
        peers.add(request.transport.get_extra_info("peername"))
        await request.read()
        under_way -= 1
        return web.Response()

    guard = UrlGuard(allow_private=True)
    async with (
        PooledClient(guard, limit=9, limit_per_host=3) as client,
        serving(handler) as port,
    ):
        request = HttpRequest("POST", f"http://127.0.0.1:{port}/", {}, b"x")
        await asyncio.gather(*(client.send(request) for _ in range(30)))
    assert most <= 3
    assert len(peers) <= 3


async def test_environment_proxies_are_not_used(
    client: PooledClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    async with serving(echo) as port:
        assert await echoed(client, HttpRequest("GET", f"http://127.0.0.1:{port}/"))


# Refusals


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1"])
async def test_a_private_server_is_not_reached(host: str) -> None:
    requests = []

    async def handler(request: web.Request) -> web.Response:
        requests.append(request)
        return web.Response()

    guard = Recorder()
    async with PooledClient(guard) as client, serving(handler) as port:
        url = f"http://user:secret@{host}:{port}/hook?token=secret"
        refusal = await failure(client, HttpRequest("POST", url, {}, b"hello"))
    assert isinstance(refusal, ForbiddenAddress)
    assert not refusal.maybe_sent
    assert (requests, guard.connected) == ([], [])


async def test_a_name_that_resolves_to_a_private_address_is_not_reached() -> None:
    for answer in (["127.0.0.1"], ["8.8.8.8", "127.0.0.1"]):
        guard = Recorder()
        async with PooledClient(guard, resolver=Answers(answer)) as client:
            refusal = await failure(client, HttpRequest("GET", "http://hook.example/"))
        assert isinstance(refusal, ForbiddenAddress)
        assert guard.connected == []


async def test_a_name_that_changes_its_mind_is_connected_where_it_was_checked() -> None:
    """Public when asked first, private ever after: the classic DNS rebinding."""
    resolver = Answers(["8.8.8.8"], ["127.0.0.1"])
    guard = Recorder(stop=True)
    async with PooledClient(guard, resolver=resolver) as client:
        request = HttpRequest("GET", "http://rebind.example:8001/")
        stopped = await failure(client, request)
        assert isinstance(stopped, ConnectFailed)
        # One question, and the connection goes to its answer.
        assert resolver.asked == ["rebind.example"]
        assert guard.connected == ["8.8.8.8"]
        refusal = await failure(client, HttpRequest("GET", "http://rebind.example:8002/"))
        assert isinstance(refusal, ForbiddenAddress)
        assert len(resolver.asked) == 2
        assert guard.connected == ["8.8.8.8"]


async def test_rebinding_against_a_real_server() -> None:
    async def handler(request: web.Request) -> web.Response:
        assert request.transport is not None
        return web.Response(text=request.transport.get_extra_info("sockname")[0])

    resolver = Answers(["127.0.0.1"], ["127.0.0.2"])
    guard = Recorder(["127.0.0.1/32"])
    async with (
        serving(handler) as port,
        serving(handler, host="127.0.0.2", port=port) as same_port,
        serving(handler, host="127.0.0.2") as other_port,
        PooledClient(guard, resolver=resolver) as client,
    ):
        assert same_port == port
        for _ in range(2):
            response = await client.send(HttpRequest("GET", f"http://rebind.example:{port}/"))
            assert response.body == b"127.0.0.1"
        refusal = await failure(client, HttpRequest("GET", f"http://rebind.example:{other_port}/"))
    assert isinstance(refusal, ForbiddenAddress)
    assert guard.connected == ["127.0.0.1"]


async def test_the_last_gate_holds_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the check of the URL fooled, the socket would still be refused."""
    monkeypatch.setattr("maskline.delivery.guard.address_of", lambda host: None)
    async with PooledClient(UrlGuard()) as client, serving(echo) as port:
        refusal = await failure(client, HttpRequest("GET", f"http://127.0.0.1:{port}/"))
    assert isinstance(refusal, ForbiddenAddress)


@pytest.mark.parametrize("url", ["ftp://example.com/secret", "http://", "http://a b/", "hello"])
async def test_bad_urls(client: PooledClient, url: str) -> None:
    assert isinstance(await failure(client, HttpRequest("GET", url)), BadUrl)


async def test_a_name_too_long_for_dns_is_a_bad_url(client: PooledClient) -> None:
    request = HttpRequest("GET", f"http://{'a' * 64}.example/")
    assert isinstance(await failure(client, request), BadUrl)


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", {"X-Secret": "secret\r\nX-Evil: 1"}),
        ("GET", {"X\n": "secret"}),
        ("GET /secret", {}),
    ],
)
async def test_malformed_requests_are_not_sent(
    client: PooledClient, method: str, headers: dict[str, str]
) -> None:
    async with serving(echo) as port:
        request = HttpRequest(method, f"http://127.0.0.1:{port}/", headers)
        refusal = await failure(client, request)
    assert isinstance(refusal, BadRequest)
    assert not refusal.maybe_sent


# Failures on the way


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return cast(int, probe.getsockname()[1])


async def test_connection_refused(client: PooledClient) -> None:
    failed = await failure(client, HttpRequest("GET", f"http://127.0.0.1:{free_port()}/?secret"))
    assert isinstance(failed, ConnectFailed)
    assert (failed.phase, failed.maybe_sent) == ("tcp", False)
    assert "ECONNREFUSED" in failed.reason


async def test_name_not_resolved() -> None:
    resolver = Answers(OSError(socket.EAI_NONAME, "no such name: hook.example"))
    async with PooledClient(UrlGuard(), resolver=resolver) as client:
        failed = await failure(client, HttpRequest("GET", "http://hook.example/"))
    assert isinstance(failed, ConnectFailed)
    assert (failed.phase, failed.maybe_sent) == ("dns", False)


async def test_a_slow_name_lookup_counts_as_connecting() -> None:
    async with PooledClient(UrlGuard(), resolver=Silent()) as client:
        request = HttpRequest("GET", "http://hook.example/", connect_timeout=0.01)
        failed = await failure(client, request)
    assert isinstance(failed, ConnectFailed)
    assert (failed.phase, failed.maybe_sent) == ("timeout", False)


async def test_no_tls_where_tls_was_asked_for(client: PooledClient) -> None:
    async with serving(echo) as port:
        failed = await failure(client, HttpRequest("GET", f"https://127.0.0.1:{port}/"))
    assert isinstance(failed, ConnectFailed)
    assert (failed.phase, failed.maybe_sent) == ("tls", False)


async def test_an_untrusted_certificate(client: PooledClient) -> None:
    async with serving(echo, tls=True) as port:
        failed = await failure(client, HttpRequest("GET", f"https://localhost:{port}/"))
    assert isinstance(failed, ConnectFailed)
    assert (failed.phase, failed.maybe_sent) == ("tls", False)
    assert "certificate" in failed.reason


async def test_a_certificate_of_another_name(
    client: PooledClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_tls", ssl.create_default_context(cafile=CERTIFICATE))
    async with serving(echo, tls=True) as port:
        failed = await failure(client, HttpRequest("GET", f"https://127.0.0.1:{port}/"))
    assert isinstance(failed, ConnectFailed)
    assert "certificate" in failed.reason


async def test_tls(client: PooledClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_tls", ssl.create_default_context(cafile=CERTIFICATE))
    async with serving(echo, tls=True) as port:
        request = HttpRequest("POST", f"https://localhost:{port}/a?b", {}, b"hello")
        for _ in range(2):
            seen = await echoed(client, request)
            assert (seen.target, seen.body) == ("/a?b", "hello")
            assert seen.headers["host"] == f"localhost:{port}"


async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read and never answer, until the other side hangs up."""
    await reader.read(-1)


async def test_read_timeout(client: PooledClient) -> None:
    async with listening(hold) as port:
        request = HttpRequest("POST", f"http://127.0.0.1:{port}/", {}, b"hello", read_timeout=0.02)
        failed = await failure(client, request)
    assert isinstance(failed, ReadTimeout)
    assert failed.maybe_sent


async def test_read_timeout_in_the_body(client: PooledClient) -> None:
    async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
        await hold(reader, writer)

    async with listening(stall) as port:
        request = HttpRequest("GET", f"http://127.0.0.1:{port}/", read_timeout=0.02)
        assert isinstance(await failure(client, request), ReadTimeout)


async def test_total_timeout(client: PooledClient) -> None:
    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0)

    async with listening(trickle) as port:
        request = HttpRequest(
            "GET", f"http://127.0.0.1:{port}/", total_timeout=0.05, read_timeout=30
        )
        failed = await failure(client, request)
    assert isinstance(failed, TotalTimeout)
    assert failed.maybe_sent


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Le", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"],
)
async def test_connection_lost(client: PooledClient, answer: bytes) -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)

    async with listening(cut) as port:
        failed = await failure(client, HttpRequest("POST", f"http://127.0.0.1:{port}/secret"))
    assert isinstance(failed, ConnectionLost)
    assert failed.maybe_sent


@pytest.mark.parametrize("answer", [b"hello\r\n\r\n", b"HTTP/1.1 200 OK\r\nA: " + b"x" * 100_000])
async def test_what_is_no_http(client: PooledClient, answer: bytes) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await reader.read(-1)

    async with listening(babble) as port:
        failed = await failure(client, HttpRequest("POST", f"http://127.0.0.1:{port}/secret"))
    assert isinstance(failed, BadResponse)
    assert failed.maybe_sent


async def test_cancelling_is_no_failure(client: PooledClient) -> None:
    arrived = asyncio.Event()

    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await hold(reader, writer)

    async with listening(wait) as port:
        task = asyncio.create_task(client.send(HttpRequest("GET", f"http://127.0.0.1:{port}/")))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_close_fails_what_is_under_way() -> None:
    client = PooledClient(UrlGuard(allow_private=True))
    arrived = asyncio.Event()

    async def wait(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        arrived.set()

    async with listening(wait) as port:
        task = asyncio.create_task(client.send(HttpRequest("GET", f"http://127.0.0.1:{port}/")))
        await arrived.wait()
        await client.close()
        with pytest.raises(ConnectionLost):
            await asyncio.wait_for(task, 2)


async def test_close_ends_connections_and_forgets_names() -> None:
    resolver = Answers(["127.0.0.1"])
    client = PooledClient(UrlGuard(allow_private=True), resolver=resolver)
    await client.close()
    async with serving(echo) as port:
        request = HttpRequest("GET", f"http://hook.example:{port}/")
        assert await echoed(client, request)
        assert await echoed(client, request)
        await client.close()
        assert await echoed(client, request)
        await client.close()
    assert resolver.asked == ["hook.example"] * 2


# Connections


Script = Sequence[bytes | None]


@asynccontextmanager
async def scripted(*scripts: Script) -> AsyncIterator[tuple[int, list[int]]]:
    """A server whose connections answer their requests as their script says, then end; null ends a
    connection without an answer. Gives its port and how many requests each connection has had."""
    had: list[int] = []
    left = list(scripts)

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = len(had)
        had.append(0)
        for answer in left.pop(0):
            await reader.readuntil(b"\r\n\r\n")
            had[number] += 1
            if answer is None:
                return
            writer.write(answer)
            await writer.drain()

    async with listening(play) as port:
        yield port, had


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


async def statuses(client: PooledClient, port: int, times: int) -> list[int]:
    request = HttpRequest("GET", f"http://127.0.0.1:{port}/")
    return [(await client.send(request)).status for _ in range(times)]


async def test_a_connection_is_used_again(client: PooledClient) -> None:
    async with scripted([OK, OK, OK]) as (port, had):
        assert await statuses(client, port, 3) == [200, 200, 200]
    assert had == [3]


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        # Whatever follows an answer must not be taken for the next one.
        OK + b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
        OK + b"HTTP/1.1 403 Forb",
        OK + b"???",
    ],
)
async def test_a_connection_that_cannot_be_trusted_further_is_not(
    client: PooledClient, answer: bytes
) -> None:
    async with scripted([answer, OK], [OK, OK]) as (port, had):
        assert await statuses(client, port, 3) == [200, 200, 200]
    assert had == [1, 2]


async def test_an_answer_that_nobody_asked_for_ends_the_connection(client: PooledClient) -> None:
    async def eager(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await writer.drain()
        await asyncio.sleep(0.01)
        writer.write(OK.replace(b"200", b"403"))
        ended.set_result(await reader.read(-1))

    ended: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    async with listening(eager) as port:
        assert await statuses(client, port, 1) == [200]
        assert await ended == b""


async def test_an_answer_may_end_with_its_connection(client: PooledClient) -> None:
    async with scripted([b"HTTP/1.1 200 OK\r\n\r\nhello"], [OK]) as (port, had):
        request = HttpRequest("GET", f"http://127.0.0.1:{port}/")
        assert (await client.send(request)).body == b"hello"
        assert (await client.send(request)).body == b"ok"
    assert had == [1, 1]


async def test_an_answer_before_the_answer_is_passed_over(client: PooledClient) -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n"
    async with scripted([early + OK, OK]) as (port, had):
        response = await client.send(HttpRequest("GET", f"http://127.0.0.1:{port}/"))
        assert (response.status, response.body, response.headers) == (
            200,
            b"ok",
            {"content-length": "2"},
        )
        assert await statuses(client, port, 1) == [200]
    assert had == [2]


async def test_a_switch_of_protocols_is_no_answer(client: PooledClient) -> None:
    switch = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"
    async with scripted([switch]) as (port, _):
        failed = await failure(client, HttpRequest("GET", f"http://127.0.0.1:{port}/"))
    assert isinstance(failed, BadResponse)


async def test_head_has_no_body(client: PooledClient) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
    async with scripted([head]) as (port, _):
        response = await client.send(HttpRequest("HEAD", f"http://127.0.0.1:{port}/"))
    assert (response.status, response.body, response.truncated) == (200, b"", False)


@pytest.mark.parametrize(
    ("encoding", "body", "expected"),
    [
        ("gzip", gzip.compress(b"hello"), b"hello"),
        ("deflate", zlib.compress(b"hello"), b"hello"),
        ("br", b"as it is", b"as it is"),
    ],
    ids=["gzip", "deflate", "another"],
)
async def test_a_compressed_answer(
    client: PooledClient, encoding: str, body: bytes, expected: bytes
) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {len(body)}"
    async with scripted([head.encode() + b"\r\n\r\n" + body]) as (port, _):
        response = await client.send(HttpRequest("GET", f"http://127.0.0.1:{port}/"))
    assert response.body == expected


async def test_a_damaged_body(client: PooledClient) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"
    async with scripted([answer]) as (port, _):
        failed = await failure(client, HttpRequest("GET", f"http://127.0.0.1:{port}/"))
    assert isinstance(failed, BadResponse)


async def test_a_connection_that_was_idle_too_long_is_ended() -> None:
    async with (
        PooledClient(UrlGuard(allow_private=True), keepalive_timeout=0.02) as client,
        scripted([OK, OK], [OK]) as (port, had),
    ):
        assert await statuses(client, port, 2) == [200, 200]
        await asyncio.sleep(0.1)
        assert await statuses(client, port, 1) == [200]
    assert had == [2, 1]


async def test_a_connection_that_grew_old_while_the_loop_was_busy_is_not_used() -> None:
    async with (
        PooledClient(UrlGuard(allow_private=True), keepalive_timeout=0.02) as client,
        scripted([OK, OK], [OK, OK]) as (port, had),
    ):
        assert await statuses(client, port, 1) == [200]
        time.sleep(0.03)  # noqa: ASYNC251  # the loop is to be busy
        assert await statuses(client, port, 2) == [200, 200]
    assert had == [1, 2]


async def test_a_connection_that_the_other_side_ended_is_not_used(client: PooledClient) -> None:
    async with scripted([OK], [OK]) as (port, had):
        assert await statuses(client, port, 1) == [200]
        await asyncio.sleep(0.02)
        assert await statuses(client, port, 1) == [200]
    assert had == [1, 1]


async def test_the_limit_of_all_connections_holds_over_many_hosts() -> None:
    under_way = most = 0

    async def handler(request: web.Request) -> web.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.002)
        under_way -= 1
        return web.Response()

    guard = UrlGuard(allow_private=True)
    async with (
        serving(handler) as one,
        serving(handler) as other,
        PooledClient(guard, limit=2) as client,
    ):
        answers = await asyncio.gather(
            *(
                client.send(HttpRequest("GET", f"http://127.0.0.1:{port}/"))
                for port in [one, other, one, other] * 5
            )
        )
    assert [answer.status for answer in answers] == [200] * 20
    assert most <= 2


async def test_waiting_for_a_free_connection_counts_as_connecting() -> None:
    async with (
        listening(hold) as port,
        PooledClient(UrlGuard(allow_private=True), limit_per_host=1) as client,
    ):
        url = f"http://127.0.0.1:{port}/"
        first = asyncio.create_task(client.send(HttpRequest("GET", url, read_timeout=0.1)))
        await asyncio.sleep(0.01)
        failed = await failure(client, HttpRequest("GET", url, connect_timeout=0.01))
        assert isinstance(failed, ConnectFailed)
        assert (failed.phase, failed.maybe_sent) == ("timeout", False)
        with pytest.raises(ReadTimeout):
            await first


async def test_a_connection_that_is_freed_for_one_who_left_goes_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with (
        scripted([OK, OK]) as (port, had),
        PooledClient(UrlGuard(allow_private=True), limit_per_host=1) as client,
    ):
        request = HttpRequest("GET", f"http://127.0.0.1:{port}/")
        tasks = [asyncio.create_task(client.send(request)) for _ in range(3)]
        give_back = client._give_back

        def give_and_cancel(*freed: Any) -> None:
            give_back(*freed)
            tasks[1].cancel()

        monkeypatch.setattr(client, "_give_back", give_and_cancel)
        assert (await tasks[0]).status == 200
        assert (await tasks[2]).status == 200
        assert tasks[1].cancelled()
    assert had == [2]


async def test_a_refused_connection_lets_the_next_try() -> None:
    async with PooledClient(UrlGuard(allow_private=True), limit_per_host=1) as client:
        request = HttpRequest("GET", f"http://127.0.0.1:{free_port()}/")
        failed = await asyncio.gather(
            *(client.send(request) for _ in range(4)), return_exceptions=True
        )
    assert [type(one) for one in failed] == [ConnectFailed] * 4


async def test_the_next_address_is_tried_where_the_first_does_not_answer() -> None:
    resolver = Answers(["127.0.0.3", "127.0.0.1"])
    async with (
        PooledClient(UrlGuard(allow_private=True), resolver=resolver) as client,
        scripted([OK]) as (port, _),
    ):
        response = await client.send(HttpRequest("GET", f"http://hook.example:{port}/"))
    assert response.status == 200


async def test_those_who_need_a_name_at_the_same_time_ask_once() -> None:
    resolver = Answers(["127.0.0.1"])
    async with (
        PooledClient(UrlGuard(allow_private=True), resolver=resolver) as client,
        scripted([OK], [OK], [OK]) as (port, _),
    ):
        request = HttpRequest("GET", f"http://hook.example:{port}/")
        answers = await asyncio.gather(*(client.send(request) for _ in range(3)))
    assert [answer.status for answer in answers] == [200] * 3
    assert resolver.asked == ["hook.example"]


async def test_a_failed_lookup_is_told_to_all_and_not_kept() -> None:
    resolver = Answers(OSError(socket.EAI_AGAIN, "later"), ["127.0.0.1"])
    async with (
        PooledClient(UrlGuard(allow_private=True), resolver=resolver) as client,
        scripted([OK]) as (port, _),
    ):
        request = HttpRequest("GET", f"http://hook.example:{port}/")
        failed = await asyncio.gather(
            *(client.send(request) for _ in range(3)), return_exceptions=True
        )
        assert [type(one) for one in failed] == [ConnectFailed] * 3
        assert (await client.send(request)).status == 200
    assert len(resolver.asked) == 2


async def test_a_lookup_that_nobody_waits_for_any_more_ends_with_the_client() -> None:
    async with PooledClient(UrlGuard(), resolver=Silent()) as client:
        request = HttpRequest("GET", "http://hook.example/", connect_timeout=0.01)
        assert isinstance(await failure(client, request), ConnectFailed)
        assert len(client._lookups) == 1
    await asyncio.sleep(0)
    assert not client._lookups


async def test_a_name_without_addresses() -> None:
    async with PooledClient(UrlGuard(), resolver=Answers([])) as client:
        failed = await failure(client, HttpRequest("GET", "http://hook.example/"))
    assert isinstance(failed, ConnectFailed)
    assert failed.phase == "dns"


async def test_an_ipv6_address_needs_no_lookup() -> None:
    try:
        server = await asyncio.start_server(_answer_once, "::1", 0)
    except OSError:
        pytest.skip("no IPv6 on this machine")
    async with server, PooledClient(UrlGuard(allow_private=True), resolver=Silent()) as client:
        port = server.sockets[0].getsockname()[1]
        response = await client.send(HttpRequest("GET", f"http://[::1]:{port}/"))
    assert response.status == 200


async def _answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(OK)
    writer.close()


async def test_the_urls_that_are_kept_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maskline.delivery.client._MOST_TARGETS", 2)
    async with scripted([OK] * 5) as (port, had), PooledClient(UrlGuard(True)) as client:
        for path in "abcab":
            url = f"http://127.0.0.1:{port}/{path}"
            assert (await client.send(HttpRequest("GET", url))).status == 200
    assert had == [5]
