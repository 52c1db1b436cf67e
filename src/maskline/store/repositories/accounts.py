"""Accounts and API keys."""

from __future__ import annotations

from maskline.model.account import Account, ApiKey
from maskline.model.page import Page, PageRequest
from maskline.store.repositories.base import Repository, row


class Accounts(Repository):
    """Tenants and their keys."""

    __slots__ = ()

    async def add(self, account: Account) -> bool:
        """Adds it; false when the SID is taken."""
        return await self._x.run("account_add", *row(account)) > 0

    async def get(self, sid: str) -> Account | None:
        """The account, whatever its status."""
        return await self._one(Account, "account_get", sid)

    async def hold(self) -> None:
        """Lets no other process add one before the transaction has ended."""
        if self._x.shared:
            await self._x.run("accounts_hold")

    async def all(self) -> list[Account]:
        """Every account of the server, oldest first."""
        return await self._all(Account, "account_all")

    async def update(self, account: Account) -> None:
        """Writes name, token, status, switches and debugger URL."""
        await self._x.run(
            "account_update",
            account.sid,
            account.friendly_name,
            account.auth_token,
            account.status,
            account.date_updated,
            account.switches,
            account.debugger_url,
        )

    async def debugger_url(self, sid: str) -> str | None:
        """Where the account is told its alerts; null when it wants none."""
        found = await self._x.one("account_debugger_url", sid)
        return None if found is None else found[0]

    async def add_key(self, key: ApiKey) -> None:
        """Adds an API key."""
        await self._x.run("api_key_add", *row(key))

    async def key(self, sid: str) -> ApiKey | None:
        """The API key of any account."""
        return await self._one(ApiKey, "api_key_get", sid)

    async def rename_key(self, sid: str, account_sid: str, name: str, now: int) -> bool:
        """Renames it; false when the account has no such key."""
        return await self._x.run("api_key_rename", sid, account_sid, name, now) > 0

    async def delete_key(self, sid: str, account_sid: str) -> bool:
        """Deletes it; false when the account has no such key."""
        return await self._x.run("api_key_delete", sid, account_sid) > 0

    async def keys(self, account_sid: str, request: PageRequest) -> Page[ApiKey]:
        """The account's keys."""
        return await self._page(ApiKey, "api_key_page", request, account_sid)
