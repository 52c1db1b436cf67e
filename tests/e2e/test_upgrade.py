"""One step back: what the version before wrote, served by this one; and the version before on the
schema of this one, as in a rolling upgrade."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from maskline.store.migrate import COMPATIBLE_STEPS, migrations
from tests.support.earlier import Earlier, check_out
from tests.support.postgres import Cluster
from tests.support.process import ServerProcess
from tests.support.world import Session, World, eventually

STEPS = migrations("postgres")


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Earlier:
    """The code of the version before."""
    return check_out(tmp_path_factory.mktemp("history"))


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database, without a schema."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'maskline.db'}"
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    name = cluster.create(empty=True)
    yield cluster.url(name)
    cluster.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def serving(folder: Path, url: str, earlier: Earlier | None = None) -> Iterator[ServerProcess]:
    """A server of the version before, or of this one."""
    folder.mkdir(exist_ok=True)
    path = {} if earlier is None else {"PYTHONPATH": str(earlier.sources)}
    with ServerProcess(folder, MASKLINE_DATABASE_URL=url, **path) as server:
        yield server


def maskline(url: str, *words: str, earlier: Earlier | None = None) -> tuple[int, str]:
    """Runs a command of the version before, or of this one: its code, and what it said."""
    environ = {name: value for name, value in os.environ.items() if "MASKLINE" not in name}
    environ["MASKLINE_DATABASE_URL"] = url
    if earlier is not None:
        environ["PYTHONPATH"] = str(earlier.sources)
    done = subprocess.run(
        [sys.executable, "-m", "maskline", *words],
        env=environ,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def talk(world: World, session: Session, *, times: int = 1) -> None:
    """Alice writes, and Bob gets it; Bob answers, and Alice gets that."""
    for _ in range(times):
        for sender, receiver, side in (
            (world.alice, world.bob, session.a),
            (world.bob, world.alice, session.b),
        ):
            before = len(receiver.inbox())
            assert sender.text(side.proxy_identifier, "hi").status_code == 201
            receiver.receives(before + 1)
            session.settles("delivered")


def goes_on(world: World, session: Session) -> None:
    """All that traffic and a program's calls touch."""
    talk(world, session)
    session.here.update(status="closed")
    again = world.session(ttl=600)
    talk(world, again)
    call = world.alice.call(again.a.proxy_identifier)
    world.bob.act(world.bob.rings()["id"], "answer")
    world.alice.act(call["id"], "hangup")
    world.alice.ends(call["id"])
    again.settles("completed")
    assert again.here.delete()


def takes_over(server: ServerProcess, world: World) -> None:
    """The world's program speaks to another server from now on."""
    world.server, world.client = server, server.client
    for handset in (world.alice, world.bob, world.stranger):
        handset.__init__(server, handset.number)  # type: ignore[misc]


@pytest.mark.timeout(120)
def test_a_rolling_upgrade_and_back(tmp_path: Path, url: str, earlier: Earlier) -> None:
    known = earlier.schema
    code, said = maskline(url, "migrate", "status", "--json", earlier=earlier)
    assert f'"newest": {known}' in said.replace('":', '": ').replace("  ", " ")
    only_adds = all(step.compatible for step in STEPS[known:])
    declares = next(step.number for step in STEPS if step.name == COMPATIBLE_STEPS)
    may_start = only_adds and known == len(STEPS) - 1 and known >= declares

    with serving(tmp_path / "a", url, earlier) as server:
        world = World(server)
        session = world.session(unique_name="ride")
        talk(world, session, times=2)
        older = session.interactions()
        if not url.startswith("sqlite"):
            assert maskline(url, "migrate", "up")[0] == 0
            if only_adds:
                # It was there before, and goes on.
                goes_on(world, world.session(unique_name="while it is upgraded"))
    code, said = maskline(url, "migrate", "up")
    assert code == 0, said

    if may_start:
        with serving(tmp_path / "b", url, earlier) as server:
            takes_over(server, world)
            goes_on(world, world.session(unique_name="back again"))
    else:
        code, said = maskline(url, "numbers", "list", earlier=earlier)
        assert code == 1
        assert "start the newer version" in said.lower()

    with serving(tmp_path / "c", url) as server:
        takes_over(server, world)
        here = world.here.sessions(session.sid)
        assert here.fetch().unique_name == "ride"
        assert [one.sid for one in here.interactions.list()] == [one.sid for one in older]
        assert {one.sid for one in here.participants.list()} == {session.a.sid, session.b.sid}
        for one in older:
            message = server.client.messages(one.outbound_resource_sid).fetch()
            assert (message.status, message.body) == ("delivered", "hi")
        session.here = here
        talk(world, session)
        eventually(lambda: len(session.interactions()) == len(older) + 2)
        goes_on(world, session)
