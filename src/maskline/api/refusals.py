"""Refusals of the Proxy API as alerts: what a program did wrong stands in the account's debugger,
for whoever does not see the program's own log."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

from falcon.asgi import Request

from maskline.api.auth import Caller
from maskline.debugger.alerts import new_alert, raise_alone
from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.errors import Fault
from maskline.model.exchange import Exchange
from maskline.model.form import Form
from maskline.store.contract import Store, StoreUnavailable

log = logging.getLogger(__name__)

#: Proxy's codes; those of other products are answered and not told.
_PROXY: Final = range(80100, 81000)
#: The parts of a path that may name the resource, the innermost first, and their kinds.
_PARTS: Final = (
    ("sid", sids.INTERACTION),
    ("sid", sids.PHONE_NUMBER),
    ("sid", sids.SHORT_CODE),
    ("participant_sid", sids.PARTICIPANT),
    ("session_sid", sids.SESSION),
    ("service_sid", sids.SERVICE),
)


class Refusals:
    """Tells the debugger of refusals."""

    def __init__(self, env: Env, store: Store) -> None:
        self._env = env
        self._store = store

    async def tell(
        self, req: Request, params: Mapping[str, Any], fault: Fault, body: bytes
    ) -> None:
        """Tells of one that was answered with `body`; `params` are the parts of its path."""
        caller: Caller | None = req.context.get("caller")
        if fault.code not in _PROXY or caller is None:
            return
        named = [
            value for part, kind in _PARTS if sids.is_sid(value := str(params.get(part, "")), kind)
        ]
        service_sid = str(params.get("service_sid", ""))
        alert = new_alert(
            self._env,
            fault.code,
            caller.account_sid,
            service_sid if sids.is_sid(service_sid, sids.SERVICE) else None,
            named[0] if named else None,
            fault.detail,
            self._exchange(req, fault, body),
        )
        try:
            await raise_alone(self._env, self._store, alert)
        except StoreUnavailable:
            request = req.context.get("id")
            log.warning(
                "request %s: its refusal could not be told", request, extra={"request_id": request}
            )

    def _exchange(self, req: Request, fault: Fault, body: bytes) -> Exchange:
        form: Form | None = req.context.get("form")
        path = req.scope.get("maskline.path", req.scope["path"])
        query = f"?{req.query_string}" if req.query_string else ""
        public = None if "maskline.base" in req.scope else self._env.settings.public_url
        return Exchange(
            method=req.method,
            url=f"{public or req.prefix}{path}{query}",
            request_headers=req.headers,
            parameters=[] if form is None else form.pairs(),
            status=fault.status,
            response_headers={"content-type": "application/json"},
            response_body=body,
        )
