"""`/messaging/v1/OptOuts`, which is ours, and Twilio's `/accounts/v1/Consents/Bulk`: who wants no
more messages."""

from __future__ import annotations

from typing import Any

import msgspec
from falcon.asgi import Request, Response

from maskline.api.paging import kept, listed
from maskline.api.resource import MessagingResource, Resource, answer, created, gone
from maskline.messaging import opt_outs
from maskline.model.clock import iso
from maskline.model.opt_out import OptOut


class OptOuts(MessagingResource):
    """The account's opt-outs."""

    async def on_get_list(self, req: Request, resp: Response) -> None:
        """Lists them, newest first, narrowed by `ContactId`, `SenderId`, `Source`, `StartDate` and
        `EndDate`."""
        account, request, query = self.account(req), self.page_request(req), self.query(req)
        page = await self.store.read(lambda tx: opt_outs.page(tx, account, query, request))
        url = self._url(req)
        filters = kept(query, "ContactId", "SenderId", "Source", "StartDate", "EndDate")
        answer(resp, listed(page, request, url, "opt_outs", lambda one: shown(one, url), filters))

    async def on_post_list(self, req: Request, resp: Response) -> None:
        """Adds one; 200 when it is there already."""
        account, form = self.account(req), await self.form(req)
        opt_out, is_new = await self.store.transact(
            lambda tx: opt_outs.create(self.env, tx, account, form)
        )
        (created if is_new else answer)(resp, shown(opt_out, self._url(req)))

    async def on_get(self, req: Request, resp: Response, sid: str) -> None:
        """Fetches one."""
        account = self.account(req)
        opt_out = await self.store.read(lambda tx: opt_outs.find(tx, account, sid))
        answer(resp, shown(opt_out, self._url(req)))

    async def on_delete(self, req: Request, resp: Response, sid: str) -> None:
        """Takes one off the list: the person may be written to again."""
        account = self.account(req)
        await self.store.transact(lambda tx: opt_outs.remove(tx, account, sid))
        gone(resp)

    def _url(self, req: Request) -> str:
        return f"{self.base(req)}/v1/OptOuts"


class BulkConsents(Resource):
    """Opt-outs and opt-ins by the two dozen."""

    product = "/accounts"

    async def on_post(self, req: Request, resp: Response) -> None:
        """Carries out the items, each by itself, and says what became of each."""
        account, form = self.account(req), await self.form(req)
        outcomes = await self.store.transact(
            lambda tx: opt_outs.consent(self.env, tx, account, form)
        )
        created(resp, {"items": msgspec.to_builtins(outcomes)})


def shown(one: OptOut, opt_outs_url: str) -> dict[str, Any]:
    """The resource."""
    return {
        "sid": one.sid,
        "account_sid": one.account_sid,
        "contact_id": one.identifier,
        "sender_id": one.sender,
        "service_sid": one.service_sid,
        "messaging_service_sid": one.messaging_service_sid,
        "status": opt_outs.ConsentStatus.OPT_OUT.value,
        "source": one.source,
        "detail": one.detail,
        "date_of_consent": iso(one.date_of_consent),
        "date_replied": iso(one.date_replied),
        "date_created": iso(one.date_created),
        "url": f"{opt_outs_url}/{one.sid}",
    }
