"""What the resources inside a session share: the way to it, and its address."""

from __future__ import annotations

from falcon.asgi import Request

from maskline.api.resource import ProxyResource
from maskline.model.service import Service
from maskline.model.session import Session
from maskline.proxy import services, sessions
from maskline.store.contract import Transaction


class SessionResource(ProxyResource):
    """A resource inside a session."""

    def session_url(self, req: Request, service_sid: str, session_sid: str) -> str:
        """The session's address."""
        return f"{self.services_url(req)}/{service_sid}/Sessions/{session_sid}"


async def find_session(
    tx: Transaction, account_sid: str, service_sid: str, session_sid: str
) -> tuple[Service, Session]:
    """The account's Service and its session. Raises 20404 and 80408."""
    service = await services.find(tx, account_sid, service_sid)
    return service, await sessions.find(tx, service.sid, session_sid)
