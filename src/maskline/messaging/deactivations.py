"""Deactivations: the numbers that carriers reported as nobody's any more (30005), by the day.

Twilio learns of all numbers of the United States that their networks took back. A server of one's
own learns of those that it wrote to, wherever they are.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

import msgspec

from maskline.env import Env
from maskline.model.account import AccountStatus
from maskline.model.clock import DAY, SECOND
from maskline.model.errors import not_found
from maskline.model.form import Form
from maskline.store.contract import Transaction

#: How long the address of a file is good, in ms: as long as Twilio's.
LIFE: Final = 120 * SECOND
#: The most numbers of a file.
MOST: Final = 100_000
#: A report may come so long after its message, in ms.
_LATEST: Final = 3 * DAY


class Ticket(msgspec.Struct, frozen=True):
    """The right to fetch the file of a day (ms) until `expires` (ms)."""

    account_sid: str
    day: int
    expires: int
    signature: str


async def ticket(env: Env, tx: Transaction, account_sid: str, query: Form) -> Ticket:
    """A ticket for the day that `Date` names. Raises 20001 for none, and for one to come."""
    text = query.text("Date", 64, required=True)
    day = query.moment("Date")
    if day is None or text is None or len(text) != 10:
        raise query.wrong("Date", "must be a day such as 2030-07-30")
    now = env.clock()
    if not 0 <= day <= now:
        raise query.wrong("Date", "must be a day that has begun")
    account = await tx.accounts.get(account_sid)
    assert account is not None
    expires = now + LIFE
    signature = _signature(account.auth_token, account_sid, day, expires)
    return Ticket(account_sid, day, expires, signature)


async def numbers(env: Env, tx: Transaction, given: Ticket) -> list[str]:
    """The numbers of the ticket's day, in order. Raises 20404 for a ticket that is none, or has
    ended."""
    account = await tx.accounts.get(given.account_sid)
    if account is None or account.status != AccountStatus.ACTIVE:
        raise not_found("Deactivations")
    right = _signature(account.auth_token, given.account_sid, given.day, given.expires)
    if (
        not hmac.compare_digest(right.encode(), given.signature.encode())
        or given.expires <= env.clock()
    ):
        raise not_found("Deactivations")
    day = given.day
    return await tx.messages.deactivated(account.sid, day - _LATEST, day, day + DAY, MOST)


def _signature(token: str, account_sid: str, day: int, expires: int) -> str:
    text = f"deactivations {account_sid} {day} {expires}"
    return hmac.new(token.encode(), text.encode(), hashlib.sha256).hexdigest()
