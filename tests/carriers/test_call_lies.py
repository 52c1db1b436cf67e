"""A carrier that lies about the calls that it places: reports late, twice and in any order, and
answers that say nothing. The same for every carrier, over real HTTP."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, Literal

import pytest
import requests

from maskline.carriers.kinds import KINDS
from tests.support.caller import EVENTS
from tests.support.liars import LIARS
from tests.support.liars.liar import Hook, Liar, Rung
from tests.support.logged import Lines, everything
from tests.support.receiver import Receiver
from tests.support.server import RunningServer
from tests.support.vendor import Account, Asked, Told, Vendor, masking
from tests.support.world import ALICE, eventually

HELLO = "<Response><Say>Hello</Say></Response>"

Mood = Literal["honest", "errs", "overtakes", "ails"]


class Network(Vendor):
    """Every carrier's API below the kind's name."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.rung: dict[str, list[Rung]] = {kind: [] for kind in LIARS}
        self.mood: Mood = "honest"
        self.server: RunningServer
        self._ids = itertools.count(1)

    def _answer(self, asked: Asked) -> Told:
        kind = asked.path.split("/")[1]
        liar = LIARS[kind]
        rung = liar.takes_call(asked, f"call-{next(self._ids)}")
        if rung is None:
            return Told(404, {})
        self.rung[kind].append(rung)
        match self.mood:
            case "errs":
                return liar.errs_call(rung)
            case "ails":
                return Told(503, {})
            case "overtakes":
                assert self.posts(kind, liar.answered(rung)).status_code == 200
        return liar.accepts_call(rung)

    def posts(self, kind: str, hook: Hook) -> requests.Response:
        url = f"{self.server.url}/carriers/{kind}/{hook.path}"
        return requests.post(url, data=hook.body, headers=dict(hook.headers(url)), timeout=10)


class Line:
    """One carrier of the network, and a program that calls by it."""

    def __init__(self, network: Network, kind: str, number: str) -> None:
        self.network = network
        self.kind = kind
        self.number = number
        self.liar: Liar = LIARS[kind]
        self.client = network.server.client
        self.program = Receiver()
        self.sid = ""

    def calls(self) -> Rung:
        """The program calls Alice."""
        before = len(self.network.rung[self.kind])
        made = self.client.calls.create(
            to=ALICE,
            from_=self.number,
            twiml=HELLO,
            status_callback=f"{self.program.url}/status",
            status_callback_event=EVENTS,
        )
        self.sid = made.sid
        rung = eventually(lambda: self.network.rung[self.kind][before:])[0]
        self.network.server.settle()
        assert self.network.rung[self.kind][before:] == [rung]
        return rung

    def posts(self, *hooks: Hook | None) -> list[requests.Response]:
        found = [self.network.posts(self.kind, hook) for hook in hooks if hook is not None]
        assert all(one.status_code == 200 for one in found)
        return found

    @property
    def status(self) -> Any:
        self.network.server.settle()
        return self.client.calls(self.sid).fetch().status

    def told(self) -> list[str]:
        self.network.server.settle()
        return [one.form["CallStatus"] for one in self.program.at("/status")]


NUMBERS = {kind: f"+1415867{place}01" for place, kind in enumerate(LIARS, 10)}


@pytest.fixture(scope="module")
def lines() -> Iterator[Lines]:
    with everything() as found:
        yield found


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory, lines: Lines) -> Iterator[Network]:
    with Network() as found:
        accounts = [
            Account(kind, kind, liar.settings(f"{found.url}/{kind}"), liar.secrets, (number,))
            for (kind, liar), number in zip(LIARS.items(), NUMBERS.values(), strict=True)
        ]
        with masking(tmp_path_factory.mktemp("lies"), accounts) as server:
            found.server = server
            yield found


@pytest.fixture
def line(network: Network, request: pytest.FixtureRequest) -> Iterator[Line]:
    network.mood = "honest"
    found = Line(network, request.param, NUMBERS[request.param])
    with found.program:
        yield found
        network.server.settle()


def test_every_carrier_that_places_calls_is_here() -> None:
    assert set(LIARS) == {kind.name for kind in KINDS.values() if kind.call_options is not None}


every = pytest.mark.parametrize("line", LIARS, indirect=True)


@pytest.mark.covers("carrier:*.call-reports-late")
@every
def test_reports_late_twice_and_in_any_order(line: Line) -> None:
    rung = line.calls()
    assert (rung.caller, rung.called) == (line.number, ALICE)
    (asks,) = line.posts(line.liar.answered(rung))
    assert "Hello" in asks.text
    line.posts(line.liar.becomes(rung, "ringing"))
    assert line.status == "in-progress"
    for status in ("completed", "ringing", "completed", "busy"):
        line.posts(line.liar.becomes(rung, status))
        assert line.status == "completed"
    (asks,) = line.posts(line.liar.answered(rung))
    assert "Hello" not in asks.text
    assert line.told() == ["initiated", "in-progress", "completed"]


@every
def test_an_end_is_not_taken_back(line: Line) -> None:
    rung = line.calls()
    for status in ("busy", "ringing", "completed"):
        line.posts(line.liar.becomes(rung, status))
    assert line.status == "busy"
    (asks,) = line.posts(line.liar.answered(rung))
    assert "Hello" not in asks.text
    assert line.told() == ["initiated", "busy"]


@pytest.mark.covers("carrier:*.call-overtakes")
@every
def test_a_call_that_overtakes_the_answer(line: Line) -> None:
    line.network.mood = "overtakes"
    rung = line.calls()
    assert line.status == "in-progress"
    line.posts(line.liar.becomes(rung, "completed"))
    assert line.told() == ["initiated", "in-progress", "completed"]


@pytest.mark.covers("carrier:*.call-once")
@pytest.mark.parametrize("mood", ["errs", "ails"])
@every
def test_a_call_that_may_ring_is_placed_once(line: Line, mood: Mood) -> None:
    line.network.mood = mood
    rung = line.calls()
    assert line.status in ("queued", "failed")
    if line.status == "queued":
        # It rings all the same.
        line.posts(line.liar.answered(rung))
        assert line.status == "in-progress"


# Sinch names the call in what it signs; Bandwidth signs nothing, and shows what opens the door.
addressed = [kind for kind in LIARS if kind not in ("bandwidth", "sinch")]


@pytest.mark.parametrize("line", addressed, indirect=True)
def test_what_is_sent_on_as_if_about_another_call_is_refused(line: Line) -> None:
    """Whether the carrier signs the address or not."""
    first = line.calls()
    line.posts(line.liar.becomes(first, "ringing"))
    line.network.server.settle()
    sid, other = line.sid, line.calls()
    for real in (line.liar.answered(other), line.liar.becomes(other, "completed")):
        assert real is not None
        url = f"{line.network.server.url}/carriers/{line.kind}/{real.path}"
        headers = dict(real.headers(url))
        moved = Hook(real.path.replace(line.sid, sid), real.body, lambda _, it=headers: it)  # type: ignore[misc]
        assert moved.path != real.path
        answer = line.network.posts(line.kind, moved)
        assert answer.status_code in (403, 404)
        assert "Hello" not in answer.text
    assert line.client.calls(sid).fetch().status in ("queued", "ringing")


@pytest.mark.covers("carrier:*.call-forged")
@every
def test_what_is_forged_is_refused(line: Line, lines: Lines) -> None:
    rung = line.calls()
    for real in (line.liar.answered(rung), line.liar.becomes(rung, "completed")):
        assert real is not None
        forged = Hook(real.path, real.body, lambda url: {"Content-Type": "text/plain"})
        answer = line.network.posts(line.kind, forged)
        assert answer.status_code in (401, 403)
        assert answer.json()["code"] == 80625
    assert line.status == "queued"
    logged = "\n".join(lines.lines)
    assert line.number[1:] not in logged
    assert ALICE[1:] not in logged
