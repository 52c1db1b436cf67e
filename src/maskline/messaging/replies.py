"""Texts of our own, outside any session: from one of our numbers to a person."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from maskline.env import Env
from maskline.messaging.legs import media_rows, outbound_leg, relay_job
from maskline.model import sid as sids
from maskline.model.clock import SECOND
from maskline.model.job import Relay
from maskline.model.message import Direction
from maskline.numbers.e164 import is_e164
from maskline.store.contract import Transaction


class Text(msgspec.Struct, frozen=True):
    """A text from `number`, ours at `carrier`, to `person`. `media` are (URL, content type)."""

    account_sid: str
    carrier: str
    number: str
    person: str
    body: str
    media: tuple[tuple[str, str], ...] = ()


async def send(env: Env, tx: Transaction, texts: Iterable[Text]) -> list[str]:
    """Sends texts, in order; the SIDs of their legs, which belong to no interaction."""
    now = env.clock()
    relays = [_relay(env, text) for text in texts]
    await tx.messages.add_many([outbound_leg(relay, now) for relay in relays])
    for relay in relays:
        rows = media_rows(env, relay.account_sid, relay.message_sid, relay.media)
        await tx.messages.add_media(rows)
    await tx.outbox.add_many([relay_job(env, relay, now) for relay in relays])
    return [relay.message_sid for relay in relays]


async def answer(env: Env, tx: Transaction, text: Text, about: str = "") -> bool:
    """Sends a ready-made answer to what a person wrote; whether it was sent.

    Two automata must not keep each other awake: nobody is answered twice by the same number
    within `messages.reply_minutes` (about the same matter), nor is what can be no person's phone,
    such as a short code or a sender's name. An empty text is none.
    """
    if not text.body or not is_e164(text.person) or text.person == text.number:
        return False
    now = env.clock()
    since = now - env.settings.messages.reply_minutes * 60 * SECOND
    if not await tx.messages.may_reply(text.number, text.person, about, now, since):
        return False
    await send(env, tx, [text])
    return True


def _relay(env: Env, text: Text) -> Relay:
    return Relay(
        message_sid=env.sids.new(sids.MMS if text.media else sids.SMS),
        interaction_sid=None,
        account_sid=text.account_sid,
        participant_sid=None,
        carrier=text.carrier,
        sender=text.number,
        recipient=text.person,
        body=text.body,
        media=text.media,
        direction=Direction.OUTBOUND_REPLY.value,
        intercept=None,
    )
