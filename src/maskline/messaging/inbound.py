"""Messages from phones: recorded, routed, and put on their way in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from maskline.debugger.alerts import new_alert, raise_alerts
from maskline.env import Env
from maskline.messaging import stop_filter
from maskline.messaging.legs import media_rows, message_data, outbound_leg, relay_job
from maskline.messaging.refusals import alert_of, asks, hand_to_number, refuse
from maskline.messaging.replies import relay_of
from maskline.messaging.segments import count
from maskline.messaging.stop_filter import Ruling
from maskline.messaging.words import words_of
from maskline.model import sid as sids
from maskline.model.account import AccountStatus
from maskline.model.alert import Alert
from maskline.model.interaction import Interaction, InteractionType
from maskline.model.job import Callback, Job, Relay
from maskline.model.message import Direction, Media, Message, MessageStatus
from maskline.model.opt_out import holds
from maskline.model.traffic import InboundMessage, Intake
from maskline.model.word import word_of
from maskline.numbers.national import canonical
from maskline.proxy import pairs, sessions
from maskline.proxy.arrivals import belongs, located
from maskline.proxy.callbacks import callback_job
from maskline.proxy.optout import DROPPED
from maskline.proxy.routing import Decision, Deliver, Reason, Refuse, decide
from maskline.store.contract import Conflict, Transaction
from maskline.store.repositories.routing import Route
from maskline.store.repositories.sessions import Touch

# Read once: on the hot path an enumeration's `value` is a property that costs.
_RECEIVED: Final = MessageStatus.RECEIVED.value
_QUEUED: Final = MessageStatus.QUEUED.value
_FAILED: Final = MessageStatus.FAILED.value
_INBOUND: Final = Direction.INBOUND.value
_REPLY: Final = Direction.OUTBOUND_REPLY.value
_MESSAGE: Final = InteractionType.MESSAGE.value
_ACTIVE: Final = AccountStatus.ACTIVE.value

#: A message that only a Messaging Service has to do with, as it should be.
_OF_NO_POOL: Final = Refuse(Reason.DIVERTED, 0, "")

#: Why a message is not passed on that came to a number of no pool.
UNPOOLED: Final = "stored"

#: What most messages come to.
_PLAIN: Final = Ruling(changed=False, is_dropped=False, reply=None)


class Receipt(msgspec.Struct, frozen=True):
    """The answer to the carrier: `message_sid` is null for an unknown number. `refused` says why a
    message that was taken is not passed on; UNPOOLED when its number is in no pool.
    `interaction_sid` is set where a session carries it."""

    intake: Intake
    message_sid: str | None
    refused: str = ""
    interaction_sid: str | None = None


class _Batch:
    """What a batch writes, gathered so that each table is written once."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.media: list[Media] = []
        self.interactions: list[Interaction] = []
        self.touches: list[Touch] = []
        self.jobs: list[Job] = []
        self.claims: list[str] = []
        self.alerts: list[Alert] = []
        self.refusals: list[tuple[Route, Refuse, InboundMessage, str]] = []
        self.strays: list[tuple[Route, InboundMessage, str]] = []

    def refuse(
        self, env: Env, route: Route, refusal: Refuse, one: InboundMessage, message_sid: str
    ) -> None:
        """Notes a message that is not passed on."""
        self.tell(env, route, refusal, message_sid)
        self.refusals.append((route, refusal, one, message_sid))

    def tell(self, env: Env, route: Route, refusal: Refuse, message_sid: str) -> None:
        """Notes what the debugger is told of it."""
        alert = alert_of(env, route, refusal, message_sid)
        if alert is not None:
            self.alerts.append(alert)

    async def write(self, env: Env, tx: Transaction) -> None:
        """Writes it. Raises Conflict."""
        if await tx.messages.add_many(self.messages) < len(self.messages):
            # Another process takes it in at the same time: it will be known when we look again.
            raise Conflict("a message was handed over twice at once")
        if self.media:
            await tx.messages.add_media(self.media)
        if self.interactions:
            await tx.interactions.add_many(self.interactions)
            if self.touches:
                await tx.sessions.touch_many(self.touches)
        if self.jobs:
            await tx.outbox.add_many(self.jobs)
            for participant_sid in self.claims:
                await pairs.claim(env, tx, participant_sid)
        if self.alerts:
            await raise_alerts(env, tx, self.alerts)
        for route, refusal, one, message_sid in self.refusals:
            await refuse(env, tx, route, refusal, one, message_sid)
        for route, one, message_sid in self.strays:
            await hand_to_number(env, tx, route, one, message_sid)


async def receive(env: Env, tx: Transaction, inbound: Sequence[InboundMessage]) -> list[Receipt]:
    """Takes in what carriers hand over, in order, and says what became of each.

    A message that a carrier hands over twice is taken once, by (carrier, provider id).
    """
    arrivals = [_from_person(one) for one in inbound]
    batch = _Batch()
    receipts: list[Receipt] = []
    seen: dict[tuple[str, str], str | None] = {}
    words = words_of(env.settings.optout)
    routes = await located(arrivals, tx.routing.of_messages)
    for place, one in enumerate(arrivals):
        route = routes[place]
        if route is None or not belongs(one, route):
            receipts.append(Receipt(Intake.UNKNOWN_NUMBER, None))
            continue
        key = (one.carrier, one.provider_id)
        known = route.seen_sid or seen.get(key)
        if known is not None:
            receipts.append(Receipt(Intake.DUPLICATE, known))
            continue
        word = word_of(one.body)
        ruling = _PLAIN
        if (
            word in words
            or word in DROPPED
            or one.keyword
            or (route.advanced_opt_out and stop_filter.may_be_listed(word))
        ):
            ruling = await stop_filter.rule(env, tx, words, word, one, route)
            if ruling.opt_out_type:
                one = msgspec.structs.replace(one, opt_out_type=ruling.opt_out_type)
        receipt = _take(env, batch, one, route, ruling)
        seen[key] = receipt.message_sid
        receipts.append(receipt)
        if ruling.changed:
            # It holds for what comes after it, in this batch too.
            routes[place + 1 :] = await tx.routing.of_messages(arrivals[place + 1 :])
    await batch.write(env, tx)
    return receipts


def _from_person(one: InboundMessage) -> InboundMessage:
    """The message with its sender as sessions know them."""
    sender = canonical(one.sender)
    return one if sender is one.sender else msgspec.structs.replace(one, sender=sender)


def _take(env: Env, batch: _Batch, one: InboundMessage, route: Route, ruling: Ruling) -> Receipt:
    now = env.clock()
    sid = env.sids.new(sids.MMS if one.media else sids.SMS)
    interaction_sid = None
    refused: str = UNPOOLED
    if route.service_sid is not None:
        decision = _decide(route, now, is_dropped=ruling.is_dropped)
        if isinstance(decision, Deliver):
            interaction_sid = _relay(env, batch, one, route, decision, sid, now)
            refused = "opted-out" if holds(route.reach, env.settings.optout.scope) else ""
        else:
            refused = decision.reason
            batch.refuse(env, route, decision, one, sid)
    elif route.account_status != _ACTIVE:
        pass
    elif route.diverted:
        refused = _OF_NO_POOL.reason
        batch.refuse(env, route, _OF_NO_POOL, one, sid)
    else:
        batch.strays.append((route, one, sid))
    batch.messages.append(
        Message(
            sid=sid,
            account_sid=route.account_sid,
            direction=_INBOUND,
            sender=one.sender,
            recipient=one.number,
            body=one.body,
            status=_RECEIVED,
            error_code=None,
            num_media=len(one.media),
            num_segments=count(one.body).segments,
            carrier=one.carrier,
            provider_id=one.provider_id,
            interaction_sid=interaction_sid,
            date_created=now,
            date_sent=now,
            date_updated=now,
            messaging_service_sid=route.messaging_service_sid if route.diverted else None,
        )
    )
    if one.media:
        batch.media += media_rows(env, route.account_sid, sid, one.media)
    if ruling.reply is not None:
        answer = relay_of(env, ruling.reply)
        batch.messages.append(outbound_leg(answer, now))
        batch.jobs.append(relay_job(env, answer, now))
    return Receipt(Intake.TAKEN, sid, refused, interaction_sid)


async def take_again(
    env: Env, tx: Transaction, one: InboundMessage, message_sid: str
) -> Decision | None:
    """Routes a message once more that was taken in while no session carried it: relays it, or says
    why not; null when its number is in no pool any more."""
    route = await _route_in_proxy(tx, one)
    if route is None:
        return None
    batch = _Batch()
    # A word that is dropped was never asked about.
    decision = decide(route, InteractionType.MESSAGE, env.clock())
    if isinstance(decision, Deliver):
        sid = _relay(env, batch, one, route, decision, message_sid, env.clock())
        await tx.messages.link(message_sid, sid)
    elif not decision.is_out_of_session:
        batch.refuse(env, route, decision, one, message_sid)
    elif decision.session_sid is not None:
        batch.tell(env, route, decision, message_sid)
        await sessions.expire(env, tx, decision.service_sid, decision.session_sid)
    await batch.write(env, tx)
    return decision


async def take_over(env: Env, tx: Transaction, one: InboundMessage, message_sid: str) -> bool:
    """Routes a message that its Messaging Service's program hands to Proxy, as if it just came in;
    false when its number is in no pool."""
    route = await _route_in_proxy(tx, one)
    if route is None:
        return False
    batch = _Batch()
    dropped = await stop_filter.keeps_back(tx, one, route)
    decision = _decide(route, env.clock(), is_dropped=dropped)
    if isinstance(decision, Deliver):
        sid = _relay(env, batch, one, route, decision, message_sid, env.clock())
        await tx.messages.link(message_sid, sid)
    else:
        batch.refuse(env, route, decision, one, message_sid)
    await batch.write(env, tx)
    return True


async def _route_in_proxy(tx: Transaction, one: InboundMessage) -> Route | None:
    """The route of a message that is with Proxy, and stays so whatever its number's Messaging
    Service says: else it might go to and fro between the two. Null when its number is in no
    pool."""
    (route,) = await tx.routing.of_messages([one])
    if route is None or route.service_sid is None:
        return None
    return msgspec.structs.replace(route, diverted=0)


def _decide(route: Route, now: int, *, is_dropped: bool) -> Decision:
    """The decision, in which an opt-out word goes before all but the account's state: it is neither
    forwarded nor told to the program."""
    decision = decide(route, InteractionType.MESSAGE, now)
    if isinstance(decision, Deliver):
        if is_dropped:
            return Refuse(Reason.OPT_OUT_WORD, 80901, decision.service_sid, decision.session_sid)
    elif is_dropped and asks(route, decision):
        return msgspec.structs.replace(decision, reason=Reason.OPT_OUT_WORD, code=80901)
    return decision


def _relay(
    env: Env,
    batch: _Batch,
    one: InboundMessage,
    route: Route,
    to: Deliver,
    inbound_sid: str,
    now: int,
) -> str:
    """The interaction, its outbound leg and its jobs. With an intercept URL the leg has to wait for
    the program's answer, and so has the first callback. Towards somebody who opted out the leg has
    failed before it began, and the program is not asked."""
    outbound_sid = env.sids.new(inbound_sid[:2])
    stopped = holds(route.reach, env.settings.optout.scope)
    asked_first = to.intercept_url is not None and not stopped
    status = _FAILED if stopped else _QUEUED
    interaction = Interaction(
        sid=env.sids.new(sids.INTERACTION),
        account_sid=route.account_sid,
        service_sid=to.service_sid,
        session_sid=to.session_sid,
        type=_MESSAGE,
        data=message_data(one.body),
        num_media=len(one.media),
        inbound_participant_sid=to.participant_sid,
        inbound_resource_sid=inbound_sid,
        inbound_resource_status=_RECEIVED,
        outbound_participant_sid=None if asked_first else to.partner_sid,
        outbound_resource_sid=None if asked_first else outbound_sid,
        outbound_resource_status=None if asked_first else status,
        date_created=now,
        date_updated=now,
    )
    urls = tuple(url for url, _ in one.media)
    relay = Relay(
        message_sid=outbound_sid,
        interaction_sid=interaction.sid,
        account_sid=route.account_sid,
        participant_sid=to.partner_sid,
        carrier=to.carrier,
        sender=to.sender,
        recipient=to.recipient,
        dialled=to.dialled,
        body=one.body,
        media=one.media,
        direction=_REPLY,
        intercept=Callback(to.intercept_url, interaction, urls)
        if asked_first and to.intercept_url is not None
        else None,
        claims=asked_first and to.claims,
    )
    batch.interactions.append(interaction)
    if to.is_news:
        batch.touches.append(Touch(to.session_sid, now, to.expires_at))
    if stopped:
        batch.alerts.append(
            new_alert(env, 21610, route.account_sid, to.service_sid, interaction.sid)
        )
    else:
        batch.jobs.append(relay_job(env, relay, now))
    if not asked_first:
        if to.claims and not stopped:
            batch.claims.append(to.partner_sid)
        batch.messages.append(outbound_leg(relay, now, status, 21610 if stopped else None))
        if one.media:
            batch.media += media_rows(env, route.account_sid, outbound_sid, one.media)
        if to.callback_url is not None:
            batch.jobs.append(callback_job(env, to.callback_url, interaction, urls))
    return interaction.sid
