"""The first account, which a server makes when it starts."""

from __future__ import annotations

import secrets

import msgspec

from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.account import Account, AccountStatus
from maskline.store.contract import Store, Transaction


class Bootstrap:
    """The first account. `token_is_new` when it was made up just now and must be shown."""

    def __init__(self, account: Account, *, token_is_new: bool) -> None:
        self.account = account
        self.token_is_new = token_is_new


async def bootstrap(env: Env, store: Store) -> Bootstrap:
    """The account that the settings name, or the oldest, or a new one."""
    settings = env.settings

    async def ensure(tx: Transaction) -> Bootstrap:
        now = env.clock()
        await tx.accounts.hold()
        accounts = await tx.accounts.all()
        wanted = settings.account_sid
        found = next((one for one in accounts if wanted in (None, one.sid)), None)
        if found is not None:
            if settings.auth_token in (None, found.auth_token):
                return Bootstrap(found, token_is_new=False)
            found = msgspec.structs.replace(
                found, auth_token=settings.auth_token or found.auth_token, date_updated=now
            )
            await tx.accounts.update(found)
            return Bootstrap(found, token_is_new=False)
        account = Account(
            sid=wanted or env.sids.new(sids.ACCOUNT),
            friendly_name="First account",
            auth_token=settings.auth_token or secrets.token_hex(16),
            status=AccountStatus.ACTIVE.value,
            date_created=now,
            date_updated=now,
        )
        await tx.accounts.add(account)
        return Bootstrap(account, token_is_new=settings.auth_token is None)

    return await store.transact(ensure)
