"""Accounts, their switches and API keys, for admins."""

from __future__ import annotations

from collections.abc import Mapping

from maskline.access import accounts
from maskline.console.context import StoreResource
from maskline.console.gate import Ask, Handler
from maskline.console.shapes.accounts import (
    AccountChange,
    AccountList,
    AccountView,
    CreatedAccount,
    CreatedKey,
    KeyPage,
    KeyView,
    NewAccount,
    NewApiKey,
    SwitchView,
)
from maskline.console.shapes.common import Done
from maskline.model.account import SWITCHES, Account, AccountStatus, ApiKey
from maskline.proxy.keys import NewKey
from maskline.store.contract import Transaction


class AccountsResource(StoreResource):
    """`/accounts` and `/keys`."""

    def handlers(self) -> Mapping[str, Handler]:
        """Its endpoints."""
        return {
            "GET /accounts": self.list,
            "POST /accounts": self.create,
            "POST /accounts/{sid}": self.change,
            "GET /keys": self.keys,
            "POST /keys": self.create_key,
            "POST /keys/{sid}/revoke": self.revoke_key,
        }

    async def list(self, ask: Ask) -> AccountList:
        """Those that the user may see."""
        found = await self._store.read(lambda tx: tx.accounts.all())
        mine = [_shown(one) for one in found if ask.sees(one.sid)]
        return AccountList(mine, may_create=ask.seat.user.account_sid is None)

    async def create(self, ask: Ask) -> CreatedAccount:
        """A new account; its token is shown this once."""
        env, given = self._env, ask.body
        assert isinstance(given, NewAccount)
        made = await self._store.transact(
            lambda tx: accounts.create(env, tx, ask.actor, given.name)
        )
        return CreatedAccount(_shown(made), made.auth_token)

    async def change(self, ask: Ask) -> AccountView:
        """Another name or status, or a switch turned. Processes follow within five seconds."""
        env, given, sid = self._env, ask.body, ask.params["sid"]
        assert isinstance(given, AccountChange)
        status = None if given.status is None else AccountStatus(given.status)
        changed = await self._store.transact(
            lambda tx: accounts.change(
                env,
                tx,
                ask.actor,
                sid,
                name=given.name,
                status=status,
                switch=given.switch,
                on=given.on,
            )
        )
        return _shown(changed)

    async def keys(self, ask: Ask) -> KeyPage:
        """An account's API keys."""
        request = ask.page()

        async def read(tx: Transaction) -> KeyPage:
            page = await tx.accounts.keys(await ask.account(tx), request)
            return KeyPage(
                [_key(one) for one in page.records],
                page.following,
                page.preceding,
            )

        return await self._store.read(read)

    async def create_key(self, ask: Ask) -> CreatedKey:
        """A new API key; its secret is shown this once."""
        env, given = self._env, ask.body
        assert isinstance(given, NewApiKey)

        async def create(tx: Transaction) -> NewKey:
            account = await ask.account(tx)
            return await accounts.create_key(env, tx, ask.actor, account, given.name)

        new = await self._store.transact(create)
        account = new.key.account_sid
        path = f"/api/2010-04-01/Accounts/{account}/Keys.json"
        self._context.did(ask, account, "POST", path, [("FriendlyName", new.key.friendly_name)])
        return CreatedKey(_key(new.key), new.secret)

    async def revoke_key(self, ask: Ask) -> Done:
        """Takes a key away. Processes that know it follow within five seconds."""
        env, sid = self._env, ask.params["sid"]
        account = await self._store.transact(
            lambda tx: accounts.revoke_key(env, tx, ask.actor, sid)
        )
        path = f"/api/2010-04-01/Accounts/{account}/Keys/{sid}.json"
        self._context.did(ask, account, "DELETE", path, [])
        return Done()


def _shown(account: Account) -> AccountView:
    return AccountView(
        sid=account.sid,
        name=account.friendly_name,
        status=account.status,
        date_created=account.date_created,
        debugger_url=account.debugger_url,
        switches=[
            SwitchView(switch.label, bool(account.switches & switch), meaning)
            for switch, meaning in SWITCHES.items()
        ],
    )


def _key(key: ApiKey) -> KeyView:
    return KeyView(key.sid, key.friendly_name, key.date_created, key.date_updated)
