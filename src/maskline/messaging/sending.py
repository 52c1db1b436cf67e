"""Messages that programs send through the Messages API: now, by a number or by a Messaging Service,
or at their hour."""

from __future__ import annotations

from typing import Final

import msgspec

from maskline.debugger.alerts import new_alert, raise_alerts
from maskline.env import Env
from maskline.messaging import drafts, feedback, media_links, origins
from maskline.messaging.legs import media_rows, outbound_leg, relay_job
from maskline.messaging.origins import Origin
from maskline.messaging.outbound import statuses
from maskline.messaging.pacing import is_full
from maskline.model import sid as sids
from maskline.model.draft import Draft
from maskline.model.errors import Fault, not_found
from maskline.model.form import Form
from maskline.model.job import Relay
from maskline.model.message import RANK, Direction, Message, MessageStatus
from maskline.model.messaging_service import MessagingService
from maskline.numbers.e164 import mask
from maskline.store.contract import StoreUnavailable, Transaction
from maskline.store.repositories.messages import Listener, StatusChange
from maskline.store.repositories.sending import Scheduled

_ACCEPTED: Final = MessageStatus.ACCEPTED.value
_SCHEDULED: Final = MessageStatus.SCHEDULED.value
_FAILED: Final = MessageStatus.FAILED.value


async def create(env: Env, tx: Transaction, account_sid: str, form: Form) -> Message:
    """Sends a message, or keeps it for its hour. Returns it as the program is shown it: one of a
    Messaging Service is accepted, before a sender is seen.

    A wrong form is refused as `drafts.read` says, a wrong sender as `origins.own` says, an empty
    Messaging Service with 21704, who opted out from `From` with 21610, one with too much in its
    queue with 21611. Raises StoreUnavailable while the queue of all is full. What only shows once a
    Messaging Service chooses fails the message instead, and its status callback tells.
    """
    if env.is_full():
        raise StoreUnavailable("the queue is full")
    service = await _service(tx, account_sid, form)
    asked = drafts.read(env, form, service)
    draft = await _with_application(tx, account_sid, asked.draft, form)
    if service is None:
        assert draft.sender is not None
        origin = await origins.own(tx, account_sid, draft, None)
        if draft.recipient == draft.sender:
            raise Fault(21266)
        if await origins.is_stopped(env, tx, account_sid, origin, draft.recipient):
            raise Fault(21610)
        if await is_full(env, tx, origin.carrier, origin.sender, draft.recipient):
            raise Fault(21611)
        return await _send(env, tx, account_sid, draft, origin, _new_sid(env, draft))
    if not await tx.messaging_services.count(service.sid):
        raise Fault(21704)
    if draft.sender is not None:
        await origins.own(tx, account_sid, draft, service)
    sid = _new_sid(env, draft)
    if asked.send_at is not None:
        return await _schedule(env, tx, account_sid, draft, sid, asked.send_at)
    sent = await _dispatch(env, tx, account_sid, draft, sid, service)
    return msgspec.structs.replace(sent, status=_ACCEPTED, sender="", error_code=None)


async def send_due(env: Env, tx: Transaction, limit: int) -> int:
    """Sends messages whose hour has come; how many. One whose Messaging Service is gone fails."""
    due = await tx.sending.due(env.clock(), limit)
    for one in due:
        await tx.sending.unschedule(one.message_sid)
        draft, sid = one.draft, one.message_sid
        assert draft.messaging_service_sid is not None
        service = await tx.messaging_services.peek(draft.messaging_service_sid)
        await tx.messages.withdraw(sid)
        if service is None:
            await _fail(env, tx, one.account_sid, draft, sid, None, 21701)
        else:
            await _dispatch(env, tx, one.account_sid, draft, sid, service)
    return len(due)


async def update(env: Env, tx: Transaction, account_sid: str, sid: str, form: Form) -> Message:
    """Cancels a scheduled message (`Status=canceled`), or removes the text of one (`Body=`).

    Raises 20404 for none of the account's, 30409 for one that can't be cancelled any more, 20009
    for the text of one that is still under way, 20001 for another change.
    """
    message = await tx.messages.held(sid, account_sid)
    if message is None:
        raise not_found("Message")
    now = env.clock()
    status = form.text("Status", 255)
    if status is not None:
        if status != MessageStatus.CANCELED:
            raise form.wrong("Status", "can be set to canceled alone")
        if not await tx.sending.unschedule(sid):
            raise Fault(30409)
        change = StatusChange(sid, MessageStatus.CANCELED.value, None, None, None, now)
        await tx.messages.set_status_many([change])
        message = msgspec.structs.replace(
            message, status=MessageStatus.CANCELED.value, date_updated=now
        )
    if form.has("Body"):
        if form.text("Body", 1, lines=True) is not None:
            raise form.wrong("Body", "can only be emptied")
        if _is_under_way(message):
            raise Fault(20009)
        await tx.messages.redact(sid, now)
        message = msgspec.structs.replace(message, body="", date_updated=now)
    return message


async def delete(tx: Transaction, account_sid: str, sid: str) -> None:
    """Deletes a message with its media; a scheduled one is then never sent.

    Raises 20404 for none of the account's, 20009 for one that is still under way.
    """
    message = await tx.messages.held(sid, account_sid)
    if message is None:
        raise not_found("Message")
    if not await tx.sending.unschedule(sid) and _is_under_way(message):
        raise Fault(20009)
    await tx.messages.delete(sid, account_sid)


def _is_under_way(message: Message) -> bool:
    return RANK[message.status] < RANK[MessageStatus.SENT.value]


async def _service(tx: Transaction, account_sid: str, form: Form) -> MessagingService | None:
    sid = drafts.service_named(form)
    if sid is None:
        return None
    service = await tx.messaging_services.peek(sid)
    if service is None or service.account_sid != account_sid:
        raise Fault(21701)
    return service


async def _with_application(tx: Transaction, account_sid: str, draft: Draft, form: Form) -> Draft:
    """An application's status callback goes before the Messaging Service's, and after the
    message's own."""
    sid = form.text("ApplicationSid", 255)
    if sid is None:
        return draft
    application = await tx.applications.get(sid, account_sid)
    if application is None:
        raise form.wrong("ApplicationSid", "must be an application of the account")
    if form.has("StatusCallback") or not application.message_status_callback:
        return draft
    return msgspec.structs.replace(draft, status_url=application.message_status_callback)


def _new_sid(env: Env, draft: Draft) -> str:
    return env.sids.new(sids.MMS if draft.media else sids.SMS)


async def _schedule(
    env: Env, tx: Transaction, account_sid: str, draft: Draft, sid: str, send_at: int
) -> Message:
    relay = _relay(account_sid, draft, sid, draft.sender or "", "")
    leg = _recorded(draft, outbound_leg(relay, env.clock(), _SCHEDULED))
    await tx.messages.add_many([leg])
    await tx.messages.add_media(media_rows(env, account_sid, sid, relay.media))
    await tx.sending.schedule(Scheduled(sid, account_sid, send_at, draft))
    return leg


async def _dispatch(
    env: Env,
    tx: Transaction,
    account_sid: str,
    draft: Draft,
    sid: str,
    service: MessagingService,
) -> Message:
    """Finds a sender in the pool, and sends; what finds none has failed."""
    origin = await origins.choose(env, tx, draft, service)
    if origin is None:
        return await _fail(env, tx, account_sid, draft, sid, None, 21703)
    draft = msgspec.structs.replace(draft, sender=origin.sender)
    if draft.recipient == origin.sender:
        return await _fail(env, tx, account_sid, draft, sid, origin, 21266)
    if await origins.is_stopped(env, tx, account_sid, origin, draft.recipient):
        return await _fail(env, tx, account_sid, draft, sid, origin, 21610)
    if draft.media and not origin.carries_media:
        if not service.mms_converter:
            return await _fail(env, tx, account_sid, draft, sid, origin, 21612)
        length = media_links.characters(env, draft.body, len(draft.media))
        if length > env.settings.limits.body_characters:
            return await _fail(env, tx, account_sid, draft, sid, origin, 21617)
        draft = await media_links.converted(env, tx, account_sid, sid, draft)
    return await _send(env, tx, account_sid, draft, origin, sid)


def _relay(account_sid: str, draft: Draft, sid: str, sender: str, carrier: str) -> Relay:
    return Relay(
        message_sid=sid,
        interaction_sid=None,
        account_sid=account_sid,
        participant_sid=None,
        carrier=carrier,
        sender=sender,
        recipient=draft.recipient,
        body=draft.body,
        media=tuple((url, "") for url in draft.media),
        direction=Direction.OUTBOUND_API.value,
        intercept=None,
        dialled=draft.dialled,
        valid_seconds=draft.valid_seconds,
    )


def _recorded(draft: Draft, leg: Message) -> Message:
    """The record, with as much as the program wants kept."""
    return msgspec.structs.replace(
        leg,
        body="" if draft.discards else leg.body,
        recipient=mask(leg.recipient) if draft.obfuscates else leg.recipient,
        num_media=leg.num_media + draft.linked,
        messaging_service_sid=draft.messaging_service_sid,
    )


async def _send(
    env: Env, tx: Transaction, account_sid: str, draft: Draft, origin: Origin, sid: str
) -> Message:
    now = env.clock()
    relay = _relay(account_sid, draft, sid, origin.sender, origin.carrier)
    leg = _recorded(draft, outbound_leg(relay, now))
    await _write(env, tx, draft, leg, relay)
    await tx.outbox.add_many([relay_job(env, relay, now)])
    return leg


async def _fail(
    env: Env,
    tx: Transaction,
    account_sid: str,
    draft: Draft,
    sid: str,
    origin: Origin | None,
    code: int,
) -> Message:
    """The message has failed before it began; its program is told."""
    sender, carrier = ("", "") if origin is None else (origin.sender, origin.carrier)
    relay = _relay(account_sid, draft, sid, sender, carrier)
    leg = _recorded(draft, outbound_leg(relay, env.clock(), _FAILED, code))
    await _write(env, tx, draft, leg, relay)
    row = await tx.messages.leg(sid)
    assert row is not None
    await tx.outbox.add_many(await statuses(env, tx, row))
    await raise_alerts(env, tx, [new_alert(env, code, account_sid, None, sid)])
    return leg


async def _write(env: Env, tx: Transaction, draft: Draft, leg: Message, relay: Relay) -> None:
    await tx.messages.add_many([leg])
    if relay.media:
        await tx.messages.add_media(media_rows(env, leg.account_sid, leg.sid, relay.media))
    if draft.expects_feedback:
        await feedback.expect(env, tx, leg.account_sid, leg.sid)
    if draft.status_url is not None:
        service_sid = draft.messaging_service_sid or ""
        urls = (("POST", draft.status_url),)
        await tx.messages.listen_many([Listener(leg.sid, leg.account_sid, service_sid, urls)])
