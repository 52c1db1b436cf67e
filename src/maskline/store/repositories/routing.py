"""The hot question: whose session does this call or message belong to?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from maskline.model.traffic import InboundCall, InboundMessage
from maskline.store.repositories.base import Repository


class Route(msgspec.Struct, frozen=True):
    """Where a pair (proxy number, sender) leads. Null `service_sid`: the number is in no pool; null
    `session_sid`: the sender is nobody there; null `partner_sid`: nobody is on the other side.

    `expires_at` is what the session's row says; with `slide` (ms) the session ends that long after
    its last interaction instead, of which `newest_sid` is the SID. `partner_pair` is a `Pair`.
    `seen_sid` is set when the carrier handed over the same message or call before.
    `account_status` and `switches` are those of the account that owns the number,
    `service_created` (ms) is the Service's. `diverted` is 1 when messages to the number are for its
    Messaging Service to handle. `reach` says how near the partner's opt-outs come to the number
    that a message would be sent to them from (`Reach`); it is null for a call. `advanced_opt_out`
    is 1 while the number's Messaging Service has opt-out lists of its own.
    """

    number_sid: str
    account_sid: str
    carrier: str
    service_sid: str | None
    callback_url: str | None
    intercept_callback_url: str | None
    out_of_session_callback_url: str | None
    default_ttl: int | None
    participant_sid: str | None
    session_sid: str | None
    mode: str | None
    ttl: int | None
    date_started: int | None
    date_expiry: int | None
    expires_at: int | None
    slide: int | None
    newest_sid: str | None
    partner_sid: str | None
    partner_identifier: str | None
    partner_proxy_identifier: str | None
    partner_carrier: str | None
    partner_pair: int | None
    seen_sid: str | None
    account_status: str
    switches: int
    service_created: int | None
    messaging_service_sid: str | None = None
    diverted: int = 0
    reach: int | None = None
    advanced_opt_out: int = 0


class Routing(Repository):
    """Routes of inbound traffic."""

    __slots__ = ()

    async def of_messages(self, inbound: Sequence[InboundMessage]) -> list[Route | None]:
        """The routes of messages, in their order; null where no account owns the number."""
        return await self._each(
            (one.number, one.sender, one.carrier, one.provider_id, "") for one in inbound
        )

    async def of_calls(self, inbound: Sequence[InboundCall]) -> list[Route | None]:
        """The routes of calls, in their order; null where no account owns the number."""
        return await self._each(
            (one.number, one.caller, one.carrier, "", one.provider_id) for one in inbound
        )

    async def _each(self, rows: Iterable[tuple[str, ...]]) -> list[Route | None]:
        found = await self._x.one_each("route", rows)
        return [None if one is None else Route(*one) for one in found]
