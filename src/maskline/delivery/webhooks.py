"""Webhooks: signed form POSTs to programs, as jobs and (the intercept) while the caller waits."""

from __future__ import annotations

import asyncio
from collections.abc import Container, Sequence
from time import perf_counter
from typing import Final

import msgspec

from maskline.debugger.alerts import new_alert, raise_alone
from maskline.delivery import standard
from maskline.delivery.attempt_log import AttemptLog
from maskline.delivery.attempts import GONE, following, trouble_of, trouble_with
from maskline.delivery.pauses import Pauses
from maskline.delivery.results import Finished, GiveUp, Result, Retry
from maskline.delivery.tokens import Tokens
from maskline.env import Env
from maskline.model.exchange import Exchange
from maskline.model.host import host
from maskline.model.http import HttpClient, HttpFailure, HttpRequest, form
from maskline.model.interaction import Interaction
from maskline.model.job import Callback, Job, Status, read_callback
from maskline.model.meter import status_class
from maskline.model.overrides import Trouble, overrides_of
from maskline.model.signature import HEADER, sign
from maskline.proxy.callbacks import BLOCKING, parameters
from maskline.store.contract import Store

_STATUS_DECODER = msgspec.json.Decoder(Status)

#: Seconds below which another attempt is not begun.
_LEAST: Final = 0.05

_HELD_BACK: Final = "held back: the address answered with status 410"

Form = Sequence[tuple[str, str]]


class WebhookSender:
    """Sends webhooks."""

    def __init__(
        self, env: Env, http: HttpClient, tokens: Tokens, attempts: AttemptLog | None = None
    ) -> None:
        self._attempts = attempts
        self._settings = env.settings.webhooks
        self._base_url = env.settings.base_url
        self._http = http
        self._tokens = tokens
        self._clock = env.clock
        self._meter = env.meter
        self._pauses = Pauses(env.clock, env.settings.webhooks.gone_seconds)

    def held_back(self, account_sid: str, url: str) -> Retry | None:
        """When what is to be told to an address must wait, since that answered 410 lately."""
        seconds = self._pauses.left(account_sid, url)
        return Retry(_HELD_BACK, seconds) if seconds else None

    async def post(
        self,
        url: str,
        params: Form,
        account_sid: str,
        token: str,
        *,
        kind: str,
        within: float | None = None,
    ) -> Exchange:
        """Sends a form signed with the account's token, and says what came of it. `token` stays the
        same over all attempts; `within` (s) bounds the whole; under `kind` it is counted."""
        return await self._send("POST", url, params, account_sid, token, kind, within)

    async def _send(
        self,
        method: str,
        url: str,
        params: Form,
        account_sid: str,
        token: str,
        kind: str,
        within: float | None,
        settled: Container[int] = (),
        about: Interaction | None = None,
    ) -> Exchange:
        """Sends a request, and at once again as the URL's fragment asks for, all of it within one
        total time."""
        settings, said = self._settings, overrides_of(url)
        address = url = url.partition("#")[0]
        if method == "GET":
            url = f"{url}{'&' if '?' in url else '?'}{form(params).decode()}"
        secret = await self._tokens.token(account_sid) or ""
        body = form(params) if method == "POST" else None
        headers = {
            HEADER: sign(secret, url, params if method == "POST" else ()),
            "I-Twilio-Idempotency-Token": token,
        }
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
        if settings.standard_headers:
            headers |= standard.headers(secret, token, self._clock(), body or b"")
        total = said.total_timeout or settings.total_timeout
        # Where people wait, a URL may ask for less time, and not for more.
        total = total if within is None else min(total, within)
        request = HttpRequest(
            method=method,
            url=url,
            headers=headers,
            body=body,
            connect_timeout=min(said.connect_timeout or settings.connect_timeout, total),
            read_timeout=min(said.read_timeout or settings.read_timeout, total),
            total_timeout=total,
            max_body=settings.max_response_bytes,
        )
        time = asyncio.get_running_loop().time
        until, left = time() + total, said.retries
        if left is None:
            left = settings.retries_at_once
        while True:
            began = perf_counter()
            exchange, trouble = await self._attempt(request, params, kind, settled)
            if self._attempts is not None:
                seconds = perf_counter() - began
                self._attempts.note(exchange, kind, account_sid, token, seconds, about)
            if exchange.status == GONE:
                self._pauses.begin(account_sid, address)
            if left == 0 or trouble is None or not said.retry_after(trouble):
                return exchange
            left -= 1
            rest = until - time()
            if rest < _LEAST:
                return exchange
            request = msgspec.structs.replace(
                request,
                connect_timeout=min(request.connect_timeout, rest),
                read_timeout=min(request.read_timeout, rest),
                total_timeout=rest,
            )

    async def _attempt(
        self, request: HttpRequest, params: Form, kind: str, settled: Container[int]
    ) -> tuple[Exchange, Trouble | None]:
        method, url, headers = request.method, request.url, request.headers
        began = perf_counter()
        try:
            answer = await self._http.send(request)
        except HttpFailure as failure:
            self._count(kind, None, began)
            exchange = Exchange(method, url, headers, params, error=str(failure))
            return exchange, trouble_with(failure)
        self._count(kind, answer.status, began)
        exchange = Exchange(
            method,
            url,
            headers,
            params,
            answer.status,
            answer.headers,
            answer.body,
            answer.truncated,
        )
        return exchange, trouble_of(answer.status, settled)

    def _count(self, kind: str, status: int | None, began: float) -> None:
        self._meter.webhooks[kind, status_class(status)] += 1
        self._meter.webhook_seconds[kind,].add(perf_counter() - began)

    async def fetch(
        self,
        url: str,
        method: str,
        params: Form,
        account_sid: str,
        token: str,
        *,
        kind: str,
        within: float | None = None,
    ) -> Exchange:
        """The same by POST, or by GET with the form as the URL's query."""
        sent = "GET" if method == "GET" else "POST"
        return await self._send(sent, url, params, account_sid, token, kind, within)

    async def tell(self, callback: Callback, token: str) -> Exchange:
        """Sends what a program is told about an interaction."""
        return await self._tell(callback, token, "callback", None)

    async def ask(self, callback: Callback, token: str) -> Exchange:
        """Asks a program about an interaction while its people wait, and so not for long. A 403 is
        its answer: it must not be asked again until it says otherwise."""
        within = self._settings.intercept_timeout
        return await self._tell(callback, token, "intercept", within, BLOCKING)

    async def _tell(
        self,
        callback: Callback,
        token: str,
        kind: str,
        within: float | None,
        settled: Container[int] = (),
    ) -> Exchange:
        told, url = callback.interaction, callback.url
        params = parameters(told, callback.media, self._base_url)
        account_sid = told.account_sid
        return await self._send(
            "POST", url, params, account_sid, token, kind, within, settled, told
        )


class _Reports:
    """What handlers of jobs that only tell a program something have in common: its schedule, and
    one lane for all of them to an account's host."""

    def __init__(self, env: Env, store: Store, sender: WebhookSender) -> None:
        self._env = env
        self._store = store
        self._sender = sender

    @property
    def delays(self) -> Sequence[float]:
        """Seconds before each retry."""
        return self._env.settings.webhooks.delays

    def lane(self, job: Job, payload: Callback | Status) -> str:
        """One per account and host."""
        return f"callback:{job.account_sid}:{host(payload.url)}"


class CallbackHandler(_Reports):
    """Runs callback jobs."""

    def decode(self, payload: bytes) -> Callback:
        """The callback."""
        return read_callback(payload)

    async def run(self, job: Job, payload: Callback) -> Result:
        """Sends it; any 2xx is success."""
        if (waits := self._sender.held_back(job.account_sid, payload.url)) is not None:
            return waits
        answer = await self._sender.tell(payload, job.sid)
        if answer.succeeded:
            return Finished()
        result = following(answer, job, self.delays, self._env.clock())
        last = isinstance(result, GiveUp)
        if last or job.attempts == 0:
            how = "given up: " if last else ""
            await self._alert(payload, f"{how}{host(payload.url)}: {answer.outcome}", answer)
        return result

    async def exhausted(self, job: Job, payload: Callback, error: str) -> Result:
        """Kept as a dead letter, of which the debugger is told."""
        await self._alert(payload, f"given up: {host(payload.url)}: {error}")
        return GiveUp(error)

    async def _alert(self, payload: Callback, text: str, answer: Exchange | None = None) -> None:
        told = payload.interaction
        account, service = told.account_sid, told.service_sid
        alert = new_alert(self._env, 80908, account, service, told.sid, text, answer)
        await raise_alone(self._env, self._store, alert)


class StatusHandler(_Reports):
    """Runs jobs that tell a program what became of a message that it sent or answered with."""

    def decode(self, payload: bytes) -> Status:
        """The report."""
        return _STATUS_DECODER.decode(payload)

    async def run(self, job: Job, payload: Status) -> Result:
        """Sends it; any 2xx is success. The debugger is told of the first failure, and when it is
        given up."""
        if (waits := self._sender.held_back(payload.account_sid, payload.url)) is not None:
            return waits
        answer = await self._sender.fetch(
            payload.url,
            payload.method,
            payload.params,
            payload.account_sid,
            job.sid,
            kind="status",
        )
        if answer.succeeded:
            return Finished()
        result = following(answer, job, self.delays, self._env.clock())
        last = isinstance(result, GiveUp)
        if last or job.attempts == 0:
            how = "given up: " if last else ""
            await self._alert(payload, f"{how}{host(payload.url)}: {answer.outcome}", answer)
        return result

    async def exhausted(self, job: Job, payload: Status, error: str) -> Result:
        """Kept as a dead letter, of which the debugger is told."""
        await self._alert(payload, f"given up: {host(payload.url)}: {error}")
        return GiveUp(error)

    async def _alert(self, payload: Status, text: str, answer: Exchange | None = None) -> None:
        account, service = payload.account_sid, payload.service_sid or None
        alert = new_alert(self._env, 11200, account, service, payload.message_sid, text, answer)
        await raise_alone(self._env, self._store, alert)
