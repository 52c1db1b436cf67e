"""Relays: asks the intercept callback where there is one, then hands the message to its carrier."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from maskline.batcher import Batcher
from maskline.carriers.contract import Carrier
from maskline.delivery.insist import insist
from maskline.delivery.long_codes import LongCodes
from maskline.delivery.pacer import Pacer
from maskline.delivery.results import Finished, GiveUp, Proceed, Result, Retry
from maskline.delivery.stops import Stops
from maskline.delivery.webhooks import WebhookSender
from maskline.env import Env
from maskline.messaging import outbound
from maskline.messaging.buckets import Turn
from maskline.messaging.pacing import Pace, expires_at, pace_of
from maskline.model.job import Callback, Job, Relay, read_relay
from maskline.model.message import MessageStatus
from maskline.model.meter import error_class
from maskline.model.traffic import (
    Accepted,
    LegReport,
    OutboundMessage,
    Refused,
    SendResult,
    Throttled,
    Unclear,
)
from maskline.proxy.callbacks import blocks
from maskline.store.contract import Store

log = logging.getLogger(__name__)


#: How the last error begins of a message that its carrier may have taken.
_PERHAPS: Final = "perhaps sent: "
#: Seconds to leave a carrier alone that was handed too much and does not say for how long.
_A_WHILE: Final = 1.0


class RelayHandler:
    """Runs relay jobs, and paces them."""

    def __init__(
        self,
        env: Env,
        store: Store,
        sender: WebhookSender,
        carriers: Mapping[str, Carrier],
        reports: Batcher[LegReport, None],
        stops: Stops,
        guard: LongCodes,
        owner: str,
        pacer: Pacer,
    ) -> None:
        self._env = env
        self._store = store
        self._sender = sender
        self._carriers = carriers
        self._reports = reports
        self._stops = stops
        self._guard = guard
        self._owner = owner
        self._pacer = pacer

    @property
    def delays(self) -> Sequence[float]:
        """Seconds before each retry."""
        return self._env.settings.delivery.send_retry_delays

    def decode(self, payload: bytes) -> Relay:
        """The relay."""
        return read_relay(payload)

    def lane(self, job: Job, payload: Relay) -> str:
        """One per account and carrier; messages that a program is asked about first have another,
        so that a slow program delays only its own."""
        asked = "asked:" if payload.intercept is not None else ""
        return f"relay:{asked}{job.account_sid}:{payload.carrier}"

    def pace(self, job: Job, payload: Relay) -> Pace | None:
        """What the message takes of the buckets."""
        return pace_of(self._env, job, payload)

    async def ask(self, pace: Pace) -> Turn:
        """Books a message if there is room."""
        return await self._pacer.take(pace)

    async def give_back(self, pace: Pace, booked: int) -> None:
        """Undoes that a message was booked."""
        await self._pacer.give_back(pace, booked)

    async def overflow(self, job: Job, payload: Relay, *, spent: bool = False) -> Result:
        """The message has failed: its number has more to send than it may queue, or its brand has
        sent what T-Mobile takes of it in a day, and the message may not wait for the next."""
        code, fault = (30023, 30023) if spent else (30001, 80502)
        return await self._fail(job, payload, code, fault)

    async def run(self, job: Job, payload: Relay) -> Result:
        """One attempt at sending."""
        if payload.intercept is not None:
            return await self._ask(job, payload, payload.intercept)
        if self._env.clock() >= expires_at(self._env, job, payload):
            return await self._unsent(job, payload, 30036, 80502)
        if await self._stops.hold(job.date_created, payload):
            return await self._unsent(job, payload, 21610, 21610)
        if self._guard.suspects(payload) and (code := await self._guard.holds(payload)):
            return await self._unsent(job, payload, code, code)
        carrier = self._carriers.get(payload.carrier)
        if carrier is None:
            self._env.meter.sends["unknown", "failed", error_class(21612)] += 1
            return await self._unsent(job, payload, 21612, 80613)
        result = await self._hand_over(carrier, payload)
        self._count(job, payload, result)
        return await self._outcome(job, payload, result)

    async def _hand_over(self, carrier: Carrier, payload: Relay) -> SendResult:
        message = OutboundMessage(
            reference=payload.message_sid,
            sender=payload.sender,
            recipient=payload.dialled or payload.recipient,
            body=payload.body,
            media=tuple(url for url, _ in payload.media),
        )
        try:
            return await carrier.send(message)
        except Exception as error:
            # A bug in a carrier says nothing of how far the message came. The text of the error may
            # hold personal data.
            name = type(error).__name__
            log.error("%s failed at message %s: %s", payload.carrier, payload.message_sid, name)
            return Unclear()

    async def _outcome(self, job: Job, payload: Relay, result: SendResult) -> Result:
        """What becomes of a message by what its carrier said. It is tried again only where the
        carrier allows it, and where nobody knows whether it was taken: twice does less harm than
        not at all."""
        perhaps = _PERHAPS if job.last_error.startswith(_PERHAPS) else ""
        match result:
            case Accepted():
                return await self._accepted(job, payload, result, repeated=bool(perhaps))
            case Throttled():
                seconds = _A_WHILE if result.retry_after is None else result.retry_after
                self._pause(job, payload, result, seconds)
                return Retry(
                    f"{perhaps}the carrier is handed too much", seconds, counts=False, unsent=True
                )
            case Unclear(repeatable=True):
                # The carrier knows it again: it can't come twice.
                return Retry(f"{perhaps}no answer came, which is {result.code}")
            case Unclear() if not perhaps:
                return Retry(f"{_PERHAPS}no answer came, which is {result.code}")
            case Refused(retry=True):
                why = f"{perhaps}the carrier refused with {result.code}"
                return Retry(why, result.retry_after, unsent=True)
            case Unclear():
                return await self._fail(job, payload, result.code, 80502)
        return await self._unsent(job, payload, result.code, 80613)

    def _pause(self, job: Job, payload: Relay, result: Throttled, seconds: float) -> None:
        pace = self.pace(job, payload)
        if pace is not None:
            self._pacer.pause(pace.whole if result.whole else pace.own, seconds)

    async def _accepted(
        self, job: Job, payload: Relay, result: Accepted, *, repeated: bool
    ) -> Result:
        repeated = repeated or self._may_be_repeated(job)
        if repeated:
            log.warning(
                "possible_duplicate: message %s was handed to %s before, and nobody knows whether "
                "it was taken then",
                payload.message_sid,
                payload.carrier,
            )
        return await self._report(
            LegReport(
                carrier=payload.carrier,
                status=MessageStatus.SENT.value,
                message_sid=payload.message_sid,
                provider_id=result.provider_id,
                job_sid=job.sid,
                possible_duplicate=repeated,
            )
        )

    def _count(self, job: Job, payload: Relay, result: SendResult) -> None:
        meter = self._env.meter
        if isinstance(result, Accepted):
            meter.sends[payload.carrier, "accepted", ""] += 1
            since = (self._env.clock() - job.date_created) / 1000
            meter.relay_seconds[payload.carrier,].add(max(0.0, since))
        else:
            outcome = _said(result)
            meter.sends[payload.carrier, outcome, error_class(result.code)] += 1

    async def _ask(self, job: Job, payload: Relay, intercept: Callback) -> Result:
        env, answer = self._env, await self._sender.ask(intercept, job.sid)
        if blocks(answer):
            await self._store.transact(lambda tx: outbound.block(env, tx, payload, job.sid, answer))
            return Finished(settled=True)
        if await self._store.transact(lambda tx: outbound.admit(env, tx, payload, job.sid, answer)):
            return Proceed(msgspec.structs.replace(payload, intercept=None))
        return Finished()

    def _may_be_repeated(self, job: Job) -> bool:
        """Whether the process that held the job before may have sent the message: it ended, or lost
        its lease, and had no question to a program before it."""
        taken_over = job.owner not in ("", self._owner)
        return taken_over and read_relay(job.payload).intercept is None

    async def exhausted(self, job: Job, payload: Relay, error: str) -> Result:
        """The message has visibly failed; one whose leg does not exist is kept as a dead letter."""
        if payload.intercept is not None:
            return GiveUp(error)
        code = error.rpartition(" ")[2]
        return await self._fail(job, payload, int(code) if code.isdigit() else 30008, 80502)

    async def _fail(self, job: Job, payload: Relay, code: int, fault: int) -> Result:
        return await self._report(
            LegReport(
                carrier=payload.carrier,
                status=MessageStatus.FAILED.value,
                message_sid=payload.message_sid,
                error_code=code,
                job_sid=job.sid,
                fault=fault,
            )
        )

    async def _unsent(self, job: Job, payload: Relay, code: int, fault: int) -> Result:
        """It failed, and no network has seen it."""
        await self._fail(job, payload, code, fault)
        return Finished(settled=True, unsent=True)

    async def _report(self, report: LegReport) -> Result:
        """Writes down what became of the message; that ends the job."""
        await insist(lambda: self._reports.submit(report))
        return Finished(settled=True)


def _said(result: Refused | Throttled | Unclear) -> str:
    match result:
        case Throttled():
            return "throttled"
        case Unclear():
            return "unclear"
    return "retry" if result.retry else "failed"
