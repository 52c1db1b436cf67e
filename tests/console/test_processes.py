"""The console of several processes on one database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from maskline.console import changes
from maskline.model.console import Role
from tests.console.browser import Browser, add_user
from tests.support.engines import PostgresEngine
from tests.support.postgres import Cluster
from tests.support.server import RunningServer
from tests.support.world import World, eventually

pytestmark = pytest.mark.needs("initdb", "postgres")


@pytest.fixture
def two(cluster: Cluster, tmp_path: Path) -> Iterator[tuple[RunningServer, RunningServer]]:
    """Two servers on one database."""
    engine = PostgresEngine(cluster)
    environ = {"MASKLINE_DATABASE_URL": engine.url}
    with RunningServer(tmp_path, **environ) as one, RunningServer(tmp_path, **environ) as two:
        yield one, two
    engine.end_connections()
    engine.close()


def test_a_sign_in_and_what_happens_are_known_to_all(
    two: tuple[RunningServer, RunningServer],
) -> None:
    one, other = two
    world = World(one)
    session = world.session()
    browser = Browser(one.url)
    browser.enter(add_user(one, Role.SUPPORT))
    elsewhere = Browser(other.url)
    elsewhere.http.cookies.update(browser.http.cookies)
    assert elsewhere.json("/me")["name"] == browser.me["name"]
    told = one.server.console._changes
    assert told._others_until == 0
    with elsewhere.listen(topics="interactions") as stream:
        eventually(lambda: told._others_until > 0)
        world.alice.text(session.a.proxy_identifier, "across")
        event = stream.until(lambda one: "across" in str(one))
        assert event["session_sid"] == session.sid
        # More than a notice between processes can hold: the rest is counted.
        many = [f"KI{number:032x}" for number in range(changes._TOLD_AT_ONCE + 7)]

        async def flood() -> None:
            told.committed(many)

        one.run(flood)
        stream.until(lambda one: one["type"] == "skipped" and one["count"] >= 7)
    browser.post("/sign-out")
    assert elsewhere.get("/me").status_code == 401


def test_nothing_is_told_to_others_while_nobody_listens(
    two: tuple[RunningServer, RunningServer],
) -> None:
    one, other = two
    heard: list[str] = []
    other.server.store.on_broadcast(heard.append)
    world = World(one)
    session = world.session()
    world.alice.text(session.a.proxy_identifier, "for nobody")
    world.bob.receives(1)
    one.settle()
    assert heard == []


def test_what_others_say_is_not_believed_blindly(
    two: tuple[RunningServer, RunningServer],
) -> None:
    one, _ = two
    console = one.server.console._changes

    async def hear() -> None:
        for text in ("", "{", "[]", '{"sids": 1}', '{"sender": "x", "sids": [1]}'):
            console._heard(text)

    one.run(hear)
    assert (console._others_until, console._pending) == (0, {})


def test_what_processes_count_is_seen_together(two: tuple[RunningServer, RunningServer]) -> None:
    for one in two:
        for _ in range(3):
            one.client.proxy.v1.services.list()
    for one in two:
        one.run(one.server.console._roll_up.write_counts)
    browser = Browser(two[1].url)
    browser.enter(add_user(two[0], Role.VIEWER))
    found = browser.json("/traffic")
    listed = [one for one in found["requests"] if one["label"] == "proxy"]
    assert [(one["outcome"], sum(one["values"])) for one in listed] == [("2xx", 6)]


def test_requests_to_all_processes_are_listed(two: tuple[RunningServer, RunningServer]) -> None:
    for one in two:
        one.client.proxy.v1.services.list()
        one.run(one.server._requests.write)
    browser = Browser(two[1].url)
    browser.enter(add_user(two[0], Role.VIEWER))
    paths = [one["path"] for one in browser.json("/requests")["requests"]]
    assert len(paths) == 2
    assert {one.partition("?")[0] for one in paths} == {"/proxy/v1/Services"}
