"""An account at a carrier, as commands work with it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from maskline.carriers.contract import Carrier, Tools
from maskline.carriers.kinds import KINDS
from maskline.cli.refusal import Refusal
from maskline.cli.where import Where
from maskline.delivery.carriers import BadAccount, allows_private, build
from maskline.delivery.client import PooledClient
from maskline.delivery.guard import UrlGuard
from maskline.env import Env
from maskline.model.carrier import CarrierAccount
from maskline.model.clock import system_clock
from maskline.settings import Settings
from maskline.store.contract import Transaction
from maskline.vault import Vault
from maskline.vaults import vault_of

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
