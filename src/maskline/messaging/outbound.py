"""Outbound legs: what programs send, what the intercept lets pass, and what carriers report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from maskline.debugger.alerts import new_alert, raise_alerts
from maskline.env import Env
from maskline.jobs import new_job
from maskline.messaging import opt_outs
from maskline.messaging.budgets import SPENT, close
from maskline.messaging.legs import media_rows, message_data, outbound_leg, relay_job
from maskline.messaging.pacing import is_full
from maskline.messaging.refusals import explain
from maskline.model import sid as sids
from maskline.model.alert import Alert
from maskline.model.errors import Fault
from maskline.model.exchange import Exchange
from maskline.model.form import Form, is_url
from maskline.model.interaction import Interaction, InteractionType
from maskline.model.job import Job, JobKind, Relay, Status
from maskline.model.message import RANK, Direction, MessageStatus
from maskline.model.opt_out import OptOutSource, holds
from maskline.model.participant import Pair, Participant
from maskline.model.service import Service
from maskline.model.session import Mode, Session
from maskline.model.traffic import LegReport
from maskline.numbers.national import dialled, may_differ
from maskline.proxy import pairs
from maskline.proxy.callbacks import callback_job, intercept_alerts
from maskline.proxy.expiry import expires_at, is_news, slide_of
from maskline.proxy.out_of_session import API_VERSION
from maskline.proxy.routing import Reason
from maskline.store.contract import StoreUnavailable, Transaction
from maskline.store.repositories.messages import Leg, StatusChange
from maskline.store.repositories.sessions import Touch

#: Opted out.
_STOPPED: Final = 21610
_LOST: Final = frozenset({MessageStatus.FAILED.value, MessageStatus.UNDELIVERED.value})


async def send(
    env: Env, tx: Transaction, service: Service, session: Session, to: Participant, form: Form
) -> Interaction:
    """A message from the application to one participant, who sees it come from the number that
    they would dial; a reply reaches the partner.

    Raises 21602 without body and media, 21617, 21620 and 21623 for wrong ones, 80607 for a closed
    session, 80910 for one that carries no messages, 21610 for somebody who opted out, 21611 while
    more is queued for the number than a queue may hold. Raises StoreUnavailable while the queue of
    all is full.
    """
    if env.is_full():
        raise StoreUnavailable("the queue is full")
    limits = env.settings.limits
    body = form.text("Body", 1_000_000, lines=True) or ""
    urls = form.many("MediaUrl")
    if not body and not urls:
        raise Fault(21602)
    if len(body) > limits.body_characters:
        raise Fault(21617)
    if len(urls) > limits.media_per_message:
        raise Fault(21623)
    if not all(is_url(url) for url in urls):
        raise Fault(21620)
    now = env.clock()
    if not session.is_active or session.is_over(now):
        raise Fault(80607)
    if session.mode == Mode.VOICE_ONLY:
        raise Fault(80910)
    if to.date_deleted is not None:
        raise Fault(80610, "the participant was removed from the session")
    number = await tx.numbers.by_number(to.proxy_identifier)
    assert number is not None
    reach = await tx.opt_outs.reach(to.proxy_identifier, to.identifier)
    if holds(reach, env.settings.optout.scope):
        raise Fault(21610)
    if await is_full(env, tx, number.carrier, to.proxy_identifier, to.identifier):
        raise Fault(21611)
    interaction = Interaction(
        sid=env.sids.new(sids.INTERACTION),
        account_sid=session.account_sid,
        service_sid=session.service_sid,
        session_sid=session.sid,
        type=InteractionType.MESSAGE.value,
        data=message_data(body),
        num_media=len(urls),
        inbound_participant_sid=None,
        inbound_resource_sid=None,
        inbound_resource_status=None,
        outbound_participant_sid=to.sid,
        outbound_resource_sid=env.sids.new(sids.MMS if urls else sids.SMS),
        outbound_resource_status=MessageStatus.QUEUED.value,
        date_created=now,
        date_updated=now,
    )
    assert interaction.outbound_resource_sid is not None
    relay = Relay(
        message_sid=interaction.outbound_resource_sid,
        interaction_sid=interaction.sid,
        account_sid=session.account_sid,
        participant_sid=to.sid,
        carrier=number.carrier,
        sender=to.proxy_identifier,
        recipient=to.identifier,
        body=body,
        media=tuple((url, "") for url in urls),
        direction=Direction.OUTBOUND_API.value,
        intercept=None,
        dialled=await _dialled(tx, service, to.identifier),
    )
    ends = expires_at(
        date_expiry=session.date_expiry,
        ttl=session.ttl,
        default_ttl=service.default_ttl,
        date_created=session.date_created,
        date_last_interaction=now,
    )
    await tx.interactions.add_many([interaction])
    if is_news(
        date_started=session.date_started,
        expires_at=session.expires_at,
        slide=slide_of(session),
        ends=ends,
        now=now,
    ):
        await tx.sessions.touch_many([Touch(session.sid, now, ends)])
    if to.pair == Pair.SHARED:
        await pairs.claim(env, tx, to.sid)
    await _add_leg(env, tx, relay)
    jobs = [relay_job(env, relay, now)]
    if service.callback_url is not None:
        jobs.append(callback_job(env, service.callback_url, interaction, urls))
    await tx.outbox.add_many(jobs)
    return interaction


async def _dialled(tx: Transaction, service: Service, person: str) -> str | None:
    if not may_differ(person):
        return None
    account = await tx.accounts.get(service.account_sid)
    assert account is not None
    return dialled(
        person,
        is_call=False,
        service_created=service.date_created,
        switches=account.switches,
    )


async def admit(env: Env, tx: Transaction, relay: Relay, job_sid: str, answer: Exchange) -> bool:
    """The intercept let the message pass: its leg begins, and the job no longer asks. An answer
    that is none is told to the debugger.

    False when the interaction was deleted in the meantime: nothing is to be sent.
    """
    assert relay.interaction_sid is not None
    interaction = await tx.interactions.by_sid(relay.interaction_sid)
    if interaction is None:
        return False
    await raise_alerts(env, tx, intercept_alerts(env, interaction, answer))
    asked = msgspec.structs.replace(relay, intercept=None)
    await tx.outbox.set_payload(job_sid, msgspec.json.encode(asked))
    begun = msgspec.structs.replace(
        interaction,
        outbound_participant_sid=relay.participant_sid,
        outbound_resource_sid=relay.message_sid,
        outbound_resource_status=MessageStatus.QUEUED.value,
        date_updated=env.clock(),
    )
    await _add_leg(env, tx, relay)
    await tx.interactions.update_many([begun])
    if relay.claims and relay.participant_sid is not None:
        await pairs.claim(env, tx, relay.participant_sid)
    leg = await tx.messages.leg(relay.message_sid)
    if leg is not None and leg.callback_url is not None:
        urls = [url for url, _ in relay.media]
        await tx.outbox.add_many([callback_job(env, leg.callback_url, begun, urls)])
    return True


async def block(env: Env, tx: Transaction, relay: Relay, job_sid: str, answer: Exchange) -> None:
    """The intercept answered 403: there is no outbound leg, and the debugger says so; the sender is
    told as the settings have it."""
    asked = relay.intercept
    assert asked is not None
    interaction = asked.interaction
    came = await tx.messages.by_sid(interaction.inbound_resource_sid or "")
    if came is not None:
        await explain(
            env,
            tx,
            Reason.BLOCKED,
            interaction.service_sid,
            relay.account_sid,
            came.recipient,
            came.sender,
        )
    await raise_alerts(env, tx, intercept_alerts(env, interaction, answer))
    await tx.outbox.done_many([job_sid])


async def report(env: Env, tx: Transaction, reports: Sequence[LegReport]) -> None:
    """Takes in what became of legs: what a send came to, and what receipts say.

    A leg only moves to a higher rank, so that receipts may come late, twice and out of order. A
    change is told to the Service's CallbackUrl, and a leg that its carrier did not take to the
    debugger. A leg outlives the interaction that it belonged to.
    """
    sids = await _sids(tx, reports)
    legs = await tx.messages.legs(sid for sid in sids if sid is not None)
    changes: list[StatusChange] = []
    interactions: dict[str, Interaction] = {}
    jobs: list[Job] = []
    alerts: list[Alert] = []
    now = env.clock()
    for one, sid in zip(reports, sids, strict=True):
        leg = None if sid is None else legs.get(sid)
        # A carrier speaks for its own legs alone, whatever another's is called.
        if leg is None or leg.carrier != one.carrier:
            continue
        if one.possible_duplicate:
            leg = legs[leg.sid] = _marked(leg, now)
            if leg.interaction is not None:
                interactions[leg.interaction.sid] = leg.interaction
            alerts.append(_told(env, leg, 80990, f"message {leg.sid}"))
        higher = RANK[one.status] > RANK[leg.status]
        changes.append(
            StatusChange(
                sid=leg.sid,
                status=one.status if higher else leg.status,
                error_code=one.error_code if higher else leg.error_code,
                provider_id=one.provider_id,
                date_sent=now if one.status == MessageStatus.SENT else None,
                date_updated=now,
            )
        )
        if not higher:
            continue
        leg = legs[leg.sid] = msgspec.structs.replace(
            leg, status=one.status, error_code=one.error_code
        )
        if one.error_code == _STOPPED and one.fault != _STOPPED:
            await _believe(env, tx, one, leg)
        if one.error_code in SPENT and one.fault not in SPENT:
            message = await tx.messages.by_sid(leg.sid)
            assert message is not None
            await close(env, tx, leg.carrier, message.sender)
        if (fault := _fault(one, leg)) is not None:
            alerts.append(_alert(env, one, leg, fault))
        if leg.interaction is None:
            jobs += await statuses(env, tx, leg)
            continue
        interaction = msgspec.structs.replace(
            leg.interaction, outbound_resource_status=one.status, date_updated=now
        )
        interactions[interaction.sid] = interaction
        if leg.callback_url is not None:
            urls = (
                [medium.url for medium in await tx.messages.media(leg.sid)] if leg.num_media else []
            )
            jobs.append(callback_job(env, leg.callback_url, interaction, urls))
    await tx.messages.set_status_many(changes)
    await tx.interactions.update_many(interactions.values())
    await tx.outbox.done_many([one.job_sid for one in reports if one.job_sid is not None])
    await tx.outbox.add_many(jobs)
    await raise_alerts(env, tx, alerts)


async def _believe(env: Env, tx: Transaction, report: LegReport, leg: Leg) -> None:
    """A carrier would not send because the person opted out there: they have with us too, from now
    on. What it says of our own answers to their words does not count: an opt-in may be on its way
    to it."""
    if leg.direction == Direction.PLATFORM:
        return
    message = await tx.messages.by_sid(leg.sid)
    assert message is not None
    sender = await opt_outs.sender_of(tx, message.account_sid, message.sender)
    if sender is not None:
        source = OptOutSource.CARRIER
        stop = opt_outs.new_opt_out(env, sender, message.recipient, source, report.carrier)
        await opt_outs.add(tx, stop)


def _fault(report: LegReport, leg: Leg) -> int | None:
    """The code under which the debugger is told of a leg's new state, where that is not enough by
    itself."""
    if leg.direction == Direction.PLATFORM:
        # Its state shows nowhere. A carrier that filters by itself refuses our answer to an opt-out
        # word, and that is well.
        lost = leg.status in _LOST and leg.error_code != 21610
        return (report.fault or 80613) if lost else None
    return 21610 if leg.error_code == 21610 else report.fault


def _alert(env: Env, report: LegReport, leg: Leg, code: int) -> Alert:
    refused = f"{report.carrier} did not take the message: {leg.error_code}"
    # What was held here says so by its own code.
    return _told(env, leg, code, "" if code == leg.error_code else refused)


def _told(env: Env, leg: Leg, code: int, detail: str) -> Alert:
    interaction = leg.interaction
    return new_alert(
        env,
        code,
        leg.account_sid,
        None if interaction is None else interaction.service_sid,
        leg.sid if interaction is None else interaction.sid,
        detail,
    )


def _marked(leg: Leg, now: int) -> Leg:
    """The leg with an interaction that says so wherever it is shown or told."""
    if leg.interaction is None:
        return leg
    data = {**msgspec.json.decode(leg.interaction.data), "possible_duplicate": True}
    marked = msgspec.structs.replace(
        leg.interaction, data=msgspec.json.encode(data).decode(), date_updated=now
    )
    return msgspec.structs.replace(leg, interaction=marked)


async def statuses(env: Env, tx: Transaction, leg: Leg) -> list[Job]:
    """Tells the program that answered with the message, where it asked for it."""
    message = await tx.messages.by_sid(leg.sid)
    assert message is not None
    listener = await tx.messages.listener(leg.sid, message.account_sid)
    if listener is None:
        return []
    params = [
        ("AccountSid", message.account_sid),
        ("ApiVersion", API_VERSION),
        ("From", message.sender),
        ("To", message.recipient),
        ("MessageSid", leg.sid),
        ("SmsSid", leg.sid),
        ("MessageStatus", leg.status),
        ("SmsStatus", leg.status),
    ]
    if message.messaging_service_sid is not None:
        params.append(("MessagingServiceSid", message.messaging_service_sid))
    if leg.error_code is not None:
        params.append(("ErrorCode", str(leg.error_code)))
    if RANK[leg.status] == RANK[MessageStatus.DELIVERED]:
        await tx.messages.stop_listening(leg.sid)
    now = env.clock()
    return [
        new_job(
            env,
            JobKind.STATUS.value,
            Status(
                url,
                method,
                listener.account_sid,
                listener.service_sid or None,
                leg.sid,
                tuple(params),
            ),
            listener.account_sid,
            f"cb:{leg.sid}",
            now,
        )
        for method, url in listener.urls
    ]


async def _sids(tx: Transaction, reports: Sequence[LegReport]) -> list[str | None]:
    """Of which leg each report is; null where nobody knows."""
    named = [(one.carrier, one.provider_id or "") for one in reports if one.message_sid is None]
    found = iter(await tx.messages.outbound_by_provider(named))
    return [one.message_sid or next(found) for one in reports]


async def _add_leg(env: Env, tx: Transaction, relay: Relay) -> None:
    await tx.messages.add_many([outbound_leg(relay, env.clock())])
    await tx.messages.add_media(media_rows(env, relay.account_sid, relay.message_sid, relay.media))
