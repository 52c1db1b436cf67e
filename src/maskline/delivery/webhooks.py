"""Webhooks: signed form POSTs to programs, as jobs and (the intercept) while the caller waits."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from urllib.parse import urlsplit

from maskline.debugger.alerts import new_alert
from maskline.delivery.dispatcher import Finished, GiveUp, Result, Retry
from maskline.delivery.http import HttpClient, HttpFailure, HttpRequest, HttpResponse, form
from maskline.delivery.signature import HEADER, Params, sign
from maskline.delivery.tokens import Tokens
from maskline.env import Env
from maskline.model.job import Callback, Job, read_callback
from maskline.proxy.callbacks import parameters
from maskline.store.contract import Store

log = logging.getLogger(__name__)



class WebhookSender:
    """Sends webhooks."""

    def __init__(self, env: Env, http: HttpClient, tokens: Tokens) -> None:
        self._settings = env.settings.webhooks
        self._base_url = env.settings.base_url
        self._http = http
        self._tokens = tokens

    async def post(
        self, url: str, params: Params, account_sid: str, token: str, *, within: float | None = None
    ) -> HttpResponse:
        """Sends a form signed with the account's token. `token` stays the same over all attempts;
        `within` (s) bounds the whole. Raises HttpFailure."""
        settings = self._settings
        url = url.partition("#")[0]
        secret = await self._tokens.token(account_sid)
        total = min(settings.total_timeout, within or settings.total_timeout)
        return await self._http.send(
            HttpRequest(
                method="POST",
                url=url,
                headers={
                    "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
                    HEADER: sign(secret or "", url, params),
                    "I-Twilio-Idempotency-Token": token,
                },
                body=form(params),
                connect_timeout=min(settings.connect_timeout, total),
                read_timeout=min(settings.read_timeout, total),
                total_timeout=total,
                max_body=settings.max_response_bytes,
            )
        )

    async def tell(
        self, callback: Callback, token: str, *, within: float | None = None
    ) -> HttpResponse:
        """Sends what a program is told about an interaction. Raises HttpFailure."""
        interaction = callback.interaction
        params = parameters(interaction, callback.media, self._base_url)
        return await self.post(callback.url, params, interaction.account_sid, token, within=within)

    async def blocks(self, callback: Callback, token: str) -> bool:
        """Whether the program blocks what it is asked about. Only a 403 does; any other answer, or
        none within the bound, lets it pass."""
        try:
            answer = await self.tell(callback, token, within=self._settings.intercept_timeout)
        except HttpFailure as failure:
            log.warning("intercept callback for %s failed: %s", callback.interaction.sid, failure)
            return False
        return answer.status == 403


class CallbackHandler:
    """Runs callback jobs."""

    def __init__(self, env: Env, store: Store, sender: WebhookSender) -> None:
        self._env = env
        self._store = store
        self._sender = sender

    @property
    def delays(self) -> Sequence[float]:
        """Seconds before each retry."""
        return self._env.settings.webhooks.retry_delays

    def decode(self, payload: bytes) -> Callback:
        """The callback."""
        return read_callback(payload)

    def lane(self, job: Job, payload: Callback) -> str:
        """One per account and host."""
        return f"callback:{job.account_sid}:{_host(payload)}"

    async def run(self, job: Job, payload: Callback) -> Result:
        """Sends it; any 2xx is success."""
        try:
            answer = await self._sender.tell(payload, job.sid)
        except HttpFailure as failure:
            error = str(failure)
        else:
            if 200 <= answer.status < 300:
                return Finished()
            error = f"the callback answered with status {answer.status}"
        if job.attempts == 0:
            await self._alert(payload, error)
        return Retry(error)

    async def exhausted(self, job: Job, payload: Callback, error: str) -> Result:
        """Kept as a dead letter."""
        if job.attempts > 0:
            await self._alert(payload, f"given up: {error}")
        return GiveUp(error)

    async def _alert(self, payload: Callback, error: str) -> None:
        interaction = payload.interaction
        alert = new_alert(
            self._env,
            80908,
            interaction.account_sid,
            interaction.service_sid,
            interaction.sid,
            f"{_host(payload)}: {error}",
        )
        await self._store.transact(lambda tx: tx.alerts.add_many([alert]))


def _host(callback: Callback) -> str:
    """Host and port of a callback's URL, without the user and password that it may hold."""
    return urlsplit(callback.url).netloc.rpartition("@")[2]
