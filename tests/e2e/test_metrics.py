"""What a scrape and the log show of a masked conversation: all that happened, and nobody's data."""

from __future__ import annotations

import json
import logging
import re
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families
from twilio.base.exceptions import TwilioRestException

from maskline.cli.logs import formatter_of
from maskline.metrics import CATALOGUE
from maskline.settings import Settings
from tests.support.process import ServerProcess
from tests.support.receiver import Receiver
from tests.support.scrape import free_ports, scrape
from tests.support.server import AUTH_TOKEN, RunningServer
from tests.support.world import ALICE, BOB, POOL, STRANGER, World, eventually

pytestmark = pytest.mark.both_engines

SECRET = "meet me at the blue door"

#: What a label's value may look like: a word or two of ours, a bound, a version.
WORD = re.compile(r"[a-z][a-z-]*|[A-Z]{3,7}|\d{5}|\d{2}xxx|[1-5]xx|\d+\.\d+|\+Inf|")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def server(tmp_path: Path, database: dict[str, str]) -> Iterator[RunningServer]:
    with RunningServer(tmp_path, **database, MASKLINE_WEBHOOKS_RETRY_DELAYS="0.05") as server:
        yield server


def converse(world: World) -> Any:
    """Messages and a call: what is relayed, what is refused, what is handed over twice."""
    session = world.session()
    number = session.a.proxy_identifier
    for _ in range(3):
        world.alice.text(number, SECRET)
    world.bob.receives(3)
    world.stranger.text(number, SECRET)
    world.bob.call(session.b.proxy_identifier)
    ringing = world.alice.rings()
    world.alice.act(ringing["id"], "answer")
    world.alice.act(ringing["id"], "hangup")
    world.stranger.call(number)
    session.settles("completed")
    return session


def test_a_scrape_shows_what_happened(server: RunningServer, receiver: Receiver) -> None:
    world = World(server, callback_url=f"{receiver.url}/callback")
    converse(world)
    delivered = ("simulator", "delivered", "")
    eventually(lambda: scrape(server.url)["maskline_message_reports_total"].get(delivered, 0) == 3)
    server.settle()
    seen = scrape(server.url)
    assert seen["maskline_messages_received_total"] == {
        ("simulator", "relayed", ""): 3,
        ("simulator", "refused", "no-session"): 1,
    }
    assert seen["maskline_messages_sent_total"] == {("simulator", "accepted", ""): 3}
    assert seen["maskline_message_reports_total"]["simulator", "sent", ""] == 3
    assert seen["maskline_relay_seconds_count"] == {("simulator",): 3}
    assert 0 <= seen["maskline_relay_seconds_sum"]["simulator",] < 60
    assert seen["maskline_calls_received_total"] == {
        ("simulator", "relayed", ""): 1,
        ("simulator", "refused", "no-session"): 1,
        # The simulated network asks of each number that it rings whether it is one of ours.
        ("simulator", "unknown-number", ""): 1,
    }
    assert seen["maskline_call_reports_total"]["completed",] >= 1
    callbacks = len(receiver.posted)
    assert callbacks > 3
    assert seen["maskline_webhooks_total"] == {("callback", "2xx"): callbacks}
    assert seen["maskline_webhook_seconds_count"] == {("callback",): callbacks}
    assert seen["maskline_jobs_total"]["relay", "done"] == 3
    assert seen["maskline_jobs_total"]["callback", "done"] == callbacks
    alerts = Counter(one.error_code for one in world.client.monitor.v1.alerts.list())
    assert alerts
    assert seen["maskline_alerts_total"] == {(code, "kept"): n for code, n in alerts.items()}
    assert seen["maskline_requests_total"]["proxy", "POST", "2xx"] >= 7
    assert seen["maskline_commits_total"]["committed",] > 5
    assert seen["maskline_commit_seconds_count"][()] > 5
    assert seen["maskline_store_up"] == {(): 1}
    assert seen["maskline_outbox_jobs"] == {("pending",): 0, ("dead",): 0}
    assert seen["maskline_pool_numbers"] == {("free",): 1, ("used",): 2}
    assert seen["maskline_jobs_held"] == {(): 0}


def test_failures_show(server: RunningServer, receiver: Receiver) -> None:
    world = World(server, callback_url=f"{receiver.url}/callback")
    session = world.session()
    receiver.status = 500
    world.bob.behave(outcome="undelivered")
    world.alice.text(session.a.proxy_identifier, SECRET)
    session.settles("undelivered")
    with pytest.raises(TwilioRestException):
        world.client.proxy.v1.services("KS" + "0" * 32).fetch()
    server.settle()
    seen = scrape(server.url)
    assert seen["maskline_webhooks_total"]["callback", "5xx"] >= 2
    assert seen["maskline_jobs_total"]["callback", "retry"] >= 1
    assert seen["maskline_jobs_total"]["callback", "dead"] >= 1
    assert seen["maskline_requests_total"]["proxy", "GET", "4xx"] == 1
    reports = seen["maskline_message_reports_total"]
    assert sum(n for (_, status, _), n in reports.items() if status == "undelivered") == 1


def test_why_messages_are_not_passed_on_shows(server: RunningServer) -> None:
    world = World(server)
    session = world.session()
    loose = "+14158675399"
    world.client.incoming_phone_numbers.create(phone_number=loose)
    world.stranger.text(loose, SECRET)
    world.stranger.behave(duplicate_inbound=1)
    world.stranger.text(loose, SECRET)
    world.bob.text(session.b.proxy_identifier, "STOP")
    world.alice.text(session.a.proxy_identifier, SECRET)

    def counted() -> dict[tuple[str, ...], float]:
        return scrape(server.url)["maskline_messages_received_total"]

    eventually(lambda: ("simulator", "duplicate", "") in counted())
    server.settle()
    assert counted() == {
        ("simulator", "stored", ""): 2,
        ("simulator", "duplicate", ""): 1,
        ("simulator", "refused", "opt-out-word"): 1,
        ("simulator", "refused", "opted-out"): 1,
    }


def test_too_many_requests_show(tmp_path: Path, database: dict[str, str]) -> None:
    limits = {
        "MASKLINE_LIMITS_REQUESTS_PER_SECOND": "1",
        "MASKLINE_LIMITS_RATE_WINDOW_SECONDS": "60",
    }
    with RunningServer(tmp_path, **database, **limits) as server:
        url = f"{server.url}/proxy/v1/Services"
        auth = (server.account_sid, server.auth_token)
        statuses = [requests.get(url, auth=auth, timeout=10).status_code for _ in range(62)]
        assert statuses[60:] == [429, 429]
        assert scrape(server.url)["maskline_requests_limited_total"] == {("proxy",): 2}


def test_no_label_holds_what_somebody_sent(server: RunningServer, receiver: Receiver) -> None:
    world = World(server, callback_url=f"{receiver.url}/callback")
    session = converse(world)
    for path in (f"/{ALICE}", f"/proxy/v1/{SECRET}", f"/webhooks/v1/{session.sid}"):
        requests.request("BREW", f"{server.url}{path}", timeout=10)
    server.settle()
    scrape(server.url)
    text = requests.get(f"{server.url}/metrics", timeout=10).text
    families = {one.name: one for one in text_string_to_metric_families(text)}
    for name, metric in CATALOGUE.items():
        for sample in families[name].samples:
            if name != "maskline_build_info":
                assert all(map(WORD.fullmatch, sample.labels.values())), sample
            assert set(sample.labels) <= {*metric.labels, "le"}
    assert no_secrets(text, world, session)
    # What is counted does not grow with what people do.
    lines = text.count("\n")
    world.alice.text(session.a.proxy_identifier, "again")
    server.settle()
    assert requests.get(f"{server.url}/metrics", timeout=10).text.count("\n") == lines


def test_metrics_may_be_off(tmp_path: Path, database: dict[str, str]) -> None:
    with RunningServer(tmp_path, **database, MASKLINE_METRICS_ENABLED="false") as server:
        assert requests.get(f"{server.url}/metrics", timeout=10).status_code == 404


def no_secrets(text: str, world: World, session: Any) -> bool:
    """Whether a text holds none of what is private."""
    numbers = [one[1:] for one in (ALICE, BOB, STRANGER, *POOL)]
    sids = [session.sid, session.a.sid, world.service.sid]
    found = [one for one in (*numbers, *sids, SECRET, AUTH_TOKEN) if one in text]
    assert found == []
    return True


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_the_log_of_a_masked_conversation_holds_nothing_private(
    server: RunningServer,
    receiver: Receiver,
    caplog: pytest.LogCaptureFixture,
    log_format: Any,
) -> None:
    with caplog.at_level(logging.DEBUG, "maskline"):
        world = World(server, callback_url=f"{receiver.url}/callback")
        session = converse(world)
        receiver.status = 500
        world.alice.text(session.a.proxy_identifier, SECRET)
        with pytest.raises(TwilioRestException) as refused:
            session.here.participants.create(identifier="+1555")
        server.settle()
    formatter = formatter_of(Settings(log_format=log_format))
    ours = [one for one in caplog.records if one.name.startswith("maskline")]
    lines = [formatter.format(one) for one in ours]
    assert any("POST /proxy/v1/Services/{service_sid}/Sessions" in line for line in lines)
    text = "\n".join(lines)
    for private in (*(one[1:] for one in (ALICE, BOB, STRANGER)), SECRET, AUTH_TOKEN):
        assert private not in text
    # Four digits stand in some request's id by chance.
    assert not re.search(r"(?<![0-9a-f])1555(?![0-9a-f])", text)
    assert refused.value.status == 400


def test_a_json_line_names_the_request_as_its_answer_does(
    tmp_path: Path, database: dict[str, str]
) -> None:
    environ = {"MASKLINE_LOG_FORMAT": "json", "MASKLINE_LOG_LEVEL": "debug"}
    with ServerProcess(tmp_path, **database, **environ) as server:
        answer = requests.get(f"{server.url}/proxy/v1/Services", timeout=10)
        name = answer.headers["Twilio-Request-Id"]
        line = eventually(lambda: next((one for one in server.log.splitlines() if name in one), ""))
    found = json.loads(line)
    assert found["request_id"] == name
    assert found["level"] == "debug"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", found["time"])
    assert found["message"].startswith(f"request {name}: GET /proxy/v1/Services 401 in ")


def test_a_port_for_scrapes_alone(tmp_path: Path, database: dict[str, str]) -> None:
    port = free_ports(1)
    with ServerProcess(tmp_path, **database, MASKLINE_METRICS_PORT=str(port)) as server:
        assert requests.get(f"{server.url}/metrics", timeout=10).status_code == 404
        seen = scrape(f"http://127.0.0.1:{port}")
        assert seen["maskline_requests_total"]["other", "GET", "4xx"] == 1
        assert requests.get(f"http://127.0.0.1:{port}/readyz", timeout=10).status_code == 404
        assert server.stop() == 0


def test_a_request_for_no_path_is_counted_too(server: RunningServer) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as wire:
        wire.sendall(b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert wire.recv(100).startswith(b"HTTP/1.1 404 ")
    assert scrape(server.url)["maskline_requests_total"] == {("other", "OPTIONS", "4xx"): 1}


def test_a_port_for_scrapes_that_is_taken_stops_the_start(
    tmp_path: Path, database: dict[str, str]
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        server = ServerProcess(tmp_path, **database, MASKLINE_METRICS_PORT=port)
        with pytest.raises(RuntimeError, match=r"choose another with metrics\.port"):
            server.start()
    assert f"port {port} of 127.0.0.1 is taken" in server.log
    assert "Traceback" not in server.log
