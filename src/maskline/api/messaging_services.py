"""`/messaging/v1/Services`."""

from __future__ import annotations

from typing import Any

from falcon.asgi import Request, Response

from maskline.api.paging import listed
from maskline.api.resource import MessagingResource, answer, created, gone
from maskline.messaging import services
from maskline.model.clock import iso
from maskline.model.messaging_service import MessagingService


class MessagingServices(MessagingResource):
    """The account's Messaging Services."""

    async def on_get_list(self, req: Request, resp: Response) -> None:
        """Lists them."""
        account, request, url = self.account(req), self.page_request(req), self.services_url(req)
        page = await self.store.read(lambda tx: tx.messaging_services.page(account, request))
        answer(resp, listed(page, request, url, "services", lambda one: shown(one, url)))

    async def on_post_list(self, req: Request, resp: Response) -> None:
        """Creates one."""
        account, form = self.account(req), await self.form(req)
        service = await self.store.transact(lambda tx: services.create(self.env, tx, account, form))
        created(resp, shown(service, self.services_url(req)))

    async def on_get(self, req: Request, resp: Response, service_sid: str) -> None:
        """Fetches one."""
        account = self.account(req)
        service = await self.store.read(lambda tx: services.find(tx, account, service_sid))
        answer(resp, shown(service, self.services_url(req)))

    async def on_post(self, req: Request, resp: Response, service_sid: str) -> None:
        """Updates one."""
        account, form = self.account(req), await self.form(req)
        service = await self.store.transact(
            lambda tx: services.update(self.env, tx, account, service_sid, form)
        )
        answer(resp, shown(service, self.services_url(req)))

    async def on_delete(self, req: Request, resp: Response, service_sid: str) -> None:
        """Deletes one and frees its numbers."""
        account = self.account(req)
        await self.store.transact(lambda tx: services.delete(self.env, tx, account, service_sid))
        gone(resp)


def shown(service: MessagingService, services_url: str) -> dict[str, Any]:
    """The resource. `sending_windows` is never filled by Twilio either."""
    url = f"{services_url}/{service.sid}"
    return {
        "sid": service.sid,
        "account_sid": service.account_sid,
        "friendly_name": service.friendly_name,
        "date_created": iso(service.date_created),
        "date_updated": iso(service.date_updated),
        "inbound_request_url": service.inbound_request_url,
        "inbound_method": service.inbound_method,
        "fallback_url": service.fallback_url,
        "fallback_method": service.fallback_method,
        "status_callback": service.status_callback,
        "sticky_sender": bool(service.sticky_sender),
        "mms_converter": bool(service.mms_converter),
        "smart_encoding": bool(service.smart_encoding),
        "scan_message_content": service.scan_message_content,
        "fallback_to_long_code": bool(service.fallback_to_long_code),
        "area_code_geomatch": bool(service.area_code_geomatch),
        "synchronous_validation": bool(service.synchronous_validation),
        "validity_period": service.validity_period,
        "usecase": service.usecase,
        "us_app_to_person_registered": bool(service.us_app_to_person_registered),
        "use_inbound_webhook_on_number": bool(service.use_inbound_webhook_on_number),
        "sending_windows": [],
        "links": {
            "phone_numbers": f"{url}/PhoneNumbers",
            "short_codes": f"{url}/ShortCodes",
            "alpha_senders": f"{url}/AlphaSenders",
            "messages": f"{url}/Messages",
            "us_app_to_person": f"{url}/Compliance/Usa2p",
            "us_app_to_person_usecases": f"{url}/Compliance/Usa2p/Usecases",
            "channel_senders": f"{url}/ChannelSenders",
            "destination_alpha_senders": f"{url}/DestinationAlphaSenders",
        },
        "url": url,
    }
