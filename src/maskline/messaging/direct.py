"""Messages that a program sends from a number of the account, outside any session."""

from __future__ import annotations

from typing import Final

from maskline.env import Env
from maskline.messaging import replies
from maskline.messaging.replies import Text
from maskline.model.errors import Fault
from maskline.model.form import Form, is_url
from maskline.model.message import Direction, Message
from maskline.model.number import Capability
from maskline.model.opt_out import holds
from maskline.numbers.e164 import is_e164
from maskline.numbers.national import canonical
from maskline.store.contract import Transaction
from maskline.store.repositories.messages import Listener

#: What would change what is sent, when or by whom: to send without it would be worse than not to.
_NOT_DONE: Final = (
    "ApplicationSid",
    "ContentSid",
    "ContentVariables",
    "FallbackFrom",
    "MessagingServiceSid",
    "PersistentAction",
    "ScheduleType",
    "SendAt",
)


async def send(env: Env, tx: Transaction, account_sid: str, form: Form) -> Message:
    """Sends one.

    Raises 21604 without `To` and 21211 for a wrong one, 21603 without `From` and 21606 for one that
    the account does not own or that takes no messages, 21602 without body and media, 21617, 21620
    and 21623 for wrong ones, 21266 for a message to itself, 21610 for somebody who opted out, and
    the form's fault for what can't be done. What only tunes a carrier is not looked at.
    """
    limits = env.settings.limits
    for name in _NOT_DONE:
        if form.many(name):
            raise form.wrong(name, "is not supported")
    to, sender = form.text("To", 255), form.text("From", 255)
    body, media = form.text("Body", 1_000_000, lines=True) or "", form.many("MediaUrl")
    if to is None:
        raise Fault(21604)
    if not is_e164(to):
        raise Fault(21211)
    if sender is None:
        raise Fault(21603)
    if not body and not media:
        raise Fault(21602)
    if len(body) > limits.body_characters:
        raise Fault(21617)
    if len(media) > limits.media_per_message:
        raise Fault(21623)
    if not all(is_url(url) for url in media):
        raise Fault(21620)
    if to == sender:
        raise Fault(21266)
    callback = form.url("StatusCallback")
    number = await tx.numbers.by_number(sender)
    if number is None or number.account_sid != account_sid:
        raise Fault(21606)
    if not number.capabilities & (Capability.MMS if media else Capability.SMS):
        raise Fault(21606, "The sender can't send such messages")
    person = canonical(to)
    if holds(await tx.opt_outs.reach(sender, person), env.settings.optout.scope):
        raise Fault(21610)
    text = Text(
        account_sid=account_sid,
        carrier=number.carrier,
        number=sender,
        person=person,
        body=body,
        media=tuple((url, "") for url in media),
        direction=Direction.OUTBOUND_API.value,
        dialled=to,
    )
    (sid,) = await replies.send(env, tx, [text])
    if callback is not None:
        urls = (("POST", callback),)
        service_sid = number.messaging_service_sid or ""
        await tx.messages.listen_many([Listener(sid, account_sid, service_sid, urls)])
    message = await tx.messages.by_sid(sid)
    assert message is not None
    return message
