"""What a Messaging Service's long codes answer people in the United States, beside what a campaign
was, or is to be, registered with. Carriers try the words that they were told of, and look at the
answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

import msgspec

from maskline.a2p.campaign_form import KEYWORDS
from maskline.env import Env
from maskline.messaging.opt_out_lists import FIXED, is_first
from maskline.messaging.stop_filter import is_filtered, line_of
from maskline.messaging.words import Keyword, Known, Words, words_of
from maskline.model.a2p import Campaign
from maskline.model.account import Switch
from maskline.model.messaging_service import MessagingService
from maskline.model.page import PageRequest
from maskline.model.word import word_of
from maskline.numbers.e164 import is_us_long_code
from maskline.store.contract import Transaction

#: The country whose carriers register campaigns.
_COUNTRY: Final = "US"
_ALL: Final = PageRequest(size=1000)
_PLAIN: Final = re.compile(r"[0-9A-Z]+", re.ASCII)


class Registered(msgspec.Struct, frozen=True):
    """What a campaign says of one kind of word, and where its numbers do otherwise: `unknown` words
    they do not take for this kind; `sent` are answers to the others that are not `message`."""

    keyword: Keyword
    words: tuple[str, ...]
    message: str | None
    unknown: tuple[str, ...]
    sent: tuple[str, ...]


async def known(env: Env, tx: Transaction, service: MessagingService) -> Words | None:
    """What each word does that is sent to the service's long codes: by its own lists, or the
    server's. Null where programs answer by themselves, of which nobody knows here."""
    if service.advanced_opt_out:
        return await _listed(tx, service)
    return words_of(env.settings.optout) if await _is_filtered(tx, service) else None


def beside(words: Words, campaign: Campaign) -> Iterator[Registered]:
    """A campaign's kinds of words beside what its numbers know. Where it has none to opt out or to
    ask for help, STOP and HELP are what carriers try."""
    opt_in, opt_out, ask = campaign.keywords
    for keyword, named, message in (
        # What a campaign says to who opts in on a page is its program's to send.
        (Keyword.OPT_IN, opt_in, campaign.opt_in_message if opt_in else None),
        (Keyword.OPT_OUT, opt_out or FIXED[Keyword.OPT_OUT], campaign.opt_out_message),
        (Keyword.HELP, ask or FIXED[Keyword.HELP], campaign.help_message),
    ):
        unknown: list[str] = []
        sent: dict[str, str] = {}
        for word in named:
            found = words.get(word_of(word))
            if found is None or found.keyword is not keyword:
                unknown.append(word)
            elif message is not None and plain(found.reply) != plain(message):
                sent[plain(found.reply)] = found.reply
        yield Registered(keyword, tuple(named), message, tuple(unknown), tuple(sent.values()))


def to_register(words: Words, keyword: Keyword) -> tuple[list[str], str]:
    """What is true to register of a kind: its first word that can't be removed, with all that are
    answered alike, as far as a campaign takes them; and that answer. None and "" where that word
    does nothing."""
    first, *_ = FIXED[keyword]
    main = words.get(word_of(first))
    if main is None or main.keyword is not keyword:
        return [], ""
    alike = [
        word.upper()
        for word, one in words.items()
        if one.keyword is keyword and plain(one.reply) == plain(main.reply)
    ]
    chosen = [first]
    for word in alike:
        if word not in chosen and _PLAIN.fullmatch(word):
            if len(",".join([*chosen, word])) > KEYWORDS:
                break
            chosen.append(word)
    return chosen, main.reply


def by_answer(words: Words, keyword: Keyword) -> dict[str, list[str]]:
    """All words of a kind, by what they are answered."""
    found: dict[str, list[str]] = {}
    for word, one in words.items():
        if one.keyword is keyword:
            found.setdefault(one.reply, []).append(word.upper())
    return found


def plain(text: str) -> str:
    """As texts are compared: white space is no difference."""
    return " ".join(text.split())


async def _listed(tx: Transaction, service: MessagingService) -> Words:
    """The service's own words: of its lists for the country, else of those for all."""
    found: dict[str, Known] = {}
    for country in (_COUNTRY, ""):
        lists = (await tx.opt_out_lists.page(service.sid, country, _ALL)).records
        for one in sorted(lists, key=lambda one: not is_first(one)):
            for keyword, words, answer in (
                (Keyword.OPT_OUT, one.opt_out_keywords, one.opt_out_message),
                (Keyword.OPT_IN, one.opt_in_keywords, one.opt_in_message),
                (Keyword.HELP, one.help_keywords, one.help_message),
            ):
                for word in words.split():
                    found.setdefault(word_of(word), Known(keyword, answer))
    return MappingProxyType(found)


async def _is_filtered(tx: Transaction, service: MessagingService) -> bool:
    """Whether the server's filter acts on any of the service's long codes; on those to come it
    does."""
    account = await tx.accounts.get(service.account_sid)
    switches = 0 if account is None else account.switches
    if switches & Switch.STOP_FILTER_OFF:
        return False
    numbers = await tx.campaigns.numbers(service.sid)
    long_codes = [one for one in numbers if is_us_long_code(one.number)]
    for one in long_codes:
        hooks = await tx.numbers.hooks(one.sid)
        if is_filtered(line_of(one.number), switches, hooks.sms_stop_filter):
            return True
    return not long_codes
