"""Messages: what was sent and what waits for its hour; sending one, and cancelling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from maskline.access.audit import record
from maskline.console import show
from maskline.console.context import StoreResource
from maskline.console.gate import Ask, Handler, text_of
from maskline.console.resources.opt_outs import number
from maskline.console.shapes.messages import MessagePage, MessageRow, SendText
from maskline.messaging import sending
from maskline.model.clock import iso_ms
from maskline.model.console import Deed, Role
from maskline.model.errors import Fault
from maskline.model.form import Form
from maskline.model.message import Direction, Message, MessageStatus
from maskline.store.contract import Transaction
from maskline.store.repositories.messages import MessageFilter

_SCHEDULED: Final = MessageStatus.SCHEDULED.value
#: The end of the year 9999: beyond it no time can be written.
_LAST: Final = 253_402_300_799_000


class MessagesResource(StoreResource):
    """`/messages`."""

    def handlers(self) -> Mapping[str, Handler]:
        """Its endpoints."""
        return {
            "GET /messages": self.page,
            "POST /messages": self.send,
            "POST /messages/{sid}/cancel": self.cancel,
        }

    async def page(self, ask: Ask) -> MessagePage:
        """An account's messages: all, those in a state, those of a Messaging Service."""
        request, status, service = ask.page(), ask.query("status"), ask.query("service")
        if status and status not in {one.value for one in MessageStatus}:
            raise Fault(20001, "`status` is none")
        readable = ask.role.may(Role.SUPPORT)

        async def read(tx: Transaction) -> MessagePage:
            account = await ask.account(tx)
            if status == _SCHEDULED:
                page = await tx.support.scheduled(account, service, request)
            elif status or service:
                page = await tx.support.messages(account, status, service, request)
            else:
                page = await tx.messages.page(account, MessageFilter(), request)
            return MessagePage(
                await _rows(tx, page.records, readable=readable),
                page.following,
                page.preceding,
            )

        return await self._store.read(read)

    async def send(self, ask: Ask) -> MessageRow:
        """Sends a message, as the API would."""
        given: SendText = ask.body
        env = self._env
        values: dict[str, list[str]] = {"To": [number(given.to)], "Body": [given.body]}
        if given.sender:
            values["From"] = [_sender(given.sender)]
        if given.messaging_service_sid:
            values["MessagingServiceSid"] = [given.messaging_service_sid]
        if given.media:
            values["MediaUrl"] = given.media
        if given.send_at is not None:
            if not 0 <= given.send_at <= _LAST:
                raise Fault(20001, "`send_at` is no time")
            values |= {"ScheduleType": ["fixed"], "SendAt": [iso_ms(given.send_at)]}
        form = Form(values, 20001)

        async def send(tx: Transaction) -> tuple[str, MessageRow]:
            account = await ask.account(tx)
            sent = await sending.create(env, tx, account, form)
            await record(
                env,
                tx,
                ask.actor,
                Deed.MESSAGE_SENT,
                sent.sid,
                sent.messaging_service_sid or "",
                account,
            )
            return account, (await _rows(tx, [sent], readable=True))[0]

        account, row = await self._store.transact(send)
        path = f"/api/2010-04-01/Accounts/{account}/Messages.json"
        self._context.did(ask, account, "POST", path, form.pairs())
        return row

    async def cancel(self, ask: Ask) -> MessageRow:
        """Cancels one that waits for its hour."""
        env = self._env
        form = Form({"Status": [MessageStatus.CANCELED.value]}, 20001)

        async def cancel(tx: Transaction) -> tuple[str, MessageRow]:
            held = ask.seen(await tx.messages.by_sid(ask.params["sid"]), "Message")
            account = held.account_sid
            done = await sending.update(env, tx, account, held.sid, form)
            await record(env, tx, ask.actor, Deed.MESSAGE_CANCELED, done.sid, "", account)
            return account, (await _rows(tx, [done], readable=True))[0]

        account, row = await self._store.transact(cancel)
        path = f"/api/2010-04-01/Accounts/{account}/Messages/{row.sid}.json"
        self._context.did(ask, account, "POST", path, form.pairs())
        return row


def _sender(text: str) -> str:
    """A number without what people put between its digits; a name as it is."""
    plain = number(text)
    return plain if plain.removeprefix("+").isdigit() else text


async def _rows(
    tx: Transaction, messages: Sequence[Message], *, readable: bool
) -> list[MessageRow]:
    """Messages as rows, with what other records know of them."""
    services = {one.messaging_service_sid for one in messages if one.messaging_service_sid}
    names: dict[str, str] = {}
    for sid in services:
        service = await tx.messaging_services.peek(sid)
        if service is not None:
            names[sid] = service.friendly_name
    waiting = [one.sid for one in messages if one.status == _SCHEDULED]
    hours = await tx.support.hours(waiting)
    feedback = await tx.support.feedback([one.sid for one in messages])
    return [
        _row(one, names, hours.get(one.sid), feedback.get(one.sid), readable=readable)
        for one in messages
    ]


def _row(
    one: Message,
    names: Mapping[str, str],
    send_at: int | None,
    feedback: str | None,
    *,
    readable: bool,
) -> MessageRow:
    inbound = one.direction == Direction.INBOUND
    sender = show.person(one.sender, one.sid, "sender") if inbound else show.proxy(one.sender)
    return MessageRow(
        sid=one.sid,
        direction=one.direction,
        sender=sender if one.sender else None,
        recipient=(
            show.proxy(one.recipient)
            if inbound
            else show.person(one.recipient, one.sid, "recipient")
        ),
        body=one.body if readable else None,
        status=one.status,
        error_code=one.error_code,
        error_text=text_of(one.error_code),
        num_media=one.num_media,
        segments=one.num_segments,
        messaging_service_sid=one.messaging_service_sid,
        messaging_service_name=names.get(one.messaging_service_sid or ""),
        send_at=send_at,
        feedback=feedback,
        date_created=one.date_created,
    )
