"""Which trace a job belongs to, and what its steps say of how it ended."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import StatusCode

from maskline.delivery.results import Finished, GiveUp, Result, Retry
from maskline.delivery.traced import TracedCarrier, TracedClient, TracedHandler, subject_of
from maskline.gateway.traced import form_of
from maskline.model.http import ConnectFailed, HttpRequest, HttpResponse
from maskline.model.job import Inbound, Job, OutOfSession, Relay, Status
from maskline.model.traffic import Accepted, InboundMessage, OutboundMessage, Refused, SendResult
from maskline.settings import TracingSettings
from maskline.tracing.otel import OtelTrace, SidIds, exporting

INTERACTION = "KI01a1fe364f940001739bf9a76bc772c2"
MESSAGE = "SM01a1fe364f940001739bf9a76bc772c3"
JOB = Job("JB01a1fe364f940001739bf9a76bc772c4", "relay", "AC1", "", b"", "pending", 0, 0, "", "", 0)
RELAY = Relay(
    MESSAGE, INTERACTION, "AC1", "KP1", "simulator", "+1", "+2", "hello", (), "outbound", None
)
INBOUND = InboundMessage("simulator", "P1", "+1", "+2", "hello")


class Spans:
    """A trace whose spans are kept."""

    def __init__(self, ratio: float = 1.0) -> None:
        self.exporter = InMemorySpanExporter()
        provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(ratio)),
            id_generator=SidIds(),
            shutdown_on_exit=False,
        )
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.trace = OtelTrace(provider)

    def only(self) -> Any:
        (span,) = self.exporter.get_finished_spans()
        return span


@pytest.mark.parametrize(
    ("payload", "subject"),
    [
        (RELAY, INTERACTION),
        (Relay(MESSAGE, None, "AC1", None, "x", "+1", "+2", "", (), "", None), MESSAGE),
        (Status("https://x", "POST", "AC1", "MG1", MESSAGE, ()), MESSAGE),
        (OutOfSession("https://x", "AC1", "KS1", MESSAGE, INBOUND), MESSAGE),
        (Inbound("https://x", "POST", None, "POST", "AC1", "MG1", MESSAGE, INBOUND), MESSAGE),
        (object(), JOB.sid),
    ],
)
def test_the_trace_of_a_job(payload: Any, subject: str) -> None:
    assert subject_of(JOB, payload) == subject


class Fixed:
    """A handler, carrier and client with one answer."""

    name = "simulator"
    delays = (1.0,)

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def decode(self, payload: bytes) -> Any:
        return payload

    def lane(self, job: Job, payload: Any) -> str:
        return ""

    async def run(self, job: Job, payload: Any) -> Result:
        return self._given()

    async def exhausted(self, job: Job, payload: Any, error: str) -> Result:
        return self._given()

    async def send(self, _: Any) -> Any:
        return self._given()

    def _given(self) -> Any:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer

    async def start(self, host: Any) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("result", "outcome", "code"),
    [
        (Finished(), "done", StatusCode.UNSET),
        (Retry("status 500"), "retry", StatusCode.ERROR),
        (GiveUp("status 500"), "dead", StatusCode.ERROR),
    ],
)
async def test_an_attempt_is_a_step(result: Result, outcome: str, code: StatusCode) -> None:
    spans = Spans()
    assert await TracedHandler(Fixed(result), spans.trace).run(JOB, RELAY) == result
    span = spans.only()
    assert (span.name, span.status.status_code) == ("relay", code)
    assert span.attributes["maskline.outcome"] == outcome
    assert span.context.trace_id == span.parent.trace_id == int(INTERACTION[2:], 16)


async def test_a_bug_is_named_without_its_text() -> None:
    spans = Spans()
    with pytest.raises(ValueError, match="private"):
        await TracedHandler(Fixed(ValueError("private")), spans.trace).run(JOB, RELAY)
    span = spans.only()
    assert span.status.status_code is StatusCode.ERROR
    assert "private" not in span.to_json()


async def test_the_end_of_a_schedule_is_a_step() -> None:
    spans = Spans()
    handler = TracedHandler(Fixed(GiveUp("status 500")), spans.trace)
    await handler.exhausted(JOB, RELAY, "status 500")
    assert spans.only().name == "given up: relay"


@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        (Accepted("P1"), "accepted"),
        (Refused(30008, True), "retry"),
        (Refused(30003, False), "failed"),
    ],
)
async def test_what_a_carrier_said(result: SendResult, outcome: str) -> None:
    spans = Spans()
    message = OutboundMessage(MESSAGE, "+14155550100", "+14155550142", "hello")
    assert await TracedCarrier(Fixed(result), spans.trace).send(message) == result
    span = spans.only()
    assert span.attributes["maskline.outcome"] == outcome
    assert span.attributes.get("maskline.code") == getattr(result, "code", None)
    assert "415555" not in span.to_json()


async def test_what_a_web_server_said() -> None:
    spans = Spans()
    request = HttpRequest("POST", "https://user:secret@example.com:8443/4155550142?token=x")
    client = TracedClient(Fixed(HttpResponse(503, {}, b"", False)), spans.trace)
    assert (await client.send(request)).status == 503
    span = spans.only()
    assert span.status.status_code is StatusCode.ERROR
    assert dict(span.attributes) == {
        "http.request.method": "POST",
        "http.response.status_code": 503,
        "server.address": "example.com:8443",
    }


async def test_a_web_server_that_did_not_answer() -> None:
    spans = Spans()
    failure = ConnectFailed("no connection in time", "timeout")
    with pytest.raises(ConnectFailed):
        await TracedClient(Fixed(failure), spans.trace).send(HttpRequest("GET", "https://x.com/"))
    span = spans.only()
    assert span.status.description == "ConnectFailed"
    assert span.attributes["maskline.error"] == "no connection in time"


async def test_all_processes_sample_the_same_traces() -> None:
    """Sampling goes by a SID's random half, so the whole of a trace is kept, or nothing of it."""
    few = "KI01a1fe364f940001" + "0" * 15 + "1"
    many = "KI01a1fe364f940001" + "f" * 16
    for subject, kept in ((few, 2), (many, 0)):
        spans = Spans(0.5)
        spans.trace.arrived(subject, "message", {})
        with spans.trace.step("relay", {}, subject) as step:
            sampled = step.traceparent[-2:]
        assert len(spans.exporter.get_finished_spans()) == kept
        assert sampled == ("01" if kept else "00")


def test_a_collector_that_hangs_holds_up_no_end() -> None:
    hanging = threading.Event()

    class Hanging(InMemorySpanExporter):
        def shutdown(self) -> None:
            hanging.wait(20)

    provider = exporting(TracingSettings(), Hanging())
    trace = OtelTrace(provider, patience=0.05)
    trace.arrived(INTERACTION, "message", {})
    began = time.monotonic()
    trace.close()
    assert time.monotonic() - began < 5
    hanging.set()


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/webhooks/v1/Accounts/AC1/Proxy/KS1/Webhooks/Message", "/webhooks/v1/Message"),
        ("/webhooks/v1/Accounts/AC1/Proxy/KS1/Webhooks/Call/Leg/", "/webhooks/v1/Leg"),
        ("/webhooks/v1/4155550142", "/webhooks/v1"),
        ("/proxy/v1/Services/+14155550142", "/proxy"),
        ("/simulator/phones/+14155550142/messages", "/simulator"),
        ("/14155550142", "/"),
        ("*", "/"),
    ],
)
def test_a_path_is_told_by_its_form(path: str, form: str) -> None:
    assert form_of(path) == form
