"""A whole server and real SMSC software, over TCP."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
import requests

from maskline.vault import new_key
from tests.support.node_smsc import NodeSmsc, require_node_smsc
from tests.support.process import ServerProcess
from tests.support.scrape import samples
from tests.support.world import ALICE, BOB, World, eventually

QUICKLY = {
    "MASKLINE_PACING_OFF": "smpp",
    # What a dead process held is taken up when its lease ends, which outlasts every webhook.
    "MASKLINE_WEBHOOKS_TOTAL_TIMEOUT": "1",
    "MASKLINE_DELIVERY_LEASE_SECONDS": "2",
    "MASKLINE_DELIVERY_POLL_SECONDS": "0.1",
    "MASKLINE_DELIVERY_SEND_RETRY_DELAYS": ",".join(["0.2"] * 50),
    # All that a lost link had under way is a row of failures; the pause after it must be well
    # within the schedule.
    "MASKLINE_CARRIERS_BREAKER_SECONDS": "0.5",
}


KEY = {"MASKLINE_CREDENTIALS_KEY": new_key()}


class SmppServer(ServerProcess):
    """`maskline serve` with an SMPP account."""

    def __init__(self, directory: Path, port: int, **settings: Any) -> None:
        super().__init__(directory, **QUICKLY, **KEY)
        given = {"host": "127.0.0.1", "port": port, "reconnect_first": 0.05, "reconnect_most": 0.2}
        credentials = directory / "credentials.json"
        credentials.write_text('{"system_id": "maskline", "password": "secret"}')
        words = [f"--set={name}={value}" for name, value in {**given, **settings}.items()]
        adding = self.run("carriers", "add", "smpp", *words, "--credentials", str(credentials))
        assert adding.wait(20) == 0, self.log


class Masked:
    """Alice and Bob behind numbers that the SMSC serves, and as many other pairs as are wanted:
    what one person writes to another keeps its order, so that a pair alone is slow."""

    def __init__(self, server: ServerProcess, pairs: int) -> None:
        world = World(server)
        self.session = world.session()
        self.bobs: str = self.session.b.proxy_identifier
        self.lines = [(ALICE, self.session.a.proxy_identifier)]
        for number in range(1, pairs):
            sid = world.here.sessions.create().sid
            add = world.here.sessions(sid).participants.create
            writer = f"+1212555{number:04}"
            self.lines.append((writer, add(identifier=writer).proxy_identifier))
            add(identifier=f"+1305555{number:04}")

    def texts(self, bodies: list[str]) -> list[dict[str, Any]]:
        """What they write, in turns, as their SMSC hands it over."""
        return [
            {"source_addr": writer[1:], "destination_addr": number[1:], "short_message": body}
            for body, (writer, number) in zip(bodies, cycle(self.lines), strict=False)
        ]


def statuses(directory: Path) -> Counter[str]:
    """What became of all that was passed on, in the database of a server that has stopped."""
    connection = sqlite3.connect(directory / "maskline.db")
    found = connection.execute(
        "SELECT outbound_resource_status, COUNT(*) FROM interactions GROUP BY 1"
    ).fetchall()
    connection.close()
    return Counter(dict(found))


@contextmanager
def masked(
    directory: Path, smsc: NodeSmsc, pairs: int = 1, **settings: Any
) -> Iterator[tuple[SmppServer, Masked]]:
    """A server whose numbers are the SMSC's."""
    server = SmppServer(directory, smsc.port, **settings)
    with server:
        people = Masked(server, pairs)
    connection = sqlite3.connect(directory / "maskline.db")
    connection.execute("UPDATE numbers SET carrier = 'smpp'")
    connection.commit()
    connection.close()
    with server:
        eventually(lambda: smsc.bound)
        yield server, people


@pytest.fixture
def smsc() -> Iterator[NodeSmsc]:
    require_node_smsc()
    with NodeSmsc() as smsc:
        yield smsc


def test_an_operator_tries_it_out_beside_the_server(tmp_path: Path, smsc: NodeSmsc) -> None:
    with masked(tmp_path, smsc) as (server, people):
        words = ("carriers", "test", "smpp", "--to", BOB, "--json")
        done = server.command(*words)
        steps = {one["step"]: (one["ok"], one["says"]) for one in json.loads(done.stdout)}
        assert list(steps) == ["number", "connect", "bind", "submit", "receipt"], steps
        assert all(ok for ok, _ in steps.values()), steps
        assert steps["receipt"][1] == "delivered"
        assert done.returncode == 0
        (text,) = smsc.submitted()
        assert (text["from"], text["to"]) == (steps["number"][1][1:], BOB[1:])
        eventually(lambda: smsc.bound == 1)
        # Beside it the server went on, and says how it stands with the SMSC.
        smsc.deliver(people.texts(["hello"]))
        smsc.until(lambda stats: stats["submitted"] == 2 and stats["waiting"] == 0)
        found = samples(requests.get(f"{server.url}/metrics", timeout=5).text)
        assert found["maskline_smpp_links"] == {("smpp", "bound"): 1, ("smpp", "down"): 0}
        assert found["maskline_smpp_submissions_total"] == {("smpp", "accepted"): 1}
        # The report on the trial may have come to either.
        assert found["maskline_smpp_deliveries_total"]["smpp", "taken"] in (2, 3)
        assert found["maskline_smpp_window"] == {("smpp",): 10}
        smsc.set(password="another")
        done = server.command(*words)
        assert done.returncode == 1
        (*_, last) = json.loads(done.stdout)
        assert (last["step"], last["ok"]) == ("bind", False)
        assert "invalid password" in last["says"]


def marks(server: ServerProcess) -> int:
    """How many possible duplicates the server's log marks."""
    return server.log.count("possible_duplicate")


def test_a_masked_conversation_over_smpp(tmp_path: Path, smsc: NodeSmsc) -> None:
    with masked(tmp_path, smsc) as (server, people):
        long = "Grüße aus Köln, {€} 😀 " * 20
        smsc.deliver([*people.texts(["hello"])])
        eventually(lambda: smsc.stats()["submitted"] == 1)
        (first,) = smsc.submitted()
        assert (first["from"], first["to"], first["text"]) == (people.bobs[1:], BOB[1:], "hello")
        people.session.here.participants(people.session.b.sid).message_interactions.create(
            body=long
        )
        eventually(lambda: smsc.stats()["submitted"] > 1)
        parts = eventually(
            lambda: (
                (found := smsc.submitted()[1:])
                and len(found) == (found[0]["part"] or [0, 1])[1]
                and found
            )
        )
        assert "".join(one["text"] for one in parts) == long
        assert [one["part"][2] for one in parts] == list(range(1, len(parts) + 1))
        smsc.until(lambda stats: stats["waiting"] == 0)
        assert smsc.stats()["refused"] == 0
    assert statuses(tmp_path) == {"delivered": 2}
    assert BOB not in server.log
    assert "hello" not in server.log


@pytest.mark.covers("carrier:smpp.node")
@pytest.mark.timeout(120)
def test_ten_thousand_messages_both_ways_through_every_trouble(
    tmp_path: Path, smsc: NodeSmsc
) -> None:
    """Throttling, lost connections, a restart of the SMSC's service, and our own sudden death."""
    count = 10_000
    bodies = [f"message {number}" for number in range(count)]
    with masked(tmp_path, smsc, 20, window=50, redelivery=60) as (server, people):
        smsc.set(throttle=997)
        smsc.deliver(people.texts(bodies))
        for share, trouble in (
            (0.1, lambda: smsc.do("cut")),
            (0.3, lambda: smsc.do("restart", ms=100)),
            (0.5, server.kill),
            (0.8, lambda: smsc.do("cut")),
        ):
            smsc.until(lambda stats, share=share: stats["submitted"] >= count * share)
            trouble()
            if trouble == server.kill:
                server.start()
        # Every message goes out, every receipt is taken in, and nothing is left on the way.
        smsc.until(lambda stats: stats["distinct"] == count and stats["waiting"] == 0)
        arrived = Counter(one["text"] for one in smsc.submitted())
        assert set(arrived) == set(bodies)
        assert smsc.stats()["refused"] == 0
    # What came or went twice is marked, each of them.
    passed_on = statuses(tmp_path)
    assert set(passed_on) == {"delivered"}
    assert 0 <= passed_on.total() - count <= sum(arrived.values()) - count <= marks(server)
