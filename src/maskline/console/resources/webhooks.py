"""Webhooks: one request with its answer, and sending it again."""

from __future__ import annotations

from collections.abc import Mapping

from maskline.access.audit import record
from maskline.console import show
from maskline.console.context import StoreResource
from maskline.console.gate import Ask, Handler
from maskline.console.resources.debugger import pairs
from maskline.console.shapes.timeline import Pair, Replayed, WebhookDetail
from maskline.console.timeline import attempts_of
from maskline.debugger import redaction
from maskline.messaging import replays
from maskline.messaging.dead_letters import Refused
from maskline.model import sid as sids
from maskline.model.console import Deed
from maskline.model.errors import Fault
from maskline.model.exchange import Exchange
from maskline.model.webhook_attempt import WebhookAttempt
from maskline.proxy.callbacks import parameters
from maskline.store.contract import Transaction

#: The headers of every webhook. The signature opens nothing, but says too much of the token.
_SENT = (
    ("X-Twilio-Signature", redaction.HIDDEN),
    ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
)


class WebhooksResource(StoreResource):
    """`/webhooks`."""

    def handlers(self) -> Mapping[str, Handler]:
        """Its endpoints."""
        return {
            "GET /webhooks/{sid}": self.one,
            "POST /webhooks/{sid}/replay": self.replay,
        }

    async def one(self, ask: Ask) -> WebhookDetail:
        """A request and its answer, as far as they are kept."""

        async def read(tx: Transaction) -> WebhookDetail:
            attempt = await _find(tx, ask)
            hint = None
            try:
                await replays.check(tx, attempt)
            except Refused as refused:
                hint = str(refused)
            about = attempt.resource_sid or ""
            interaction_sid = about if about.startswith(sids.INTERACTION) else None
            others = await attempts_of(tx, about, interaction_sid)
            entry = next((one for one in others if one.sid == attempt.sid), None)
            return WebhookDetail(
                attempt=entry or show.webhook(attempt, 1, interaction_sid),
                params=pairs(await self._params(tx, attempt)),
                request_headers=[
                    *(Pair(name, value) for name, value in _SENT),
                    Pair("I-Twilio-Idempotency-Token", attempt.job_sid),
                ],
                response_headers=pairs(attempt.response_headers),
                response_body=attempt.response_body,
                session_sid=attempt.session_sid,
                replayable=hint is None,
                replay_hint=hint,
            )

        return await self._store.read(read)

    async def replay(self, ask: Ask) -> Replayed:
        """Sends it again."""
        env = self._env

        async def replay(tx: Transaction) -> Replayed:
            attempt = await _find(tx, ask)
            try:
                job = await replays.replay(env, tx, attempt)
            except Refused as refused:
                raise Fault(20001, f"not possible: {refused}", status=409) from None
            await record(
                env, tx, ask.actor, Deed.WEBHOOK_REPLAYED, job.sid, "", attempt.account_sid
            )
            return Replayed(job.sid)

        return await self._store.transact(replay)

    async def _params(self, tx: Transaction, attempt: WebhookAttempt) -> str:
        """The form that was sent: as it was kept, or made again from its interaction."""
        if attempt.params is not None:
            return attempt.params
        interaction = await tx.interactions.by_sid(attempt.resource_sid or "")
        if interaction is None:
            return ""
        told = replays.as_told(interaction, attempt)
        form = parameters(told, (), self._env.settings.base_url)
        return redaction.kept(Exchange("POST", attempt.url, {}, form)).request_variables


async def _find(tx: Transaction, ask: Ask) -> WebhookAttempt:
    return ask.seen(await tx.webhook_attempts.get(ask.params["sid"]), "Webhook")
