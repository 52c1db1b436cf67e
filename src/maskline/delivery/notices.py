"""Notices: the debugger webhook, which tells a program of its account's alerts."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import msgspec

from maskline.debugger.notices import parameters
from maskline.delivery.attempts import following
from maskline.delivery.results import Finished, GiveUp, Result
from maskline.delivery.webhooks import WebhookSender
from maskline.env import Env
from maskline.model.host import host
from maskline.model.job import Job, Notice

log = logging.getLogger(__name__)

_DECODER = msgspec.json.Decoder(Notice)


class NoticeHandler:
    """Runs notice jobs. One that fails raises no alert, which would call for the next."""

    def __init__(self, env: Env, sender: WebhookSender) -> None:
        self._env = env
        self._sender = sender

    @property
    def delays(self) -> Sequence[float]:
        """Seconds before each retry."""
        return self._env.settings.webhooks.delays

    def decode(self, payload: bytes) -> Notice:
        """The notice."""
        return _DECODER.decode(payload)

    def lane(self, job: Job, payload: Notice) -> str:
        """One per account, so that a debugger that hangs delays no callback."""
        return f"notice:{job.account_sid}"

    async def run(self, job: Job, payload: Notice) -> Result:
        """Sends it; any 2xx is success."""
        if (waits := self._sender.held_back(job.account_sid, payload.url)) is not None:
            return waits
        answer = await self._sender.post(
            payload.url, parameters(payload.alert), job.account_sid, job.sid, kind="debugger"
        )
        if answer.succeeded:
            return Finished()
        if job.attempts == 0:
            log.warning(
                "the debugger webhook of %s failed: %s: %s",
                job.account_sid,
                host(payload.url),
                answer.outcome,
            )
        return following(answer, job, self.delays, self._env.clock())

    async def exhausted(self, job: Job, payload: Notice, error: str) -> Result:
        """Kept as a dead letter; the alert itself stays to be read."""
        return GiveUp(error)
