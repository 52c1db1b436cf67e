"""`/Accounts/{AC}/Messages`."""

from __future__ import annotations

from typing import Any

from falcon.asgi import Request, Response

from maskline.api.paging import enveloped, kept
from maskline.api.resource import CoreResource, account_uri, answer, created, gone
from maskline.api.spans import span
from maskline.messaging import sending
from maskline.model.clock import rfc2822
from maskline.model.errors import CATALOGUE, not_found
from maskline.model.message import Message
from maskline.proxy.switches import check_hold
from maskline.store.contract import Transaction
from maskline.store.repositories.messages import MessageFilter


class Messages(CoreResource):
    """The account's messages, in and out."""

    async def on_get_list(self, req: Request, resp: Response, account_sid: str) -> None:
        """Lists them."""
        query, request = self.query(req), self.page_request(req)
        not_before, before = span(query, "DateSent")
        narrow = MessageFilter(
            to=query.text("To", 255) or "",
            sender=query.text("From", 255) or "",
            not_before=not_before,
            before=before,
        )
        page = await self.store.read(lambda tx: tx.messages.page(account_sid, narrow, request))
        uri = f"{account_uri(account_sid)}/Messages.json"
        filters = kept(query, "To", "From", "DateSent", "DateSent<", "DateSent>")
        answer(resp, enveloped(page, request, uri, "messages", shown, filters))

    async def on_post_list(self, req: Request, resp: Response, account_sid: str) -> None:
        """Sends one."""
        form = await self.form(req)
        message = await self.store.transact(
            lambda tx: sending.create(self.env, tx, account_sid, form)
        )
        created(resp, shown(message))

    async def on_post(
        self, req: Request, resp: Response, account_sid: str, message_sid: str
    ) -> None:
        """Cancels a scheduled one, or removes a text."""
        form = await self.form(req)

        async def update(tx: Transaction) -> Message:
            if form.has("Body"):
                await check_hold(tx, account_sid)
            return await sending.update(self.env, tx, account_sid, message_sid, form)

        answer(resp, shown(await self.store.transact(update)))

    async def on_get(
        self, req: Request, resp: Response, account_sid: str, message_sid: str
    ) -> None:
        """Fetches one."""
        message = await self.store.read(lambda tx: tx.messages.get(message_sid, account_sid))
        if message is None:
            raise not_found("Message")
        answer(resp, shown(message))

    async def on_delete(
        self, req: Request, resp: Response, account_sid: str, message_sid: str
    ) -> None:
        """Deletes one with its media."""

        async def delete(tx: Transaction) -> None:
            await check_hold(tx, account_sid)
            await sending.delete(tx, account_sid, message_sid)

        await self.store.transact(delete)
        gone(resp)


def shown(message: Message) -> dict[str, Any]:
    """The resource. What carriers charge is not known, so there is no price."""
    uri = f"{account_uri(message.account_sid)}/Messages/{message.sid}"
    entry = CATALOGUE.get(message.error_code) if message.error_code is not None else None
    return {
        "sid": message.sid,
        "account_sid": message.account_sid,
        "messaging_service_sid": message.messaging_service_sid,
        "from": message.sender or None,
        "to": message.recipient,
        "body": message.body,
        "num_media": str(message.num_media),
        "num_segments": str(message.num_segments),
        "direction": message.direction,
        "status": message.status,
        "error_code": message.error_code,
        "error_message": entry.text if entry is not None else None,
        "price": None,
        "price_unit": None,
        "api_version": "2010-04-01",
        "date_created": rfc2822(message.date_created),
        "date_sent": rfc2822(message.date_sent),
        "date_updated": rfc2822(message.date_updated),
        "uri": f"{uri}.json",
        "subresource_uris": {"media": f"{uri}/Media.json"},
    }
