"""Advanced Opt-Out: Messaging Services' own lists of words."""

from __future__ import annotations

from collections.abc import Iterable

from maskline.model.opt_out_list import ListedWord, OptOutList
from maskline.model.page import Page, PageRequest
from maskline.store.repositories.base import Repository, row


class OptOutLists(Repository):
    """Lists, and their words as they are looked up. Who writes keeps the two in step."""

    __slots__ = ()

    async def add(self, one: OptOutList) -> bool:
        """Adds a list; false when the service has one of its language and country."""
        return await self._x.run("opt_out_list_add", *row(one)) > 0

    async def get(self, sid: str, service_sid: str) -> OptOutList | None:
        """The service's list with that SID."""
        return await self._one(OptOutList, "opt_out_list_get", sid, service_sid)

    async def of(self, service_sid: str, country: str, language: str) -> OptOutList | None:
        """The service's list of a language and country."""
        return await self._one(OptOutList, "opt_out_list_of", service_sid, country, language)

    async def page(
        self, service_sid: str, country: str | None, request: PageRequest
    ) -> Page[OptOutList]:
        """The service's lists: of one country, "" being those for all, or null for any."""
        narrow = (0, "") if country is None else (1, country)
        return await self._page(OptOutList, "opt_out_list_page", request, service_sid, *narrow)

    async def update(self, one: OptOutList) -> None:
        """Writes its words and answers."""
        await self._x.run(
            "opt_out_list_update",
            one.sid,
            one.opt_out_keywords,
            one.opt_in_keywords,
            one.help_keywords,
            one.opt_out_message,
            one.opt_in_message,
            one.help_message,
            one.date_updated,
        )

    async def delete(self, sid: str) -> None:
        """Deletes a list with its words."""
        await self._x.run("opt_out_list_delete", sid)
        await self._x.run("listed_word_forget", sid)

    async def set_words(self, list_sid: str, words: Iterable[ListedWord]) -> None:
        """These are a list's words, and no others."""
        await self._x.run("listed_word_forget", list_sid)
        await self._x.run_many("listed_word_add", [row(word) for word in words])

    async def words(self, service_sid: str, country: str) -> list[ListedWord]:
        """All words of a service's lists for one country, or of those for all."""
        return await self._all(ListedWord, "listed_word_all", service_sid, country)

    async def find(self, service_sid: str, word: str, country: str) -> tuple[str, str] | None:
        """What a word does to people of a country (`Keyword`), and the answer; null for any other
        text."""
        found = await self._x.one("listed_word_find", service_sid, word, country)
        return None if found is None else (found[0], found[1])
