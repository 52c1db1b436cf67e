"""`maskline carriers requests`: what carriers asked of their doors."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec
from cyclopts import App

from maskline.carriers.contract import Tools, Webhooks
from maskline.carriers.kinds import KINDS
from maskline.cli import terminal
from maskline.cli.carrier_accounts import base, fetch, vault
from maskline.cli.options import Flag, Limit
from maskline.cli.refusal import Refusal
from maskline.cli.where import Where
from maskline.databases import open_store
from maskline.delivery.carriers import BadAccount, build
from maskline.delivery.client import PooledClient
from maskline.delivery.guard import UrlGuard
from maskline.env import Env
from maskline.gateway.carriers import CarrierDoor
from maskline.gateway.journal import request_of
from maskline.gateway.media import MediaDesk
from maskline.gateway.switchboard import Switchboard
from maskline.model.carrier import CarrierRequest
from maskline.model.clock import iso, system_clock
from maskline.model.exchange import Exchange
from maskline.model.job import Callback
from maskline.model.meter import Meter
from maskline.model.page import Page, PageRequest
from maskline.model.sid import SidFactory
from maskline.settings import Settings
from maskline.store.contract import Transaction
from maskline.store.repositories.carrier_requests import CarrierRequestFilter
from maskline.vault import Tickets
from maskline.vaults import vault_of
from maskline.voice.answers import UNANSWERED, Answer
from maskline.voice.twiml import Kind

app = App(name="requests", help="What carriers posted, without secrets, for some days.")


@app.command(name="list")
def list_(
    *,
    carrier: str = "",
    failed: Flag = False,
    limit: Limit = 50,
    after: str | None = None,
    json: Flag = False,
    where: Where | None = None,
) -> None:
    """List requests, newest first.

    Parameters
    ----------
    carrier
        Only those of this account.
    failed
        Only those that were not taken.
    limit
        How many to list.
    after
        Go on after this SID: the last one of the page before.
    json
        Print JSON: `requests`, and in `next` what to give as --after for more, or null.
    """
    request = PageRequest(size=limit, after=after)
    narrow = CarrierRequestFilter(carrier=carrier, status=400 if failed else 0)

    async def work(_: Env, tx: Transaction) -> Page[CarrierRequest]:
        return await tx.carrier_requests.page(narrow, request)

    page = (where or Where()).transact(work)
    following = page.last if page.has_next else None
    if json:
        found = [msgspec.structs.asdict(one) for one in page.records]
        terminal.document({"requests": found, "next": following})
        return
    terminal.table(
        ("SID", "when", "carrier", "path", "answered"),
        (
            (one.sid, iso(one.date_created) or "", one.carrier, one.path, str(one.status))
            for one in page.records
        ),
    )
    if following:
        terminal.err().print(f"more: add --after {following}", markup=False)


@app.command
def show(sid: str, *, json: Flag = False, where: Where | None = None) -> None:
    """Show one. It holds what people wrote.

    Parameters
    ----------
    sid
        The request.
    json
        Print JSON.
    """
    found = _find(where or Where(), sid)
    if json:
        terminal.document(msgspec.structs.asdict(found))
        return
    headers = msgspec.json.decode(found.headers, type=dict[str, str])
    terminal.say(f"{found.method} /carriers/{found.carrier}/{found.path}")
    if found.query:
        terminal.say(f"?{found.query}")
    terminal.facts(headers.items())
    terminal.say(f"\n{found.body}{'…' if found.truncated else ''}\n")
    terminal.say(f"answered with {found.status} at {iso(found.date_created)}")


@app.command
def replay(sid: str, *, where: Where | None = None) -> None:
    """Take one in once more: what was taken before is known, and is not doubled.

    Parameters
    ----------
    sid
        The request. Calls are over, and can't be taken in again.
    """
    place = where or Where()
    found = _find(place, sid)
    if found.truncated:
        raise Refusal("only a part of the request was kept", "Raise carriers.request_bytes.")
    account = fetch(place, found.carrier)
    settings = place.settings()
    tools = Tools(http=PooledClient(UrlGuard()), **base(account, settings))
    try:
        carrier = build(account, KINDS, vault(settings), tools)
    except BadAccount as bad:
        raise Refusal(f"{account.name} can't be used: {bad}") from bad
    if not isinstance(carrier, Webhooks):
        raise Refusal(f"{account.name} has no door")
    terminal.say(asyncio.run(_replay(settings, carrier, found)))


async def _replay(settings: Settings, carrier: Webhooks, found: CarrierRequest) -> str:
    env = Env(system_clock, SidFactory(system_clock), settings)
    store = open_store(settings)
    await store.open()
    try:
        host = Switchboard(env, store, _no_intercept, _no_answer)
        keys = vault_of(settings)
        tickets = None if keys is None else Tickets(keys.derived("media"))
        media = MediaDesk(settings.base_url, tickets, settings.carriers.media_hours, system_clock)
        limit = settings.limits.max_body_bytes
        door = CarrierDoor(
            host, {carrier.name: carrier}, media, None, limit, system_clock, str, Meter()
        )
        outcome = await door.replay(carrier.name, request_of(found))
        await host.drain()
        return outcome
    finally:
        await store.close()


def _find(place: Where, sid: str) -> CarrierRequest:
    async def work(_: Env, tx: Transaction) -> CarrierRequest | None:
        return await tx.carrier_requests.get(sid)

    found = place.transact(work)
    if found is None:
        raise Refusal("there is no such request", "maskline carriers requests list")
    return found


async def _no_intercept(callback: Callback, text: str) -> Exchange:
    raise AssertionError("only calls are intercepted here")


async def _no_answer(
    url: str,
    method: str,
    params: Sequence[tuple[str, str]],
    account_sid: str,
    token: str,
    kind: Kind,
    *,
    within: float | None = None,
    unanswered: int = UNANSWERED,
) -> Answer:
    raise AssertionError("only calls are asked about here")
