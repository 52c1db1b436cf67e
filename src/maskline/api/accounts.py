"""`/Accounts/{AC}`."""

from __future__ import annotations

from typing import Any, Final

from falcon.asgi import Request, Response

from maskline.api.resource import CoreResource, account_uri, answer
from maskline.model.account import Account
from maskline.model.clock import rfc2822
from maskline.model.errors import Fault, not_found

_SUBRESOURCES: Final = (
    ("available_phone_numbers", "AvailablePhoneNumbers"),
    ("calls", "Calls"),
    ("incoming_phone_numbers", "IncomingPhoneNumbers"),
    ("keys", "Keys"),
    ("messages", "Messages"),
)


class Accounts(CoreResource):
    """The account that calls."""

    async def on_get(self, req: Request, resp: Response, account_sid: str) -> None:
        """Fetches it, with its token: to the token's holder only, not to one of its keys."""
        if self.caller(req).key_sid:
            raise Fault(20006)
        account = await self.store.read(lambda tx: tx.accounts.get(account_sid))
        if account is None:
            raise not_found("Account")
        answer(resp, shown(account))


def shown(account: Account) -> dict[str, Any]:
    """The resource."""
    uri = account_uri(account.sid)
    return {
        "sid": account.sid,
        "owner_account_sid": account.sid,
        "friendly_name": account.friendly_name,
        "auth_token": account.auth_token,
        "status": account.status,
        "type": "Full",
        "date_created": rfc2822(account.date_created),
        "date_updated": rfc2822(account.date_updated),
        "uri": f"{uri}.json",
        "subresource_uris": {name: f"{uri}/{path}.json" for name, path in _SUBRESOURCES},
    }
