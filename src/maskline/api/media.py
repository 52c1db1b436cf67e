"""`/Accounts/{AC}/Messages/{SM}/Media`."""

from __future__ import annotations

from typing import Any, Final

from falcon.asgi import Request, Response

from maskline.api.paging import enveloped, kept
from maskline.api.resource import CoreResource, account_uri, answer, gone
from maskline.api.spans import span, within
from maskline.model.clock import rfc2822
from maskline.model.errors import not_found
from maskline.model.message import Media
from maskline.model.page import Page, PageRequest
from maskline.proxy.switches import check_hold
from maskline.store.contract import Transaction

_JSON: Final = ".json"


class MessageMedia(CoreResource):
    """The media of a message."""

    async def on_get_list(
        self, req: Request, resp: Response, account_sid: str, message_sid: str
    ) -> None:
        """Lists them, in their order in the message."""
        query, request = self.query(req), self.page_request(req)
        bounds = span(query, "DateCreated")

        async def read(tx: Transaction) -> list[Media]:
            if await tx.messages.get(message_sid, account_sid) is None:
                raise not_found("Message")
            return await tx.messages.media(message_sid)

        found = [one for one in await self.store.read(read) if within(one.date_created, bounds)]
        uri = f"{account_uri(account_sid)}/Messages/{message_sid}/Media.json"
        filters = kept(query, "DateCreated", "DateCreated<", "DateCreated>")
        page = _page(found, request)
        answer(resp, enveloped(page, request, uri, "media_list", shown, filters))

    async def on_get(
        self, req: Request, resp: Response, account_sid: str, message_sid: str, sid: str
    ) -> None:
        """Fetches one; without `.json`, leads to where the medium itself lies."""
        medium = await self.store.read(
            lambda tx: tx.messages.medium(sid.removesuffix(_JSON), message_sid, account_sid)
        )
        if medium is None:
            raise not_found("Media")
        if sid.endswith(_JSON):
            answer(resp, shown(medium))
        else:
            resp.status = 307
            resp.location = medium.url

    async def on_delete(
        self, req: Request, resp: Response, account_sid: str, message_sid: str, sid: str
    ) -> None:
        """Deletes the record of one."""
        bare = sid.removesuffix(_JSON)

        async def delete(tx: Transaction) -> bool:
            await check_hold(tx, account_sid)
            return await tx.messages.delete_medium(bare, message_sid, account_sid)

        if not await self.store.transact(delete):
            raise not_found("Media")
        gone(resp)


def shown(medium: Media) -> dict[str, Any]:
    """The resource."""
    message = f"{account_uri(medium.account_sid)}/Messages/{medium.message_sid}"
    return {
        "sid": medium.sid,
        "account_sid": medium.account_sid,
        "parent_sid": medium.message_sid,
        "content_type": medium.content_type,
        "date_created": rfc2822(medium.date_created),
        "date_updated": rfc2822(medium.date_created),
        "uri": f"{message}/Media/{medium.sid}.json",
    }


def _page(media: list[Media], request: PageRequest) -> Page[Media]:
    """One page of what is in memory already: a message has a handful of media."""
    sids = [one.sid for one in media]
    start = request.offset
    if request.after in sids:
        start = sids.index(request.after) + 1
    elif request.before in sids:
        start = max(sids.index(request.before) - request.size, 0)
    part = media[start : start + request.size]
    more = start + request.size < len(media)
    edges = (part[0].sid, part[-1].sid) if part else (None, None)
    return Page(part, more, start > 0, *edges)
