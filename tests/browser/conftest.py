"""A browser for each module, a server and a viewer for each test.

The browser is a module's, no longer: while Playwright runs, no other event loop can in its thread,
and tests of other modules have theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.support import console
from tests.support.console import Viewer
from tests.support.receiver import Receiver
from tests.support.server import RunningServer
from tests.support.world import Session, World


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with console.chromium() as browser:
        yield browser


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    # A callback that a test has refused is given up while it looks on.
    with RunningServer(tmp_path, MASKLINE_WEBHOOKS_RETRY_DELAYS="0.05") as server:
        yield server


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def world(server: RunningServer, receiver: Receiver) -> World:
    return World(server, callback_url=f"{receiver.url}/callback")


@pytest.fixture
def ride(world: World) -> Session:
    return world.session(unique_name="ride-1", ttl=86_400)


@pytest.fixture
def viewers(browser: Browser) -> Iterator[Callable[..., Viewer]]:
    """Makes viewers; at the end nothing must have happened in their browsers that never may."""
    made: list[Viewer] = []

    def make(server: Any, **options: Any) -> Viewer:
        viewer = Viewer(browser, server, **options)
        made.append(viewer)
        return viewer

    yield make
    for viewer in made:
        viewer.context.close()
    assert [problem for viewer in made for problem in viewer.problems] == []


@pytest.fixture
def viewer(viewers: Callable[..., Viewer], server: RunningServer) -> Viewer:
    return viewers(server)
