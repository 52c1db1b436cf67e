"""What requests leave behind once they are answered: nothing that waits for the collector of
garbage, which would hold up all others while it frees it."""

from __future__ import annotations

import gc
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from urllib.parse import urlsplit

import aiohttp
import pytest

from maskline.api.request_log import PAUSE
from tests.api.wire import Wire
from tests.support.server import RunningServer

_MANY = 40
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def _without_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.set_debug(0)
    gc.garbage.clear()
    gc.enable()


@contextmanager
def _connection(server: RunningServer) -> Iterator[HTTPConnection]:
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    try:
        yield connection
    finally:
        connection.close()


@pytest.mark.both_engines
@pytest.mark.usefixtures("_without_collector")
@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/proxy/v1/Services", None, 200),
        ("GET", "/proxy/v1/Services/KS00000000000000000000000000000000", None, 404),
        ("POST", "/proxy/v1/Services", "", 400),
        ("GET", "/simulator/phones", None, 200),
        ("GET", "/console", None, 200),
        ("GET", "/console/api/me", None, 401),
        ("GET", "/readyz", None, 200),
    ],
)
def test_an_answered_request_leaves_no_garbage(
    server: RunningServer, wire: Wire, method: str, path: str, body: str | None, status: int
) -> None:
    headers = {"Authorization": aiohttp.encode_basic_auth(*wire.auth), **_FORM}
    with _connection(server) as connection:

        def ask() -> None:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == status

        ask()
        gc.collect()
        gc.set_debug(gc.DEBUG_SAVEALL)
        for _ in range(_MANY):
            ask()
        # The log of requests keeps the last ones until then.
        time.sleep(PAUSE * 1.2)
        gc.collect()
    # A background task may leave something, as a connection does that is closed; what a request
    # leaves is there as often as it was asked.
    left = Counter(type(one).__name__ for one in gc.garbage)
    assert max(left.values(), default=0) < _MANY, left
