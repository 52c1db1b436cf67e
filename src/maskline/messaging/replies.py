"""Texts of our own, outside any session: from one of our numbers to a person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from maskline.debugger.alerts import new_alert, raise_alerts
from maskline.env import Env
from maskline.messaging.legs import media_rows, outbound_leg, relay_job
from maskline.messaging.media_links import in_text
from maskline.model import sid as sids
from maskline.model.alert import Alert
from maskline.model.clock import SECOND
from maskline.model.job import Job, Relay
from maskline.model.message import Direction, Message, MessageStatus
from maskline.model.opt_out import holds
from maskline.numbers.e164 import is_e164
from maskline.store.contract import Transaction

_FAILED: Final = MessageStatus.FAILED.value


class Text(msgspec.Struct, frozen=True):
    """A text from `number`, ours at `carrier`, to `person`, who is dialled as `dialled` where that
    may differ. `media` are (URL, content type); with `links` the text leads to them instead of
    carrying them."""

    account_sid: str
    carrier: str
    number: str
    person: str
    body: str
    media: tuple[tuple[str, str], ...] = ()
    direction: str = Direction.OUTBOUND_REPLY.value
    dialled: str | None = None
    links: bool = False


async def send(env: Env, tx: Transaction, texts: Iterable[Text]) -> list[str]:
    """Sends texts, in order; the SIDs of their legs, which belong to no interaction. Towards
    somebody who opted out a leg has failed before it began."""
    now = env.clock()
    legs: list[Message] = []
    jobs: list[Job] = []
    alerts: list[Alert] = []
    for text in texts:
        relay = relay_of(env, text)
        if await is_stopped(env, tx, text.number, text.person):
            legs.append(outbound_leg(relay, now, _FAILED, 21610))
            alerts.append(new_alert(env, 21610, text.account_sid, None, relay.message_sid))
        elif text.links:
            relay = await _linking(env, tx, relay)
            leg = outbound_leg(relay, now)
            legs.append(msgspec.structs.replace(leg, num_media=len(text.media)))
            jobs.append(relay_job(env, relay, now))
        else:
            legs.append(outbound_leg(relay, now))
            jobs.append(relay_job(env, relay, now))
        await tx.messages.add_media(
            media_rows(env, relay.account_sid, relay.message_sid, relay.media)
        )
    await tx.messages.add_many(legs)
    await tx.outbox.add_many(jobs)
    if alerts:
        await raise_alerts(env, tx, alerts)
    return [leg.sid for leg in legs]


async def answer(env: Env, tx: Transaction, text: Text, about: str = "") -> bool:
    """Sends a ready-made answer to what a person wrote; whether it was sent.

    Two automata must not keep each other awake: nobody is answered twice by the same number
    within `messages.reply_minutes` (about the same matter), nor is what can be no person's phone,
    such as a short code or a sender's name, nor who opted out. An empty text is none.
    """
    if not text.body or not is_e164(text.person) or text.person == text.number:
        return False
    now = env.clock()
    since = now - env.settings.messages.reply_minutes * 60 * SECOND
    if not await tx.messages.may_reply(text.number, text.person, about, now, since):
        return False
    if await is_stopped(env, tx, text.number, text.person):
        return False
    await send(env, tx, [text])
    return True


async def is_stopped(env: Env, tx: Transaction, number: str, person: str) -> bool:
    """Whether the person wants nothing from the number."""
    reach = await tx.opt_outs.reach(number, person)
    return holds(reach, env.settings.optout.scope)


async def _linking(env: Env, tx: Transaction, relay: Relay) -> Relay:
    text = await in_text(env, tx, relay.account_sid, relay.message_sid, relay.body, relay.media)
    return msgspec.structs.replace(relay, body=text, media=())


def relay_of(env: Env, text: Text) -> Relay:
    """What is to be sent."""
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
        direction=text.direction,
        intercept=None,
        dialled=text.dialled,
    )
