"""The debugger: alerts, and what to do about each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from maskline.console import show
from maskline.console.context import Context
from maskline.console.gate import Ask, Handler
from maskline.console.resources.traffic import plain
from maskline.console.shapes.debugger import AlertDetail, AlertPage
from maskline.console.shapes.timeline import AlertEntry, Pair
from maskline.debugger.advice import Advice, advice
from maskline.model import sid as sids
from maskline.model.alert import Alert, LogLevel
from maskline.model.errors import Fault
from maskline.store.contract import Transaction

_LEVELS: Final = frozenset(one.value for one in LogLevel)
_NOTHING: Final = Advice("", "")


class DebuggerResource:
    """`/alerts`."""

    def __init__(self, context: Context) -> None:
        self._store = context.store
        self._advice = advice()

    def handlers(self) -> Mapping[str, Handler]:
        """Its endpoints."""
        return {"GET /alerts": self.page, "GET /alerts/{sid}": self.one}

    async def page(self, ask: Ask) -> AlertPage:
        """An account's alerts, narrowed to a level, a code or a Service."""
        request = ask.page()
        level, code, service = (ask.query(name) for name in ("level", "code", "service"))
        if level and level not in _LEVELS:
            raise Fault(20001, f"`level` must be one of {', '.join(sorted(_LEVELS))}")
        if code and not (code.isascii() and code.isdigit()):
            raise Fault(20001, "`code` must be a number")

        def fits(one: Alert) -> bool:
            return (
                level in ("", one.log_level)
                and code in ("", str(one.error_code))
                and service in ("", one.service_sid)
            )

        async def read(tx: Transaction) -> AlertPage:
            account = await ask.account(tx)
            page = await tx.alerts.narrowed(account, fits, request)
            return AlertPage(
                [_entry(one) for one in page.records],
                page.following,
                page.preceding,
            )

        return await self._store.read(read)

    async def one(self, ask: Ask) -> AlertDetail:
        """An alert with the request behind it."""

        async def read(tx: Transaction) -> AlertDetail:
            found = ask.seen(await tx.support.alert(ask.params["sid"]), "Alert")
            said = self._advice.get(found.error_code, _NOTHING)
            return AlertDetail(
                alert=_entry(found),
                when=plain(said.when),
                do=plain(said.do),
                request_method=found.request_method,
                request_url=found.request_url,
                request_variables=pairs(found.request_variables),
                request_headers=pairs(found.request_headers),
                response_status=found.response_status,
                response_headers=pairs(found.response_headers),
                response_body=found.response_body,
                session_sid=await _session(tx, found),
            )

        return await self._store.read(read)


async def _session(tx: Transaction, alert: Alert) -> str | None:
    """Where to see what it was about."""
    about = alert.resource_sid or ""
    if about.startswith(sids.SESSION):
        return about if await tx.support.session(about) is not None else None
    if about.startswith(sids.PARTICIPANT):
        person = await tx.support.participant(about)
        return None if person is None else person.session_sid
    if about.startswith(sids.INTERACTION):
        interaction = await tx.interactions.by_sid(about)
        return None if interaction is None else interaction.session_sid
    return None


def _entry(one: Alert) -> AlertEntry:
    about = one.resource_sid or ""
    return show.alert(one, about if about.startswith(sids.INTERACTION) else None)


def pairs(form: str | None) -> list[Pair]:
    """A form as it is kept, as pairs."""
    return [Pair(name, value) for name, value in parse_qsl(form or "", keep_blank_values=True)]
