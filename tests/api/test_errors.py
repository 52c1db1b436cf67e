"""Failures of the server's own: what callers see of them, and what the log does not."""

from __future__ import annotations

import base64
import logging
import sqlite3
from typing import Any

import falcon
import pytest
from falcon.testing import TestClient

from maskline.api.app import create_api
from maskline.api.auth import Caller, Credentials
from maskline.api.resource import Resource
from maskline.env import Env
from maskline.model.clock import system_clock
from maskline.model.sid import SidFactory
from maskline.settings import Settings, SimulatorSettings
from maskline.store.contract import StoreUnavailable

SECRETS = ("+14155551234", "the-token")


class BrokenStore:
    """A store on which everything fails in one way."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def read(self, use_case: Any) -> Any:
        raise self.error

    transact = read


class Everybody(Credentials):
    """Lets everybody in."""

    async def check(self, username: str, password: str) -> Caller | None:
        return Caller("AC" + "1" * 32, "")


def client(error: Exception, credentials: Credentials | None = None, **settings: Any) -> TestClient:
    env = Env(system_clock, SidFactory(system_clock), Settings(**settings))
    store: Any = BrokenStore(error)
    token = base64.b64encode(b"AC" + b"1" * 32 + b":the-token").decode()
    app = create_api(env, store, credentials=credentials or Everybody(store))
    app.add_route("/broken", Broken(env, store))
    return TestClient(app, headers={"Authorization": f"Basic {token}"})


class Broken(Resource):
    """Fails in the framework's own way."""

    async def on_get(self, req: Any, resp: Any) -> None:
        raise falcon.HTTPServiceUnavailable(retry_after=7)


def test_a_refusal_that_can_t_be_told_is_answered_all_the_same(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answer = client(StoreUnavailable("gone")).simulate_get("/proxy/v1/Services?PageSize=x")
    assert (answer.status_code, answer.json["code"]) == (400, 80701)
    assert "could not be told" in caplog.text


@pytest.mark.covers("GET /proxy/v1/Services", "code:20503")
@pytest.mark.covers("POST /proxy/v1/Services", "code:20503")
@pytest.mark.covers("not:80501")
def test_an_unavailable_store(caplog: pytest.LogCaptureFixture) -> None:
    down = client(StoreUnavailable("the database refused +14155551234"))
    form = {"UniqueName": "+14155551234"}
    for answer in (
        down.simulate_get("/proxy/v1/Services"),
        down.simulate_post("/proxy/v1/Services", params=form),
    ):
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "1"
        assert answer.json["code"] == 20503
        assert answer.headers["Twilio-Request-Id"] in caplog.text
    assert not any(secret in caplog.text for secret in SECRETS)


@pytest.mark.parametrize(("full", "why"), [(True, "SQLITE_FULL"), (False, "OperationalError")])
def test_the_log_says_why_the_store_is_unavailable(
    caplog: pytest.LogCaptureFixture, full: bool, why: str
) -> None:
    error = StoreUnavailable("the database refused +14155551234")
    error.__cause__ = cause = sqlite3.OperationalError("+14155551234")
    if full:
        cause.sqlite_errorname = "SQLITE_FULL"
    client(error).simulate_get("/proxy/v1/Services")
    assert f"the store is unavailable: {why}\n" in caplog.text
    assert "+14155551234" not in caplog.text


def test_a_store_that_can_not_say_who_calls() -> None:
    error = StoreUnavailable("no")
    down = client(error, Credentials(BrokenStore(error)))  # type: ignore[arg-type]
    answer = down.simulate_get("/proxy/v1/Services")
    assert (answer.status_code, answer.json["code"]) == (503, 20503)


@pytest.mark.covers("not:80504")
def test_an_unexpected_error(caplog: pytest.LogCaptureFixture) -> None:
    down = client(RuntimeError("Key (identifier)=(+14155551234) the-token"))
    answer = down.simulate_get("/proxy/v1/Services/+14155551234")
    assert answer.status_code == 500
    assert set(answer.json) == {"message", "status"}
    assert answer.json["status"] == 500
    assert answer.headers["Twilio-Request-Id"].startswith("RQ")
    record = next(one for one in caplog.records if one.levelno == logging.ERROR)
    assert answer.headers["Twilio-Request-Id"] in record.getMessage()
    assert "RuntimeError" in record.getMessage()
    assert "test_errors.py" in record.getMessage()
    assert record.exc_info is None
    assert not any(secret in caplog.text + answer.text for secret in SECRETS)


@pytest.mark.covers("code:20500")
@pytest.mark.covers("not:80504")
def test_the_frameworks_own_errors() -> None:
    down = client(RuntimeError())
    answer = down.simulate_get("/broken")
    assert answer.status_code == 503
    assert answer.json["code"] == 20500
    assert answer.headers["Retry-After"] == "7"


def test_without_carriers_there_is_no_number() -> None:
    down = client(RuntimeError(), simulator=SimulatorSettings(enabled=False))
    path = "/api/2010-04-01/Accounts/AC" + "1" * 32 + "/IncomingPhoneNumbers.json"
    form = "PhoneNumber=%2B14158675310"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = down.simulate_post(path, body=form, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (400, 21422)


def test_links_follow_the_public_address_or_the_one_that_was_called() -> None:
    class OnlyAdds:
        async def transact(self, use_case: Any) -> Any:
            return await use_case(self)

        accounts = services = property(lambda self: self)

        async def get(self, _: str) -> None:
            return None

        async def add(self, _: Any) -> bool:
            return True

    store: Any = OnlyAdds()
    headers = {
        "Authorization": "Basic QTpi",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    for public, base in (
        (None, "http://called.example:81/proxy"),
        ("https://public.example/maskline", "https://public.example/maskline/proxy"),
    ):
        env = Env(system_clock, SidFactory(system_clock), Settings(public_url=public))
        app = create_api(env, store, credentials=Everybody(store))
        answer = TestClient(app).simulate_post(
            "/proxy/v1/Services",
            host="called.example",
            port=81,
            body="UniqueName=x",
            headers=headers,
        )
        assert answer.json["url"].startswith(f"{base}/v1/Services/KS")
