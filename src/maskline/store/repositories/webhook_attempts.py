"""What programs were sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from maskline.model import sid as sids
from maskline.model.page import Page, PageRequest
from maskline.model.webhook_attempt import WebhookAttempt
from maskline.store.repositories.base import Followed, row


class WebhookAttempts(Followed):
    """Requests to programs."""

    __slots__ = ()

    async def add_many(self, attempts: Sequence[WebhookAttempt]) -> None:
        """Adds them."""
        self.changed.extend(one.sid for one in attempts)
        await self._x.add_many("webhook_attempt_add", map(row, attempts))

    async def get(self, sid: str) -> WebhookAttempt | None:
        """One of any account."""
        return await self._one(WebhookAttempt, "webhook_attempt_get", sid)

    async def of(self, resource_sids: Iterable[str], limit: int) -> list[WebhookAttempt]:
        """What was told of some things, of each the latest first."""
        found = []
        for sid in resource_sids:
            found += await self._all(WebhookAttempt, "webhook_attempts_of", sid, limit)
        return found

    async def page(
        self, account_sid: str, resource_sid: str, request: PageRequest
    ) -> Page[WebhookAttempt]:
        """What an account's programs were told of one thing."""
        return await self._page(
            WebhookAttempt, "webhook_attempt_page", request, account_sid, resource_sid
        )

    async def remove(self, before: int, limit: int) -> int:
        """Removes those made before then; how many."""
        edge = sids.edge(sids.WEBHOOK_ATTEMPT, before)
        return await self._x.run("aged_webhook_attempts_remove", edge, limit)
