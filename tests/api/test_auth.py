"""Who comes in, and what those see who don't."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from maskline.api.auth import Caller, Credentials
from maskline.model.account import Account, ApiKey
from maskline.proxy.keys import digest
from tests.api.conftest import add_account
from tests.api.wire import Wire, error
from tests.support.server import RunningServer


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.covers("GET /proxy/v1/Services", "code:20003", "status:401")
def test_what_is_no_credential(wire: Wire, server: RunningServer) -> None:
    sid, token = wire.auth
    for header in (
        None,
        "",
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic " + base64.b64encode(b"\xff\xfe:x").decode(),
        basic("nocolon"),
        basic(f"{sid}:"),
        basic(f":{token}"),
        basic(f"{sid}:{token}x"),
        basic(f"{sid}:{token[:-1]}"),
        basic(f"{sid.lower()}:{token}"),
        basic(f"AC{'0' * 32}:{token}"),
        basic(f"SK{'0' * 32}:{token}"),
        basic(f"AC'; DROP TABLE accounts; --:{token}"),
        basic(f"{sid}:\0"),
        f"Bearer {token}",
        basic(f"{sid}:{token}").replace("Basic", "Digest"),
    ):
        headers = {} if header is None else {"Authorization": header}
        answer = wire.send("GET", "/proxy/v1/Services", auth=_Bare(), headers=headers)
        assert error(answer) == (401, 20003), header
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="Maskline API"'
        assert sid not in answer.text
    good = {"Authorization": basic(f"{sid}:{token}").replace("Basic", "bASIC")}
    assert wire.send("GET", "/proxy/v1/Services", auth=_Bare(), headers=good).status_code == 200


class _Bare:
    """Leaves the Authorization header as it is."""

    def __call__(self, request: Any) -> Any:
        return request


OPERATIONS = [
    (method, path)
    for path, methods in (
        ("/proxy/v1/Services", "GET POST"),
        ("/proxy/v1/Services/KS0", "GET POST DELETE"),
        ("/proxy/v1/Services/KS0/Sessions", "GET POST"),
        ("/proxy/v1/Services/KS0/Sessions/KC0", "GET POST DELETE"),
        ("/proxy/v1/Services/KS0/Sessions/KC0/Participants", "GET POST"),
        ("/proxy/v1/Services/KS0/Sessions/KC0/Participants/KP0", "GET DELETE"),
        ("/proxy/v1/Services/KS0/Sessions/KC0/Participants/KP0/MessageInteractions", "GET POST"),
        ("/proxy/v1/Services/KS0/Sessions/KC0/Participants/KP0/MessageInteractions/KI0", "GET"),
        ("/proxy/v1/Services/KS0/Sessions/KC0/Interactions", "GET"),
        ("/proxy/v1/Services/KS0/Sessions/KC0/Interactions/KI0", "GET DELETE"),
        ("/proxy/v1/Services/KS0/PhoneNumbers", "GET POST"),
        ("/proxy/v1/Services/KS0/PhoneNumbers/PN0", "GET POST DELETE"),
        ("/proxy/v1/Services/KS0/ShortCodes", "GET POST"),
        ("/proxy/v1/Services/KS0/ShortCodes/SC0", "GET POST DELETE"),
        ("/api/2010-04-01/Accounts/{AC}.json", "GET"),
        ("/api/2010-04-01/Accounts/{AC}/Keys.json", "GET POST"),
        ("/api/2010-04-01/Accounts/{AC}/Keys/SK0.json", "GET POST DELETE"),
        ("/api/2010-04-01/Accounts/{AC}/IncomingPhoneNumbers.json", "GET POST"),
        ("/api/2010-04-01/Accounts/{AC}/IncomingPhoneNumbers/PN0.json", "GET POST DELETE"),
        ("/api/2010-04-01/Accounts/{AC}/IncomingPhoneNumbers/Local.json", "POST"),
        ("/api/2010-04-01/Accounts/{AC}/AvailablePhoneNumbers/US/Local.json", "GET"),
        ("/api/2010-04-01/Accounts/{AC}/Messages.json", "GET"),
        ("/api/2010-04-01/Accounts/{AC}/Messages/SM0.json", "GET DELETE"),
        ("/api/2010-04-01/Accounts/{AC}/Messages/SM0/Media.json", "GET"),
        ("/api/2010-04-01/Accounts/{AC}/Messages/SM0/Media/ME0.json", "GET DELETE"),
        ("/api/2010-04-01/Accounts/{AC}/Calls.json", "GET"),
        ("/api/2010-04-01/Accounts/{AC}/Calls/CA0.json", "GET DELETE"),
    )
    for method in methods.split()
]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_no_operation_is_open(wire: Wire, method: str, path: str) -> None:
    own = path.replace("{AC}", wire.account_sid)
    assert error(wire.send(method, own, auth=("nobody", "x"))) == (401, 20003)
    assert error(wire.send(method, own, auth=_Bare())) == (401, 20003)


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_an_account_that_is_not_active(server: RunningServer, status: str) -> None:
    digit = "3" if status == "closed" else "4"
    barred = add_account(server, "AC" + digit * 32, status)
    assert error(barred.get("/proxy/v1/Services")) == (401, 20003)
    key = ApiKey("SK" + digit * 32, barred.account_sid, "", digest("secret"), 0, 0)
    server.transact(lambda tx: tx.accounts.add_key(key))
    answer = barred.send("GET", "/proxy/v1/Services", auth=(key.sid, "secret"))
    assert error(answer) == (401, 20003)


def test_another_account_in_the_path_is_the_same_as_none(wire: Wire, other: Wire) -> None:
    for sid in (other.account_sid, "AC" + "0" * 32, "AC0", "nonsense"):
        for path in (f"{sid}.json", f"{sid}/Keys.json", f"{sid}/Messages/SM{'0' * 32}.json"):
            answer = wire.get(f"/api/2010-04-01/Accounts/{path}")
            assert error(answer) == (401, 20003), path
            assert answer.json() == wire.get("/api/2010-04-01/Accounts/AC1.json").json()


def test_preflight_needs_no_credentials(wire: Wire) -> None:
    answer = wire.send("OPTIONS", "/proxy/v1/Services", auth=_Bare())
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
    assert answer.headers["Allow"] == "GET, HEAD, POST"
    assert answer.content == b""


class CountingStore:
    """A store of one account and one key, which counts what it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.account = Account("AC" + "a" * 32, "", "token", "active", 0, 0)
        self.keys = {
            "SK" + "a" * 32: ApiKey("SK" + "a" * 32, self.account.sid, "", digest("secret"), 0, 0),
            "SK" + "b" * 32: ApiKey("SK" + "b" * 32, "AC" + "9" * 32, "", digest("secret"), 0, 0),
        }
        self.accounts = self

    async def read(self, use_case: Any) -> Any:
        self.asked += 1
        return await use_case(self)

    async def get(self, sid: str) -> Account | None:
        return self.account if sid == self.account.sid else None

    async def key(self, sid: str) -> ApiKey | None:
        return self.keys.get(sid)


class Clock:
    """A monotonic clock that stands still."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


async def test_credentials_are_kept_for_a_moment() -> None:
    store, clock = CountingStore(), Clock()
    credentials = Credentials(store, seconds=60, clock=clock)  # type: ignore[arg-type]
    sid = store.account.sid
    assert await credentials.check(sid, "token") == Caller(sid, "")
    assert await credentials.check(sid, "wrong") is None
    assert await credentials.check(sid, "token") is not None
    assert store.asked == 1
    store.account = Account(sid, "", "new-token", "active", 0, 0)
    assert await credentials.check(sid, "new-token") is None
    clock.now += 5.0
    assert await credentials.check(sid, "new-token") is not None
    assert await credentials.check(sid, "token") is None
    assert store.asked == 2


async def test_keys_and_unknown_names() -> None:
    store, clock = CountingStore(), Clock()
    credentials = Credentials(store, clock=clock)  # type: ignore[arg-type]
    key = "SK" + "a" * 32
    assert await credentials.check(key, "secret") == Caller(store.account.sid, key)
    assert await credentials.check(key, "other") is None
    del store.keys[key]
    assert await credentials.check(key, "secret") is not None
    credentials.forget(key)
    assert await credentials.check(key, "secret") is None
    assert await credentials.check("SK" + "b" * 32, "secret") is None
    asked = store.asked
    for name in ("AC" + "0" * 32, "nobody", ""):
        assert await credentials.check(name, "") is None
        assert await credentials.check(name, "") is None
    assert store.asked == asked + 3


async def test_the_memory_is_bounded() -> None:
    store, clock = CountingStore(), Clock()
    credentials = Credentials(store, size=2, clock=clock)  # type: ignore[arg-type]
    for name in ("one", "two", "three", "two", "three"):
        await credentials.check(name, "x")
    assert store.asked == 3
    await credentials.check("one", "x")
    assert store.asked == 4


def test_requests_have_names_of_their_own(wire: Wire) -> None:
    names = {wire.get(path).headers["Twilio-Request-Id"] for path in ("/proxy/v1/Services", "/x")}
    assert len(names) == 2
    assert all(name.startswith("RQ") and len(name) == 34 for name in names)


def test_a_proxy_before_us_may_name_a_request(wire: Wire) -> None:
    name = "0123456789abcdef0123456789abcdef"
    for given, named in ((name, True), ("14155550142", False)):
        answer = wire.send("GET", "/proxy/v1/Services", headers={"X-Request-Id": given})
        assert (answer.headers["Twilio-Request-Id"] == given) is named
