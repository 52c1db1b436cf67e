"""The reader: what changed, as events. It alone asks the store, once for all who listen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

from maskline.console import show
from maskline.console.feed import Told
from maskline.console.shapes.events import (
    AlertEvent,
    CallEvent,
    InteractionEvent,
    MessageEvent,
    SessionEvent,
    WebhookEvent,
)
from maskline.console.timeline import attempts_of
from maskline.model import sid as sids
from maskline.model.interaction import Interaction
from maskline.store.contract import Transaction

V = TypeVar("V")

#: How many names are remembered.
_REMEMBERED: Final = 5000


class Reader:
    """Makes events of SIDs. It remembers names, which hardly ever change."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._services: dict[str, str] = {}
        self._people: dict[str, str | None] = {}
        self._sessions: dict[str, str] = {}

    async def read(self, tx: Transaction, changed: Sequence[str]) -> list[Told]:
        """What became of those things; nothing for what is gone."""
        told: list[Told] = []
        for sid in changed:
            one = await self._read(tx, sid)
            if one is not None:
                told.append(one)
        return told

    async def _read(self, tx: Transaction, sid: str) -> Told | None:
        match sid[:2]:
            case sids.SESSION:
                return await self._session(tx, sid)
            case sids.INTERACTION:
                return await self._interaction(tx, sid)
            case sids.SMS | sids.MMS:
                return await self._message(tx, sid)
            case sids.CALL:
                return await self._call(tx, sid)
            case sids.ALERT:
                return await self._alert(tx, sid)
            case sids.WEBHOOK_ATTEMPT:
                return await self._webhook(tx, sid)
        return None

    async def _session(self, tx: Transaction, sid: str) -> Told | None:
        session = await tx.support.session(sid)
        if session is None:
            return None
        name = await self._service(tx, session.service_sid, session.account_sid)
        event = SessionEvent(show.session_row(session, name))
        return Told("sessions", event, session.account_sid, sid)

    async def _interaction(self, tx: Transaction, sid: str) -> Told | None:
        one = await tx.interactions.by_sid(sid)
        if one is None:
            return None
        _keep(self._sessions, sid, one.session_sid)
        names = await self._names(tx, one)
        full, hidden = (
            InteractionEvent(
                one.session_sid, one.service_sid, show.interaction(one, names, readable=readable)
            )
            for readable in (True, False)
        )
        return Told("interactions", full, one.account_sid, one.session_sid, hidden=hidden)

    async def _message(self, tx: Transaction, sid: str) -> Told | None:
        one = await tx.messages.by_sid(sid)
        if one is None or one.direction == "platform":
            return None
        media = await tx.messages.media(sid) if one.num_media else []
        session = await self._session_of(tx, one.interaction_sid)
        event = MessageEvent(session, show.message(one, media, self._base_url))
        return Told("messages", event, one.account_sid, session)

    async def _call(self, tx: Transaction, sid: str) -> Told | None:
        one = await tx.calls.by_sid(sid)
        if one is None:
            return None
        session = await self._session_of(tx, one.interaction_sid)
        return Told("calls", CallEvent(session, show.call(one)), one.account_sid, session)

    async def _alert(self, tx: Transaction, sid: str) -> Told | None:
        one = await tx.support.alert(sid)
        if one is None:
            return None
        about = one.resource_sid or ""
        of_interaction = about if about.startswith(sids.INTERACTION) else None
        if about.startswith(sids.SESSION):
            session: str | None = about
        else:
            session = await self._session_of(tx, of_interaction)
        event = AlertEvent(show.alert(one, of_interaction))
        return Told("alerts", event, one.account_sid, session)

    async def _webhook(self, tx: Transaction, sid: str) -> Told | None:
        one = await tx.webhook_attempts.get(sid)
        if one is None:
            return None
        about = one.resource_sid or ""
        of_interaction = about if about.startswith(sids.INTERACTION) else None
        of_it = await attempts_of(tx, about, of_interaction) if about else []
        entry = next(
            (other for other in of_it if other.sid == sid), show.webhook(one, 1, of_interaction)
        )
        return Told(
            "webhooks", WebhookEvent(one.session_sid, entry), one.account_sid, one.session_sid
        )

    async def _service(self, tx: Transaction, sid: str, account_sid: str) -> str:
        if sid not in self._services:
            found = await tx.services.get(sid, account_sid)
            _keep(self._services, sid, "" if found is None else found.unique_name)
        return self._services[sid]

    async def _names(self, tx: Transaction, one: Interaction) -> dict[str, str | None]:
        names = {}
        for sid in (one.inbound_participant_sid, one.outbound_participant_sid):
            if sid is None:
                continue
            if sid not in self._people:
                found = await tx.support.participant(sid)
                _keep(self._people, sid, None if found is None else found.friendly_name)
            names[sid] = self._people[sid]
        return names

    async def _session_of(self, tx: Transaction, interaction_sid: str | None) -> str | None:
        if interaction_sid is None:
            return None
        known = self._sessions.get(interaction_sid)
        if known is None:
            found = await tx.interactions.by_sid(interaction_sid)
            if found is None:
                return None
            known = found.session_sid
            _keep(self._sessions, interaction_sid, known)
        return known


def _keep(memory: dict[str, V], key: str, value: V) -> None:
    while len(memory) >= _REMEMBERED:
        memory.pop(next(iter(memory)))
    memory[key] = value
