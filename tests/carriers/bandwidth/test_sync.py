"""`maskline numbers sync` and `release` at Bandwidth, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from maskline.carriers.bandwidth import dashboard
from maskline.cli.program import run
from maskline.model.http import HttpRequest
from maskline.vault import new_key
from tests.carriers.bandwidth.test_numbers import NUMBER, Numbers
from tests.support.vendor import Asked, Told, Vendor

AT = "/api/accounts/9900000"


class Network(Vendor):
    """The Numbers API behind HTTP."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.numbers = Numbers(f"{self.url}{AT}")
        self.numbers.states = ["RECEIVED", "COMPLETE"] * 10

    def _answer(self, asked: Asked) -> Told:
        url = f"{self.url}{asked.path}"
        status, body = self.numbers.at(HttpRequest(asked.method, url, {}, asked.body))
        return Told(status, body.encode(), "application/xml")


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Network]:
    monkeypatch.setattr(dashboard, "_PAUSE", 0)
    with Network() as network:
        for name, value in {
            "DATABASE_URL": f"sqlite:///{tmp_path / 'maskline.db'}",
            "PUBLIC_URL": "https://mask.example",
            "CREDENTIALS_KEY": new_key(),
            "BANDWIDTH_API_TOKEN": "the-token",
            "BANDWIDTH_API_SECRET": "the-secret",
            "BANDWIDTH_HOOK_USERNAME": "bw",
            "BANDWIDTH_HOOK_PASSWORD": "a-password-of-ours",
        }.items():
            monkeypatch.setenv(f"MASKLINE_{name}", value)
        assert run(["accounts", "add", "acme"]) == 0
        yield network


def add(network: Network, **settings: str) -> None:
    given = {
        "account_id": "9900000",
        "application_id": "app-m",
        "voice_application_id": "app-v",
        "numbers_url": f"{network.url}/api",
        "allow_private": "true",
        **settings,
    }
    words = [word for name, value in given.items() for word in ("--set", f"{name}={value}")]
    assert run(["carriers", "add", "bandwidth", "--name", "one", *words]) == 0


def test_numbers_are_moved_here_and_back(
    network: Network, capsys: pytest.CaptureFixture[str]
) -> None:
    add(network, site_id="10", location_id="101")
    api = network.numbers
    capsys.readouterr()
    assert run(["numbers", "sync", "--carrier", "one", "--dry-run", "--json"]) == 0
    steps = {one["number"]: one for one in json.loads(capsys.readouterr().out)}
    assert {one["action"] for one in steps.values()} == {"import"}
    moved = steps[f"+1{NUMBER}"]
    assert (moved["old"]["LocationId"], moved["new"]["LocationId"]) == ("201", "101")
    assert steps["+12065550199"]["new"] == {}
    assert api.where(NUMBER) == "201"
    assert run(["numbers", "sync", "--carrier", "one", "--yes"]) == 0
    assert "LocationId" in capsys.readouterr().out
    assert {api.where(one) for one in (NUMBER, "2065550101", "2065550199")} == {"101"}
    assert run(["numbers", "sync", "--carrier", "one", "--dry-run", "--json"]) == 0
    steps = {one["number"]: one for one in json.loads(capsys.readouterr().out)}
    assert {one["action"] for one in steps.values()} == {"keep"}
    assert run(["numbers", "release", f"+1{NUMBER}"]) == 0
    assert api.where(NUMBER) == "201"
    assert api.where("2065550101") == "101"


def test_what_the_operator_has_to_do_is_said_number_by_number(
    network: Network, capsys: pytest.CaptureFixture[str]
) -> None:
    add(network)
    assert run(["numbers", "sync", "--carrier", "one", "--yes"]) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert (
        f"+1{NUMBER}: location 201 has old-m for its messaging application: assign app-m to it in "
        "the dashboard, or set site_id and location_id to move numbers"
    ) in said
    assert "+12065550199:" not in said
    # When that is done, all come here.
    network.numbers.messaging["201"], network.numbers.voice["201"] = "app-m", "app-v"
    assert run(["numbers", "sync", "--carrier", "one", "--yes"]) == 0
    assert network.numbers.orders == []
