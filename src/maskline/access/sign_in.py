"""Signing in: attempts and their bounds, cookies and one-time links."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

import msgspec

from maskline.access.audit import Actor, actor, record
from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.clock import SECOND
from maskline.model.console import Deed, SignedIn, User
from maskline.model.errors import Fault
from maskline.store.contract import Transaction

#: The span (ms) in which attempts are counted.
SPAN: Final = 900 * SECOND
#: How many times more attempts an address has for all users, and a user from all addresses.
_ADDRESS: Final = 5
_USER: Final = 10
#: A sign-in's last use is written down no more often than this (ms).
_SEEN: Final = 60 * SECOND
_MINUTE: Final = 60 * SECOND
_HOUR: Final = 3600 * SECOND


class Locked(Fault):
    """Too many attempts to sign in; `retry_after` (s) says when the next may be made."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(20429, "too many attempts to sign in")
        self.retry_after = retry_after


class Seat(msgspec.Struct, frozen=True):
    """A user in a browser. `expires_at` (ms) is the end whatever they do."""

    user: User
    token_hash: str
    expires_at: int


def new_token() -> str:
    """A secret for a cookie or a link."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def csrf_of(token: str) -> str:
    """What a page must send beside its cookie: whoever can't read the page doesn't know it."""
    return hmac.new(token.encode("utf-8", "replace"), b"maskline console", "sha256").hexdigest()


async def attempt(env: Env, tx: Transaction, name: str, address: str) -> User | None:
    """Counts an attempt before its password is looked at; the user, if there is one. Raises Locked
    without counting it."""
    now = env.clock()
    most = env.settings.console.sign_in_attempts
    user_key, address_key = _digest("user", name.casefold()), _digest("address", address)
    bounds = {
        _digest("both", name.casefold(), address): most,
        address_key: most * _ADDRESS,
        user_key: most * _USER,
    }
    await tx.console_users.expire_attempts(now - SPAN)
    for key, bound in bounds.items():
        count, first = await tx.console_users.attempts(key, now - SPAN)
        if count >= bound:
            raise Locked(max(1, (first + SPAN - now) // SECOND))
    sid = env.sids.new(sids.SIGN_IN_ATTEMPT)
    for key in bounds:
        await tx.console_users.count_attempt(sid, key)
    return await tx.console_users.by_name(name)


async def failed(env: Env, tx: Transaction, user: User | None, address: str, how: str) -> None:
    """Writes down a sign-in that failed. A name that nobody has is left out: people type their
    passwords there."""
    who = Actor(None, "unknown", address) if user is None else actor(user, address)
    await record(env, tx, who, Deed.SIGN_IN_FAILED, None if user is None else user.sid, how)


async def begin(
    env: Env, tx: Transaction, user: User, token: str, before: str, address: str, how: str
) -> Seat:
    """A user is signed in by the new cookie `token`; what the browser was signed in as by the
    cookie `before` ("" for none) ends. Raises 20003 for a user who is disabled."""
    if user.disabled:
        raise Fault(20003)
    now = env.clock()
    users = tx.console_users
    user = msgspec.structs.replace(user, last_sign_in=now, date_updated=now)
    await users.update(user)
    if before:
        await users.end(hash_of(before))
    await users.expire(now - env.settings.console.session_hours * _HOUR)
    await users.forget_attempts(_digest("both", user.name.casefold(), address))
    signed_in = SignedIn(hash_of(token), user.sid, now, now)
    await users.begin(signed_in)
    await record(env, tx, actor(user, address), Deed.SIGN_IN, user.sid, how)
    return _seat(env, signed_in, user)


async def seat(env: Env, tx: Transaction, token: str) -> tuple[Seat, bool] | None:
    """Who is signed in by a cookie, and whether it is time to write that they are still there.
    Null for nobody: the sign-in is over, or its user is disabled."""
    found = await tx.console_users.session(hash_of(token))
    if found is None:
        return None
    signed_in, user = found
    console, now = env.settings.console, env.clock()
    idle = now - signed_in.last_seen > console.idle_minutes * _MINUTE
    if user.disabled or idle or now >= _seat(env, signed_in, user).expires_at:
        return None
    return _seat(env, signed_in, user), now - signed_in.last_seen > _SEEN


async def out(env: Env, tx: Transaction, who: Seat, address: str) -> None:
    """Signs a browser out."""
    await tx.console_users.end(who.token_hash)
    await record(env, tx, actor(who.user, address), Deed.SIGN_OUT, who.user.sid)


async def new_link(env: Env, tx: Transaction, user: User) -> tuple[str, int]:
    """A one-time link's token, and until when it holds; earlier ones of the user end."""
    now = env.clock()
    token = new_token()
    expires_at = now + env.settings.console.link_minutes * _MINUTE
    await tx.console_users.drop_links(user.sid, now)
    await tx.console_users.add_link(hash_of(token), user.sid, expires_at)
    return token, expires_at


async def by_link(env: Env, tx: Transaction, token: str) -> User | None:
    """Whose link it is; it leads nowhere from now on. Null for one that is used or over."""
    link = await tx.console_users.take_link(hash_of(token))
    if link is None or link.expires_at <= env.clock():
        return None
    return await tx.console_users.get(link.user_sid)


def _seat(env: Env, signed_in: SignedIn, user: User) -> Seat:
    end = signed_in.date_created + env.settings.console.session_hours * _HOUR
    return Seat(user, signed_in.token_hash, end)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()
