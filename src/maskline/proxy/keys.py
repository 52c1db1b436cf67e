"""API keys: create, rename, delete."""

from __future__ import annotations

import hashlib
import secrets
import string
from typing import Final

import msgspec

from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.account import ApiKey
from maskline.model.errors import not_found
from maskline.model.form import Form
from maskline.store.contract import Transaction

MAX_NAME: Final = 64
_SECRET_LENGTH: Final = 32
_ALPHABET: Final = string.ascii_letters + string.digits


class NewKey(msgspec.Struct, frozen=True):
    """A key and its secret, which is nowhere kept."""

    key: ApiKey
    secret: str


def digest(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


async def create(env: Env, tx: Transaction, account_sid: str, form: Form) -> NewKey:
    """A new key."""
    now = env.clock()
    secret = "".join(secrets.choice(_ALPHABET) for _ in range(_SECRET_LENGTH))
    key = ApiKey(
        sid=env.sids.new(sids.API_KEY),
        account_sid=account_sid,
        friendly_name=form.text("FriendlyName", MAX_NAME) or "",
        secret_hash=digest(secret),
        date_created=now,
        date_updated=now,
    )
    await tx.accounts.add_key(key)
    return NewKey(key, secret)


async def find(tx: Transaction, account_sid: str, sid: str) -> ApiKey:
    """The account's key with that SID."""
    key = await tx.accounts.key(sid)
    if key is None or key.account_sid != account_sid:
        raise not_found("Key")
    return key


async def update(env: Env, tx: Transaction, account_sid: str, sid: str, form: Form) -> ApiKey:
    """Renames it, when a name is sent."""
    await find(tx, account_sid, sid)
    if form.has("FriendlyName"):
        name = form.text("FriendlyName", MAX_NAME) or ""
        await tx.accounts.rename_key(sid, account_sid, name, env.clock())
    return await find(tx, account_sid, sid)


async def delete(tx: Transaction, account_sid: str, sid: str) -> None:
    """Deletes it."""
    if not await tx.accounts.delete_key(sid, account_sid):
        raise not_found("Key")
