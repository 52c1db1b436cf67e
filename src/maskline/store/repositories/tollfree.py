"""Verifications of toll-free numbers."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from maskline.model.number import Number
from maskline.model.page import Page, PageRequest
from maskline.model.tollfree import TollfreeVerification
from maskline.store.repositories.base import Repository, row


class TollfreeFilter(msgspec.Struct, frozen=True):
    """What a list is narrowed to: "" and an empty tuple mean any."""

    phone_number_sid: str = ""
    status: str = ""
    external_reference_id: str = ""
    trust_product_sids: tuple[str, ...] = ()


class TollfreeVerifications(Repository):
    """A number has one at most."""

    __slots__ = ()

    async def add(self, verification: TollfreeVerification) -> None:
        """Adds it."""
        await self._x.run("tollfree_add", *row(verification))

    async def get(self, sid: str, account_sid: str) -> TollfreeVerification | None:
        """The account's verification with that SID."""
        return await self._one(TollfreeVerification, "tollfree_get", sid, account_sid)

    async def peek(self, sid: str) -> TollfreeVerification | None:
        """The verification with that SID, whosever it is."""
        return await self._one(TollfreeVerification, "tollfree_peek", sid)

    async def of_number(self, number_sid: str) -> TollfreeVerification | None:
        """The number's verification."""
        return await self._one(TollfreeVerification, "tollfree_of_number", number_sid)

    async def page(
        self, account_sid: str, narrow: TollfreeFilter, request: PageRequest
    ) -> Page[TollfreeVerification]:
        """The account's verifications."""
        return await self._page(
            TollfreeVerification,
            "tollfree_page",
            request,
            account_sid,
            narrow.phone_number_sid,
            narrow.status,
            narrow.external_reference_id,
            ",".join(narrow.trust_product_sids),
        )

    async def unverified(
        self, account_sid: str, area_codes: Collection[str], limit: int
    ) -> list[Number]:
        """The account's numbers of these area codes of North America that have none, those in
        pools first."""
        codes = " ".join(sorted(area_codes))
        return await self._all(Number, "tollfree_unverified", account_sid, codes, limit)

    async def update(self, verification: TollfreeVerification) -> None:
        """Writes it whole."""
        await self._x.run("tollfree_update", *row(verification))

    async def delete(self, sid: str) -> None:
        """Deletes it."""
        await self._x.run("tollfree_delete", sid)
