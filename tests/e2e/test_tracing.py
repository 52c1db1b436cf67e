"""One trace for each message and call, through all that becomes of it and all processes."""

from __future__ import annotations

import re
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from twilio.request_validator import RequestValidator

from maskline.settings import TracingSettings
from maskline.tracing.otel import OtelTrace, exporting
from tests.support.collector import Collector
from tests.support.process import ServerProcess
from tests.support.receiver import Receiver, Reply
from tests.support.server import ACCOUNT_SID, AUTH_TOKEN, RunningServer
from tests.support.world import ALICE, BOB, STRANGER, World, eventually

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
BODY = "my secret text"


class Traced(RunningServer):
    """A server whose spans are kept in memory."""

    def __init__(self, directory: Path, **environ: str) -> None:
        self.exporter = InMemorySpanExporter()
        provider = exporting(TracingSettings(), InMemorySpanExporter())
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        super().__init__(directory, trace=OtelTrace(provider), **environ)

    @property
    def spans(self) -> Sequence[ReadableSpan]:
        return self.exporter.get_finished_spans()

    def trace(self, sid: str) -> list[ReadableSpan]:
        """The spans of what has that SID, by their beginning."""
        found = [one for one in self.spans if _context(one).trace_id == int(sid[2:], 16)]
        return sorted(found, key=lambda one: one.start_time or 0)


def _context(span: ReadableSpan) -> Any:
    return span.context


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def server(tmp_path: Path, database: dict[str, str]) -> Iterator[Traced]:
    environ = {"MASKLINE_DELIVERY_SEND_RETRY_DELAYS": "0.05"}
    with Traced(tmp_path, **database, **environ) as server:
        yield server


def by_carrier(
    server: RunningServer, world: World, what: str, form: dict[str, str], **headers: str
) -> requests.Response:
    """What a Twilio-shaped carrier posts."""
    path = f"/webhooks/v1/Accounts/{ACCOUNT_SID}/Proxy/{world.service.sid}/Webhooks/{what}"
    url = f"{server.url}{path}"
    headers["X-Twilio-Signature"] = RequestValidator(AUTH_TOKEN).compute_signature(url, form)
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    return requests.post(url, data=urlencode(form), headers=headers, timeout=10)


def message_to(number: str) -> dict[str, str]:
    sid = f"SM{uuid.uuid4().hex}"
    return {"MessageSid": sid, "From": ALICE, "To": number, "Body": BODY, "NumMedia": "0"}


def named(spans: list[ReadableSpan], name: str) -> list[ReadableSpan]:
    return [one for one in spans if one.name == name]


@pytest.mark.both_engines
def test_a_message_has_one_trace_from_its_carrier_to_the_last_callback(
    server: Traced, receiver: Receiver
) -> None:
    world = World(
        server,
        callback_url=f"{receiver.url}/callback",
        intercept_callback_url=f"{receiver.url}/intercept",
    )
    session = world.session()
    form = message_to(session.a.proxy_identifier)
    answer = by_carrier(
        server, world, "Message", form, traceparent=CALLER, **{"X-Request-Id": "f" * 32}
    )
    assert answer.status_code == 200
    interaction = session.settles("delivered")
    eventually(lambda: len(receiver.at("/callback")) >= 3)
    server.settle()
    spans = server.trace(interaction.sid)
    (root,) = [one for one in spans if one.parent is None]
    assert (root.name, root.kind) == ("message", SpanKind.SERVER)
    attributes = dict(root.attributes or {})
    assert attributes["maskline.message"] == interaction.inbound_resource_sid
    assert attributes["maskline.outcome"] == "relayed"
    assert attributes["http.response.status_code"] == 200
    assert attributes["maskline.request_id"] == "f" * 32 == answer.headers["Twilio-Request-Id"]
    # The caller's own trace has the request, and the message's trace leads there.
    (request,) = [one for one in server.spans if one.name == "POST /webhooks/v1/Message"]
    assert f"{_context(request).trace_id:032x}" == CALLER.split("-")[1]
    assert request.parent is not None
    assert f"{request.parent.span_id:016x}" == CALLER.split("-")[2]
    assert [link.context.span_id for link in root.links] == [_context(request).span_id]
    # Every step hangs on the root or on another step.
    ids = {_context(one).span_id for one in spans}
    assert len(ids) == len(spans)
    assert all(one.parent.span_id in ids for one in spans if one.parent is not None)
    steps = {one.name for one in spans}
    assert steps == {"message", "commit", "intercept", "relay", "send", "callback", "POST"}
    (send,) = named(spans, "send")
    assert dict(send.attributes or {})["maskline.outcome"] == "accepted"
    statuses = {
        dict(one.attributes or {})["maskline.outbound_status"]
        for one in spans
        if one.name == "callback"
    }
    assert statuses >= {"queued", "sent", "delivered"}
    # What the program was sent names its step: each webhook another.
    sent = {_context(one).span_id for one in named(spans, "POST")}
    asked = receiver.at("/intercept") + receiver.at("/callback")
    told = [one.headers["traceparent"].split("-") for one in asked]
    assert {trace_id for _, trace_id, _, _ in told} == {interaction.sid[2:].lower()}
    assert {int(span_id, 16) for _, _, span_id, _ in told} == sent
    assert len(told) == len(sent)


def test_spans_hold_no_personal_data(server: Traced, receiver: Receiver) -> None:
    receiver.status = 500
    world = World(server, callback_url=f"{receiver.url}/callback?token=hush")
    session = world.session()
    by_carrier(server, world, "Message", message_to(session.a.proxy_identifier))
    world.alice.text(session.a.proxy_identifier, BODY)
    world.bob.behave(sms="undelivered")
    world.stranger.text(session.a.proxy_identifier, BODY)
    world.bob.receives()
    call = world.alice.call(session.a.proxy_identifier)
    world.bob.act(world.bob.rings()["id"], "answer")
    world.alice.act(call["id"], "hangup")
    world.alice.ends(call["id"])
    assert eventually(lambda: [one for one in server.spans if one.name == "callback"])
    text = "\n".join(one.to_json() for one in server.spans)
    for private in (ALICE, BOB, STRANGER, *server_numbers(world), BODY, AUTH_TOKEN, "hush"):
        assert private.removeprefix("+") not in text


def server_numbers(world: World) -> list[str]:
    return [one.phone_number for one in world.here.phone_numbers.list()]


def test_a_failed_callback_shows_as_such(server: Traced, receiver: Receiver) -> None:
    receiver.status = 500
    world = World(server, callback_url=f"{receiver.url}/callback")
    session = world.session()
    world.alice.text(session.a.proxy_identifier, BODY)
    interaction = session.settles("delivered")
    failed = eventually(lambda: named(server.trace(interaction.sid), "callback"))[0]
    assert failed.status.status_code is StatusCode.ERROR
    assert dict(failed.attributes or {})["maskline.outcome"] == "retry"


def test_a_message_that_a_program_sends_begins_a_trace(server: Traced) -> None:
    world = World(server)
    session = world.session()
    url = f"{server.url}/proxy/v1/Services/{world.service.sid}/Sessions/{session.sid}"
    answer = requests.post(
        f"{url}/Participants/{session.a.sid}/MessageInteractions",
        data={"Body": BODY},
        auth=(ACCOUNT_SID, AUTH_TOKEN),
        headers={"traceparent": CALLER},
        timeout=10,
    )
    session.settles("delivered")
    spans = server.trace(answer.json()["sid"])
    (root,) = [one for one in spans if one.parent is None]
    assert {one.name for one in spans} == {"message", "relay", "send"}
    (link,) = root.links
    assert f"{link.context.trace_id:032x}" == CALLER.split("-")[1]


def test_a_call_and_the_question_about_it_have_one_trace(
    server: Traced, receiver: Receiver
) -> None:
    world = World(server, intercept_callback_url=f"{receiver.url}/intercept")
    session = world.session()
    form = {"CallSid": f"CA{uuid.uuid4().hex}", "From": ALICE, "To": session.a.proxy_identifier}
    form["CallStatus"] = "ringing"
    assert by_carrier(server, world, "Call", form).status_code == 200
    (interaction,) = session.interactions()
    spans = server.trace(interaction.sid)
    (root,) = [one for one in spans if one.parent is None]
    assert {one.name for one in spans} == {"call", "intercept", "POST"}
    assert dict(root.attributes or {})["maskline.call"] == interaction.inbound_resource_sid


def test_a_stranger_s_message_is_traced_by_its_own_sid(server: Traced, receiver: Receiver) -> None:
    world = World(server, out_of_session_callback_url=f"{receiver.url}/stranger")
    number = world.here.phone_numbers.list()[0].phone_number
    world.stranger.text(number, BODY)
    eventually(lambda: receiver.at("/stranger"))
    server.settle()
    asked = eventually(lambda: [one for one in server.spans if one.name == "out-of-session"])[0]
    sid = dict(asked.attributes or {})["maskline.message"]
    assert isinstance(sid, str)
    assert {one.name for one in server.trace(sid)} == {
        "message",
        "commit",
        "out-of-session",
        "POST",
    }


def test_a_call_that_a_program_is_asked_about_is_in_one_trace(
    server: Traced, receiver: Receiver
) -> None:
    receiver.answer = lambda _: Reply("<Response><Say>Goodbye</Say></Response>")
    world = World(server, out_of_session_callback_url=f"{receiver.url}/stranger")
    number = world.here.phone_numbers.list()[0].phone_number
    form = {"CallSid": f"CA{uuid.uuid4().hex}", "From": STRANGER, "To": number}
    assert "Goodbye" in by_carrier(server, world, "Call", form | {"CallStatus": "ringing"}).text
    (call,) = server.client.calls.list()
    spans = eventually(lambda: server.trace(call.sid))
    assert {one.name for one in spans} == {"call", "out-of-session", "POST"}
    (asked,) = receiver.at("/stranger")
    assert asked.headers["traceparent"].split("-")[1] == call.sid[2:]


def test_what_asks_after_the_server_s_health_is_not_traced(server: Traced) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        requests.get(f"{server.url}{path}", timeout=10)
    answer = requests.get(f"{server.url}/proxy/v1/Services/+14155550142", timeout=10)
    assert answer.status_code == 401
    (span,) = eventually(lambda: server.spans)
    assert span.name == "GET /proxy"
    assert re.fullmatch(r"RQ[0-9a-f]{32}", str(dict(span.attributes or {})["maskline.request_id"]))


def test_without_tracing_nothing_is_sent_along(tmp_path: Path, receiver: Receiver) -> None:
    with RunningServer(tmp_path) as server:
        world = World(server, callback_url=f"{receiver.url}/callback")
        session = world.session()
        by_carrier(
            server, world, "Message", message_to(session.a.proxy_identifier), traceparent=CALLER
        )
        session.settles("delivered")
        (first, *_) = eventually(lambda: receiver.at("/callback"))
        assert "traceparent" not in {name.lower() for name in first.headers}


@pytest.mark.both_engines
def test_a_trace_goes_on_in_another_process(
    tmp_path: Path, database: dict[str, str], receiver: Receiver
) -> None:
    receiver.status = 500
    environ = {**database, "MASKLINE_TRACING_ENABLED": "true"}
    environ["MASKLINE_WEBHOOKS_RETRY_DELAYS"] = ",".join(["0.1"] * 100)
    with Collector() as collector:
        environ |= {"MASKLINE_TRACING_ENDPOINT": collector.url, "OTEL_SERVICE_NAME": "one"}
        with ServerProcess(tmp_path, **environ) as first:
            world = World(first, callback_url=f"{receiver.url}/callback")
            session = world.session()
            world.alice.text(session.a.proxy_identifier, BODY)
            interaction = session.settles("delivered")
            eventually(lambda: receiver.at("/callback"))
            assert first.stop() == 0
        receiver.status = 200
        told = len(receiver.at("/callback"))
        with ServerProcess(tmp_path, **{**environ, "OTEL_SERVICE_NAME": "two"}) as second:
            eventually(lambda: len(receiver.at("/callback")) >= told + 3)
            assert second.stop() == 0
        spans = [one for one in collector.spans if one.trace_id == interaction.sid[2:]]
    root = next(one for one in spans if not one.parent_id)
    assert (root.service, root.name) == ("one", "message")
    later = [one for one in spans if one.service == "two" and one.name == "callback"]
    assert len(later) >= 3
    assert {one.parent_id for one in later} == {root.span_id}


def test_tracing_without_its_packages_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "opentelemetry.py").write_text("raise ImportError('not here')\n")
    environ = {"MASKLINE_TRACING_ENABLED": "true", "PYTHONPATH": str(tmp_path)}
    server = ServerProcess(tmp_path, **environ)
    with pytest.raises(RuntimeError, match=r'pip install "maskline\[otel\]"'):
        server.start()


def test_without_tracing_its_packages_are_not_loaded() -> None:
    code = (
        "import sys, maskline.cli.program, maskline.app as app\n"
        "from maskline.settings import Settings\n"
        "app.Server(Settings())\n"
        "sys.exit('opentelemetry' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
