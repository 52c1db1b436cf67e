"""Messaging Services and their senders."""

from __future__ import annotations

from maskline.model.alpha_sender import AlphaSender
from maskline.model.messaging_service import MessagingService
from maskline.model.number import Number
from maskline.model.page import Page, PageRequest
from maskline.store.repositories.base import Registering, row


class MessagingServices(Registering):
    """Messaging Services, and the phone numbers and short codes that are in one.

    Each of these numbers says by itself whether its service diverts inbound messages (see the
    migration): whatever changes the one changes the other here.
    """

    __slots__ = ()

    async def add(self, service: MessagingService) -> None:
        """Adds it."""
        await self._x.run("messaging_service_add", *row(service))

    async def get(self, sid: str, account_sid: str) -> MessagingService | None:
        """The account's service with that SID."""
        return await self._one(MessagingService, "messaging_service_get", sid, account_sid)

    async def peek(self, sid: str) -> MessagingService | None:
        """The service with that SID, whosever it is, without keeping others from changing it: for
        messages that come in."""
        return await self._one(MessagingService, "messaging_service_peek", sid)

    async def page(self, account_sid: str, request: PageRequest) -> Page[MessagingService]:
        """The account's services."""
        return await self._page(MessagingService, "messaging_service_page", request, account_sid)

    async def pooled(self, sid: str) -> tuple[int, int]:
        """How many numbers it has, and how many of them are in a Proxy Service's pool while it
        keeps their inbound messages to itself."""
        found = await self._x.one("messaging_service_pooled", sid)
        assert found is not None
        return int(found[0]), int(found[1])

    async def update(self, service: MessagingService) -> None:
        """Writes all that can change, and has its numbers follow."""
        await self._x.run(
            "messaging_service_update",
            service.sid,
            service.friendly_name,
            service.inbound_request_url,
            service.inbound_method,
            service.fallback_url,
            service.fallback_method,
            service.status_callback,
            service.sticky_sender,
            service.mms_converter,
            service.smart_encoding,
            service.scan_message_content,
            service.fallback_to_long_code,
            service.area_code_geomatch,
            service.synchronous_validation,
            service.validity_period,
            service.usecase,
            service.use_inbound_webhook_on_number,
            service.date_updated,
        )
        await self._x.run("sender_divert", service.sid, 1 - service.use_inbound_webhook_on_number)

    async def delete(self, sid: str) -> None:
        """Deletes it and frees its numbers."""
        await self._x.run("messaging_service_delete", sid)
        await self._unbinds_all(sid)
        await self._x.run("sender_leave_all", sid)
        await self._x.run("alpha_delete_all", sid)
        await self._x.run("opt_out_list_delete_all", sid)
        await self._x.run("listed_word_forget_all", sid)
        await self._x.run("sticky_forget_service", sid)

    async def set_opt_outs(self, sid: str, advanced: bool, now: int) -> None:
        """Whether it knows opt-out words by lists of its own; its numbers follow."""
        await self._x.run("messaging_service_set_opt_outs", sid, int(advanced), now)
        await self._x.run("sender_set_opt_outs", sid, int(advanced))

    async def sender(self, sid: str, service_sid: str, kind: str) -> Number | None:
        """The service's number with that SID."""
        return await self._one(Number, "sender_get", sid, service_sid, kind)

    async def senders(self, service_sid: str, kind: str, request: PageRequest) -> Page[Number]:
        """The service's numbers of a kind."""
        return await self._page(Number, "sender_page", request, service_sid, kind)

    async def count(self, service_sid: str) -> int:
        """How many senders it has, of all kinds."""
        found = await self._x.one("sender_count", service_sid)
        return int(found[0]) if found else 0

    async def join(self, sid: str, service_sid: str, now: int) -> bool:
        """Puts a number into a service; false when it is in one already."""
        return await self._x.run("sender_join", sid, service_sid, now) > 0

    async def leave(self, sid: str) -> None:
        """Takes a number out of its service."""
        await self._unbinds(sid)
        await self._x.run("sender_leave", sid)
        await self._x.run("sticky_forget_sender", sid)

    async def add_name(self, sender: AlphaSender) -> bool:
        """Adds a name; false when the service has it for that country already."""
        return await self._x.run("alpha_add", *row(sender)) > 0

    async def name(self, sid: str, service_sid: str) -> AlphaSender | None:
        """The service's name with that SID."""
        return await self._one(AlphaSender, "alpha_get", sid, service_sid)

    async def names(
        self, service_sid: str, country: str | None, request: PageRequest
    ) -> Page[AlphaSender]:
        """The service's names: of one country, "" being those for all, or null for any."""
        narrow = (0, "") if country is None else (1, country)
        return await self._page(AlphaSender, "alpha_page", request, service_sid, *narrow)

    async def named(self, account_sid: str, name: str) -> list[AlphaSender]:
        """The account's senders of that name, in whatever service, the oldest first."""
        return await self._all(AlphaSender, "alpha_named", account_sid, name)

    async def remove_name(self, sid: str) -> None:
        """Takes a name out of its service."""
        await self._x.run("alpha_delete", sid)
        await self._x.run("sticky_forget_sender", sid)
