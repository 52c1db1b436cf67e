"""`/Accounts/{AC}/Calls`."""

from __future__ import annotations

from typing import Any

from falcon.asgi import Request, Response

from maskline.api.paging import enveloped, kept
from maskline.api.resource import CoreResource, account_uri, answer, created, gone
from maskline.api.spans import span
from maskline.env import Env
from maskline.model.call import Call, CallStatus
from maskline.model.clock import rfc2822
from maskline.model.errors import not_found
from maskline.numbers.e164 import friendly
from maskline.proxy.switches import check_hold
from maskline.store.contract import Store, Transaction
from maskline.store.repositories.calls import CallFilter
from maskline.voice import placing, steering
from maskline.voice.placing import CallOptions


class Calls(CoreResource):
    """The legs of the account's calls. `call_options` says what a carrier does for calls
    that programs place."""

    def __init__(self, env: Env, store: Store, call_options: CallOptions) -> None:
        super().__init__(env, store)
        self._call_options = call_options

    async def on_get_list(self, req: Request, resp: Response, account_sid: str) -> None:
        """Lists them."""
        query, request = self.query(req), self.page_request(req)
        started, ended = span(query, "StartTime"), span(query, "EndTime")
        narrow = CallFilter(
            to=query.text("To", 255) or "",
            caller=query.text("From", 255) or "",
            status=query.choice("Status", CallStatus) or "",
            parent_call_sid=query.text("ParentCallSid", 255) or "",
            start_not_before=started[0],
            start_before=started[1],
            end_not_before=ended[0],
            end_before=ended[1],
        )
        page = await self.store.read(lambda tx: tx.calls.page(account_sid, narrow, request))
        uri = f"{account_uri(account_sid)}/Calls.json"
        times = [f"{name}{sign}" for name in ("StartTime", "EndTime") for sign in ("", "<", ">")]
        filters = kept(query, "To", "From", "Status", "ParentCallSid", *times)
        answer(resp, enveloped(page, request, uri, "calls", shown, filters))

    async def on_post_list(self, req: Request, resp: Response, account_sid: str) -> None:
        """Places one."""
        form = await self.form(req)
        call = await self.store.transact(
            lambda tx: placing.create(self.env, tx, account_sid, form, self._call_options)
        )
        created(resp, shown(call))

    async def on_post(self, req: Request, resp: Response, account_sid: str, sid: str) -> None:
        """Ends one, or has it go on elsewhere."""
        form = await self.form(req)
        call = await self.store.transact(
            lambda tx: steering.update(self.env, tx, account_sid, sid, form, self._call_options)
        )
        answer(resp, shown(call))

    async def on_get(self, req: Request, resp: Response, account_sid: str, sid: str) -> None:
        """Fetches one."""
        call = await self.store.read(lambda tx: tx.calls.get(sid, account_sid))
        if call is None:
            raise not_found("Call")
        answer(resp, shown(call))

    async def on_delete(self, req: Request, resp: Response, account_sid: str, sid: str) -> None:
        """Deletes the record of one that is over."""

        async def delete(tx: Transaction) -> None:
            await check_hold(tx, account_sid)
            await steering.delete(tx, account_sid, sid)

        await self.store.transact(delete)
        gone(resp)


def shown(call: Call) -> dict[str, Any]:
    """The resource. Its `status` knows no `initiated`, which is what a leg is before it rings."""
    initiated = call.status == CallStatus.INITIATED
    uri = f"{account_uri(call.account_sid)}/Calls/{call.sid}"
    return {
        "sid": call.sid,
        "parent_call_sid": call.parent_call_sid,
        "account_sid": call.account_sid,
        "phone_number_sid": call.number_sid,
        "from": call.caller,
        "from_formatted": friendly(call.caller),
        "to": call.called,
        "to_formatted": friendly(call.called),
        "direction": call.direction,
        "status": CallStatus.QUEUED.value if initiated else call.status,
        "start_time": rfc2822(call.start_time),
        "end_time": rfc2822(call.end_time),
        "duration": None if call.duration is None else str(call.duration),
        "price": None,
        "price_unit": None,
        "answered_by": call.answered_by,
        "caller_name": None,
        "forwarded_from": None,
        "group_sid": None,
        "trunk_sid": None,
        "queue_time": "0",
        "api_version": "2010-04-01",
        "date_created": rfc2822(call.date_created),
        "date_updated": rfc2822(call.date_updated),
        "uri": f"{uri}.json",
        "subresource_uris": {
            name: f"{uri}/{name.title()}.json" for name in ("events", "notifications", "recordings")
        },
    }
