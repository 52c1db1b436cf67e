"""Switches: what an operator turned on for an account, where a rule depends on it."""

from __future__ import annotations

from maskline.model.account import Switch
from maskline.model.errors import Fault
from maskline.store.contract import Transaction


async def is_on(tx: Transaction, account_sid: str, switch: Switch) -> bool:
    """Whether the account has that switch on."""
    account = await tx.accounts.get(account_sid)
    return account is not None and bool(account.switches & switch)


async def check_hold(tx: Transaction, account_sid: str) -> None:
    """For whatever deletes a record of what people exchanged, or of who they were. Raises 80615
    while the account is on legal hold."""
    if await is_on(tx, account_sid, Switch.LEGAL_HOLD):
        raise Fault(80615)
