"""What a masking program has to put right before it sends to people in the United States: its
registrations (`maskline.a2p.readiness`), and whether its numbers do what its campaigns say of
opting in and out. Carriers try the words that they were told of, and look at the answers."""

from __future__ import annotations

from typing import Final

from maskline.a2p import readiness
from maskline.env import Env
from maskline.messaging.words import Keyword, Known, words_of
from maskline.model.a2p import Campaign
from maskline.model.account import Switch
from maskline.model.finding import Finding, warn
from maskline.model.messaging_service import MessagingService
from maskline.model.page import PageRequest
from maskline.model.word import word_of
from maskline.store.contract import Transaction

#: The country whose carriers register campaigns.
_COUNTRY: Final = "US"
_ALL: Final = PageRequest(size=1000)


async def check(env: Env, tx: Transaction, account_sid: str) -> list[Finding]:
    """All findings on an account, in the order in which they are best put right."""
    found = await readiness.check(env, tx, account_sid)
    account = await tx.accounts.get(account_sid)
    off = account is not None and bool(account.switches & Switch.STOP_FILTER_OFF)
    for campaign in (await tx.campaigns.page(account_sid, _ALL)).records:
        service = await tx.messaging_services.peek(campaign.messaging_service_sid)
        # Nobody knows here what was registered elsewhere, or what a program answers by itself.
        if service is None or campaign.is_externally_registered:
            continue
        if service.advanced_opt_out or not off:
            found += await _words(env, tx, service, campaign)
    return found


async def _words(
    env: Env, tx: Transaction, service: MessagingService, campaign: Campaign
) -> list[Finding]:
    opt_in, opt_out, ask = campaign.keywords
    unknown, differ = [], []
    for keyword, name, words, registered in (
        # What a campaign says to who opts in on a page is its program's to send.
        (Keyword.OPT_IN, "OptIn", opt_in, campaign.opt_in_message if opt_in else None),
        (Keyword.OPT_OUT, "OptOut", opt_out or ["STOP"], campaign.opt_out_message),
        (Keyword.HELP, "Help", ask or ["HELP"], campaign.help_message),
    ):
        answers = set()
        for word in words:
            known = await _known(env, tx, service, word)
            if known is None or known.keyword is not keyword:
                unknown.append(f"{name}Keywords: {word}")
            else:
                answers.add(_plain(known.reply))
        if registered is not None and answers - {_plain(registered)}:
            differ.append(f"{name}Message")
    found = []
    if unknown:
        found.append(
            warn(
                "keywords",
                f"the campaign {campaign.sid} has {len(unknown)} words that its numbers do not "
                "take for what they were registered as",
                "Add them in optout.opt_out_words, optout.opt_in_words or optout.help_words, or "
                "to the Messaging Service's own list: maskline optouts lists set.",
                *unknown,
            )
        )
    if differ:
        found.append(
            warn(
                "answers",
                f"the campaign {campaign.sid} was registered with other answers than are sent",
                "Write the registered ones in optout.opt_out_reply, optout.opt_in_reply and "
                "optout.help_reply, or in the Messaging Service's own list: maskline optouts lists "
                "set. If your carrier answers by itself, write them there.",
                *differ,
            )
        )
    return found


async def _known(env: Env, tx: Transaction, service: MessagingService, word: str) -> Known | None:
    """What a word does that is sent to the service's long codes: by its own lists, or the
    server's."""
    if not service.advanced_opt_out:
        return words_of(env.settings.optout).get(word_of(word))
    found = await tx.opt_out_lists.find(service.sid, word_of(word), _COUNTRY)
    return None if found is None else Known(Keyword(found[0]), found[1])


def _plain(text: str) -> str:
    return " ".join(text.split())
