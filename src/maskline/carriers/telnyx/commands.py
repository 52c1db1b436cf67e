"""Commands that steer calls. One that comes twice is known by its `command_id`."""

from __future__ import annotations

import hashlib
import logging
from typing import Any
from urllib.parse import quote

import msgspec

from maskline.carriers import outcomes
from maskline.carriers.contract import ApiRefused
from maskline.carriers.json_api import JsonApi
from maskline.carriers.telnyx import placing
from maskline.carriers.telnyx.events import Leg, packed
from maskline.model.http import HttpFailure
from maskline.model.traffic import SendResult

log = logging.getLogger(__name__)


class Commands:
    """Those of one account; `calls` is the address of its calls."""

    def __init__(self, name: str, api: JsonApi, calls: str) -> None:
        self._name = name
        self._api = api
        self._calls = calls

    async def command(self, call: str, action: str, **fields: object) -> None:
        """A command about a call. Raises ApiRefused."""
        fields["command_id"] = _id(call, action, fields)
        method = "PUT" if action == "client_state_update" else "POST"
        await self._api.ask(method, self._url(call, action), fields)

    async def attempt(self, call: str, action: str, **fields: object) -> None:
        """A command that may come too late."""
        try:
            await self.command(call, action, **fields)
        except ApiRefused as refused:
            log.info("%s did not carry out %s: %s", self._name, action, refused)

    async def begin(self, asked: dict[str, object]) -> str:
        """Begins a call: Telnyx's id of it. Raises ApiRefused."""
        made = await self._api.ask("POST", self._calls, asked)
        return placing.made(made.get("data") or {})

    async def place(self, asked: dict[str, object]) -> SendResult:
        """Places a program's call. Never raises for what Telnyx answers."""
        try:
            return placing.outcome(await self._api.post(self._calls, asked))
        except HttpFailure as failure:
            return outcomes.lost(failure)

    async def end(self, call: str) -> bool:
        """Ends a call; false when it is not on the line. Raises ApiRefused."""
        fields: dict[str, object] = {"command_id": _id(call, "hangup", {})}
        try:
            return placing.was_carried_out(await self._api.post(self._url(call, "hangup"), fields))
        except HttpFailure as failure:
            raise ApiRefused(f"the carrier was not reached: {failure.reason}") from None

    async def dial(self, call: str, connection: str, leg: Leg, asked: dict[str, object]) -> str:
        """Begins a leg for a call. Raises ApiRefused."""
        fields = asked | {"connection_id": connection, "client_state": packed(leg), "link_to": call}
        fields["command_id"] = _id(call, "dial", fields)
        return await self.begin(fields)

    async def record(self, call: str) -> dict[str, Any]:
        """What Telnyx knows of a call. Raises ApiRefused, and ApiMissing for one that it does not
        know."""
        found = await self._api.ask("GET", f"{self._calls}/{quote(call, safe='')}")
        return found.get("data") or {}

    async def look(self, call: str) -> dict[str, Any]:
        """The same; nothing, where it does not say."""
        try:
            return await self.record(call)
        except ApiRefused as refused:
            log.info("%s did not tell of a call: %s", self._name, refused)
            return {}

    def _url(self, call: str, action: str) -> str:
        return f"{self._calls}/{quote(call, safe='')}/actions/{action}"


def _id(call: str, action: str, fields: dict[str, object]) -> str:
    """The same for the same step of the same call."""
    about = msgspec.json.encode([call, action, fields])
    return hashlib.sha256(about).hexdigest()[:32]
