"""Refusals: what becomes of a message that is not passed on."""

from __future__ import annotations

from typing import Final

from maskline.debugger.alerts import new_alert
from maskline.env import Env
from maskline.jobs import new_job
from maskline.messaging import replies
from maskline.messaging.replies import Text
from maskline.model.alert import Alert
from maskline.model.job import Inbound, JobKind, OutOfSession
from maskline.model.problem import Problem
from maskline.model.traffic import InboundMessage
from maskline.proxy import problems, sessions
from maskline.proxy.routing import Reason, Refuse
from maskline.store.contract import Transaction
from maskline.store.repositories.routing import Route

_NOBODY: Final = 11200


def waiting_key(one: InboundMessage) -> str:
    """What the jobs of one sender's messages to one number have in common: they keep their order,
    so that the second finds the session that the first began."""
    return f"oos:{one.number}<{one.sender}"


def asks(route: Route, refusal: Refuse) -> bool:
    """Whether the program is asked what to do with a message that is refused so."""
    return refusal.is_out_of_session and route.out_of_session_callback_url is not None


def alert_of(env: Env, route: Route, refusal: Refuse, message_sid: str) -> Alert | None:
    """What the debugger is told; null when it is not, or not before the program has answered."""
    if not refusal.code or (asks(route, refusal) and refusal.reason is Reason.NO_SESSION):
        return None
    resource = refusal.session_sid or message_sid
    detail = ""
    if refusal.reason is Reason.DIVERTED:
        detail = (
            f"Messaging Service {route.messaging_service_sid} takes the number's messages; "
            "with UseInboundWebhookOnNumber=true it leaves them to Proxy"
        )
    return new_alert(env, refusal.code, route.account_sid, refusal.service_sid, resource, detail)


async def refuse(
    env: Env, tx: Transaction, route: Route, refusal: Refuse, one: InboundMessage, message_sid: str
) -> None:
    """A message that was just taken in: the program is asked, where it wants to be and no session
    is there, or where the message is for a Messaging Service; else the sender is told."""
    if refusal.reason is Reason.DIVERTED:
        await _divert(env, tx, route, one, message_sid)
        return
    if refusal.reason is Reason.EXPIRED:
        await sessions.expire(env, tx, refusal.service_sid, refusal.session_sid or "")
    url = route.out_of_session_callback_url
    if url is None or not refusal.is_out_of_session:
        sid = refusal.service_sid
        await explain(env, tx, refusal.reason, sid, route.account_sid, one.number, one.sender)
        return
    payload = OutOfSession(
        url=url,
        account_sid=route.account_sid,
        service_sid=refusal.service_sid,
        message_sid=message_sid,
        message=one,
    )
    key, now = waiting_key(one), env.clock()
    kind = JobKind.OUT_OF_SESSION.value
    await tx.outbox.add_many([new_job(env, kind, payload, route.account_sid, key, now)])


async def _divert(
    env: Env, tx: Transaction, route: Route, one: InboundMessage, message_sid: str
) -> None:
    """Has the Messaging Service's program told, if it names one."""
    assert route.messaging_service_sid is not None
    service = await tx.messaging_services.peek(route.messaging_service_sid)
    if service is None or service.inbound_request_url is None:
        return
    payload = Inbound(
        url=service.inbound_request_url,
        method=service.inbound_method,
        fallback_url=service.fallback_url,
        fallback_method=service.fallback_method,
        account_sid=service.account_sid,
        service_sid=service.sid,
        message_sid=message_sid,
        message=one,
    )
    await _tell(env, tx, payload)


async def hand_to_number(
    env: Env, tx: Transaction, route: Route, one: InboundMessage, message_sid: str
) -> None:
    """A message to a number of no pool, whose Messaging Service (if any) defers: the program that
    the number's own configuration names is told. An application goes before a URL."""
    hooks = await tx.numbers.hooks(route.number_sid)
    url, method = hooks.sms_url, hooks.sms_method
    fallback_url, fallback_method = hooks.sms_fallback_url, hooks.sms_fallback_method
    if hooks.sms_application_sid:
        found = await tx.applications.get(hooks.sms_application_sid, route.account_sid)
        if found is None:
            gone = Problem(_NOBODY, "the number's application is not there")
            await problems.tell(env, tx, [gone], route.account_sid, None, message_sid)
            return
        url, method = found.sms_url, found.sms_method
        fallback_url, fallback_method = found.sms_fallback_url, found.sms_fallback_method
    if not url:
        return
    payload = Inbound(
        url=url,
        method=method,
        fallback_url=fallback_url or None,
        fallback_method=fallback_method,
        account_sid=route.account_sid,
        service_sid=None,
        message_sid=message_sid,
        message=one,
    )
    await _tell(env, tx, payload)


async def _tell(env: Env, tx: Transaction, payload: Inbound) -> None:
    # What a person writes to a number is told in the order in which it came.
    one, now = payload.message, env.clock()
    key, kind = f"in:{one.number}<{one.sender}", JobKind.INBOUND.value
    await tx.outbox.add_many([new_job(env, kind, payload, payload.account_sid, key, now)])


async def explain(
    env: Env,
    tx: Transaction,
    reason: Reason,
    service_sid: str,
    account_sid: str,
    number: str,
    person: str,
) -> None:
    """Tells a sender, as far as the settings have a text for it."""
    texts = env.settings.messages
    if reason is Reason.NO_SESSION and texts.reply_expired != texts.reply_no_session:
        past = await tx.participants.last_of(number, person, service_sid)
        reason = reason if past is None else Reason.EXPIRED
    body = {
        Reason.NO_SESSION: texts.reply_no_session,
        Reason.EXPIRED: texts.reply_expired,
        Reason.NO_PARTNER: texts.reply_no_partner,
        Reason.WRONG_MODE: texts.reply_wrong_mode,
        Reason.BLOCKED: texts.reply_blocked,
        Reason.FAILED: texts.reply_failed,
    }.get(reason, "")
    if body:
        ours = await tx.numbers.by_number(number)
        if ours is not None:
            text = Text(account_sid, ours.carrier, number, person, body)
            await replies.answer(env, tx, text)
