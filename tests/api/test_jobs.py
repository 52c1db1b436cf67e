"""Jobs over HTTP: dead letters are seen, replayed and discarded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from maskline.jobs import new_job
from maskline.model.clock import iso
from maskline.model.job import Job, JobKind, Status
from tests.api.wire import Wire, error
from tests.support.receiver import Receiver
from tests.support.server import RunningServer
from tests.support.world import eventually

pytestmark = pytest.mark.both_engines

JOBS = "/monitor/v1/Jobs"
PERSON = "+12125550123"
FAR = 4_000_000_000_000

Make = Callable[..., Job]


@pytest.fixture
def make(server: RunningServer) -> Make:
    """Adds a job that tells a program what became of a message; by default a dead letter."""

    def add(url: str = "https://u:p@a.example/x?secret=1", **changes: Any) -> Job:
        env, account = server.server.env, server.account_sid
        told = Status(url, "POST", account, "KS1", "SM1", (("To", PERSON), ("Body", "private")))
        job = new_job(env, JobKind.STATUS, told, account, "", env.clock())
        dead = {"state": "dead", "attempts": 7, "last_error": "answered with status 500"}
        job = msgspec.structs.replace(job, owner="", **(dead | changes))
        server.transact(lambda tx: tx.outbox.add_many([job]))
        return job

    return add


@pytest.mark.covers("GET /monitor/v1/Jobs/{Sid}", "status:200", "field:*", "code:20404")
def test_a_dead_letter_is_shown_without_what_it_carries(wire: Wire, make: Make) -> None:
    job = make()
    answer = wire.get(f"{JOBS}/{job.sid}")
    assert answer.json() == {
        "sid": job.sid,
        "account_sid": wire.account_sid,
        "kind": "status",
        "state": "dead",
        "attempts": 7,
        "last_error": "answered with status 500",
        "resource_sid": "SM1",
        "service_sid": "KS1",
        "destination": "a.example",
        "date_due": None,
        "date_created": iso(job.date_created),
        "url": f"{wire.url}{JOBS}/{job.sid}",
    }
    assert not any(word in answer.text for word in (PERSON, "private", "secret", "u:p"))
    assert error(wire.get(f"{JOBS}/JB{'0' * 32}")) == (404, 20404)


@pytest.mark.covers("GET /monitor/v1/Jobs", "status:200", "param:State", "param:Kind", "code:20001")
def test_the_list_is_narrowed(wire: Wire, make: Make) -> None:
    dead, relay = make(), make(kind="callback", payload=b"?")
    waits = make(state="pending", due_at=FAR, attempts=1, last_error="")

    def listed(**query: str) -> set[str]:
        found = wire.get(JOBS, PageSize=1000, **query).json()["jobs"]
        return {one["sid"] for one in found} & {dead.sid, relay.sid, waits.sid}

    assert listed() == listed(State="dead") == {dead.sid, relay.sid}
    assert listed(Kind="callback") == {relay.sid}
    assert listed(State="pending") == {waits.sid}
    assert listed(State="pending", Kind="callback") == set()
    shown = wire.get(f"{JOBS}/{waits.sid}").json()
    assert (shown["date_due"], shown["last_error"]) == (iso(FAR), None)
    for query in ({"State": "lost"}, {"Kind": "webhook"}):
        assert error(wire.get(JOBS, **query)) == (400, 20001)


@pytest.mark.covers(
    "POST /monitor/v1/Jobs/{Sid}",
    "status:200",
    "status:204",
    "param:Action",
    "field:*",
    "code:20001",
    "code:20404",
)
def test_replay_and_discard(wire: Wire, make: Make, server: RunningServer) -> None:
    with Receiver() as receiver:
        job = make(f"{receiver.url}/told")
        answer = wire.post(f"{JOBS}/{job.sid}", {"Action": "replay"})
        assert answer.status_code == 200
        assert (answer.json()["state"], answer.json()["attempts"]) == ("pending", 0)
        (told,) = eventually(lambda: receiver.at("/told"))
        assert told.headers["I-Twilio-Idempotency-Token"] == job.sid
        assert told.form["Body"] == "private"
        eventually(lambda: wire.get(f"{JOBS}/{job.sid}").status_code == 404)
    gone = make()
    assert wire.post(f"{JOBS}/{gone.sid}", {"Action": "discard"}).status_code == 204
    assert error(wire.post(f"{JOBS}/{gone.sid}", {"Action": "discard"})) == (404, 20404)
    waits = make(state="pending", due_at=FAR)
    for form in ({}, {"Action": "no"}, {"Action": "replay"}, {"Action": "discard"}):
        assert error(wire.post(f"{JOBS}/{waits.sid}", form)) == (400, 20001)
    assert server.transact(lambda tx: tx.outbox.get(waits.sid)) == waits
