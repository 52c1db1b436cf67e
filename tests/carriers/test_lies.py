"""A carrier that lies: receipts late, twice and in any order, successes with an error inside, and
answers that take their time. The same for every carrier, over real HTTP."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

import pytest
import requests

from maskline.carriers.json_api import basic
from maskline.carriers.kinds import KINDS
from tests.support.liars import LIARS
from tests.support.liars.liar import Hook, Liar, Sent
from tests.support.logged import Lines, everything
from tests.support.server import RunningServer
from tests.support.vendor import Account, Asked, Behind, Told, Vendor, masking
from tests.support.world import ALICE, BOB, eventually

#: The carrier that waits the shortest for an answer is Telnyx (s).
PATIENCE = 2.0

Mood = Literal["honest", "errs", "overtakes", "hangs"]


class Network(Vendor):
    """Every carrier's API below the kind's name. `hangs` until `released`."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.sent: dict[str, list[Sent]] = {kind: [] for kind in LIARS}
        self.mood: Mood = "honest"
        self.released = threading.Event()
        self.behind: dict[str, Behind] = {}
        self._ids = itertools.count(1)

    def next_id(self) -> str:
        return f"id-{next(self._ids)}"

    def _answer(self, asked: Asked) -> Told:
        kind = asked.path.split("/")[1]
        if kind == "callback":
            # A program that is as slow as its carrier.
            if self.mood == "hangs":
                self.released.wait(10)
            return Told(200)
        liar = LIARS[kind]
        sent = liar.takes(asked, self.next_id())
        if sent is None:
            return Told(404, {})
        self.sent[kind].append(sent)
        match self.mood:
            case "errs":
                return liar.errs(sent)
            case "overtakes":
                assert self.posts(kind, liar.receipt(sent, "delivered")).status_code == 200
            case "hangs":
                self.released.wait(10)
        return liar.accepts(sent)

    def posts(self, kind: str, hook: Hook) -> requests.Response:
        url = f"{self.behind[kind].door}/{hook.path}"
        return requests.post(url, data=hook.body, headers=dict(hook.headers(url)), timeout=10)


class Line:
    """One carrier of the network."""

    def __init__(self, network: Network, kind: str) -> None:
        self.network = network
        self.kind = kind
        self.liar: Liar = LIARS[kind]
        self.behind = network.behind[kind]
        self.server: RunningServer = self.behind.server
        self._before = len(network.sent[kind])

    def text(self, body: str, id_: str = "") -> Hook:
        """Alice writes to Bob."""
        return self.liar.text(id_ or self.network.next_id(), ALICE, self.behind.near, body)

    def posts(self, hook: Hook) -> requests.Response:
        return self.network.posts(self.kind, hook)

    def sent(self, count: int = 1) -> list[Sent]:
        """What was handed over in this test, once it is so much."""
        found = self.network.sent[self.kind]
        eventually(lambda: len(found) >= self._before + count)
        return found[self._before :]

    def status(self) -> Any:
        """The newest interaction's outbound leg, when no job is under way."""
        self.server.settle()
        (newest,) = self.behind.session.interactions.list()[:1]
        return newest.outbound_resource_status


@pytest.fixture(scope="module")
def lines() -> Iterator[Lines]:
    with everything() as found:
        yield found


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory, lines: Lines) -> Iterator[Network]:
    with Network() as found:
        accounts = [
            Account(
                kind,
                kind,
                liar.settings(f"{found.url}/{kind}"),
                liar.secrets,
                (f"+1415867{place}01", f"+1415867{place}02"),
            )
            for place, (kind, liar) in enumerate(LIARS.items(), 10)
        ]
        environ = {"MASKLINE_DELIVERY_SEND_RETRY_DELAYS": "0.02,0.02"}
        with masking(tmp_path_factory.mktemp("lies"), accounts, **environ) as server:
            callback = f"{found.url}/callback"
            found.behind |= {
                one.kind: Behind(server, one.name, one.numbers, callback_url=callback)
                for one in accounts
            }
            yield found


@pytest.fixture
def line(network: Network, request: pytest.FixtureRequest) -> Iterator[Line]:
    network.mood = "honest"
    network.released.clear()
    found = Line(network, request.param)
    yield found
    network.mood = "honest"
    network.released.set()
    found.server.settle()


def test_every_carrier_is_here() -> None:
    # SMPP has no door: an SMSC that lies is in its own tests.
    assert set(LIARS) == set(KINDS) - {"smpp"}


every = pytest.mark.parametrize("line", LIARS, indirect=True)


@pytest.mark.covers("carrier:*.receipts-late")
@every
def test_receipts_late_twice_and_in_any_order(line: Line) -> None:
    assert line.posts(line.text("one")).ok
    (sent,) = line.sent()
    assert (sent.recipient.removeprefix("+"), sent.body) == (BOB.removeprefix("+"), "one")
    for status in ("delivered", "sent", "delivered", "failed", "sent"):
        assert line.posts(line.liar.receipt(sent, status)).ok
        assert line.status() == "delivered"
    assert len(line.sent()) == 1


@every
def test_a_failure_is_not_taken_back(line: Line) -> None:
    assert line.posts(line.text("two")).ok
    (sent,) = line.sent()
    line.server.settle()
    for status in ("failed", "failed", "delivered", "sent"):
        assert line.posts(line.liar.receipt(sent, status)).ok
        assert line.status() in ("failed", "undelivered")


@pytest.mark.covers("carrier:*.overtakes")
@every
def test_a_receipt_that_overtakes_the_answer(line: Line) -> None:
    line.network.mood = "overtakes"
    assert line.posts(line.text("three")).ok
    line.sent()
    assert line.status() == "delivered"


@pytest.mark.covers("carrier:*.success-errs")
@every
def test_a_success_with_an_error_inside(line: Line) -> None:
    line.network.mood = "errs"
    assert line.posts(line.text("four")).ok
    line.sent()
    assert line.behind.settles("message", "failed")


@pytest.mark.covers("carrier:*.twice")
@every
def test_what_comes_twice_goes_out_once(line: Line) -> None:
    text = line.text("five", "id-twice")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(line.posts, [text] * 4))
    answers.append(line.posts(text))
    assert all(answer.ok for answer in answers)
    line.server.settle()
    assert [one.body for one in line.sent()] == ["five"]


@pytest.mark.covers("carrier:*.quick")
@every
def test_answers_are_quick_when_others_are_slow(line: Line) -> None:
    """Neither the partner's carrier nor the program is waited for."""
    line.network.mood = "hangs"
    assert line.posts(line.text("six")).ok
    (sent,) = line.sent()
    began = time.monotonic()
    for hook in (line.text("seven"), line.liar.receipt(sent, "sent"), line.text("eight")):
        assert line.posts(hook).ok
    assert time.monotonic() - began < PATIENCE
    line.network.released.set()
    line.sent(3)
    line.server.settle()
    assert sorted(one.body for one in line.sent(3)) == ["eight", "seven", "six"]


@pytest.mark.covers("carrier:*.forged")
@every
def test_what_is_forged_is_refused(line: Line) -> None:
    real = line.text("nine")
    answer = line.posts(Hook(real.path, real.body, lambda url: {"Content-Type": "text/plain"}))
    assert answer.status_code in (401, 403)
    assert answer.json()["code"] == 80625
    line.server.settle()
    assert line.network.sent[line.kind][-1].body != "nine"


@pytest.mark.covers("carrier:*.secrets")
def test_secrets_are_nowhere(network: Network, lines: Lines) -> None:
    """Not in a line of the log, whatever its level, not in what adapters and credentials say of
    themselves, and not in the database, where requests are kept."""
    server = next(iter(network.behind.values())).server
    # Of a key in PEM, each line.
    hidden = {
        line
        for liar in LIARS.values()
        for value in liar.secrets.values()
        for line in value.splitlines()
        if not line.startswith("-----")
    }
    hook = LIARS["bandwidth"].secrets
    hidden |= {basic(hook["hook_username"], hook["hook_password"]).partition(" ")[2]}
    hidden |= {basic(hook["api_token"], hook["api_secret"]).partition(" ")[2]}
    signatures = set()
    for kind, liar in LIARS.items():
        text = liar.text(network.next_id(), ALICE, network.behind[kind].near, "ten")
        assert network.posts(kind, text).ok
        # A request that is not sound is not kept at all.
        network.posts(kind, Hook(text.path, text.body, lambda url: {}))
        given = text.headers(f"{network.behind[kind].door}/{text.path}")
        signatures |= {
            value.rpartition(" ")[2]
            for name, value in given.items()
            if any(word in name.lower() for word in ("signature", "authorization"))
            and not name.lower().endswith(("nonce", "timestamp"))
        }
        adapter = server.server._accounts.doors[kind]
        credentials = KINDS[kind].credentials(**liar.secrets)
        for shown in (repr(adapter), repr(credentials), str(credentials), f"{credentials!r}"):
            assert not [one for one in hidden if one in shown]

    kept = eventually(lambda: _kept(server, len(LIARS)))
    assert {one["carrier"] for one in kept} == set(LIARS)
    assert all("***" in str(one["headers"]) for one in kept)
    logged = "\n".join(lines.lines)
    assert "is not signed as it must be" in logged
    folder = Path(server.settings.database_url.removeprefix("sqlite:///")).parent
    stored = b"".join(file.read_bytes() for file in folder.glob("maskline.db*"))
    for one in hidden | signatures:
        assert one not in logged
        assert one.encode() not in stored


def _kept(server: RunningServer, count: int) -> list[dict[str, Any]]:
    """The requests of the test on secrets that are kept, once there are so many."""
    monitor = f"{server.url}/monitor/v1/CarrierRequests?PageSize=1000"
    auth = (server.account_sid, server.auth_token)
    listed = requests.get(monitor, auth=auth, timeout=5).json()["requests"]
    found = [requests.get(one["url"], auth=auth, timeout=5).json() for one in listed[:count]]
    return found if len(found) == count and all("ten" in one["body"] for one in found) else []
