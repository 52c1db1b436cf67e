"""Users of the console: made, changed, reset. Whoever has one account sees and changes only those
who have it too."""

from __future__ import annotations

import msgspec

from maskline.access.audit import Actor, record
from maskline.access.sign_in import new_link
from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.console import Deed, Role, User
from maskline.model.errors import Fault, not_found
from maskline.store.contract import Transaction

MAX_NAME = 64


async def create(
    env: Env,
    tx: Transaction,
    who: Actor,
    name: str,
    role: Role,
    account_sid: str | None,
    subject: str | None = None,
) -> User:
    """A new user without a password. Raises 20001 for a name that is wrong or taken, 20404 for an
    account that is not there or not the actor's."""
    account_sid = account_sid or who.account_sid
    if who.account_sid not in (None, account_sid):
        raise not_found("Account")
    if account_sid is not None and await tx.accounts.get(account_sid) is None:
        raise not_found("Account")
    now = env.clock()
    user = User(
        sid=env.sids.new(sids.CONSOLE_USER),
        name=checked_name(name),
        role=role.value,
        account_sid=account_sid,
        password_hash=None,
        oidc_subject=subject,
        disabled=0,
        last_sign_in=None,
        date_created=now,
        date_updated=now,
    )
    if not await tx.console_users.add(user):
        raise Fault(20001, "there is a user of that name", status=409)
    await record(env, tx, who, Deed.USER_CREATED, user.sid, role.value, account_sid)
    return user


async def find(tx: Transaction, who: Actor, sid: str) -> User:
    """A user whom the actor may see. Raises 20404."""
    user = await tx.console_users.get(sid)
    if user is None or who.account_sid not in (None, user.account_sid):
        raise not_found("User")
    return user


async def all_of(tx: Transaction, who: Actor) -> list[User]:
    """The users whom the actor may see, by name."""
    users = await tx.console_users.all()
    return [user for user in users if who.account_sid in (None, user.account_sid)]


async def change(
    env: Env, tx: Transaction, who: Actor, sid: str, role: Role | None, disabled: bool | None
) -> User:
    """Changes a user's role, or whether they may sign in; whoever may not is signed out. Raises
    20001 where nobody would be left to administer the console."""
    user = await find(tx, who, sid)
    changed = msgspec.structs.replace(
        user,
        role=user.role if role is None else role.value,
        disabled=user.disabled if disabled is None else int(disabled),
        date_updated=env.clock(),
    )
    if _administers(user) and not _administers(changed) and await tx.console_users.admins() < 2:
        raise Fault(20001, "nobody would be left to administer the console", status=409)
    await tx.console_users.update(changed)
    if changed.disabled:
        await tx.console_users.end_all(user.sid)
        await tx.console_users.drop_links(user.sid, env.clock())
    state = "disabled" if changed.disabled else changed.role
    await record(env, tx, who, Deed.USER_CHANGED, user.sid, state, user.account_sid)
    return changed


async def reset(env: Env, tx: Transaction, who: Actor, sid: str) -> tuple[User, str, int]:
    """Takes a user's password away and signs them out everywhere; the token of the one-time link
    by which they come back, and until when it holds."""
    user = await find(tx, who, sid)
    changed = msgspec.structs.replace(user, password_hash=None, date_updated=env.clock())
    await tx.console_users.update(changed)
    await tx.console_users.end_all(user.sid)
    await record(env, tx, who, Deed.USER_RESET, user.sid, "", user.account_sid)
    return changed, *await new_link(env, tx, changed)


async def set_password(
    env: Env, tx: Transaction, who: Actor, user: User, password_hash: str, keep: str
) -> None:
    """Gives a user a password; their other browsers, all but the one of the cookie hashed as
    `keep`, are signed out."""
    current = await find(tx, who, user.sid)
    changed = msgspec.structs.replace(
        current, password_hash=password_hash, date_updated=env.clock()
    )
    await tx.console_users.update(changed)
    await tx.console_users.end_all(user.sid, keep)
    await tx.console_users.drop_links(user.sid, env.clock())
    await record(env, tx, who, Deed.PASSWORD, user.sid)


def checked_name(text: str) -> str:
    """A user's name. Raises 20001."""
    name = text.strip()
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise Fault(20001, f"a name has 1 to {MAX_NAME} characters, all printable")
    return name


def _administers(user: User) -> bool:
    return user.role == Role.ADMIN and not user.disabled and user.account_sid is None
