"""Messages and their media."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any

import msgspec

from maskline.model import sid as sids
from maskline.model.interaction import Interaction
from maskline.model.message import Feedback, Media, MediaLink, Message
from maskline.model.page import Page, PageRequest
from maskline.store.repositories.base import Followed, row

_JSON = msgspec.json.Encoder()


class StatusChange(msgspec.Struct, frozen=True):
    """A leg's new status. `provider_id` and `date_sent` null leave what is there."""

    sid: str
    status: str
    error_code: int | None
    provider_id: str | None
    date_sent: int | None
    date_updated: int


class Listener(msgspec.Struct, frozen=True):
    """Who is told what becomes of a program's message: (method, URL) each. `service_sid` is ""
    where no Service has to do with it."""

    message_sid: str
    account_sid: str
    service_sid: str
    urls: tuple[tuple[str, str], ...]


class Leg(msgspec.Struct, frozen=True):
    """An outbound leg with its interaction, null when that was deleted, and where its changes are
    reported."""

    sid: str
    account_sid: str
    direction: str
    status: str
    error_code: int | None
    num_media: int
    callback_url: str | None
    interaction: Interaction | None
    carrier: str


class MessageFilter(msgspec.Struct, frozen=True):
    """What a list of messages is narrowed to: "" and 0 mean any; dates in ms, half open."""

    to: str = ""
    sender: str = ""
    not_before: int = 0
    before: int = 0


class PairReplies(msgspec.Struct, frozen=True):
    """Replies between two numbers since `began`, the last attempt at one at `last` (ms)."""

    began: int
    last: int
    replies: int


class Messages(Followed):
    """Legs of text and media. The platform's own are in no list and can't be fetched."""

    __slots__ = ()

    async def add_many(self, messages: Iterable[Message]) -> None:
        """Adds legs. Raises Conflict, by the end of the transaction, when an inbound one\'s
        (carrier, provider id) is there already: looked at again, it is known."""
        rows = list(map(row, messages))
        self.changed.extend(map(itemgetter(0), rows))
        await self._x.add_every("message_add", rows)

    async def add_media(self, media: Iterable[Media]) -> None:
        """Adds media."""
        await self._x.add_every("media_add", map(row, media))

    async def get(self, sid: str, account_sid: str) -> Message | None:
        """The account's message with that SID."""
        return await self._one(Message, "message_get", sid, account_sid)

    async def held(self, sid: str, account_sid: str) -> Message | None:
        """The same, which stays as it is until the transaction's end."""
        return await self._one(Message, "message_held", sid, account_sid)

    async def redact(self, sid: str, now: int) -> None:
        """Removes a message's text for good."""
        await self._x.run("message_redact", sid, now)

    async def withdraw(self, sid: str) -> None:
        """Takes out a scheduled message, which is about to be put in again as it is sent."""
        if await self._x.run("message_withdraw", sid):
            await self._x.run("media_delete_of", sid)

    async def by_sid(self, sid: str) -> Message | None:
        """The message of any account."""
        return await self._one(Message, "message_by_sid", sid)

    async def leg(self, sid: str) -> Leg | None:
        """The outbound leg with that SID."""
        return (await self.legs([sid])).get(sid)

    async def legs(self, sids: Iterable[str]) -> dict[str, Leg]:
        """The outbound legs with those SIDs, by them; those that are not there are left out."""
        # In one order, so that two transactions never wait for each other's legs.
        wanted = sorted(set(sids))
        found = await self._x.one_each("leg", ((sid,) for sid in wanted))
        return {
            sid: _leg(columns)
            for sid, columns in zip(wanted, found, strict=True)
            if columns is not None
        }

    async def outbound_by_provider(self, ids: Iterable[tuple[str, str]]) -> list[str | None]:
        """The SIDs of the outbound legs that carriers know by those (carrier, provider id)s, in
        their order; null for what no leg is known by."""
        found = await self._x.one_each("message_outbound_by_provider", ids)
        return [None if columns is None else columns[0] for columns in found]

    async def set_status_many(self, changes: Iterable[StatusChange]) -> None:
        """Writes statuses."""
        rows = list(map(row, changes))
        self.changed.extend(map(itemgetter(0), rows))
        await self._x.run_many("message_status", rows)

    async def link(self, sid: str, interaction_sid: str) -> None:
        """Ties an inbound leg to an interaction."""
        self.changed.append(sid)
        await self._x.run("message_link", sid, interaction_sid)

    async def listen_many(self, listeners: Iterable[Listener]) -> None:
        """Notes whom to tell what becomes of messages."""
        await self._x.run_many(
            "message_status_add",
            (
                (one.message_sid, one.account_sid, one.service_sid, _JSON.encode(one.urls).decode())
                for one in listeners
            ),
        )

    async def listener(self, message_sid: str, account_sid: str) -> Listener | None:
        """Whom to tell what becomes of a message."""
        found = await self._x.one("message_status_of", message_sid)
        if found is None:
            return None
        urls = msgspec.json.decode(found[1], type=tuple[tuple[str, str], ...])
        return Listener(message_sid, account_sid, found[0], urls)

    async def stop_listening(self, message_sid: str) -> None:
        """Nothing more will become of the message."""
        await self._x.run("message_status_forget", message_sid)

    async def may_reply(self, number: str, person: str, about: str, now: int, since: int) -> bool:
        """Whether the number has not answered the person of itself since then; now it has."""
        await self._x.run("reply_forget", since)
        return await self._x.run("reply_take", number, person, about, now, since) > 0

    async def pair(self, number: str, person: str) -> PairReplies | None:
        """How often programs replied from the number to the person lately."""
        return await self._one(PairReplies, "pair_reply_get", number, person)

    async def set_pair(self, number: str, person: str, replies: PairReplies) -> None:
        """Writes it."""
        await self._x.run("pair_reply_put", number, person, *row(replies))

    async def forget_pairs(self, before: int, limit: int) -> int:
        """Forgets pairs without a reply since then (ms); how many."""
        return await self._x.run("pair_reply_forget", before, limit)

    async def page(
        self, account_sid: str, narrow: MessageFilter, request: PageRequest
    ) -> Page[Message]:
        """The account's messages."""
        return await self._page(Message, "message_page", request, account_sid, *row(narrow))

    async def delete(self, sid: str, account_sid: str) -> bool:
        """Deletes it with its media; false when the account has no such message."""
        if await self._x.run("message_delete", sid, account_sid) == 0:
            return False
        await self._x.run("media_delete_of", sid)
        await self._x.run("feedback_delete_of", sid)
        await self.stop_listening(sid)
        return True

    async def deactivated(
        self, account_sid: str, after: int, not_before: int, before: int, limit: int
    ) -> list[str]:
        """The numbers to which messages since `after` failed with 30005, as was known from
        `not_before` until `before` (ms)."""
        first, last = (sids.edge("", at) for at in (after, before))
        rows = await self._x.all(
            "message_deactivated", account_sid, first, last, not_before, before, limit
        )
        return [str(number) for (number,) in rows]

    async def media(self, message_sid: str) -> list[Media]:
        """The message's media in their order."""
        return await self._all(Media, "media_of", message_sid)

    async def medium(self, sid: str, message_sid: str, account_sid: str) -> Media | None:
        """One medium of an account's message."""
        return await self._one(Media, "media_get", sid, message_sid, account_sid)

    async def delete_medium(self, sid: str, message_sid: str, account_sid: str) -> bool:
        """Deletes one medium; false when there is no such medium."""
        return await self._x.run("media_delete", sid, message_sid, account_sid) > 0

    async def add_links(self, links: Iterable[MediaLink]) -> None:
        """Makes media reachable by links."""
        await self._x.run_many("media_link_add", map(row, links))

    async def linked(self, token: str, now: int) -> str | None:
        """The URL of the medium that a link leads to; null when it has ended, or the medium was
        deleted."""
        found = await self._x.one("media_link_get", token, now)
        return None if found is None else str(found[0])

    async def forget_links(self, now: int, limit: int) -> int:
        """Forgets links that have ended; how many."""
        return await self._x.run("media_link_forget", now, limit)

    async def give_feedback(self, given: Feedback) -> Feedback:
        """Notes it; what is now known."""
        await self._x.run("feedback_put", *row(given))
        found = await self.feedback(given.message_sid)
        assert found is not None
        return found

    async def feedback(self, message_sid: str) -> Feedback | None:
        """What its program said of a message."""
        return await self._one(Feedback, "feedback_of", message_sid)


def _leg(columns: Sequence[Any]) -> Leg:
    sid, account_sid, direction, status, error_code, num_media, callback_url, *rest = columns
    carrier, *of_interaction = rest
    interaction = None if of_interaction[0] is None else Interaction(*of_interaction)
    own = (sid, account_sid, direction, status, error_code, num_media, callback_url)
    return Leg(*own, interaction, carrier)
