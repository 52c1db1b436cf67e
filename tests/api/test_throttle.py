"""Too many requests: who is counted with whom, and when they may come again."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from falcon.testing import TestClient
from twilio.base.exceptions import TwilioRestException

from maskline.api.app import create_api
from maskline.api.auth import Caller, Credentials
from maskline.env import Env
from maskline.limiter import SlidingWindow
from maskline.model.clock import system_clock
from maskline.model.sid import SidFactory
from maskline.settings import Settings
from maskline.store.contract import StoreUnavailable
from tests.api.conftest import add_account
from tests.api.wire import Wire, error, unique
from tests.support.engines import lend_database
from tests.support.server import RunningServer
from tests.support.world import ALICE, Handset, eventually

#: Five in any five seconds, which no test takes to ask six times.
MOST = 5
SERVICES = "/proxy/v1/Services"
NOBODY = f"{SERVICES}/KS{'0' * 32}"


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that limits requests."""
    directory = tmp_path_factory.mktemp("limited")
    with RunningServer(directory, MASKLINE_LIMITS_REQUESTS_PER_SECOND="1") as server:
        yield server


@pytest.fixture
def caller(limited: RunningServer) -> Wire:
    """An account that has called nothing yet."""
    return add_account(limited, f"AC{unique().removeprefix('name-')}")


@pytest.mark.covers("code:80621", "says:rates.reads", "says:rates.backoff")
@pytest.mark.covers("code:20429")
def test_lists_are_limited(caller: Wire) -> None:
    for path, code in ((SERVICES, 80621), (caller.core("Messages.json"), 20429)):
        for _ in range(MOST):
            assert caller.get(path).status_code == 200
        answer = caller.get(path)
        assert error(answer) == (429, code)
        assert 1 <= int(answer.headers["Retry-After"]) <= 5
        assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
        # HEAD answers as GET does, and counts as one; another form of the path is the same one.
        assert caller.send("HEAD", path).status_code == 429
        assert caller.send("OPTIONS", path).status_code == 200
    assert error(caller.get(caller.core("Messages"))) == (429, 20429)


@pytest.mark.covers("POST /proxy/v1/Services", "code:80621", "says:rates.writes")
@pytest.mark.covers("DELETE /proxy/v1/Services/{Sid}", "code:80621")
def test_creates_and_deletes_are_limited(caller: Wire) -> None:
    made = [caller.service() for _ in range(MOST)]
    refused = caller.post(SERVICES, {"UniqueName": "one too many"})
    assert error(refused) == (429, 80621)
    listed = caller.get(SERVICES).json()["services"]
    assert len(listed) == MOST
    assert "one too many" not in {one["unique_name"] for one in listed}
    for path in made:
        # Each Service has its own limit.
        assert caller.delete(path).status_code == 204
        for _ in range(MOST - 1):
            caller.delete(path)
        assert error(caller.delete(path)) == (429, 80621)


def test_each_endpoint_service_and_account_is_counted_for_itself(
    limited: RunningServer, caller: Wire
) -> None:
    one, other = caller.service(), caller.service()
    for _ in range(MOST + 1):
        last = caller.get(f"{one}/Sessions")
    assert last.status_code == 429
    # Sessions of one Service count together, whichever they are; what was refused does not count.
    for number in range(MOST):
        assert caller.get(f"{one}/Sessions/KC{number:032}").status_code == 404
    assert caller.get(f"{one}/Sessions/KC{'f' * 32}").status_code == 429
    for path in (f"{other}/Sessions", f"{one}/PhoneNumbers", one, SERVICES):
        assert caller.get(path).status_code == 200
    assert caller.post(f"{one}/Sessions").status_code == 201
    stranger = add_account(limited, f"AC{unique().removeprefix('name-')}")
    assert stranger.get(f"{one}/Sessions").status_code == 404


def test_whoever_is_not_let_in_is_not_counted(caller: Wire) -> None:
    for _ in range(2 * MOST):
        assert error(caller.send("GET", SERVICES, auth=(caller.account_sid, "no"))) == (401, 20003)
    assert caller.get(SERVICES).status_code == 200


def test_the_sdk_sees_the_refusal(limited: RunningServer) -> None:
    services = limited.client.proxy.v1.services
    fetch = services(services.create(unique_name=unique()).sid).fetch
    for _ in range(MOST):
        fetch()
    with pytest.raises(TwilioRestException) as caught:
        fetch()
    assert (caught.value.status, caught.value.code) == (429, 80621)


def test_phones_carriers_and_probes_are_not_limited(limited: RunningServer, caller: Wire) -> None:
    handset = Handset(limited, ALICE)
    door = f"/webhooks/v1/Accounts/{caller.account_sid}/Proxy/KS{'0' * 32}/Webhooks/Message"
    for _ in range(3 * MOST):
        assert handset.messages() == []
        assert handset.text("+14155550100", "hi").status_code == 404
        assert caller.get("/readyz").status_code == 200
        assert error(caller.post(door, {"MessageSid": "SM1"})) == (403, 80625)


def test_many_at_once_are_counted_one_by_one(limited: RunningServer, caller: Wire) -> None:
    service = caller.service()
    answers: list[int] = []
    gate = threading.Barrier(4 * MOST)

    def ask() -> None:
        wire = Wire(limited.url, *caller.auth)
        gate.wait(10)
        answers.append(wire.get(f"{service}/Sessions").status_code)

    threads = [threading.Thread(target=ask) for _ in range(4 * MOST)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(answers) == [200] * MOST + [429] * 3 * MOST


def test_without_a_limit(tmp_path: Path) -> None:
    with RunningServer(tmp_path, MASKLINE_LIMITS_REQUESTS_PER_SECOND="0") as server:
        wire = Wire(server.url, server.account_sid, server.auth_token)
        assert {wire.get(SERVICES).status_code for _ in range(200)} == {200}


def test_servers_over_one_database_count_together(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """What one let pass is known to the other within a moment, and to all requests after it."""
    with lend_database("postgres", request, tmp_path) as url:
        limits = {
            "MASKLINE_DATABASE_URL": url,
            "MASKLINE_LIMITS_REQUESTS_PER_SECOND": "1",
            "MASKLINE_LIMITS_RATE_WINDOW_SECONDS": "60",
        }
        with RunningServer(tmp_path, **limits) as one, RunningServer(tmp_path, **limits) as other:
            here, there = (Wire(at.url, at.account_sid, at.auth_token) for at in (one, other))
            assert [here.get(SERVICES).status_code for _ in range(60)] == [200] * 60
            assert here.get(SERVICES).status_code == 429
            assert eventually(lambda: there.get(SERVICES).status_code == 429)
            assert error(there.get(SERVICES)) == (429, 80621)
            assert there.get(f"{NOBODY}/Sessions").status_code == 404


class Everybody(Credentials):
    """Lets everybody in."""

    async def check(self, username: str, password: str) -> Caller | None:
        return Caller(username, "")


class NoStore:
    """Is never there: whoever is let through gets 503."""

    async def read(self, use_case: Any) -> Any:
        raise StoreUnavailable

    transact = read


@pytest.fixture
def at() -> tuple[TestClient, Callable[[float], None]]:
    """An API with Twilio's limits, and what moves its time on."""
    now = 0.0

    def wait(seconds: float) -> None:
        nonlocal now
        now += seconds

    env = Env(system_clock, SidFactory(system_clock), Settings())
    store: Any = NoStore()
    limiter = SlidingWindow(150, 5.0, lambda: now)
    app = create_api(env, store, credentials=Everybody(store), limiter=limiter)
    basic = base64.b64encode(b"AC" + b"1" * 32 + b":the-token").decode()
    return TestClient(app, headers={"Authorization": f"Basic {basic}"}), wait


def test_the_default_is_twilio_s(at: tuple[TestClient, Callable[[float], None]]) -> None:
    limits = Settings().limits
    assert (limits.requests_per_second, limits.rate_window_seconds) == (30, 5.0)
    client, wait = at

    def ask(times: int) -> list[int]:
        return [client.simulate_get(f"{NOBODY}/Sessions").status_code for _ in range(times)]

    assert ask(150) == [503] * 150
    wait(2.5)
    assert ask(2) == [429] * 2
    refused = client.simulate_get(f"{NOBODY}/Sessions")
    assert refused.headers["Retry-After"] == "3"
    wait(2.4)
    assert ask(1) == [429]
    wait(0.1)
    # What was refused did not put it off.
    assert ask(150) == [503] * 150
    assert ask(1) == [429]
    assert client.simulate_post(f"{NOBODY}/Sessions").status_code == 503
