"""What a masking program has to put right before it sends to people in the United States: its
registrations (`maskline.a2p.readiness`), and whether its numbers do what its campaigns say of
opting in and out (`maskline.messaging.registered_answers`)."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

from maskline.a2p import readiness
from maskline.env import Env
from maskline.messaging.registered_answers import beside, known
from maskline.messaging.words import Keyword, Words
from maskline.model.a2p import Campaign
from maskline.model.finding import Finding, warn
from maskline.model.page import PageRequest
from maskline.store.contract import Transaction

_ALL: Final = PageRequest(size=1000)
#: How the API's parameters of a kind begin.
_NAMES: Final = MappingProxyType(
    {Keyword.OPT_IN: "OptIn", Keyword.OPT_OUT: "OptOut", Keyword.HELP: "Help"}
)


async def check(env: Env, tx: Transaction, account_sid: str) -> list[Finding]:
    """All findings on an account, in the order in which they are best put right."""
    found = await readiness.check(env, tx, account_sid)
    for campaign in (await tx.campaigns.page(account_sid, _ALL)).records:
        service = await tx.messaging_services.peek(campaign.messaging_service_sid)
        # Nobody knows here what was registered elsewhere, or what a program answers by itself.
        if service is None or campaign.is_externally_registered:
            continue
        words = await known(env, tx, service)
        if words is not None:
            found += _words(words, campaign)
    return found


def _words(words: Words, campaign: Campaign) -> Iterator[Finding]:
    kinds = list(beside(words, campaign))
    unknown = [f"{_NAMES[one.keyword]}Keywords: {word}" for one in kinds for word in one.unknown]
    if unknown:
        many = "a word" if len(unknown) == 1 else f"{len(unknown)} words"
        yield warn(
            "keywords",
            f"the campaign {campaign.sid} was registered with {many} that its numbers do not take "
            "for this",
            "Add them in optout.opt_out_words, optout.opt_in_words or optout.help_words, or "
            "to the Messaging Service's own list: maskline optouts lists set.",
            *unknown,
        )
    differ = [f"{_NAMES[one.keyword]}Message" for one in kinds if one.sent]
    if differ:
        yield warn(
            "answers",
            f"the campaign {campaign.sid} was registered with other answers than are sent",
            "Write the registered ones in optout.opt_out_reply, optout.opt_in_reply and "
            "optout.help_reply, or in the Messaging Service's own list: maskline optouts lists "
            "set. If your carrier answers by itself, write them there.",
            *differ,
        )
