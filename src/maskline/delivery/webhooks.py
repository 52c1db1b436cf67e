"""Webhooks: signed form POSTs to programs, as jobs and (the intercept) while the caller waits."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec

from maskline.debugger.alerts import new_alert
from maskline.delivery.dispatcher import Finished, GiveUp, Result, Retry
from maskline.delivery.http import HttpClient, HttpFailure, HttpRequest, HttpResponse, form
from maskline.delivery.signature import HEADER, sign
from maskline.delivery.tokens import Tokens
from maskline.env import Env
from maskline.model.job import Job, Webhook
from maskline.store.contract import Store

log = logging.getLogger(__name__)

_DECODER = msgspec.json.Decoder(Webhook)


class WebhookSender:
    """Sends webhooks."""

    def __init__(self, env: Env, http: HttpClient, tokens: Tokens) -> None:
        self._settings = env.settings.webhooks
        self._http = http
        self._tokens = tokens

    async def post(
        self, webhook: Webhook, token: str, *, within: float | None = None
    ) -> HttpResponse:
        """Sends it. `token` stays the same over all attempts; `within` (s) bounds the whole.

        Raises HttpFailure.
        """
        settings = self._settings
        url = webhook.url.partition("#")[0]
        secret = await self._tokens.token(webhook.account_sid)
        total = min(settings.total_timeout, within or settings.total_timeout)
        return await self._http.send(
            HttpRequest(
                method="POST",
                url=url,
                headers={
                    "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
                    HEADER: sign(secret or "", url, webhook.params),
                    "I-Twilio-Idempotency-Token": token,
                },
                body=form(webhook.params),
                connect_timeout=min(settings.connect_timeout, total),
                read_timeout=min(settings.read_timeout, total),
                total_timeout=total,
                max_body=settings.max_response_bytes,
            )
        )

    async def blocks(self, webhook: Webhook, token: str) -> bool:
        """Whether the program blocks what it is asked about. Only a 403 does; any other answer, or
        none within the bound, lets it pass."""
        try:
            answer = await self.post(webhook, token, within=self._settings.intercept_timeout)
        except HttpFailure as failure:
            log.warning("intercept callback for %s failed: %s", webhook.resource_sid, failure)
            return False
        return answer.status == 403


class WebhookHandler:
    """Runs webhook jobs."""

    def __init__(self, env: Env, store: Store, sender: WebhookSender) -> None:
        self._env = env
        self._store = store
        self._sender = sender

    @property
    def delays(self) -> Sequence[float]:
        """Seconds before each retry."""
        return self._env.settings.webhooks.retry_delays

    def decode(self, payload: bytes) -> Webhook:
        """The webhook."""
        return _DECODER.decode(payload)

    def lane(self, job: Job, payload: Webhook) -> str:
        """One per account and host."""
        return f"webhook:{job.account_sid}:{urlsplit(payload.url).netloc}"

    async def run(self, job: Job, payload: Webhook) -> Result:
        """Sends it; any 2xx is success."""
        try:
            answer = await self._sender.post(payload, job.sid)
        except HttpFailure as failure:
            error = str(failure)
        else:
            if 200 <= answer.status < 300:
                return Finished()
            error = f"the callback answered with status {answer.status}"
        if job.attempts == 0:
            await self._alert(job, payload, error)
        return Retry(error)

    async def exhausted(self, job: Job, payload: Webhook, error: str) -> Result:
        """Kept as a dead letter."""
        if job.attempts > 0:
            await self._alert(job, payload, f"given up: {error}")
        return GiveUp(error)

    async def _alert(self, job: Job, payload: Webhook, error: str) -> None:
        host = urlsplit(payload.url).netloc.rpartition("@")[2]
        alert = new_alert(
            self._env,
            payload.error_code,
            job.account_sid,
            payload.service_sid,
            payload.resource_sid,
            f"{host}: {error}",
        )
        await self._store.transact(lambda tx: tx.alerts.add_many([alert]))
