"""The audit log: who did what, when, from where."""

from __future__ import annotations

import msgspec

from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.console import AuditEntry, Deed, User
from maskline.store.contract import Transaction


class Actor(msgspec.Struct, frozen=True):
    """Who does something: a user of the console (or the command line, without a SID), from an
    address."""

    user_sid: str | None
    name: str
    address: str
    account_sid: str | None = None


#: Whoever has a shell on the server.
COMMAND_LINE = Actor(None, "command line", "")


def actor(user: User, address: str) -> Actor:
    """A user, from an address."""
    return Actor(user.sid, user.name, address, user.account_sid)


async def record(
    env: Env,
    tx: Transaction,
    who: Actor,
    what: Deed,
    subject: str | None = None,
    detail: str = "",
    account_sid: str | None = None,
) -> None:
    """Writes it down, in the transaction of what it tells of. `detail` holds no number and no
    secret; `account_sid` is the account that it concerns, by default the actor's own."""
    await tx.console_users.log(
        AuditEntry(
            sid=env.sids.new(sids.AUDIT_ENTRY),
            user_sid=who.user_sid,
            user_name=who.name,
            what=what.value,
            subject=subject,
            detail=detail,
            address=who.address,
            account_sid=account_sid or who.account_sid,
            date_created=env.clock(),
        )
    )
