"""What programs answer with when a message is told to them: Messages, which are sent once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import msgspec

from maskline.env import Env
from maskline.messaging import ping_pong, replies
from maskline.messaging.media_links import carries_media, characters
from maskline.messaging.outbound import statuses
from maskline.messaging.replies import Text
from maskline.model.form import is_url
from maskline.model.message import MessageStatus
from maskline.model.number import Capability, Number
from maskline.model.problem import Problem
from maskline.model.traffic import InboundMessage
from maskline.numbers.e164 import is_e164, iso_country
from maskline.numbers.national import canonical
from maskline.proxy import problems
from maskline.store.contract import Transaction
from maskline.store.repositories.messages import Listener

#: The most Messages of one answer.
MAX_TEXTS: Final = 10


class Asked(Protocol):
    """The message that a program was told of: `message_sid` is its record's, `service_sid` that of
    the Service whose program it is, null where it is a number's own."""

    @property
    def account_sid(self) -> str: ...
    @property
    def service_sid(self) -> str | None: ...
    @property
    def message_sid(self) -> str: ...
    @property
    def message(self) -> InboundMessage: ...


class Answered(msgspec.Struct, frozen=True):
    """A Message of a program's answer. Null `recipient` is who wrote, null `sender` the number that
    they wrote to; `listeners` are (method, URL) to tell what becomes of it."""

    body: str
    media: tuple[str, ...] = ()
    recipient: str | None = None
    sender: str | None = None
    listeners: tuple[tuple[str, str], ...] = ()


async def carry_out(
    env: Env,
    tx: Transaction,
    job_sid: str,
    asked: Asked,
    texts: Sequence[Answered],
    found: Sequence[Problem] = (),
) -> bool:
    """Finishes the job: the Messages that the program answered with are sent. False when the job
    was finished before."""
    if not await tx.outbox.finish(job_sid):
        return False
    await send(env, tx, asked, texts)
    await problems.tell(env, tx, found, asked.account_sid, asked.service_sid, asked.message_sid)
    return True


async def report(env: Env, tx: Transaction, asked: Asked, found: Sequence[Problem]) -> None:
    """The debugger is told; the job goes on."""
    await problems.tell(env, tx, found, asked.account_sid, asked.service_sid, asked.message_sid)


async def send(env: Env, tx: Transaction, asked: Asked, texts: Sequence[Answered]) -> None:
    """Sends what can be sent, and tells the debugger why the rest can't."""
    sent: list[Text] = []
    listening: list[tuple[tuple[str, str], ...]] = []
    found: list[Problem] = []
    if len(texts) > MAX_TEXTS:
        found.append(Problem(14109, f"only the first {MAX_TEXTS} are sent"))
    for one in texts[:MAX_TEXTS]:
        made = await _text(env, tx, asked, one)
        if isinstance(made, Problem):
            found.append(made)
        elif not await ping_pong.may_reply(env, tx, made.number, made.person):
            found.append(Problem(14107, "the reply was left out"))
        else:
            sent.append(made)
            listening.append(one.listeners)
    legs = await replies.send(env, tx, sent)
    await tx.messages.listen_many(
        Listener(sid, asked.account_sid, asked.service_sid or "", urls)
        for sid, urls in zip(legs, listening, strict=True)
        if urls
    )
    for sid in legs:
        leg = await tx.messages.leg(sid)
        if leg is not None and leg.status == MessageStatus.FAILED:
            # Somebody who opted out: nothing more will be reported.
            await tx.outbox.add_many(await statuses(env, tx, leg))
    await problems.tell(env, tx, found, asked.account_sid, asked.service_sid, asked.message_sid)


async def _text(env: Env, tx: Transaction, asked: Asked, one: Answered) -> Text | Problem:
    limits = env.settings.limits
    sender = one.sender or asked.message.number
    recipient = one.recipient or asked.message.sender
    number = await tx.numbers.by_number(sender)
    if len(one.body) > limits.body_characters:
        return Problem(21617, "")
    if len(one.media) > limits.media_per_message:
        return Problem(21623, "")
    if not all(is_url(url) for url in one.media):
        return Problem(21620, "")
    if number is None or number.account_sid != asked.account_sid:
        return Problem(21606, "")
    if not number.capabilities & Capability.SMS:
        return Problem(21606, "the number takes no messages")
    if one.recipient is not None and not is_e164(recipient):
        return Problem(21211, "")
    if recipient == sender:
        return Problem(21266, "")
    links = bool(one.media) and await _links(tx, number, recipient)
    if links and characters(env, one.body, len(one.media)) > limits.body_characters:
        return Problem(21617, "")
    if one.media and not links and not number.capabilities & Capability.MMS:
        return Problem(21612, "the number carries no media")
    return Text(
        account_sid=asked.account_sid,
        carrier=number.carrier,
        number=sender,
        # By the one name that opt-outs have for them; dialled as the program has it.
        person=canonical(recipient),
        body=one.body,
        media=tuple((url, "") for url in one.media),
        dialled=recipient,
        links=links,
    )


async def _links(tx: Transaction, number: Number, recipient: str) -> bool:
    """Whether media become links: where they can't arrive, and the number's Messaging Service
    converts them."""
    if number.messaging_service_sid is None or carries_media(number, iso_country(recipient)):
        return False
    service = await tx.messaging_services.peek(number.messaging_service_sid)
    return service is not None and bool(service.mms_converter)
