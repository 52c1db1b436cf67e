"""What support looks for across resources: bounded looks, each by an index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from maskline.model import sid as sids
from maskline.model.alert import Alert
from maskline.model.call import Call
from maskline.model.message import Feedback, Message
from maskline.model.number import Number
from maskline.model.opt_out import OptOut
from maskline.model.page import Page, PageRequest
from maskline.model.participant import Participant
from maskline.model.service import Service
from maskline.model.session import ACTIVE, Session, SessionStatus
from maskline.store.executor import edge, keyset, narrowed
from maskline.store.repositories.base import Repository, row
from maskline.store.repositories.messages import MessageFilter
from maskline.store.repositories.sessions import reckoned


class Code(msgspec.Struct, frozen=True):
    """How often an error code was told, and when last (ms)."""

    code: int
    count: int
    last_at: int


class PoolSize(msgspec.Struct, frozen=True):
    """A Proxy Service and how many numbers it has."""

    service_sid: str
    name: str
    numbers: int


class Support(Repository):
    """Looks across an account. Nothing here writes."""

    __slots__ = ()

    async def session(self, sid: str) -> Session | None:
        """The session of any account."""
        found = await self._x.one("session_by_sid", sid)
        return None if found is None else reckoned(found)

    async def sessions(
        self, account_sid: str, request: PageRequest, status: str = ""
    ) -> Page[Session]:
        """An account's sessions of all Services. Of one status, a page looks through so many and no
        more, and may be short while others follow."""
        if not status:
            rows, more, before = await keyset(self._x, "session_account_page", request, account_sid)
            records = [reckoned(one) for one in rows]
            return Page(records, more, before, edge(rows, 0), edge(rows, -1))
        wanted = ACTIVE if status == "active" else frozenset({status})
        found = await narrowed(
            self._x,
            "session_account_statuses",
            request,
            lambda one: one[1] in wanted,
            account_sid,
        )
        sessions = [await self.session(str(one[0])) for one in found.rows]
        return Page([one for one in sessions if one is not None], *found[1:])

    async def sessions_named(self, account_sid: str, name: str, limit: int) -> list[Session]:
        """Sessions of that unique name, of whatever Service."""
        found = await self._x.all("session_named", account_sid, name, limit)
        return [reckoned(one) for one in found]

    async def active_of(self, service_sid: str, request: PageRequest) -> Page[Session]:
        """A Service's active sessions."""
        rows, more, before = await keyset(self._x, "session_active_page", request, service_sid)
        sessions = [await self.session(str(one[0])) for one in rows]
        records = [one for one in sessions if one is not None]
        return Page(records, more, before, edge(rows, 0), edge(rows, -1))

    async def active(self, account_sid: str, limit: int) -> list[Session]:
        """The latest sessions that are active."""
        page = await self.sessions(account_sid, PageRequest(size=limit), "active")
        return [one for one in page.records if one.status != SessionStatus.CLOSED]

    async def service(self, sid: str) -> Service | None:
        """The Service of any account."""
        return await self._one(Service, "service_by_sid", sid)

    async def participant(self, sid: str) -> Participant | None:
        """The participant of any session."""
        return await self._one(Participant, "participant_by_sid", sid)

    async def people(self, account_sid: str, identifier: str, limit: int) -> list[Participant]:
        """Where a person is a participant, and at most `limit` of where they were."""
        return await self._all(
            Participant, "participants_of_person", account_sid, identifier, limit
        )

    async def on_number(self, number: str, limit: int) -> list[Participant]:
        """Who uses a number, and who did, at most `limit` each."""
        return await self._all(Participant, "participants_on_number", number, limit)

    async def latest_messages(self, account_sid: str, limit: int) -> list[Message]:
        """The account's latest legs of text."""
        return await self._all(Message, "message_latest", account_sid, limit)

    async def messages(
        self, account_sid: str, status: str, service_sid: str, request: PageRequest
    ) -> Page[Message]:
        """The account's messages in a state, and of a Messaging Service ("" means any). A page
        looks through so many and no more, and may be short while others follow."""

        def fits(found: Sequence[Any]) -> bool:
            one = Message(*found)
            return status in ("", one.status) and service_sid in ("", one.messaging_service_sid)

        page = await narrowed(
            self._x, "message_page", request, fits, account_sid, *row(MessageFilter())
        )
        return Page([Message(*found) for found in page.rows], *page[1:])

    async def scheduled(
        self, account_sid: str, service_sid: str, request: PageRequest
    ) -> Page[Message]:
        """The account's messages that wait for their hour, the next to go at the head. It goes on
        after one of them, from the beginning where that is gone; there is no way back."""
        limit = request.size + 1
        after = (await self.hours([request.after])).get(request.after) if request.after else None
        edge = (0, "") if after is None else (after, request.after)
        found = await self._all(
            Message, "scheduled_of_account", account_sid, service_sid, *edge, limit
        )
        kept = found[: request.size]
        return Page(kept, len(found) > request.size, False, None, kept[-1].sid if kept else None)

    async def hours(self, sids: Sequence[str]) -> dict[str, int]:
        """When scheduled messages are to be sent (ms), by their SIDs."""
        found = await self._x.one_each("scheduled_hour", ((sid,) for sid in sids))
        return {sid: int(one[0]) for sid, one in zip(sids, found, strict=True) if one is not None}

    async def feedback(self, sids: Sequence[str]) -> dict[str, str]:
        """What programs said became of messages, by their SIDs."""
        found = await self._x.one_each("feedback_of", ((sid,) for sid in sids))
        return {sid: Feedback(*one).outcome for sid, one in zip(sids, found, strict=True) if one}

    async def free_senders(self, account_sid: str, limit: int) -> list[Number]:
        """The account's latest numbers and short codes that take messages and are in no Messaging
        Service."""
        return await self._all(Number, "sender_free", account_sid, limit)

    async def latest_calls(self, account_sid: str, limit: int) -> list[Call]:
        """The account's latest legs of calls."""
        return await self._all(Call, "call_latest", account_sid, limit)

    async def children(self, call_sid: str) -> list[Call]:
        """The legs that were dialled for a call."""
        return await self._all(Call, "call_children", call_sid)

    async def alerts_of(self, resource_sid: str, account_sid: str, limit: int) -> list[Alert]:
        """What the debugger was told of one thing, the latest first."""
        return await self._all(Alert, "alerts_of", resource_sid, account_sid, limit)

    async def opt_out(self, sid: str) -> OptOut | None:
        """The opt-out of any account."""
        return await self._one(OptOut, "opt_out_by_sid", sid)

    async def alert(self, sid: str) -> Alert | None:
        """The alert of any account."""
        return await self._one(Alert, "alert_by_sid", sid)

    async def count_sessions(self, account_sid: str, most: int) -> int:
        """How many sessions are active, counted up to `most`."""
        return _number(await self._x.one("count_sessions_active", account_sid, most))

    async def count_messages(self, account_sid: str, since: int, most: int) -> int:
        """How many legs of text there were since then."""
        at = sids.edge("", since)
        return _number(await self._x.one("count_messages", account_sid, at, most))

    async def count_calls(self, account_sid: str, since: int, most: int) -> int:
        """How many legs of calls there were since then."""
        return _number(
            await self._x.one("count_calls", account_sid, sids.edge(sids.CALL, since), most)
        )

    async def count_dead(self, account_sid: str, most: int) -> int:
        """How many jobs were given up."""
        return _number(await self._x.one("count_dead", account_sid, most))

    async def count_numbers(self, account_sid: str) -> int:
        """How many numbers the account has."""
        return _number(await self._x.one("count_numbers", account_sid))

    async def count_services(self, account_sid: str) -> int:
        """How many Proxy Services it has."""
        return _number(await self._x.one("count_services", account_sid))

    async def codes(self, account_sid: str, since: int, of: int, limit: int) -> list[Code]:
        """The most frequent codes among the latest `of` alerts since then."""
        found = await self._x.all(
            "alert_codes", account_sid, sids.edge(sids.ALERT, since), of, limit
        )
        return [Code(code, count, sids.made_at(last)) for code, count, last in found]

    async def pools(self, account_sid: str, limit: int) -> list[PoolSize]:
        """The account's Services with the sizes of their pools, newest first."""
        return await self._all(PoolSize, "service_pool_sizes", account_sid, limit)


def _number(found: Sequence[Any] | None) -> int:
    return int(found[0]) if found else 0
