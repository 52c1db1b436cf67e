"""Links instead of media: what a Messaging Service's MMS converter makes of a message whose sender,
or whose recipient's country, carries text alone.

A link is short, since it is paid for by the character, and names nobody: neither the numbers nor
where the program keeps the file.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from string import ascii_letters, digits
from typing import Final

import msgspec

from maskline.env import Env
from maskline.messaging.legs import media_rows
from maskline.model.clock import DAY
from maskline.model.draft import Draft
from maskline.model.message import MediaLink
from maskline.model.number import Capability, Number
from maskline.store.contract import Transaction

#: The path below which links are served.
PATH: Final = "/m/"
#: Letters and digits alone: phones leave out of a link what looks like the end of a sentence.
ALPHABET: Final = ascii_letters + digits
#: 62 to the 16th is 95 bits.
LENGTH: Final = 16
#: Countries that exchange media messages with each other. Elsewhere they stay within one country,
#: if there are any.
_TOGETHER: Final = frozenset({"US", "CA", "PR"})


def carries_media(number: Number, country: str) -> bool:
    """Whether media from the number can reach people of a country (ISO code) as media."""
    return bool(number.capabilities & Capability.MMS) and arrive(number.iso_country, country)


def arrive(country: str, recipients: str) -> bool:
    """Whether media go from one country (ISO code) to the other."""
    return country == recipients or {country, recipients} <= _TOGETHER


def is_token(text: str) -> bool:
    """Whether it has the form of a link's end."""
    return len(text) == LENGTH and all(one in ALPHABET for one in text)


def characters(env: Env, body: str, media: int) -> int:
    """How long a text is with links to so many media."""
    line = len(_base(env)) + len(PATH) + LENGTH
    return len(body) + media * line + (media if body else media - 1)


async def converted(env: Env, tx: Transaction, account_sid: str, sid: str, draft: Draft) -> Draft:
    """The draft as text alone."""
    media = tuple((url, "") for url in draft.media)
    text = await in_text(env, tx, account_sid, sid, draft.body, media)
    return msgspec.structs.replace(draft, body=text, media=(), linked=len(media))


async def in_text(
    env: Env,
    tx: Transaction,
    account_sid: str,
    sid: str,
    body: str,
    media: Sequence[tuple[str, str]],
) -> str:
    """The body of a message with a link for each medium (URL, content type), on lines of their own.
    The media are recorded as the message's, as they would be if it carried them."""
    rows = media_rows(env, account_sid, sid, media)
    until = env.clock() + env.settings.media_links.days * DAY
    links = [MediaLink(_token(), row.sid, until) for row in rows]
    await tx.messages.add_media(rows)
    await tx.messages.add_links(links)
    lines = [f"{_base(env)}{PATH}{one.token}" for one in links]
    return "\n".join([body, *lines] if body else lines)


def _token() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def _base(env: Env) -> str:
    return (env.settings.media_links.url or env.settings.base_url).rstrip("/")
