"""What the doctor says of accounts at carriers."""

from __future__ import annotations

from collections.abc import Iterator

from maskline.carriers.contract import Tools
from maskline.carriers.kinds import KINDS
from maskline.delivery.carriers import RESERVED, BadAccount, build
from maskline.delivery.client import PooledClient
from maskline.delivery.guard import UrlGuard
from maskline.model.carrier import CarrierAccount
from maskline.model.clock import system_clock
from maskline.model.finding import Finding, bad, ok, warn
from maskline.settings import Settings, SettingsError
from maskline.store.look import Look
from maskline.vaults import vault_of
from maskline.voice.sentences import wanted


def examine(look: Look, settings: Settings) -> Iterator[Finding]:
    """Whether each account can be used and does what is configured, and each number has one."""
    accounts = look.ask(lambda overview: overview.carriers())
    counts = look.ask(lambda overview: overview.numbers_of_carriers())
    for account in accounts:
        yield _account(account, settings, counts.get(account.name, 0))
    known = {one.name for one in accounts} | RESERVED
    for name in sorted(counts.keys() - known):
        yield bad(
            "carriers",
            f"{counts[name]} numbers are reached by {name}, which is not there",
            f"Add it: maskline carriers add KIND --name {name}",
        )
    if accounts and settings.public_url is None:
        yield warn(
            "carriers",
            "public_url is not set, so carriers are told an address that they can't reach",
            "Set it to the https address under which they reach this server.",
        )


def _account(account: CarrierAccount, settings: Settings, count: int) -> Finding:
    check = f"carrier {account.name}"
    try:
        vault = vault_of(settings)
        if vault is None:
            advice = "Set credentials_key to what the server has."
            return bad(check, "there is no credentials_key to open its credentials with", advice)
        door = f"{settings.base_url}/carriers/{account.name}"
        tools = Tools(http=PooledClient(UrlGuard()), door=door, clock=system_clock)
        build(account, KINDS, vault, tools)
    except SettingsError as error:
        (problem,) = error.problems
        return bad(check, f"{problem.key} {problem.what}", problem.advice)
    except BadAccount as error:
        return bad(check, str(error), "Remove it and add it again, or restore the key.")
    lacking = KINDS[account.kind].lacks(wanted(settings.voice))
    if lacking:
        return warn(
            check,
            f"{KINDS[account.kind].title} can't carry out {', '.join(lacking)}",
            "Calls by its numbers go on without; switch it off, or use another carrier.",
        )
    return ok(check, f"{count} numbers; its credentials open")
