from __future__ import annotations

import asyncio
import errno
import gzip
import json
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import cast
from urllib.parse import parse_qsl, urlencode

import aiohttp
import pytest
from aiohttp import AddrInfoType, web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_reqrep import ConnectionKey
from hypothesis import given
from hypothesis import strategies as st

from maskline import __version__
from maskline.delivery.guard import UrlGuard
from maskline.delivery.http import (
    AiohttpClient,
    BadRequest,
    BadResponse,
    BadUrl,
    ConnectFailed,
    ConnectionLost,
    ForbiddenAddress,
    HttpClient,
    HttpFailure,
    HttpRequest,
    HttpResponse,
    ReadTimeout,
    TotalTimeout,
    form,
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
RawHandler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
SECRETS = ("secret", "14155551234", "hello", "127.0.0.1", "localhost", "example")


class Answers(AbstractResolver):
    """Gives its answers in turn, then the last one again."""

    def __init__(self, *answers: Sequence[str] | OSError) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.closed = False

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, OSError):
            raise answer
        return [
            ResolveResult(
                hostname=host, host=address, port=port, family=socket.AF_INET, proto=0, flags=0
            )
            for address in answer
        ]

    async def close(self) -> None:
        self.closed = True


class Silent(Answers):
    """Never answers."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return await asyncio.get_running_loop().create_future()


class Recorder(UrlGuard):
    """Notes the addresses that connections would go to; `stop` keeps them from being made."""

    def __init__(self, allowed_networks: Sequence[str] = (), *, stop: bool = False) -> None:
        super().__init__(allowed_networks=allowed_networks)
        self.connected: list[str] = []
        self.stop = stop

    def open_socket(self, info: AddrInfoType) -> socket.socket:
        opened = super().open_socket(info)
        self.connected.append(str(info[4][0]))
        if self.stop:
            opened.close()
            raise OSError(errno.ECONNREFUSED, "stopped")
        return opened


@asynccontextmanager
async def serving(
    handler: Handler, *, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[int]:
    """A web server; gives its port."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
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


async def echoed(client: AiohttpClient, request: HttpRequest) -> SimpleNamespace:
    response = await client.send(request)
    assert response.status == 200
    found = json.loads(response.body)
    return SimpleNamespace(**{**found, "headers": dict(found["headers"])})


@pytest.fixture
async def client() -> AsyncIterator[AiohttpClient]:
    async with AiohttpClient(UrlGuard(allow_private=True)) as opened:
        yield opened


async def failure(client: HttpClient, request: HttpRequest) -> HttpFailure:
    """The failure of `request`, seen to tell nothing of it."""
    with pytest.raises(HttpFailure) as caught:
        await client.send(request)
    assert caught.value.__cause__ is None
    assert str(caught.value) == caught.value.reason
    assert not [text for text in SECRETS if text in repr(caught.value)]
    return caught.value


async def test_a_request_arrives_as_it_was_made(client: AiohttpClient) -> None:
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


async def test_a_request_without_a_body(client: AiohttpClient) -> None:
    async with serving(echo) as port:
        seen = await echoed(client, HttpRequest("GET", f"http://127.0.0.1:{port}?a=1"))
    assert (seen.method, seen.target, seen.body) == ("GET", "/?a=1", "")
    assert "content-type" not in seen.headers


async def test_headers_of_the_request_come_first(client: AiohttpClient) -> None:
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
    client: AiohttpClient, userinfo: str, headers: dict[str, str], expected: str | None
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
    client: AiohttpClient, status: int
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


async def test_repeated_headers_are_joined_and_cookies_dropped(client: AiohttpClient) -> None:
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
    client: AiohttpClient, size: int, limit: int, truncated: bool, chunked: bool
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


async def test_the_limit_counts_decompressed_bytes(client: AiohttpClient) -> None:
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
        AiohttpClient(guard, limit=9, limit_per_host=3) as client,
        serving(handler) as port,
    ):
        request = HttpRequest("POST", f"http://127.0.0.1:{port}/", {}, b"x")
        await asyncio.gather(*(client.send(request) for _ in range(30)))
    assert most <= 3
    assert len(peers) <= 3


async def test_environment_proxies_are_not_used(
    client: AiohttpClient, monkeypatch: pytest.MonkeyPatch
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
    async with AiohttpClient(guard) as client, serving(handler) as port:
        url = f"http://user:secret@{host}:{port}/hook?token=secret"
        refusal = await failure(client, HttpRequest("POST", url, {}, b"hello"))
    assert isinstance(refusal, ForbiddenAddress)
    assert not refusal.maybe_sent
    assert (requests, guard.connected) == ([], [])


async def test_a_name_that_resolves_to_a_private_address_is_not_reached() -> None:
    for answer in (["127.0.0.1"], ["8.8.8.8", "127.0.0.1"]):
        guard = Recorder()
        async with AiohttpClient(guard, resolver=Answers(answer)) as client:
            refusal = await failure(client, HttpRequest("GET", "http://hook.example/"))
        assert isinstance(refusal, ForbiddenAddress)
        assert guard.connected == []


async def test_a_name_that_changes_its_mind_is_connected_where_it_was_checked() -> None:
    """Public when asked first, private ever after: the classic DNS rebinding."""
    resolver = Answers(["8.8.8.8"], ["127.0.0.1"])
    guard = Recorder(stop=True)
    async with AiohttpClient(guard, resolver=resolver) as client:
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
        AiohttpClient(guard, resolver=resolver) as client,
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
    async with AiohttpClient(UrlGuard()) as client, serving(echo) as port:
        refusal = await failure(client, HttpRequest("GET", f"http://127.0.0.1:{port}/"))
    assert isinstance(refusal, ForbiddenAddress)


async def test_an_address_that_only_the_library_sees_through_is_a_bad_url(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("maskline.delivery.guard.address_of", lambda host: None)
    async with AiohttpClient(UrlGuard()) as client:
        refusal = await failure(client, HttpRequest("GET", "http://2130706433/"))
    assert isinstance(refusal, BadUrl)


@pytest.mark.parametrize("url", ["ftp://example.com/secret", "http://", "http://a b/", "hello"])
async def test_bad_urls(client: AiohttpClient, url: str) -> None:
    assert isinstance(await failure(client, HttpRequest("GET", url)), BadUrl)


async def test_a_name_too_long_for_dns_is_a_bad_url(client: AiohttpClient) -> None:
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
    client: AiohttpClient, method: str, headers: dict[str, str]
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


async def test_connection_refused(client: AiohttpClient) -> None:
    failed = await failure(client, HttpRequest("GET", f"http://127.0.0.1:{free_port()}/?secret"))
    assert isinstance(failed, ConnectFailed)
    assert (failed.phase, failed.maybe_sent) == ("tcp", False)
    assert "ECONNREFUSED" in failed.reason


async def test_name_not_resolved() -> None:
    resolver = Answers(OSError(socket.EAI_NONAME, "no such name: hook.example"))
    async with AiohttpClient(UrlGuard(), resolver=resolver) as client:
        failed = await failure(client, HttpRequest("GET", "http://hook.example/"))
    assert isinstance(failed, ConnectFailed)
    assert (failed.phase, failed.maybe_sent) == ("dns", False)


async def test_a_slow_name_lookup_counts_as_connecting() -> None:
    async with AiohttpClient(UrlGuard(), resolver=Silent()) as client:
        request = HttpRequest("GET", "http://hook.example/", connect_timeout=0.01)
        failed = await failure(client, request)
    assert isinstance(failed, ConnectFailed)
    assert (failed.phase, failed.maybe_sent) == ("timeout", False)


async def test_no_tls_where_tls_was_asked_for(client: AiohttpClient) -> None:
    async with serving(echo) as port:
        failed = await failure(client, HttpRequest("GET", f"https://127.0.0.1:{port}/"))
    assert isinstance(failed, ConnectFailed)
    assert (failed.phase, failed.maybe_sent) == ("tls", False)


async def test_an_untrusted_certificate(
    client: AiohttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def untrusted(*_: object, **__: object) -> None:
        key = ConnectionKey("hook.example", 443, True, True, None, None, None)
        raise aiohttp.ClientConnectorCertificateError(key, ssl.CertificateError("hook.example"))

    monkeypatch.setattr(aiohttp.TCPConnector, "_create_connection", untrusted)
    failed = await failure(client, HttpRequest("GET", "https://hook.example/"))
    assert isinstance(failed, ConnectFailed)
    assert (failed.phase, failed.maybe_sent) == ("tls", False)
    assert "certificate" in failed.reason


async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read and never answer, until the other side hangs up."""
    await reader.read(-1)


async def test_read_timeout(client: AiohttpClient) -> None:
    async with listening(hold) as port:
        request = HttpRequest("POST", f"http://127.0.0.1:{port}/", {}, b"hello", read_timeout=0.02)
        failed = await failure(client, request)
    assert isinstance(failed, ReadTimeout)
    assert failed.maybe_sent


async def test_read_timeout_in_the_body(client: AiohttpClient) -> None:
    async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
        await hold(reader, writer)

    async with listening(stall) as port:
        request = HttpRequest("GET", f"http://127.0.0.1:{port}/", read_timeout=0.02)
        assert isinstance(await failure(client, request), ReadTimeout)


async def test_total_timeout(client: AiohttpClient) -> None:
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
async def test_connection_lost(client: AiohttpClient, answer: bytes) -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)

    async with listening(cut) as port:
        failed = await failure(client, HttpRequest("POST", f"http://127.0.0.1:{port}/secret"))
    assert isinstance(failed, ConnectionLost)
    assert failed.maybe_sent


@pytest.mark.parametrize("answer", [b"hello\r\n\r\n", b"HTTP/1.1 200 OK\r\nA: " + b"x" * 100_000])
async def test_what_is_no_http(client: AiohttpClient, answer: bytes) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await reader.read(-1)

    async with listening(babble) as port:
        failed = await failure(client, HttpRequest("POST", f"http://127.0.0.1:{port}/secret"))
    assert isinstance(failed, BadResponse)
    assert failed.maybe_sent


async def test_cancelling_is_no_failure(client: AiohttpClient) -> None:
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


async def test_close_ends_connections_and_the_resolver() -> None:
    resolver = Answers(["127.0.0.1"])
    client = AiohttpClient(UrlGuard(allow_private=True), resolver=resolver)
    await client.close()
    async with serving(echo) as port:
        assert await echoed(client, HttpRequest("GET", f"http://hook.example:{port}/"))
        await client.close()
        assert resolver.closed
        assert await echoed(client, HttpRequest("GET", f"http://hook.example:{port}/"))
        await client.close()
    assert resolver.asked == ["hook.example"] * 2


def test_what_is_sent_does_not_show_in_a_repr() -> None:
    request = HttpRequest(
        "POST", "http://u:secret@h/?secret", {"Authorization": "secret"}, b"hello"
    )
    assert repr(request) == "HttpRequest(POST)"
    response = HttpResponse(200, {"set-cookie": "secret"}, b"hello", False)
    assert repr(response) == "HttpResponse(200, 5 bytes)"


# Forms


@pytest.mark.parametrize(
    ("params", "encoded"),
    [
        ({}, b""),
        ({"To": "+14158675310", "Body": "a b&c=d"}, b"To=%2B14158675310&Body=a+b%26c%3Dd"),
        ({"A": ["1", "2"], "B": [], "C": ""}, b"A=1&A=2&C="),
        ([("B", "1"), ("A", "2"), ("B", "1")], b"B=1&A=2&B=1"),
        ({"é": "€ 🚕"}, b"%C3%A9=%E2%82%AC+%F0%9F%9A%95"),
        ({"x~._-": "~._-*/\x00\r\n\x7f"}, b"x~._-=~._-%2A%2F%00%0D%0A%7F"),
        ({"x": "\ud800"}, b"x=%ED%A0%80"),
    ],
)
def test_form(params: dict[str, str | list[str]] | list[tuple[str, str]], encoded: bytes) -> None:
    assert form(params) == encoded


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=20)), max_size=8))
def test_a_form_reads_back_as_it_was(params: list[tuple[str, str]]) -> None:
    encoded = form(params).decode("ascii")
    assert parse_qsl(encoded, keep_blank_values=True, strict_parsing=bool(params)) == params
    assert encoded == urlencode(params)
