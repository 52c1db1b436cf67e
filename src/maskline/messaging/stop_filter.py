"""The platform's STOP filter: a person who sends an opt-out word to a number gets no more messages
from it until they opt in again.

It comes before Proxy and acts on every number, in a pool or not, whoever the sender is. The message
itself goes on its way: whether Proxy keeps it from the partner is Proxy's business.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from maskline.env import Env
from maskline.messaging.opt_outs import Sender, new_opt_out
from maskline.messaging.replies import Text
from maskline.messaging.words import Keyword, Known, Words
from maskline.model.account import Switch
from maskline.model.clock import SECOND
from maskline.model.interaction import InteractionType
from maskline.model.message import Direction
from maskline.model.opt_out import OptOutSource, holds
from maskline.model.traffic import InboundMessage
from maskline.model.word import word_of
from maskline.numbers.e164 import is_e164, is_toll_free
from maskline.proxy.optout import DROPPED, is_dropped
from maskline.proxy.routing import dialled_on
from maskline.store.contract import Transaction
from maskline.store.repositories.routing import Route


class Line(StrEnum):
    """The kinds of number that the filter tells apart."""

    LONG_CODE = "long-code"
    TOLL_FREE = "toll-free"
    SHORT_CODE = "short-code"


#: What the networks of the US and Canada know on toll-free numbers, and answer themselves.
_NETWORK: Final = frozenset({"stop", "start", "unstop"})


class Ruling(msgspec.Struct, frozen=True):
    """What a word comes to: whether it `changed` whom we may write to, whether Proxy keeps the
    message from the partner, and the answer to its sender."""

    changed: bool
    is_dropped: bool
    reply: Text | None


def line_of(number: str) -> Line:
    """The kind of one of our numbers."""
    if not number.startswith("+"):
        return Line.SHORT_CODE
    return Line.TOLL_FREE if is_toll_free(number) else Line.LONG_CODE


def classify(word: str, line: Line, words: Words) -> Known | None:
    """What a message that is this word (`word_of`) asks for; null for any other text."""
    known = words.get(word)
    if known is None or line is not Line.TOLL_FREE:
        return known
    # The network would go on blocking somebody whom only we let back in.
    return None if known.keyword is Keyword.OPT_IN and word not in _NETWORK else known


def is_filtered(line: Line, switches: int, flag: bool | None) -> bool:
    """Whether the filter acts on a number. `flag` is the number's own setting: without one, it does
    on all but short codes."""
    if switches & Switch.STOP_FILTER_OFF:
        return False
    return line is not Line.SHORT_CODE if flag is None else flag


async def rule(
    env: Env, tx: Transaction, words: Words, word: str, one: InboundMessage, route: Route
) -> Ruling:
    """Applies a message that is a keyword, of ours or of Proxy's, in the transaction that takes it
    in."""
    line = line_of(one.number)
    filtered, dropped = await _acts(tx, line, word, route)
    known = classify(word, line, words)
    if one.keyword:
        # Who keeps the list that its own words are on knows best what a word meant.
        known = Known(Keyword(one.keyword), "")
    if known is None or not filtered or not is_e164(one.sender):
        return Ruling(changed=False, is_dropped=dropped, reply=None)
    changed, answered = await _apply(env, tx, known.keyword, word, one)
    if one.answered or (line is Line.TOLL_FREE and word in _NETWORK):
        answered = False
    reply = _reply(known.reply, one, route) if answered else None
    return Ruling(changed=changed, is_dropped=dropped, reply=reply)


async def keeps_back(tx: Transaction, one: InboundMessage, route: Route) -> bool:
    """Whether Proxy keeps a message from the partner, which the filter has seen before."""
    word = word_of(one.body)
    if word not in DROPPED:
        return False
    _, dropped = await _acts(tx, line_of(one.number), word, route)
    return dropped


async def _acts(tx: Transaction, line: Line, word: str, route: Route) -> tuple[bool, bool]:
    """Whether the filter acts on the number, and whether Proxy then drops the word."""
    hooks = await tx.numbers.hooks(route.number_sid)
    filtered = is_filtered(line, route.switches, hooks.sms_stop_filter)
    respects = bool(route.switches & Switch.RESPECT_STOP_FILTER)
    return filtered, is_dropped(word, respects=respects, filtered=filtered)


async def _apply(
    env: Env, tx: Transaction, keyword: Keyword, word: str, one: InboundMessage
) -> tuple[bool, bool]:
    """Whether something changed, and whether the sender is answered."""
    person, scope = one.sender, env.settings.optout.scope
    if keyword is Keyword.HELP:
        return False, not holds(await tx.opt_outs.reach(one.number, person), scope)
    number = await tx.numbers.by_number(one.number)
    assert number is not None
    if keyword is Keyword.OPT_IN:
        return await tx.opt_outs.end(number, person, scope), True
    now = env.clock()
    held = await tx.opt_outs.of(number.account_sid, number.number, person)
    if held is None:
        source = OptOutSource.KEYWORD
        sender = Sender(number.account_sid, number.number, number)
        opt_out = new_opt_out(env, sender, person, source, word, date_replied=now)
        return await tx.opt_outs.add(opt_out), True
    window = env.settings.optout.repeat_reply_seconds * SECOND
    if held.date_replied is not None and now - held.date_replied < window:
        return False, False
    await tx.opt_outs.replied(held.sid, now)
    return False, True


def _reply(body: str, one: InboundMessage, route: Route) -> Text:
    return Text(
        account_sid=route.account_sid,
        carrier=route.carrier,
        number=one.number,
        person=one.sender,
        body=body,
        direction=Direction.PLATFORM.value,
        dialled=dialled_on(route, InteractionType.MESSAGE, one.sender),
    )
