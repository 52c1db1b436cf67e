"""Debugger alerts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import itemgetter

import msgspec

from maskline.model.alert import Alert
from maskline.model.page import Page, PageRequest
from maskline.store.executor import narrowed
from maskline.store.repositories.base import Followed, row


class AlertFilter(msgspec.Struct, frozen=True):
    """What a list of alerts is narrowed to: "" and 0 mean any; times in ms, half open."""

    level: str = ""
    not_before: int = 0
    before: int = 0


class AboutFilter(msgspec.Struct, frozen=True):
    """What alerts are about, a call and the interaction that it is in, "" for none; `level` is
    "" for any, `error`, or something else for all others. Times in ms, half open, 0 for any."""

    resource_sid: str
    interaction_sid: str = ""
    level: str = ""
    not_before: int = 0
    before: int = 0


class Alerts(Followed):
    """What the debugger shows."""

    __slots__ = ()

    async def add_many(self, alerts: Iterable[Alert]) -> None:
        """Adds alerts."""
        rows = list(map(row, alerts))
        self.changed.extend(map(itemgetter(0), rows))
        await self._x.add_every("alert_add", rows)

    async def get(self, sid: str, account_sid: str) -> Alert | None:
        """The account's alert with that SID."""
        return await self._one(Alert, "alert_get", sid, account_sid)

    async def narrowed(
        self, account_sid: str, fits: Callable[[Alert], bool], request: PageRequest
    ) -> Page[Alert]:
        """The account's alerts that fit. A page looks through so many and no more, and may be short
        while others follow."""
        page = await narrowed(
            self._x,
            "alert_page",
            request,
            lambda found: fits(Alert(*found)),
            account_sid,
            *row(AlertFilter()),
        )
        return Page([Alert(*found) for found in page.rows], *page[1:])

    async def page(
        self, account_sid: str, narrow: AlertFilter, request: PageRequest
    ) -> Page[Alert]:
        """The account's alerts."""
        return await self._page(Alert, "alert_page", request, account_sid, *row(narrow))

    async def about(
        self, account_sid: str, narrow: AboutFilter, request: PageRequest
    ) -> Page[Alert]:
        """The account's alerts about something."""
        return await self._page(Alert, "alert_about_page", request, account_sid, *row(narrow))
