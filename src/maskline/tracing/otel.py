"""Tracing by OpenTelemetry. A trace's id is its subject's SID without the two letters, so that any
process can add to it, and a person who has the SID finds it.

Twelve of a SID's digits are the time, the last sixteen are random: samplers that decide by a
trace's id go by those.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Thread
from time import time_ns
from typing import Final

from opentelemetry import trace as api
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from maskline import __version__
from maskline.model.trace import Notes, Step, StepKind
from maskline.settings import TracingSettings

_KINDS: Final = {StepKind.INTERNAL: SpanKind.INTERNAL, StepKind.CLIENT: SpanKind.CLIENT}
#: Seconds for which the end of a process waits for the collector.
_PATIENCE: Final = 3.0
_LOW: Final = (1 << 64) - 1


class SidIds(IdGenerator):
    """The ids of new spans: those of a root that is asked for, else random ones."""

    def __init__(self) -> None:
        self._random = RandomIdGenerator()
        self.root: tuple[int, int] | None = None

    def generate_trace_id(self) -> int:
        return self.root[0] if self.root else self._random.generate_trace_id()

    def generate_span_id(self) -> int:
        return self.root[1] if self.root else self._random.generate_span_id()


def exporting(settings: TracingSettings, exporter: SpanExporter | None = None) -> TracerProvider:
    """A provider that sends spans by OTLP over HTTP, in the background, as OTEL_* variables say. A
    service name of theirs goes before ours."""
    if exporter is None:
        exporter = OTLPSpanExporter(endpoint=settings.endpoint)
    own = Resource({SERVICE_NAME: "maskline", SERVICE_VERSION: __version__})
    named = Resource.create()
    if str(named.attributes.get(SERVICE_NAME, "")).startswith("unknown_service"):
        resource = named.merge(own)
    else:
        resource = own.merge(named)
    provider = TracerProvider(resource=resource, id_generator=SidIds(), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


class OtelTrace:
    """Writes spans. All calls come from the event loop's thread, but for `close`.

    `provider` makes its ids with a `SidIds`.
    """

    is_on = True

    def __init__(self, provider: TracerProvider, patience: float = _PATIENCE) -> None:
        self._patience = patience
        assert isinstance(provider.id_generator, SidIds)
        self._ids = provider.id_generator
        self._provider = provider
        self._tracer = provider.get_tracer("maskline", __version__)
        self._propagator = TraceContextTextMapPropagator()
        # The request that the running task answers; tasks that it starts inherit it.
        self._request: ContextVar[_Request | None] = ContextVar("request", default=None)

    def request(self, method: str, path: str, traceparent: str, tracestate: str) -> _Request:
        """An HTTP request begins."""
        caller = SpanContext(0, 0, is_remote=True)
        if traceparent:
            headers = {"traceparent": traceparent, "tracestate": tracestate}
            found = self._propagator.extract(headers, Context())
            caller = api.get_current_span(found).get_span_context()
        request = _Request(self, method, path, caller)
        self._request.set(request)
        return request

    def arrived(self, subject: str, name: str, notes: Notes) -> None:
        """A message or call has a SID now."""
        request = self._request.get()
        if request is not None and request.is_open:
            request.arrivals.append((subject, name, notes))
        else:
            self.root(subject, name, time_ns(), notes, SpanKind.CONSUMER)

    def past(self, subject: str, name: str, began: int, notes: Notes) -> None:
        """A step that is over."""
        span = self._tracer.start_span(
            name, self._within(subject), attributes=dict(notes), start_time=began
        )
        span.end()

    @contextmanager
    def step(
        self,
        name: str,
        notes: Notes,
        subject: str | None = None,
        kind: StepKind = StepKind.INTERNAL,
    ) -> Iterator[Step]:
        """A step under way."""
        context = None if subject is None else self._within(subject)
        with self._tracer.start_as_current_span(
            name,
            context,
            _KINDS[kind],
            dict(notes),
            # The text of an exception may quote what was sent.
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield _Step(span)
            except BaseException as error:
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise

    def close(self) -> None:
        """Hands over what is left, but does not wait for long: a collector that hangs must not keep
        a process from ending."""
        ending = Thread(target=self._provider.shutdown, name="maskline-spans", daemon=True)
        ending.start()
        ending.join(self._patience)

    def root(
        self,
        subject: str,
        name: str,
        began: int,
        notes: Notes,
        kind: SpanKind,
        linked: SpanContext | None = None,
    ) -> None:
        """The first step of the subject's trace, which is over."""
        links = [Link(linked)] if linked is not None and linked.is_valid else []
        self._ids.root = _ids_of(subject)
        try:
            span = self._tracer.start_span(name, Context(), kind, dict(notes), links, began)
        finally:
            self._ids.root = None
        span.end()

    def answered(self, caller: SpanContext, name: str, began: int, notes: Notes) -> SpanContext:
        """A request that is over, in its caller's trace if it named one."""
        context = Context()
        if caller.is_valid:
            context = api.set_span_in_context(api.NonRecordingSpan(caller), context)
        span = self._tracer.start_span(
            name, context, SpanKind.SERVER, dict(notes), start_time=began
        )
        span.end()
        return span.get_span_context()

    def _within(self, subject: str) -> Context:
        """What has the subject's root for its parent. Whether that was sampled is decided by its
        id, and so alike in every process."""
        trace_id, span_id = _ids_of(subject)
        decision = self._provider.sampler.should_sample(Context(), trace_id, "").decision
        sampled = decision is Decision.RECORD_AND_SAMPLE
        flags = TraceFlags.SAMPLED if sampled else TraceFlags.DEFAULT
        root = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags))
        return api.set_span_in_context(api.NonRecordingSpan(root), Context())


class _Request:
    """A request, and what it brought in."""

    def __init__(self, trace: OtelTrace, method: str, path: str, caller: SpanContext) -> None:
        self._trace = trace
        self._method = method
        self._path = path
        self._caller = caller
        self._began = time_ns()
        self.is_open = True
        self.arrivals: list[tuple[str, str, Notes]] = []

    def end(self, status: int, request_id: str) -> None:
        """It was answered. Each message has it as its trace's root; it is also in its caller's own
        trace, or in one of its own where it brought in nothing. A caller's trace can't be the
        message's: whoever takes up the message later must find it by the SID alone."""
        self.is_open = False
        notes: dict[str, str | int] = {
            "http.request.method": self._method,
            "http.response.status_code": status,
            "url.path": self._path,
            "maskline.request_id": request_id,
        }
        linked = None
        if self._caller.is_valid or not self.arrivals:
            name = f"{self._method} {self._path}"
            linked = self._trace.answered(self._caller, name, self._began, notes)
        for subject, name, more in self.arrivals:
            both = {**notes, **more}
            self._trace.root(subject, name, self._began, both, SpanKind.SERVER, linked)


class _Step:
    def __init__(self, span: api.Span) -> None:
        self._span = span

    @property
    def traceparent(self) -> str:
        """The header's value."""
        own = self._span.get_span_context()
        return f"00-{own.trace_id:032x}-{own.span_id:016x}-{own.trace_flags & 1:02x}"

    def note(self, notes: Notes) -> None:
        """Attributes."""
        self._span.set_attributes(notes)

    def fail(self, error: str) -> None:
        """A status."""
        self._span.set_status(Status(StatusCode.ERROR, error))


def _ids_of(subject: str) -> tuple[int, int]:
    """The ids of a subject's trace and of its root."""
    trace_id = int(subject[2:], 16)
    return trace_id, trace_id & _LOW or 1
