"""Tracing around what delivery does: each part in a wrapper, which is there only while tracing is
on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from maskline.carriers.contract import Carrier, Host
from maskline.delivery.handlers import Handler
from maskline.delivery.results import GiveUp, Result, Retry
from maskline.model.host import host
from maskline.model.http import HttpClient, HttpFailure, HttpRequest, HttpResponse
from maskline.model.job import (
    Callback,
    CallOrder,
    Inbound,
    Job,
    Notice,
    OutOfSession,
    Relay,
    Status,
)
from maskline.model.trace import Notes, Step, StepKind, Trace
from maskline.model.traffic import Accepted, OutboundMessage, Refused, SendResult


class TracedHandler:
    """A handler, each of whose attempts is a step in its job's trace."""

    def __init__(self, handler: Handler, trace: Trace) -> None:
        self._handler = handler
        self._trace = trace
        self.decode = handler.decode
        self.lane = handler.lane

    @property
    def delays(self) -> Sequence[float]:
        """Seconds before each retry."""
        return self._handler.delays

    async def run(self, job: Job, payload: Any) -> Result:
        """One attempt."""
        with self._step(job, payload) as step:
            return _noted(step, await self._handler.run(job, payload))

    async def exhausted(self, job: Job, payload: Any, error: str) -> Result:
        """The schedule has ended."""
        with self._step(job, payload, "given up: ") as step:
            step.fail(error)
            return _noted(step, await self._handler.exhausted(job, payload, error))

    def _step(self, job: Job, payload: Any, how: str = "") -> Any:
        notes = {
            "maskline.job": job.sid,
            "maskline.account": job.account_sid,
            "maskline.attempt": job.attempts + 1,
            **_about(payload),
        }
        asks = isinstance(payload, Relay) and payload.intercept is not None
        name = "intercept" if asks else job.kind
        return self._trace.step(f"{how}{name}", notes, subject_of(job, payload))


def subject_of(job: Job, payload: Any) -> str:
    """The SID that names the trace to which a job belongs."""
    match payload:
        case Relay(interaction_sid=str(sid)):
            return sid
        case Callback():
            return payload.interaction.sid
        case Relay() | Status() | Inbound() | OutOfSession():
            return payload.message_sid
        case CallOrder():
            return payload.call_sid
    return job.sid


def _about(payload: Any) -> Notes:
    match payload:
        case Relay():
            return {"maskline.message": payload.message_sid, "maskline.carrier": payload.carrier}
        case Callback(interaction=about):
            return {
                "maskline.inbound_status": about.inbound_resource_status or "",
                "maskline.outbound_status": about.outbound_resource_status or "",
            }
        case Notice(alert=alert):
            return {"maskline.alert": alert.sid, "maskline.code": alert.error_code}
        case Status() | Inbound() | OutOfSession():
            return {"maskline.message": payload.message_sid}
    return {}


def _noted(step: Step, result: Result) -> Result:
    step.note({"maskline.outcome": result.outcome})
    if isinstance(result, Retry | GiveUp):
        step.fail(result.error)
    return result


class TracedClient:
    """A client, each of whose requests is a step that the other side is told of by `traceparent`.
    The step names the host alone: a path or query may hold whatever a program put there."""

    def __init__(self, client: HttpClient, trace: Trace) -> None:
        self._client = client
        self._trace = trace

    async def send(self, request: HttpRequest) -> HttpResponse:
        """The answer. Raises HttpFailure."""
        notes = {"http.request.method": request.method, "server.address": host(request.url)}
        with self._trace.step(request.method, notes, kind=StepKind.CLIENT) as step:
            headers = {**request.headers, "traceparent": step.traceparent}
            try:
                answer = await self._client.send(msgspec.structs.replace(request, headers=headers))
            except HttpFailure as failure:
                step.note({"maskline.error": str(failure)})
                raise
            step.note({"http.response.status_code": answer.status})
            if answer.status >= 400:
                step.fail("")
            return answer


class TracedCarrier:
    """A carrier whose sends are steps."""

    def __init__(self, carrier: Carrier, trace: Trace) -> None:
        self._carrier = carrier
        self._trace = trace
        self.name = carrier.name

    async def send(self, message: OutboundMessage) -> SendResult:
        """Hands over a message."""
        notes = {"maskline.carrier": self.name, "maskline.message": message.reference}
        with self._trace.step("send", notes, kind=StepKind.CLIENT) as step:
            result = await self._carrier.send(message)
            if isinstance(result, Accepted):
                step.note({"maskline.outcome": "accepted"})
            else:
                lasts = isinstance(result, Refused) and not result.retry
                outcome = "failed" if lasts else "retry"
                step.note({"maskline.outcome": outcome, "maskline.code": result.code})
                step.fail(f"refused with {result.code}")
            return result

    async def start(self, host: Host) -> None:
        """Begins to take traffic in."""
        await self._carrier.start(host)

    async def close(self) -> None:
        """Ends what is under way."""
        await self._carrier.close()
