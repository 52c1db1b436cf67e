from __future__ import annotations

import fcntl
import shutil
import socket
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest

from maskline.cli.doctor import configuration, data, machine
from maskline.env import Env
from maskline.model.finding import Finding, State, ok
from maskline.model.job import Job
from maskline.model.messaging_service import MessagingService
from maskline.settings import OptOutSettings, Settings, SimulatorSettings, TracingSettings
from maskline.store.contract import Transaction
from tests.unit.cli.conftest import CommandLine

OK, WARN, BAD = State.OK, State.WARN, State.BAD


def states(findings: list[Finding]) -> dict[str, State]:
    return {one.check: one.state for one in findings}


def test_the_interpreter() -> None:
    assert machine.interpreter((3, 12, 1), optimised=True).says == "CPython 3.12.1, " + (
        "built with optimisations"
    )
    slow = machine.interpreter((3, 12, 1), optimised=False)
    assert (slow.state, "a quarter more" in slow.advice) == (WARN, True)


def test_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.event_loop().state is OK
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert "uvloop and httptools missing" in machine.event_loop().says


@pytest.mark.parametrize(
    ("now", "newest", "state"),
    [
        (0, None, WARN),
        (1_800_000_000_000, None, OK),
        (1_800_000_000_000, 1_800_000_200_000, OK),
        (1_800_000_000_000, 1_800_000_400_000, WARN),
    ],
)
def test_the_clock(now: int, newest: int | None, state: State) -> None:
    assert [one.state for one in machine.clock(now, newest)] == [state]


@pytest.mark.parametrize(
    ("changes", "state", "says"),
    [
        ({}, OK, "8, en"),
        ({"languages": ("en", "de")}, OK, "12, en, de"),
        ({"languages": (), "opt_out_words": ("HALT",)}, OK, "1, all your own"),
        ({"languages": ()}, WARN, "none: nobody can stop messages"),
        ({"languages": ("xx",)}, BAD, "optout.languages (xx) names a language without a word list"),
    ],
)
def test_the_opt_out_words(changes: dict[str, Any], state: State, says: str) -> None:
    finding = configuration.keywords(Settings(optout=OptOutSettings(**changes)))
    assert (finding.state, finding.says) == (state, says)


def test_settings_show_their_source_and_no_secret(
    maskline: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("maskline.toml").write_text("port = 8123\n")
    monkeypatch.setenv("MASKLINE_AUTH_TOKEN", "hunter2hunter2hunter2")
    out = maskline("doctor").out
    assert "port = 8123  (maskline.toml:1)" in out
    assert "auth_token = hidden  (MASKLINE_AUTH_TOKEN)" in out
    assert "hunter2" not in out


def test_a_free_and_a_taken_port(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        other.listen()
        monkeypatch.setattr("maskline.cli.doctor.configuration.is_maskline", lambda *_: False)
        monkeypatch.setattr("maskline.cli.web.is_maskline", lambda *_: False)
        assert configuration.port(Settings(port=port)).state is BAD
        monkeypatch.setattr("maskline.cli.doctor.configuration.is_maskline", lambda *_: True)
        assert "a Maskline server answers" in configuration.port(Settings(port=port)).says
    assert configuration.port(Settings(port=port)).says == f"port {port} of 127.0.0.1 is free"
    assert configuration.port(Settings(port=0)).state is OK


@pytest.mark.parametrize(
    ("host", "url", "state"),
    [
        ("127.0.0.1", None, OK),
        ("0.0.0.0", None, WARN),
        ("0.0.0.0", "https://masking.example.com", OK),
        ("0.0.0.0", "http://masking.example.com", BAD),
        ("0.0.0.0", "https://masking", WARN),
        ("127.0.0.1", "http://localhost:8080", OK),
        ("127.0.0.1", "http://10.1.2.3", OK),
    ],
)
def test_the_public_address(host: str, url: str | None, state: State) -> None:
    settings = Settings(host=host, public_url=url)
    found = [one.state for one in configuration.public_address(settings)]
    assert found == [state]


@pytest.mark.parametrize(
    ("host", "url", "public"),
    [
        ("127.0.0.1", None, False),
        ("192.168.1.2", None, False),
        ("0.0.0.0", None, True),
        ("127.0.0.1", "https://masking.example.com", True),
        ("0.0.0.0", "http://[::1]:8080", False),
        ("127.0.0.1", "http://app.localhost", False),
    ],
)
def test_what_is_public(host: str, url: str | None, public: bool) -> None:
    assert configuration.is_public(Settings(host=host, public_url=url)) is public


def test_what_is_for_development_is_not_for_the_public() -> None:
    public = "https://masking.example.com"
    open_ = Settings(public_url=public, allow_private_webhooks=True)
    assert states(list(configuration.exposure(open_))) == {
        "simulator": BAD,
        "private webhooks": BAD,
    }
    shut = Settings(public_url=public, simulator=SimulatorSettings(enabled=False))
    assert set(states(list(configuration.exposure(shut))).values()) == {OK}
    here = Settings(allow_private_webhooks=True)
    assert set(states(list(configuration.exposure(here))).values()) == {OK}


def test_tracing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert configuration.tracing(Settings()) == ok("tracing", "off")
    traced = Settings(tracing=TracingSettings(enabled=True, endpoint="https://spans.example.com"))
    assert configuration.tracing(traced).says == "on, to https://spans.example.com"
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    missing = configuration.tracing(traced)
    assert (missing.state, "maskline[otel]" in missing.advice) == (BAD, True)
    assert configuration.tracing(Settings()).state is OK


def test_a_fresh_folder_is_well(maskline: CommandLine) -> None:
    found = states(list(maskline.look.findings()))
    assert found == {"database": OK, "disk": OK}
    assert not maskline.path.exists()


def test_a_database_is_looked_at_and_not_changed(
    maskline: CommandLine, account: dict[str, str]
) -> None:
    before = maskline.path.read_bytes()
    answer = maskline("doctor", "--json")
    assert answer.json["ok"] is (answer.code == 0)
    checks = {one["check"]: one["state"] for one in answer.json["checks"]}
    for name in ("database", "schema", "accounts", "pools", "outbox", "clock"):
        assert checks[name] == "ok", name
    assert maskline.path.read_bytes() == before
    maskline.path.chmod(0o644)
    assert states(list(maskline.look.findings()))["file mode"] is WARN


def test_a_file_that_is_no_database(maskline: CommandLine) -> None:
    maskline.path.write_bytes(b"no database, but long enough to look like one" * 100)
    answer = maskline("doctor")
    assert answer.code == 1
    assert "✗ database" in answer.out
    assert "Restore a backup" in answer.out


def test_a_database_that_another_program_holds(
    maskline: CommandLine, account: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maskline.store.sqlite.look._TIMEOUT", 0.01)
    holder = sqlite3.connect(maskline.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    found = next(maskline.look.findings())
    holder.close()
    assert found.state is BAD
    assert "locked" in found.says


def test_whether_a_server_runs(maskline: CommandLine, account: dict[str, str]) -> None:
    assert "no server runs on it" in next(maskline.look.findings()).says
    with (maskline.folder / "maskline.db.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert ", a server runs on it" in next(maskline.look.findings()).says


@pytest.mark.parametrize(("mib", "state"), [(50, BAD), (500, WARN), (5000, OK)])
def test_the_disk(
    maskline: CommandLine, monkeypatch: pytest.MonkeyPatch, mib: int, state: State
) -> None:
    usage = shutil._ntuple_diskusage(0, 0, mib * 1_048_576)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    assert states(list(maskline.look.findings()))["disk"] is state


@pytest.mark.parametrize(("change", "state"), [(1, BAD), (-1, WARN)])
def test_the_schema(
    maskline: CommandLine, account: dict[str, str], change: int, state: State
) -> None:
    with sqlite3.connect(maskline.path) as connection:
        version = connection.execute("PRAGMA user_version").fetchone()[0] + change
        connection.execute(f"PRAGMA user_version = {version}")
    connection.close()
    assert data.schema(maskline.look).state is state
    # Nothing is asked of tables that are not known.
    assert "accounts" not in maskline("doctor").out


def test_accounts(maskline: CommandLine) -> None:
    maskline("migrate", "up")
    assert data.accounts(maskline.look).state is WARN
    maskline("accounts", "add", "Acme")
    assert data.accounts(maskline.look).says == "1 active"
    maskline("accounts", "set", "--status", "suspended")
    assert data.accounts(maskline.look).state is BAD


def test_pools(maskline: CommandLine, account: dict[str, str]) -> None:
    def says() -> list[str]:
        return [one.says for one in data.pools(maskline.look)][:-1]

    assert next(data.pools(maskline.look)).says == "no Services yet"
    service = maskline.service("rides")
    assert says() == ["the Service rides has no numbers: nobody can join a session"]
    maskline("numbers", "add", "+14155550100", "--service", "rides", "--reserved")
    assert says() == ["all 1 numbers of the Service rides in +1 are reserved"]
    maskline("pool", "reserve", "rides", "+14155550100", "--release")
    assert says() == []

    async def meet(env: Env, tx: Transaction) -> None:
        number = await tx.numbers.by_number("+14155550100")
        assert number is not None
        await tx.affinities.take(service.sid, "+12125550187", number.sid, env.clock())

    maskline.transact(meet)
    assert says() == [
        "a person uses all 1 numbers of the Service rides in +1: their next session will be refused"
    ]
    maskline("numbers", "add", "+14155550111", "--service", "rides")
    assert says() == []


def test_messages_that_a_messaging_service_takes(
    maskline: CommandLine, account: dict[str, str]
) -> None:
    maskline.service("rides")
    maskline("numbers", "add", "+14155550100", "+14155550111", "--service", "rides")
    maskline("numbers", "add", "+14155550122")
    assert list(data.diverted(maskline.look)) == []

    async def work(env: Env, tx: Transaction) -> MessagingService:
        texts = MessagingService(env.sids.new("MG"), account["sid"], "Texts", 0, 0)
        await tx.messaging_services.add(texts)
        for text in ("+14155550100", "+14155550111", "+14155550122"):
            number = await tx.numbers.by_number(text)
            assert number is not None
            await tx.messaging_services.join(number.sid, texts.sid, 0)
        return texts

    texts = maskline.transact(work)
    (found,) = data.diverted(maskline.look)
    assert found.state is WARN
    assert found.says == (
        "messages to 2 numbers of the Service rides are not masked: they go to the "
        f"Messaging Service Texts ({texts.sid})"
    )
    assert "not masked" in maskline("doctor").out
    defers = msgspec.structs.replace(texts, use_inbound_webhook_on_number=1)
    maskline.transact(lambda _, tx: tx.messaging_services.update(defers))
    assert list(data.diverted(maskline.look)) == []


def test_callbacks(maskline: CommandLine, account: dict[str, str]) -> None:
    maskline.service("rides", CallbackUrl="http://127.0.0.1:9/cb")
    maskline.service("homes", CallbackUrl="https://example.com/cb")
    found = list(data.callbacks(maskline.look, Settings()))
    assert [(one.state, "rides" in one.says) for one in found] == [(WARN, True)]
    assert "127.0.0.1" not in found[0].says
    assert list(data.callbacks(maskline.look, Settings(allow_private_webhooks=True))) == []
    maskline("accounts", "set", "--debugger-url", "http://127.0.0.1:9/alerts")
    found = list(data.callbacks(maskline.look, Settings()))
    assert [one.state for one in found] == [WARN, WARN]
    assert f"the account Acme ({account['sid']})" in found[0].says
    maskline("accounts", "set", "--debugger-url", "")
    # The address may have become the server's own since it was set.
    own = Settings(allow_private_webhooks=True, public_url="https://example.com")
    found = list(data.callbacks(maskline.look, own))
    assert [(one.state, "homes" in one.says) for one in found] == [(WARN, True)]


def test_the_outbox(maskline: CommandLine, account: dict[str, str]) -> None:
    def job(sid: str) -> Job:
        return Job(sid, "callback", account["sid"], "", b"{}", "pending", 0, 0, "", "", 0)

    async def add(_: Env, tx: Transaction) -> None:
        await tx.outbox.add_many([job("JB1"), job("JB2")])

    async def bury(_: Env, tx: Transaction) -> None:
        await tx.outbox.bury("JB2", 7, "the callback answered with status 500")

    assert [one.state for one in data.outbox(maskline.look)] == [OK]
    maskline.transact(add)
    assert [one.says for one in data.outbox(maskline.look)] == ["2 jobs wait"]
    maskline.transact(bury)
    (found,) = data.outbox(maskline.look)
    assert (found.state, found.details) == (
        WARN,
        ("1 of kind callback: the callback answered with status 500",),
    )
