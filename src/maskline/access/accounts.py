"""Accounts and their API keys, as admins of the console keep them."""

from __future__ import annotations

import secrets
from typing import Final

import msgspec

from maskline.access.audit import Actor, record
from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.account import SWITCHES, Account, AccountStatus, Switch
from maskline.model.console import Deed
from maskline.model.errors import Fault, not_found
from maskline.model.form import Form
from maskline.proxy import keys
from maskline.proxy.keys import NewKey
from maskline.store.contract import Transaction

MAX_NAME: Final = 64
_LABELS: Final = {switch.label: switch for switch in SWITCHES}


async def find(tx: Transaction, who: Actor, sid: str) -> Account:
    """The account, if they may see it. Raises 20404."""
    account = await tx.accounts.get(sid)
    if account is None or who.account_sid not in (None, sid):
        raise not_found("Account")
    return account


async def create(env: Env, tx: Transaction, who: Actor, name: str) -> Account:
    """A new account, whose token is in it. Raises 20006 for whoever may see one account only."""
    if who.account_sid is not None:
        raise Fault(20006, "this needs a user of all accounts")
    now = env.clock()
    account = Account(
        sid=env.sids.new(sids.ACCOUNT),
        friendly_name=_name(name),
        auth_token=secrets.token_hex(16),
        status=AccountStatus.ACTIVE.value,
        date_created=now,
        date_updated=now,
    )
    await tx.accounts.add(account)
    await record(env, tx, who, Deed.ACCOUNT_CREATED, account.sid, "", account.sid)
    return account


async def change(
    env: Env,
    tx: Transaction,
    who: Actor,
    sid: str,
    *,
    name: str | None = None,
    status: AccountStatus | None = None,
    switch: str | None = None,
    on: bool | None = None,
) -> Account:
    """A changed name or status, or a switch turned; null leaves what is there. Raises 20006 when
    whoever may see one account only would open or shut it."""
    account = await find(tx, who, sid)
    if status is not None and who.account_sid is not None:
        raise Fault(20006, "this needs a user of all accounts")
    said = []
    changes: dict[str, object] = {}
    if name is not None:
        changes["friendly_name"] = _name(name)
        said.append("name")
    if status is not None:
        changes["status"] = status.value
        said.append(f"status {status.value}")
    if switch is not None and on is not None:
        if switch not in _LABELS:
            raise Fault(20001, f"`switch` must be one of {', '.join(_LABELS)}")
        changes["switches"] = _turned(account.switches, _LABELS[switch], on=on)
        said.append(f"{switch} {'on' if on else 'off'}")
    if not said:
        return account
    changed = msgspec.structs.replace(account, date_updated=env.clock(), **changes)
    await tx.accounts.update(changed)
    await record(env, tx, who, Deed.ACCOUNT_CHANGED, sid, ", ".join(said), sid)
    return changed


async def create_key(env: Env, tx: Transaction, who: Actor, account: str, name: str) -> NewKey:
    """A new API key with its secret, which is nowhere kept."""
    await find(tx, who, account)
    new = await keys.create(env, tx, account, Form({"FriendlyName": [name.strip()]}, 20001))
    await record(env, tx, who, Deed.KEY_CREATED, new.key.sid, "", account)
    return new


async def revoke_key(env: Env, tx: Transaction, who: Actor, sid: str) -> str:
    """A key that opens nothing from now on; the account whose it was. Raises 20404."""
    key = await tx.accounts.key(sid)
    if key is None or who.account_sid not in (None, key.account_sid):
        raise not_found("Key")
    await keys.delete(tx, key.account_sid, sid)
    await record(env, tx, who, Deed.KEY_REVOKED, sid, "", key.account_sid)
    return key.account_sid


def _turned(switches: int, switch: Switch, *, on: bool) -> int:
    return int(switches | switch if on else switches & ~switch)


def _name(text: str) -> str:
    name = text.strip()
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise Fault(20001, f"a name has 1 to {MAX_NAME} characters, all printable")
    return name
