"""`/Accounts/{AC}/Messages/{SM}/Feedback`."""

from __future__ import annotations

from typing import Any

from falcon.asgi import Request, Response

from maskline.api.resource import CoreResource, account_uri, answer
from maskline.messaging import feedback
from maskline.model.clock import rfc2822
from maskline.model.message import Feedback


class MessageFeedback(CoreResource):
    """What a program says became of its message."""

    async def on_post_list(
        self, req: Request, resp: Response, account_sid: str, message_sid: str
    ) -> None:
        """Notes it."""
        form = await self.form(req)
        given = await self.store.transact(
            lambda tx: feedback.give(self.env, tx, account_sid, message_sid, form)
        )
        answer(resp, shown(given))


def shown(given: Feedback) -> dict[str, Any]:
    """The resource."""
    message = f"{account_uri(given.account_sid)}/Messages/{given.message_sid}"
    return {
        "account_sid": given.account_sid,
        "message_sid": given.message_sid,
        "outcome": given.outcome,
        "date_created": rfc2822(given.date_created),
        "date_updated": rfc2822(given.date_updated),
        "uri": f"{message}/Feedback.json",
    }
