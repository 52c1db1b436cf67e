"""Sessions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any

import msgspec

from maskline.model.page import Page, PageRequest
from maskline.model.session import ACTIVE, Session, SessionStatus
from maskline.model.sid import made_at
from maskline.store.executor import edge, keyset, narrowed
from maskline.store.repositories.base import Followed, row, single


class Touch(msgspec.Struct, frozen=True):
    """An interaction's effect on its session: when it took place, and when the session now ends."""

    session_sid: str
    at: int
    expires_at: int | None


class Sessions(Followed):
    """Sessions of Services.

    An interaction does not write its session's row, but for the first: the newest interaction's SID
    says when the last one was, and all reads here reckon with it.
    """

    __slots__ = ()

    async def add(self, session: Session, taken: Exception | None = None) -> None:
        """Adds it. Raises `taken` (by default Conflict), by the end of the transaction, when the
        Service has a session of that name."""
        self.changed.append(session.sid)
        await self._x.add_unless("session_add", [row(session)], taken)

    async def get(self, sid: str, service_sid: str) -> Session | None:
        """The Service's session with that SID."""
        return _current(await self._x.one("session_get", sid, service_sid))

    async def by_name(self, service_sid: str, name: str) -> Session | None:
        """The Service's session with that unique name."""
        return _current(await self._x.one("session_by_name", service_sid, name))

    async def page(self, service_sid: str, request: PageRequest, status: str = "") -> Page[Session]:
        """The Service's sessions, of any status ("") or of one. A page of active ones looks through
        so many and no more, and may be short of records while others follow."""
        if status in ACTIVE:
            return await self._active_page(service_sid, request, status)
        if status not in ("", SessionStatus.CLOSED):
            return Page([], False, False)
        if status:
            found = await keyset(self._x, "session_closed_page", request, service_sid)
        else:
            found = await keyset(self._x, "session_page", request, service_sid)
        rows, has_next, has_previous = found
        records = [reckoned(row) for row in rows]
        return Page(records, has_next, has_previous, edge(rows, 0), edge(rows, -1))

    async def named_page(
        self, service_sid: str, name: str, request: PageRequest, status: str = ""
    ) -> Page[Session]:
        """The Service's session of that name, if it has that status ("": any)."""
        found = await self.by_name(service_sid, name)
        if found is not None and status not in ("", found.status):
            found = None
        return single(found, request)

    async def _active_page(
        self, service_sid: str, request: PageRequest, status: str
    ) -> Page[Session]:
        found = await narrowed(
            self._x, "session_active_page", request, lambda row: row[1] == status, service_sid
        )
        # Each is asked for by itself, so that nothing is reckoned for those that are left out.
        records = [await self.get(str(sid), service_sid) for sid, _ in found.rows]
        return Page([one for one in records if one is not None], *found[1:])

    async def update(self, session: Session) -> None:
        """Writes all that can change. The time of the last interaction never moves back."""
        self.changed.append(session.sid)
        await self._x.run(
            "session_update",
            session.sid,
            session.status,
            session.closed_reason,
            session.ttl,
            session.date_expiry,
            session.date_started,
            session.date_ended,
            session.date_last_interaction,
            session.expires_at,
            session.date_updated,
            session.date_reopened,
        )

    async def overdue(self, now: int, limit: int) -> list[Session]:
        """Sessions whose end, as their rows have it, has come; an interaction since then may have
        moved it. The longest over first."""
        return [reckoned(found) for found in await self._x.all("session_overdue", now, limit)]

    async def touch_many(self, touches: Iterable[Touch]) -> None:
        """Marks active sessions as in progress, each at the time of its interaction."""
        # In one order for all, so that two transactions never wait for each other.
        rows = sorted(map(row, touches), key=itemgetter(0))
        self.changed.extend(map(itemgetter(0), rows))
        await self._x.run_many("session_touch", rows)

    async def settle(self, sid: str) -> None:
        """Writes down when the last interaction was, before it may be deleted."""
        session = _current(await self._x.one("session_by_sid", sid))
        if session is not None:
            await self.update(session)

    async def delete(self, sid: str) -> None:
        """Deletes it with its participants and interactions."""
        await self._x.run("session_delete_interactions", sid)
        await self._x.run("session_delete_participants", sid)
        await self._x.run("session_delete", sid)


def _current(found: Sequence[Any] | None) -> Session | None:
    return None if found is None else reckoned(found)


def reckoned(found: Sequence[Any]) -> Session:
    """The session of a row that ends with its newest interaction: a sliding end moves as far as the
    last interaction is later than the row."""
    *fields, newest_sid = found
    session = Session(*fields)
    written = max(session.date_created, session.date_last_interaction or 0)
    last = 0 if newest_sid is None else made_at(newest_sid)
    if last <= (session.date_last_interaction or 0):
        return session
    expires_at = session.expires_at
    if expires_at is not None and session.date_expiry is None:
        expires_at += max(0, last - written)
    return msgspec.structs.replace(
        session,
        date_last_interaction=last,
        expires_at=expires_at,
        date_updated=max(session.date_updated, last),
    )
