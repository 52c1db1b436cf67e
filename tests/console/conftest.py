"""A server with people on it, and browsers in which users of each role are signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from maskline.model.console import Role
from tests.console.browser import Browser, add_user
from tests.console.town import Town
from tests.support.engines import lend_database
from tests.support.receiver import Receiver
from tests.support.server import RunningServer

OTHER = "AC" + "2" * 32


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    """The program's side."""
    with Receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def server(
    server_engine: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    """The server."""
    folder = tmp_path_factory.mktemp("console")
    with (
        lend_database(server_engine, request, folder) as url,
        RunningServer(folder, MASKLINE_DATABASE_URL=url) as running,
    ):
        yield running


@pytest.fixture(scope="module")
def town(server: RunningServer, receiver: Receiver) -> Town:
    """Two accounts, each with a session between two people, and what passed through the first."""
    return Town(server, receiver)


Sign = Callable[..., Browser]


@pytest.fixture
def sign_in(server: RunningServer) -> Sign:
    """Makes a user and signs them in."""

    def sign(role: Role = Role.ADMIN, account: str | None = None) -> Browser:
        browser = Browser(server.url)
        browser.enter(add_user(server, role, account))
        return browser

    return sign
