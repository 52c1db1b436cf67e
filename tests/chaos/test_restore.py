"""Backups made under load, by the commands of docs/operations/backup.md as they are written there,
restored in a place of their own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.load import Load, arrived
from tests.support.pages import DOCS, commands
from tests.support.postgres import Cluster, as_user, make_cluster, unprivileged
from tests.support.process import ServerProcess
from tests.support.programs import find
from tests.support.receiver import Receiver
from tests.support.world import World, eventually

PAGE = "operations/backup.md"
#: What a dead process held is taken up when its lease ends, which outlasts every webhook.
LATER = {
    "MASKLINE_WEBHOOKS_RETRY_DELAYS": ",".join(["0.2"] * 50),
    "MASKLINE_WEBHOOKS_TOTAL_TIMEOUT": "1",
    "MASKLINE_DELIVERY_LEASE_SECONDS": "2",
}


def run(name: str, directory: Path, **environ: str) -> None:
    """Runs a block of the page but for its last line, when that starts a server."""
    script = commands(PAGE, name).replace("maskline serve\n", "").replace("/backup/wal", "wal")
    binaries = [str(Path(sys.executable).parent)]
    if (dump := find("pg_dump")) is not None:
        binaries.append(str(Path(dump).parent))
    path = os.pathsep.join([*binaries, os.environ["PATH"]])
    done = subprocess.run(
        ["sh", "-euc", script],
        cwd=directory,
        env={**os.environ, **environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def play(
    first: ServerProcess,
    receiver: Receiver,
    back_up: Callable[[], None],
    restore: Callable[[], ServerProcess],
) -> None:
    """Makes a backup under load, ends the server for good, and goes on with the restored one."""
    receiver.status = 500
    world = World(first, callback_url=f"{receiver.url}/callback")
    session = world.session(unique_name="ride 1")
    load = Load(world, session.a.proxy_identifier)
    eventually(lambda: len(load.accepted) > 50)
    before = list(load.accepted)
    back_up()
    more = len(load.accepted)
    eventually(lambda: len(load.accepted) > more + 20)
    load.stop()
    people = participants(world)
    first.kill()
    told = len(receiver.posted)
    receiver.status = 200
    with restore() as second:
        move(world, second)
        assert participants(world) == people
        # All that was accepted before the backup was begun is there, once.
        eventually(lambda: set(arrived(world)) >= set(before), within=20)
        # What waited for its program at that moment reaches it now.
        mine = set(before)
        eventually(lambda: len(mine & texts(receiver, told)) == len(mine), within=20)
        assert world.alice.text(session.a.proxy_identifier, "after it").status_code == 201
        eventually(lambda: "after it" in arrived(world))
        assert {one["from"] for one in world.bob.inbox()} == {session.b.proxy_identifier}
        # No more came twice than was on its way.
        counts = arrived(world)
        twice = [body for body in before if counts[body] > 1]
        assert len(twice) <= len(before) / 2, twice


def participants(world: World) -> list[tuple[str, str, str, str]]:
    session = world.here.sessions("ride 1").fetch()
    found = world.here.sessions(session.sid).participants.list()
    return [
        (session.sid, one.sid, one.identifier, one.proxy_identifier)
        for one in sorted(found, key=lambda one: str(one.sid))
    ]


def texts(receiver: Receiver, since: int) -> set[str]:
    """The messages that the program was told of."""
    return {json.loads(one.form["interactionData"])["body"] for one in receiver.posted[since:]}


def move(world: World, server: ServerProcess) -> None:
    """Points the world at the restored server."""
    old, world.server, world.client = world.server.url, server, server.client
    for phone in (world.alice, world.bob, world.stranger):
        phone._at = phone._at.replace(old, server.url)


def test_a_backup_of_sqlite(tmp_path: Path, receiver: Receiver) -> None:
    fresh = tmp_path / "fresh"
    fresh.mkdir()

    def at(directory: Path) -> dict[str, str]:
        return {"MASKLINE_DATABASE_URL": f"sqlite:///{directory / 'maskline.db'}"}

    def restore() -> ServerProcess:
        (tmp_path / "backup.db").rename(fresh / "backup.db")
        run("sqlite restore", fresh, **at(fresh))
        return ServerProcess(fresh, **LATER)

    with ServerProcess(tmp_path, **LATER) as first:
        play(first, receiver, lambda: run("sqlite backup", tmp_path, **at(tmp_path)), restore)


@pytest.mark.needs("pg_dump", "pg_restore", "createdb")
def test_a_dump_of_postgresql(tmp_path: Path, cluster: Cluster, receiver: Receiver) -> None:
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    address = {"MASKLINE_DATABASE_URL": cluster.url(cluster.create())}

    def restore() -> ServerProcess:
        (tmp_path / "backup.dump").rename(fresh / "backup.dump")
        run("postgres restore", fresh, ADMIN_URL=cluster.url())
        restored = cluster.url("maskline_restored")
        return ServerProcess(fresh, MASKLINE_DATABASE_URL=restored, **LATER)

    with ServerProcess(tmp_path, **address, **LATER) as first:
        play(first, receiver, lambda: run("postgres backup", tmp_path, **address), restore)
    cluster.execute("DROP DATABASE maskline_restored")


@pytest.mark.needs("pg_basebackup", "initdb", "postgres")
def test_a_moment_of_the_past_from_the_archived_log(tmp_path: Path) -> None:
    wal = Path(tempfile.mkdtemp(prefix="maskline-wal-"))
    wal.chmod(0o777)
    page = (DOCS / PAGE).read_text("utf-8")
    said = re.search(r"archive_command = '(.*)'", page)
    assert said is not None
    command = said[1].replace("/backup/wal", str(wal))
    cluster = make_cluster(wal_level="replica", archive_mode="on", archive_command=command)
    try:
        cluster.execute("CREATE TABLE marks (name TEXT)")
        mark(cluster, "before the base")
        run_in(cluster, "postgres base", wal, ADMIN_URL=cluster.url())
        mark(cluster, "after it")
        moment = cluster.value("SELECT clock_timestamp()::text")
        mark(cluster, "the mistake")
        last = cluster.value("SELECT pg_walfile_name(pg_switch_wal())")
        eventually(lambda: (wal / last).exists())
        cluster.stop()
        run_in(cluster, "postgres recovery", wal, MOMENT=moment)
        (cluster.directory / "data").rename(cluster.directory / "old")
        (cluster.directory / "base").rename(cluster.directory / "data")
        cluster.start()
        eventually(lambda: not cluster.value("SELECT pg_is_in_recovery()"))
        names = cluster.value("SELECT string_agg(name, ', ' ORDER BY name) FROM marks")
        assert names == "after it, before the base"
    finally:
        cluster.remove()
        shutil.rmtree(wal)


def mark(cluster: Cluster, name: str) -> None:
    cluster.execute(f"INSERT INTO marks VALUES ('{name}')")


def run_in(cluster: Cluster, name: str, wal: Path, **environ: str) -> None:
    """Runs a block of the page beside the server's folder, as the server's user."""
    binary = find("pg_basebackup")
    assert binary is not None
    path = f"{Path(binary).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-euc", commands(PAGE, name).replace("/backup/wal", str(wal))],
        cwd=cluster.directory,
        env={**environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **as_user(unprivileged()),
    )
    assert done.returncode == 0, done.stdout + done.stderr
