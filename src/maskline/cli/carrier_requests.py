"""`maskline carriers requests`: what carriers asked of their doors."""

from __future__ import annotations

import asyncio

import msgspec
from cyclopts import App

from maskline.carriers.contract import Webhooks
from maskline.cli import terminal
from maskline.cli.carrier_accounts import at_work, fetch
from maskline.cli.options import Flag, Limit
from maskline.cli.refusal import Refusal
from maskline.cli.where import Where
from maskline.env import Env
from maskline.gateway.carriers import CarrierDoor
from maskline.gateway.journal import request_of
from maskline.gateway.media import MediaDesk
from maskline.model.carrier import CarrierAccount, CarrierRequest
from maskline.model.clock import iso, system_clock
from maskline.model.meter import Meter
from maskline.model.page import Page, PageRequest
from maskline.settings import Settings
from maskline.store.contract import Transaction
from maskline.store.repositories.carrier_requests import CarrierRequestFilter
from maskline.vault import Tickets
from maskline.vaults import vault_of

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
    following = page.following
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
    terminal.say(asyncio.run(_replay(place.settings(), account, found)))


async def _replay(settings: Settings, account: CarrierAccount, found: CarrierRequest) -> str:
    async with at_work(settings, account) as (carrier, host, _):
        if not isinstance(carrier, Webhooks):
            raise Refusal(f"{account.name} has no door")
        keys = vault_of(settings)
        tickets = None if keys is None else Tickets(keys.derived("media"))
        media = MediaDesk(settings.base_url, tickets, settings.carriers.media_hours, system_clock)
        limit = settings.limits.max_body_bytes
        door = CarrierDoor(
            host, {carrier.name: carrier}, media, None, limit, system_clock, str, Meter()
        )
        # Parts of a long message are put together by it.
        await carrier.start(host)
        return await door.replay(carrier.name, request_of(found))


def _find(place: Where, sid: str) -> CarrierRequest:
    async def work(_: Env, tx: Transaction) -> CarrierRequest | None:
        return await tx.carrier_requests.get(sid)

    found = place.transact(work)
    if found is None:
        raise Refusal("there is no such request", "maskline carriers requests list")
    return found
