"""`/Accounts/{AC}/Calls/{CA}/Events`: what programs were asked about a call, and answered."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from falcon.asgi import Request, Response

from maskline.api.paging import enveloped
from maskline.api.resource import CoreResource, account_uri, answer
from maskline.model.clock import rfc2822
from maskline.model.errors import not_found
from maskline.model.page import Page
from maskline.model.sid import made_at
from maskline.model.webhook_attempt import WebhookAttempt
from maskline.store.contract import Transaction


class CallEvents(CoreResource):
    """The requests to programs about one of the account's calls, freed of personal data, as long
    and as far as webhook attempts are recorded."""

    async def on_get_list(self, req: Request, resp: Response, account_sid: str, sid: str) -> None:
        """Lists them, newest first."""
        request = self.page_request(req)

        async def read(tx: Transaction) -> Page[WebhookAttempt]:
            if await tx.calls.get(sid, account_sid) is None:
                raise not_found("Call")
            return await tx.webhook_attempts.page(account_sid, sid, request)

        page = await self.store.read(read)
        uri = f"{account_uri(account_sid)}/Calls/{sid}/Events.json"
        answer(resp, enveloped(page, request, uri, "events", shown))


def shown(one: WebhookAttempt) -> dict[str, Any]:
    """The resource. `response_code` is null where no answer came."""
    headers = dict(_pairs(one.response_headers))
    return {
        "request": {
            "method": one.method,
            "url": one.url,
            "parameters": dict(_pairs(one.params)),
        },
        "response": {
            "response_code": one.status,
            "request_duration": one.latency_ms,
            "content_type": headers.get("content-type"),
            "response_body": one.response_body,
            "date_created": rfc2822(made_at(one.sid)),
        },
    }


def _pairs(form: str | None) -> list[tuple[str, str]]:
    return parse_qsl(form or "", keep_blank_values=True)
