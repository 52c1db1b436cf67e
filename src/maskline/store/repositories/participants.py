"""Participants."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from maskline.model.page import Page, PageRequest
from maskline.model.participant import Participant
from maskline.store.repositories.base import Repository, row, single


class Participants(Repository):
    """Participants of sessions, and who holds which pair."""

    __slots__ = ()

    async def add(self, participant: Participant) -> bool:
        """Adds it; false when another participant holds the pair."""
        return await self._x.run("participant_add", *row(participant)) > 0

    async def add_many(self, participants: Iterable[Participant], taken: Exception) -> None:
        """Adds them. Raises `taken`, by the end of the transaction, when another participant holds
        the pair of one."""
        await self._x.add_unless("participant_add", map(row, participants), taken)

    async def get(self, sid: str, session_sid: str) -> Participant | None:
        """The session's participant with that SID, deleted or not."""
        return await self._one(Participant, "participant_get", sid, session_sid)

    async def of_session(self, session_sid: str) -> list[Participant]:
        """All participants of a session, deleted ones too, oldest first."""
        return await self._all(Participant, "participant_of_session", session_sid)

    async def named_page(
        self, session_sid: str, identifier: str, request: PageRequest
    ) -> Page[Participant]:
        """The session's participant with that identifier, deleted or not."""
        found = await self._one(Participant, "participant_by_identifier", session_sid, identifier)
        return single(found, request)

    async def page(self, session_sid: str, request: PageRequest) -> Page[Participant]:
        """The session's participants, deleted ones too."""
        return await self._page(Participant, "participant_page", request, session_sid)

    async def holder(self, proxy_identifier: str, identifier: str) -> Participant | None:
        """Who holds the pair."""
        return await self._one(Participant, "participant_pair_holder", proxy_identifier, identifier)

    async def last_of(
        self, proxy_identifier: str, identifier: str, service_sid: str
    ) -> Participant | None:
        """Who the person was when they last had that number in the Service; now they have not."""
        return await self._one(
            Participant, "participant_last_of", proxy_identifier, identifier, service_sid
        )

    async def set_pair(self, sid: str, pair: int, now: int) -> None:
        """Takes or frees the pair of a participant."""
        await self._x.run("participant_set_pair", sid, pair, now)

    async def yield_pair(self, proxy_identifier: str, identifier: str, now: int) -> None:
        """Who holds the pair shares it from now on, and nobody holds it."""
        await self._x.run("participant_pair_yield", proxy_identifier, identifier, now)

    async def inherit_pair(self, proxy_identifier: str, identifier: str, now: int) -> None:
        """Of those who share a pair that nobody holds, the one that held it last holds it."""
        row = (proxy_identifier, identifier, now)
        touched = await self._x.run("participant_pair_inherit", *row)
        if not touched and self._x.shared:
            # Whoever was chosen has let go of it meanwhile: who is left is seen now.
            await self._x.run("participant_pair_inherit", *row)

    async def on_carriers(
        self, carriers: Sequence[str], after: tuple[str, str], limit: int
    ) -> list[Participant]:
        """Who holds a pair on a number of one of some carriers, in the order of number and
        identifier, those that follow `after`."""
        return await self._all(
            Participant, "participant_on_carriers", f",{','.join(carriers)},", *after, limit
        )

    async def give(self, sid: str, number: str, number_sid: str, now: int) -> bool:
        """Gives a participant another number, whose pair they hold; false when another holds it."""
        return await self._x.run("participant_give", sid, number, number_sid, now) > 0

    async def sharing(self, sid: str) -> Participant | None:
        """The participant with that SID, if it shares its pair without holding it."""
        return await self._one(Participant, "participant_shares", sid)

    async def remove(self, sid: str, now: int) -> None:
        """Marks it as deleted and frees its pair."""
        await self._x.run("participant_remove", sid, now)
