"""`/messaging/v1/a2p/Readiness`, an extension: what has to be put right before masked numbers send
to people in the United States."""

from __future__ import annotations

import msgspec
from falcon.asgi import Request, Response

from maskline.api.resource import MessagingResource, answer
from maskline.messaging import readiness
from maskline.model.finding import State


class Readiness(MessagingResource):
    """The account's, as it is now."""

    async def on_get(self, req: Request, resp: Response) -> None:
        """Fetches it."""
        account = self.account(req)
        findings = await self.store.read(lambda tx: readiness.check(self.env, tx, account))
        answer(
            resp,
            {
                "account_sid": account,
                "ok": all(one.state is not State.BAD for one in findings),
                "checks": [msgspec.structs.asdict(one) for one in findings],
            },
        )
