"""Accounts at carriers."""

from __future__ import annotations

from maskline.model.carrier import CarrierAccount, SyncedNumber
from maskline.store.repositories.base import Repository, row


class Carriers(Repository):
    """Accounts at carriers, and what these had set on numbers before they were ours."""

    __slots__ = ()

    async def add(self, account: CarrierAccount) -> bool:
        """Adds it; false when there is one of that name."""
        return await self._x.run("carrier_add", *row(account)) > 0

    async def get(self, name: str) -> CarrierAccount | None:
        """The account of that name."""
        return await self._one(CarrierAccount, "carrier_get", name)

    async def all(self) -> list[CarrierAccount]:
        """All of them, by name."""
        return await self._all(CarrierAccount, "carrier_all")

    async def marks(self) -> dict[str, int]:
        """When each was last changed (ms), by name."""
        return {str(name): int(at) for name, at in await self._x.all("carrier_marks")}

    async def update(self, account: CarrierAccount) -> None:
        """Writes settings and credentials."""
        await self._x.run(
            "carrier_update",
            account.name,
            account.settings,
            account.credentials,
            account.date_updated,
        )

    async def delete(self, name: str) -> bool:
        """Deletes it; false when there is none of that name."""
        return await self._x.run("carrier_delete", name) > 0

    async def numbers(self, name: str, limit: int) -> list[str]:
        """Numbers that are reached by it."""
        return [str(one[0]) for one in await self._x.all("carrier_numbers", name, limit)]

    async def move(self, number_sid: str, name: str, now: int) -> None:
        """Has a number reached by it from now on."""
        await self._x.run("number_moves", number_sid, name, now)

    async def remember(self, synced: SyncedNumber) -> None:
        """Keeps what the carrier had set on a number."""
        await self._x.run("synced_put", *row(synced))

    async def remembered(self, number: str) -> SyncedNumber | None:
        """What it had set."""
        return await self._one(SyncedNumber, "synced_get", number)

    async def synced(self, name: str) -> list[SyncedNumber]:
        """All numbers that this account's carrier was told to send to us."""
        return await self._all(SyncedNumber, "synced_of", name)

    async def forget(self, number: str) -> None:
        """Drops it."""
        await self._x.run("synced_delete", number)
