"""An account at a carrier, as commands work with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from maskline.carriers.contract import Carrier, Tools
from maskline.carriers.kinds import KINDS
from maskline.cli.refusal import Refusal
from maskline.cli.where import Where
from maskline.databases import open_store
from maskline.delivery.carriers import BadAccount, allows_private, build
from maskline.delivery.client import PooledClient
from maskline.delivery.guard import UrlGuard
from maskline.env import Env
from maskline.gateway.smpp import SmppLedger
from maskline.gateway.switchboard import Switchboard
from maskline.model.carrier import CarrierAccount
from maskline.model.clock import system_clock
from maskline.model.exchange import Exchange
from maskline.model.job import Callback
from maskline.model.sid import SidFactory
from maskline.settings import Settings
from maskline.store.contract import Store, Transaction
from maskline.vault import Vault
from maskline.vaults import vault_of
from maskline.voice.answers import UNANSWERED, Answer
from maskline.voice.twiml import Kind

T = TypeVar("T")


def vault(settings: Settings) -> Vault:
    found = vault_of(settings)
    if found is None:
        raise Refusal(
            "there is no key to seal credentials with",
            "Set MASKLINE_CREDENTIALS_KEY, or credentials_key_file, to what `maskline carriers "
            "new-key` prints, here and for the server; keep it where backups of the database are "
            "not.",
        )
    return found


def fetch(place: Where, name: str) -> CarrierAccount:
    """The account of that name. Raises Refusal."""

    async def work(_: Env, tx: Transaction) -> CarrierAccount | None:
        return await tx.carriers.get(name)

    account = place.transact(work)
    if account is None:
        raise Refusal(f"there is no account {name}", "maskline carriers list")
    return account


def base(account: CarrierAccount, settings: Settings) -> dict[str, Any]:
    return {"door": f"{settings.base_url}/carriers/{account.name}", "clock": system_clock}


@asynccontextmanager
async def at_work(
    settings: Settings, account: CarrierAccount
) -> AsyncIterator[tuple[Carrier, Switchboard, Store]]:
    """The account's adapter, and a host that takes in what it brings as a server does: into the
    database, for the server's own processes. The adapter is not started; it is closed after it."""
    env = Env(system_clock, SidFactory(system_clock), settings)
    store = open_store(settings)
    await store.open()
    try:
        guard = UrlGuard(allow_private=allows_private(account, KINDS))
        async with PooledClient(guard) as http:
            # A server may be at work beside.
            ledger = SmppLedger(store, shared=True)
            tools = Tools(http=http, ledger=ledger, **base(account, settings))
            carrier = build(account, KINDS, vault(settings), tools)
            host = Switchboard(env, store, _no_intercept, _no_answer)
            try:
                yield carrier, host, store
            finally:
                await carrier.close()
                await host.drain()
    except BadAccount as bad:
        raise Refusal(f"{account.name} can't be used: {bad}") from bad
    finally:
        await store.close()


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


def with_adapter(
    place: Where, account: CarrierAccount, work: Callable[[Carrier], Awaitable[T]]
) -> T:
    """Does something at the carrier."""
    settings = place.settings()
    sealing = vault(settings)

    async def run() -> T:
        guard = UrlGuard(allow_private=allows_private(account, KINDS))
        async with PooledClient(guard) as client:
            carrier = build(account, KINDS, sealing, Tools(http=client, **base(account, settings)))
            return await work(carrier)

    try:
        return asyncio.run(run())
    except BadAccount as bad:
        raise Refusal(f"{account.name} can't be used: {bad}") from bad
