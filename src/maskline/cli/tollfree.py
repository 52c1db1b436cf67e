"""`maskline a2p tollfree`: what came of a toll-free number's verification that is made by hand."""

from __future__ import annotations

from maskline.a2p import manual
from maskline.cli import stock, terminal
from maskline.cli.refusal import Refusal
from maskline.cli.reports import Failure, form_of
from maskline.cli.where import Where, account_of
from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.page import PageRequest
from maskline.model.tollfree import TollfreeStatus, TollfreeVerification
from maskline.store.contract import Transaction
from maskline.store.repositories.tollfree import TollfreeFilter

#: What a table of verifications is headed by.
COLUMNS = ("toll-free verification", "number", "status", "registrar", "why")


def tollfree(
    which: str,
    *,
    status: TollfreeStatus,
    why: Failure | None = None,
    account: str | None = None,
    where: Where | None = None,
) -> None:
    """Say how far a toll-free number's verification is that is made by hand.

    Parameters
    ----------
    which
        The number, such as +18005550100, or its verification's SID (HH…).
    status
        How far it is.
    account
        The account's SID or name [default: the only or oldest].
    """
    form = form_of(Status=status, **(why or Failure()).parameters)

    async def work(env: Env, tx: Transaction) -> TollfreeVerification:
        owner = (await account_of(tx, account)).sid
        sid = which
        if not sids.is_sid(which, sids.TOLLFREE_VERIFICATION):
            number = await tx.numbers.by_number(stock.written(which))
            found = None
            if number is not None and number.account_sid == owner:
                found = await tx.tollfree_verifications.of_number(number.sid)
            if found is None:
                raise Refusal(
                    "the number has no verification",
                    "Make one: POST /messaging/v1/Tollfree/Verifications",
                )
            sid = found.sid
        return await manual.verification(env, tx, owner, sid, form)

    made = (where or Where()).transact(work)
    terminal.say(f"{made.sid}: {made.status}")


async def verifications(tx: Transaction, account_sid: str) -> list[TollfreeVerification]:
    """An account's, newest first."""
    request = PageRequest(size=1000)
    return (await tx.tollfree_verifications.page(account_sid, TollfreeFilter(), request)).records


def shown(one: TollfreeVerification) -> dict[str, object]:
    """A verification as JSON has it."""
    return {
        "sid": one.sid,
        "number": one.tollfree_phone_number,
        "status": one.status,
        "registrar": one.registrar,
        "rejections": [{"code": each.code, "reason": each.reason} for each in one.rejections],
    }


def row(one: TollfreeVerification) -> tuple[str, ...]:
    """The same as a table has it."""
    why = "; ".join(f"{each.code} {each.reason}".strip() for each in one.rejections)
    return (one.sid, one.tollfree_phone_number, one.status, one.registrar, why)
