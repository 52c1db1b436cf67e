"""Applications."""

from __future__ import annotations

from maskline.model.application import Application
from maskline.model.page import Page, PageRequest
from maskline.store.repositories.base import Repository, row


class Applications(Repository):
    """TwiML applications."""

    __slots__ = ()

    async def add(self, application: Application) -> None:
        """Adds it."""
        await self._x.run("application_add", *row(application))

    async def get(self, sid: str, account_sid: str) -> Application | None:
        """The account's application with that SID."""
        return await self._one(Application, "application_get", sid, account_sid)

    async def page(
        self, account_sid: str, friendly_name: str, request: PageRequest
    ) -> Page[Application]:
        """The account's applications, of that name unless it is ""."""
        return await self._page(
            Application, "application_page", request, account_sid, friendly_name
        )

    async def update(self, application: Application) -> None:
        """Writes all that can change."""
        one = application
        await self._x.run(
            "application_update",
            one.sid,
            one.friendly_name,
            one.voice_url,
            one.voice_method,
            one.voice_fallback_url,
            one.voice_fallback_method,
            one.voice_caller_id_lookup,
            one.status_callback,
            one.status_callback_method,
            one.sms_url,
            one.sms_method,
            one.sms_fallback_url,
            one.sms_fallback_method,
            one.sms_status_callback,
            one.message_status_callback,
            one.public_application_connect_enabled,
            one.date_updated,
        )

    async def delete(self, sid: str, account_sid: str) -> bool:
        """Deletes it, and takes it off the numbers that refer to it; false when the account has no
        such application."""
        if await self._x.run("application_delete", sid, account_sid) == 0:
            return False
        await self._x.run("application_off_numbers", f'"{sid}"', account_sid)
        return True
