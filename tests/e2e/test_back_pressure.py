"""While the queue is full or the database refuses, every door answers 503; then it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator

from maskline.store.contract import Store
from tests.support.engines import PostgresEngine, SqliteEngine
from tests.support.server import AUTH_TOKEN, RunningServer
from tests.support.world import ALICE, Session, World, eventually

QUEUE = 20


@pytest.fixture
def engine(server_engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[object]:
    """The engine that the server's database is of."""
    if server_engine == "sqlite":
        yield SqliteEngine(tmp_path)
        return
    engine = PostgresEngine(request.getfixturevalue("cluster"))
    yield engine
    engine.close()


@pytest.fixture
def server(tmp_path: Path, engine: SqliteEngine | PostgresEngine) -> Iterator[RunningServer]:
    url = engine.url if isinstance(engine, PostgresEngine) else f"sqlite:///{engine.path}"
    with RunningServer(
        tmp_path,
        MASKLINE_DATABASE_URL=url,
        MASKLINE_DELIVERY_QUEUE_JOBS=str(QUEUE),
        MASKLINE_DELIVERY_SEND_RETRY_DELAYS=",".join(["0.1"] * 100),
    ) as server:
        yield server


class Doors:
    """Every way for a message into the server."""

    def __init__(self, world: World, session: Session) -> None:
        self._world = world
        self._session = session

    def phone(self) -> int:
        """A simulated handset's text."""
        answer = self._world.alice.text(self._session.a.proxy_identifier, "hi")
        if answer.status_code == 503:
            assert answer.json()["code"] == 20503
            assert answer.headers["Retry-After"] == "1"
        return answer.status_code

    def carrier(self) -> int:
        """What a Twilio-shaped carrier posts."""
        server, service = self._world.server, self._world.service.sid
        url = f"{server.url}/webhooks/v1/Accounts/{server.account_sid}/Proxy/{service}"
        url = f"{url}/Webhooks/Message"
        number = self._session.a.proxy_identifier
        form = {"MessageSid": f"SM{uuid4().hex}", "From": ALICE, "To": number, "Body": "hi"}
        signature = RequestValidator(AUTH_TOKEN).compute_signature(url, form)
        headers = {"X-Twilio-Signature": signature}
        answer = requests.post(url, data=form, headers=headers, timeout=20)
        if answer.status_code == 503:
            assert answer.json()["code"] == 20503
            assert answer.headers["Retry-After"] == "1"
        return answer.status_code

    def program(self) -> int:
        """A message of the application's, through the official SDK."""
        people = self._session.here.participants(self._session.b.sid)
        refused = None
        try:
            people.message_interactions.create(body="hi")
        except TwilioRestException as error:
            refused = error
        if refused is None:
            return 200
        assert refused.code == 20503
        return int(refused.status)

    def all(self) -> list[int]:
        """What each answers."""
        return [self.phone(), self.carrier(), self.program()]


def ready(server: RunningServer) -> tuple[int, str]:
    answer = requests.get(f"{server.url}/readyz", timeout=20)
    return answer.status_code, answer.json().get("reason", "")


@pytest.mark.both_engines
def test_a_full_queue(server: RunningServer) -> None:
    world = World(server)
    session = world.session()
    doors = Doors(world, session)
    assert doors.all() == [201, 200, 200]
    assert ready(server) == (200, "")
    world.bob.behave(refuse={"code": 30001, "retry": True})
    taken = 0
    while doors.phone() == 201:
        taken += 1
    # It is looked at once a second: what comes in meanwhile goes beyond the bound.
    assert taken > QUEUE / 2
    assert doors.all() == [503, 503, 503]
    assert ready(server) == (503, "the queue is full: too many jobs wait")
    assert requests.get(f"{server.url}/healthz", timeout=5).status_code == 200
    # A caller can't be told to come again, and is connected.
    call = world.alice.call(session.a.proxy_identifier)
    assert world.bob.rings()
    world.alice.act(call["id"], "hangup")
    world.bob.behave()
    eventually(lambda: ready(server)[0] == 200)
    assert doors.all() == [201, 200, 200]
    # All that was taken arrives, and what was refused does not: six by the doors together.
    world.bob.receives(taken + 6)
    server.settle()
    assert len(world.bob.inbox()) == taken + 6


@pytest.mark.both_engines
def test_a_database_that_refuses_writes(
    server: RunningServer, engine: SqliteEngine | PostgresEngine
) -> None:
    world = World(server)
    doors = Doors(world, world.session())
    assert doors.all() == [201, 200, 200]
    server.settle()

    async def refuse(store: Store) -> None:
        if isinstance(engine, SqliteEngine):
            engine.refuse_writes(store)

    async def accept(store: Store) -> None:
        if isinstance(engine, SqliteEngine):
            engine.accept_writes(store)

    store = server.server.store
    if isinstance(engine, PostgresEngine):
        engine.refuse_writes(store)
    server.run(lambda: refuse(store))
    # A few more fit into the pages that are there.
    eventually(lambda: doors.phone() == 503)
    eventually(lambda: doors.all() == [503, 503, 503])
    status, reason = ready(server)
    assert status == 503
    assert "the database refused the transaction" in reason
    assert requests.get(f"{server.url}/healthz", timeout=5).status_code == 200
    server.run(lambda: accept(store))
    if isinstance(engine, PostgresEngine):
        engine.accept_writes(store)
    eventually(lambda: doors.all() == [201, 200, 200])
    assert ready(server) == (200, "")
    assert server.transact(lambda tx: tx.rates.others("", -1)) == []
