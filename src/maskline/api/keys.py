"""`/Accounts/{AC}/Keys`."""

from __future__ import annotations

from typing import Any

from falcon.asgi import Request, Response

from maskline.api.auth import Credentials
from maskline.api.paging import enveloped
from maskline.api.resource import CoreResource, account_uri, answer, created, gone
from maskline.env import Env
from maskline.model.account import ApiKey
from maskline.model.clock import rfc2822
from maskline.model.errors import Fault
from maskline.proxy import keys
from maskline.store.contract import Store


class Keys(CoreResource):
    """The account's API keys. A key has no access to keys: one that leaked could make others."""

    def __init__(self, env: Env, store: Store, credentials: Credentials) -> None:
        super().__init__(env, store)
        self._credentials = credentials

    async def on_get_list(self, req: Request, resp: Response, account_sid: str) -> None:
        """Lists them."""
        self._with_token_only(req)
        request = self.page_request(req)
        page = await self.store.read(lambda tx: tx.accounts.keys(account_sid, request))
        uri = f"{account_uri(account_sid)}/Keys.json"
        answer(resp, enveloped(page, request, uri, "keys", shown))

    async def on_post_list(self, req: Request, resp: Response, account_sid: str) -> None:
        """Creates one; its secret is shown this once."""
        self._with_token_only(req)
        form = await self.form(req)
        new = await self.store.transact(lambda tx: keys.create(self.env, tx, account_sid, form))
        created(resp, shown(new.key) | {"secret": new.secret})

    async def on_get(self, req: Request, resp: Response, account_sid: str, sid: str) -> None:
        """Fetches one."""
        self._with_token_only(req)
        answer(resp, shown(await self.store.read(lambda tx: keys.find(tx, account_sid, sid))))

    async def on_post(self, req: Request, resp: Response, account_sid: str, sid: str) -> None:
        """Renames one."""
        self._with_token_only(req)
        form = await self.form(req)
        key = await self.store.transact(
            lambda tx: keys.update(self.env, tx, account_sid, sid, form)
        )
        answer(resp, shown(key))

    async def on_delete(self, req: Request, resp: Response, account_sid: str, sid: str) -> None:
        """Deletes one; it opens nothing from now on."""
        self._with_token_only(req)
        await self.store.transact(lambda tx: keys.delete(tx, account_sid, sid))
        self._credentials.forget(sid)
        gone(resp)

    def _with_token_only(self, req: Request) -> None:
        if self.caller(req).key_sid:
            raise Fault(20006)


def shown(key: ApiKey) -> dict[str, Any]:
    """The resource."""
    return {
        "sid": key.sid,
        "friendly_name": key.friendly_name,
        "date_created": rfc2822(key.date_created),
        "date_updated": rfc2822(key.date_updated),
    }
