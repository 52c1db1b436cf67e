"""`/Accounts/{AC}/Applications`."""

from __future__ import annotations

from typing import Any

from falcon.asgi import Request, Response

from maskline.api.paging import enveloped, kept
from maskline.api.resource import CoreResource, account_uri, answer, created, gone
from maskline.messaging import applications
from maskline.model.application import Application
from maskline.model.clock import rfc2822


class Applications(CoreResource):
    """The account's applications."""

    async def on_get_list(self, req: Request, resp: Response, account_sid: str) -> None:
        """Lists them."""
        query, request = self.query(req), self.page_request(req)
        name = query.text("FriendlyName", 255) or ""
        page = await self.store.read(lambda tx: tx.applications.page(account_sid, name, request))
        uri = f"{account_uri(account_sid)}/Applications.json"
        filters = kept(query, "FriendlyName")
        answer(resp, enveloped(page, request, uri, "applications", shown, filters))

    async def on_post_list(self, req: Request, resp: Response, account_sid: str) -> None:
        """Creates one."""
        form = await self.form(req)
        made = await self.store.transact(
            lambda tx: applications.create(self.env, tx, account_sid, form)
        )
        created(resp, shown(made))

    async def on_get(self, req: Request, resp: Response, account_sid: str, sid: str) -> None:
        """Fetches one."""
        answer(
            resp, shown(await self.store.read(lambda tx: applications.find(tx, account_sid, sid)))
        )

    async def on_post(self, req: Request, resp: Response, account_sid: str, sid: str) -> None:
        """Updates one."""
        form = await self.form(req)
        changed = await self.store.transact(
            lambda tx: applications.update(self.env, tx, account_sid, sid, form)
        )
        answer(resp, shown(changed))

    async def on_delete(self, req: Request, resp: Response, account_sid: str, sid: str) -> None:
        """Deletes one."""
        await self.store.transact(lambda tx: applications.delete(tx, account_sid, sid))
        gone(resp)


def shown(one: Application) -> dict[str, Any]:
    """The resource."""
    return {
        "sid": one.sid,
        "account_sid": one.account_sid,
        "friendly_name": one.friendly_name,
        "api_version": "2010-04-01",
        "voice_url": one.voice_url or None,
        "voice_method": one.voice_method,
        "voice_fallback_url": one.voice_fallback_url or None,
        "voice_fallback_method": one.voice_fallback_method,
        "voice_caller_id_lookup": bool(one.voice_caller_id_lookup),
        "status_callback": one.status_callback or None,
        "status_callback_method": one.status_callback_method,
        "sms_url": one.sms_url or None,
        "sms_method": one.sms_method,
        "sms_fallback_url": one.sms_fallback_url or None,
        "sms_fallback_method": one.sms_fallback_method,
        "sms_status_callback": one.sms_status_callback or None,
        "message_status_callback": one.message_status_callback or None,
        "public_application_connect_enabled": bool(one.public_application_connect_enabled),
        "date_created": rfc2822(one.date_created),
        "date_updated": rfc2822(one.date_updated),
        "uri": f"{account_uri(one.account_sid)}/Applications/{one.sid}.json",
    }
