"""`/monitor/v1/Alerts`: what the debugger tells an account."""

from __future__ import annotations

from typing import Any

from falcon.asgi import Request, Response

from maskline.api.paging import kept, listed
from maskline.api.resource import Resource, answer
from maskline.api.spans import end
from maskline.debugger.notices import alert_text
from maskline.model.alert import Alert, LogLevel
from maskline.model.clock import DAY, iso
from maskline.model.errors import MORE_INFO, not_found
from maskline.store.repositories.alerts import AlertFilter


class Alerts(Resource):
    """Alerts. They hold no personal data."""

    product = "/monitor"
    largest_page = 1000

    async def on_get_list(self, req: Request, resp: Response) -> None:
        """Lists them, newest first, narrowed by `LogLevel`, `StartDate` and `EndDate`. What is past
        its days is not shown, however late the clock that removes it may be."""
        account, request, query = self.account(req), self.page_request(req), self.query(req)
        narrow = AlertFilter(
            level=query.choice("LogLevel", LogLevel) or "",
            not_before=max(query.moment("StartDate") or 0, self._reach()),
            before=end(query, "EndDate"),
        )
        page = await self.store.read(lambda tx: tx.alerts.page(account, narrow, request))
        url = self._url(req)
        filters = kept(query, "LogLevel", "StartDate", "EndDate")
        answer(resp, listed(page, request, url, "alerts", lambda one: shown(one, url), filters))

    async def on_get(self, req: Request, resp: Response, sid: str) -> None:
        """Fetches one, with the request and the answer that it tells of."""
        account = self.account(req)
        alert = await self.store.read(lambda tx: tx.alerts.get(sid, account))
        if alert is None or alert.date_generated < self._reach():
            raise not_found("Alert")
        details = {
            "request_variables": alert.request_variables,
            "request_headers": alert.request_headers,
            "response_headers": alert.response_headers,
            "response_body": alert.response_body,
        }
        answer(resp, shown(alert, self._url(req)) | details)

    def _reach(self) -> int:
        """From when on alerts are shown (ms)."""
        days = self.env.settings.retention.alerts_days
        return self.env.clock() - days * DAY if days else 0

    def _url(self, req: Request) -> str:
        return f"{self.base(req)}/v1/Alerts"


def shown(one: Alert, alerts_url: str) -> dict[str, Any]:
    """The resource."""
    return {
        "account_sid": one.account_sid,
        "alert_text": alert_text(one),
        "api_version": "2010-04-01",
        "date_created": iso(one.date_created),
        "date_generated": iso(one.date_generated),
        "date_updated": iso(one.date_created),
        "error_code": str(one.error_code),
        "log_level": str(one.log_level),
        "more_info": f"{MORE_INFO}{one.error_code}",
        "request_method": one.request_method,
        "request_url": one.request_url,
        "resource_sid": one.resource_sid,
        "service_sid": one.service_sid,
        "sid": one.sid,
        "url": f"{alerts_url}/{one.sid}",
    }
