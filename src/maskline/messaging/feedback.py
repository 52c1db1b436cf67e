"""Message feedback: what a program learnt of a message after it was sent, such as that its code was
typed in. It says more than a carrier's receipt, and is the program's own word."""

from __future__ import annotations

from enum import StrEnum

from maskline.env import Env
from maskline.model.errors import not_found
from maskline.model.form import Form
from maskline.model.message import Direction, Feedback
from maskline.store.contract import Transaction


class Outcome(StrEnum):
    """Whether the person did what the message was sent for."""

    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"


async def give(env: Env, tx: Transaction, account_sid: str, sid: str, form: Form) -> Feedback:
    """Notes the outcome of a message that was sent; the latest word counts. Without an `Outcome`
    it is `confirmed`.

    Raises 20404 for none of the account's, 20001 for one that came in, and for another outcome.
    """
    outcome = form.choice("Outcome", Outcome) or Outcome.CONFIRMED
    message = await tx.messages.held(sid, account_sid)
    if message is None:
        raise not_found("Message")
    if message.direction == Direction.INBOUND:
        raise form.wrong("MessageSid", "must be a message that was sent")
    now = env.clock()
    return await tx.messages.give_feedback(Feedback(sid, account_sid, outcome.value, now, now))


async def expect(env: Env, tx: Transaction, account_sid: str, sid: str) -> None:
    """Feedback is to come; until then the message is unconfirmed."""
    now = env.clock()
    asked = Feedback(sid, account_sid, Outcome.UNCONFIRMED.value, now, now)
    await tx.messages.give_feedback(asked)
