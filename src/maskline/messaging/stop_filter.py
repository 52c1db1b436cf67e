"""The platform's STOP filter: a person who sends an opt-out word to a number gets no more messages
from it until they opt in again.

It comes before Proxy and acts on every number, in a pool or not, whoever the sender is. The message
itself goes on its way: whether Proxy keeps it from the partner is Proxy's business.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec

from maskline.env import Env
from maskline.messaging.opt_outs import Sender, new_opt_out, scope_for
from maskline.messaging.replies import Text
from maskline.messaging.words import Keyword, Known, Words
from maskline.model.account import Switch
from maskline.model.clock import SECOND
from maskline.model.interaction import InteractionType
from maskline.model.message import Direction
from maskline.model.opt_out import OptOutSource, holds
from maskline.model.opt_out_list import OptOutType
from maskline.model.traffic import InboundMessage
from maskline.model.word import LONGEST, word_of
from maskline.numbers.e164 import is_e164, is_toll_free, iso_country
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


_TYPES: Final = MappingProxyType(
    {
        Keyword.OPT_OUT: OptOutType.STOP,
        Keyword.OPT_IN: OptOutType.START,
        Keyword.HELP: OptOutType.HELP,
    }
)


class Ruling(msgspec.Struct, frozen=True):
    """What a word comes to: whether it `changed` whom we may write to, whether Proxy keeps the
    message from the partner, the answer to its sender, and the `OptOutType` that programs are told,
    "" where they are told none."""

    changed: bool
    is_dropped: bool
    reply: Text | None
    opt_out_type: str = ""


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


def may_be_listed(word: str) -> bool:
    """Whether a text (`word_of`) can be a word of a Messaging Service's own list, so that the list
    is worth a look."""
    return 0 < len(word) <= LONGEST and len(word.split()) == 1


async def rule(
    env: Env, tx: Transaction, words: Words, word: str, one: InboundMessage, route: Route
) -> Ruling:
    """Applies a message that is a keyword, of ours or of Proxy's, in the transaction that takes it
    in. A Messaging Service with lists of its own knows by these alone, whatever switches say."""
    line = line_of(one.number)
    filtered, dropped = await _acts(tx, line, word, route)
    if route.advanced_opt_out:
        words = await _listed(tx, word, one, route)
    known = classify(word, line, words)
    if one.keyword:
        # Who keeps the list that its own words are on knows best what a word meant.
        known = Known(Keyword(one.keyword), "")
    if known is None or not filtered or not is_e164(one.sender):
        return Ruling(changed=False, is_dropped=dropped, reply=None)
    changed, answered = await _apply(env, tx, known.keyword, word, one)
    if one.answered or not known.reply or _network_answers(known.keyword, line, word, route):
        answered = False
    reply = _reply(known.reply, one, route) if answered else None
    if not route.advanced_opt_out:
        return Ruling(changed=changed, is_dropped=dropped, reply=reply)
    return Ruling(
        changed=changed,
        is_dropped=dropped or known.keyword is Keyword.OPT_OUT,
        reply=reply,
        opt_out_type=_TYPES[known.keyword].value,
    )


async def _listed(tx: Transaction, word: str, one: InboundMessage, route: Route) -> Words:
    """The word, if the lists of the number's Messaging Service have it for that person's
    country."""
    assert route.messaging_service_sid is not None
    if not may_be_listed(word):
        return {}
    country = iso_country(one.sender)
    found = await tx.opt_out_lists.find(route.messaging_service_sid, word, country)
    return {} if found is None else {word: Known(Keyword(found[0]), found[1])}


def _network_answers(keyword: Keyword, line: Line, word: str, route: Route) -> bool:
    """Whether the network answers by itself. As at Twilio, a Messaging Service's own text for who
    comes back is sent beside the network's."""
    if line is not Line.TOLL_FREE or word not in _NETWORK:
        return False
    return keyword is Keyword.OPT_OUT or not route.advanced_opt_out


async def keeps_back(tx: Transaction, one: InboundMessage, route: Route) -> bool:
    """Whether Proxy keeps a message from the partner, which the filter has seen before."""
    if one.opt_out_type == OptOutType.STOP:
        return True
    word = word_of(one.body)
    if word not in DROPPED:
        return False
    _, dropped = await _acts(tx, line_of(one.number), word, route)
    return dropped


async def _acts(tx: Transaction, line: Line, word: str, route: Route) -> tuple[bool, bool]:
    """Whether the filter acts on the number, and whether Proxy then drops the word."""
    filtered = True
    if not route.advanced_opt_out:
        hooks = await tx.numbers.hooks(route.number_sid)
        filtered = is_filtered(line, route.switches, hooks.sms_stop_filter)
    respects = bool(route.switches & Switch.RESPECT_STOP_FILTER)
    return filtered, is_dropped(word, respects=respects, filtered=filtered)


async def _apply(
    env: Env, tx: Transaction, keyword: Keyword, word: str, one: InboundMessage
) -> tuple[bool, bool]:
    """Whether something changed, and whether the sender is answered."""
    person = one.sender
    if keyword is Keyword.HELP:
        reach = await tx.opt_outs.reach(one.number, person)
        return False, not holds(reach, env.settings.optout.scope)
    number = await tx.numbers.by_number(one.number)
    assert number is not None
    if keyword is Keyword.OPT_IN:
        return await tx.opt_outs.end(number, person, scope_for(env, number)), True
    now = env.clock()
    sender = Sender(number.account_sid, number.number, number)
    if number.advanced_opt_out:
        assert number.messaging_service_sid is not None
        sender = Sender(number.account_sid, number.messaging_service_sid)
    held = await tx.opt_outs.of(sender.account_sid, sender.name, person)
    if held is None:
        source = OptOutSource.KEYWORD
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
