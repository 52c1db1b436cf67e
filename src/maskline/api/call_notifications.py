"""`/Accounts/{AC}/Calls/{CA}/Notifications`: what the debugger says of a call."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from falcon.asgi import Request, Response

from maskline.api.paging import enveloped, kept
from maskline.api.resource import CoreResource, account_uri, answer
from maskline.api.spans import span
from maskline.debugger.notices import alert_text
from maskline.model.alert import Alert, LogLevel
from maskline.model.call import Call
from maskline.model.clock import DAY, rfc2822
from maskline.model.errors import MORE_INFO, not_found
from maskline.model.page import Page
from maskline.store.contract import Transaction
from maskline.store.repositories.alerts import AboutFilter


class Log(StrEnum):
    """How grave a notification is."""

    ERROR = "0"
    WARNING = "1"


class CallNotifications(CoreResource):
    """The debugger's alerts of one of the account's calls, and of the interaction that it is in.
    They hold no personal data."""

    async def on_get_list(self, req: Request, resp: Response, account_sid: str, sid: str) -> None:
        """Lists them, newest first, as far as they are kept."""
        query, request = self.query(req), self.page_request(req)
        since, before = span(query, "MessageDate")
        level = query.choice("Log", Log)

        async def read(tx: Transaction) -> Page[Alert]:
            call = await _call(tx, sid, account_sid)
            narrow = AboutFilter(
                call.sid,
                call.interaction_sid or "",
                level.name.lower() if level is not None else "",
                max(since, self._reach()),
                before,
            )
            return await tx.alerts.about(account_sid, narrow, request)

        page = await self.store.read(read)
        uri = f"{account_uri(account_sid)}/Calls/{sid}/Notifications"
        filters = kept(query, "Log", "MessageDate", "MessageDate<", "MessageDate>")
        found = enveloped(
            page, request, f"{uri}.json", "notifications", lambda one: shown(one, sid), filters
        )
        answer(resp, found)

    async def on_get(
        self, req: Request, resp: Response, account_sid: str, sid: str, alert_sid: str
    ) -> None:
        """Fetches one, with the request and the answer that it tells of."""

        async def read(tx: Transaction) -> Alert | None:
            call = await _call(tx, sid, account_sid)
            found = await tx.alerts.get(alert_sid, account_sid)
            if found is None or found.resource_sid not in (call.sid, call.interaction_sid):
                return None
            return found

        alert = await self.store.read(read)
        if alert is None or alert.date_generated < self._reach():
            raise not_found("Notification")
        details = {
            "request_variables": alert.request_variables,
            "response_headers": alert.response_headers,
            "response_body": alert.response_body,
        }
        answer(resp, shown(alert, sid) | details)

    def _reach(self) -> int:
        """From when on alerts are shown (ms)."""
        days = self.env.settings.retention.alerts_days
        return self.env.clock() - days * DAY if days else 0


def shown(one: Alert, call_sid: str) -> dict[str, Any]:
    """The resource."""
    uri = f"{account_uri(one.account_sid)}/Calls/{call_sid}/Notifications/{one.sid}.json"
    log = Log.ERROR if one.log_level == LogLevel.ERROR else Log.WARNING
    return {
        "sid": one.sid,
        "account_sid": one.account_sid,
        "call_sid": call_sid,
        "api_version": "2010-04-01",
        "log": log.value,
        "error_code": str(one.error_code),
        "more_info": f"{MORE_INFO}{one.error_code}",
        "message_text": alert_text(one),
        "message_date": rfc2822(one.date_generated),
        "request_method": one.request_method,
        "request_url": one.request_url,
        "date_created": rfc2822(one.date_created),
        "date_updated": rfc2822(one.date_created),
        "uri": uri,
    }


async def _call(tx: Transaction, sid: str, account_sid: str) -> Call:
    call = await tx.calls.get(sid, account_sid)
    if call is None:
        raise not_found("Call")
    return call
