"""`maskline carriers`: accounts at carriers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeVar

import msgspec
from cyclopts import App, Parameter

from maskline.carriers.contract import Kind, Tools
from maskline.carriers.kinds import KINDS
from maskline.cli import carrier_changes, carrier_requests, terminal, trial
from maskline.cli.carrier_accounts import base, fetch, vault
from maskline.cli.carrier_forms import SOON, Pairs, kind_of, options_of, secrets_of
from maskline.cli.options import Flag, Input
from maskline.cli.refusal import Refusal
from maskline.cli.synced import restore
from maskline.cli.where import Where
from maskline.delivery.carriers import (
    RESERVED,
    BadAccount,
    build,
    owner_of,
)
from maskline.delivery.client import PooledClient
from maskline.delivery.guard import UrlGuard
from maskline.env import Env
from maskline.model.carrier import CarrierAccount
from maskline.model.clock import iso, system_clock
from maskline.settings import Settings
from maskline.store.contract import Transaction
from maskline.vault import new_key
from maskline.voice.sentences import wanted

T = TypeVar("T")

app = App(name="carriers", help="Accounts at carriers, by which numbers are reached.")
app.command(trial.trial, name="test")
app.command(carrier_requests.app)
app.command(carrier_changes.change, name="set")

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
#: How many numbers are named of those that are in the way.
_NAMED: Final = 5


@app.command(name="new-key")
def new_key_() -> None:
    """Print a new key for credentials, as `credentials_key` takes it."""
    print(new_key())


@app.command
def kinds(*, json: Flag = False) -> None:
    """List the carriers that accounts can be added for, with their settings.

    Parameters
    ----------
    json
        Print JSON.
    """
    found = [_kind_shown(kind) for kind in KINDS.values()]
    if json:
        terminal.document(found)
        return
    terminal.table(
        ("kind", "carrier", "settings", "credentials"),
        (
            (one["kind"], one["title"], ", ".join(one["settings"]), ", ".join(one["credentials"]))
            for one in found
        ),
    )


@app.command
def add(
    kind: str,
    *,
    name: str | None = None,
    set_: Annotated[Pairs, Parameter(name="--set")] = (),
    credentials: Input = None,
    json: Flag = False,
    where: Where | None = None,
) -> None:
    """Add an account at a carrier.

    Credentials come from a JSON file, or from variables: `MASKLINE_` and the field's name in
    capitals, such as MASKLINE_TWILIO_AUTH_TOKEN of the kind twilio. They are stored sealed with
    `credentials_key`.

    Parameters
    ----------
    kind
        The carrier: one of `maskline carriers kinds`.
    name
        What numbers and addresses call the account [default: the kind].
    set_
        A setting, as account_sid=AC…; may be given several times.
    credentials
        A JSON file with the credentials, or - for standard input.
    json
        Print JSON.
    """
    found = kind_of(kind)
    name = name or kind
    if not _NAME.fullmatch(name) or name in RESERVED:
        raise Refusal(
            f"{name} can't be an account's name",
            "Up to 32 of a-z, 0-9 and the dash, and not simulator.",
            code=2,
        )
    place = where or Where()
    settings = place.settings()
    sealing = vault(settings)
    try:
        options = options_of(found.settings, set_)
        secrets = secrets_of(found, credentials)
    except BadAccount as bad:
        raise Refusal(str(bad), f"What it takes: maskline carriers kinds (of {kind})") from bad
    now = system_clock()
    owner = owner_of(name, kind)
    account = CarrierAccount(
        name=name,
        kind=kind,
        settings=msgspec.json.encode(options).decode(),
        credentials=sealing.seal(msgspec.json.encode(secrets), owner),
        date_created=now,
        date_updated=now,
    )
    try:
        tools = Tools(http=PooledClient(UrlGuard()), **base(account, settings))
        build(account, KINDS, sealing, tools)
    except BadAccount as bad:
        raise Refusal(str(bad), "Nothing was added.") from bad

    async def work(_: Env, tx: Transaction) -> bool:
        return await tx.carriers.add(account)

    if not place.transact(work, create=True):
        raise Refusal(f"there is an account named {name}", "Give another --name.")
    if json:
        terminal.document(shown(account, settings))
    else:
        terminal.say(f"added {name}. {SOON}")
    warn(found, settings)


@app.command(name="list")
def list_(*, json: Flag = False, where: Where | None = None) -> None:
    """List the accounts.

    Parameters
    ----------
    json
        Print JSON.
    """
    place = where or Where()

    async def work(_: Env, tx: Transaction) -> list[CarrierAccount]:
        return await tx.carriers.all()

    accounts = place.transact(work)
    if json:
        settings = place.settings()
        terminal.document([shown(one, settings) for one in accounts])
        return
    terminal.table(
        ("name", "kind", "settings", "added"),
        ((one.name, one.kind, one.settings, iso(one.date_created) or "") for one in accounts),
    )


@app.command
def show(name: str, *, json: Flag = False, where: Where | None = None) -> None:
    """Show an account: its settings, its door and what it lacks. Credentials are never shown.

    Parameters
    ----------
    name
        The account.
    json
        Print JSON.
    """
    place = where or Where()
    account = fetch(place, name)
    settings = place.settings()
    found = shown(account, settings)
    if json:
        terminal.document(found)
        return
    terminal.facts((key, _fact(value)) for key, value in found.items())


@app.command
def remove(
    name: str,
    *,
    keep_hooks: Flag = False,
    where: Where | None = None,
) -> None:
    """Remove an account that no number is reached by any more.

    What the carrier had set on numbers before `maskline numbers sync` is restored first.

    Parameters
    ----------
    name
        The account.
    keep_hooks
        Leave the carrier's settings as they are.
    """
    place = where or Where()
    account = fetch(place, name)

    async def held(_: Env, tx: Transaction) -> list[str]:
        return await tx.carriers.numbers(name, _NAMED + 1)

    numbers = place.transact(held)
    if numbers:
        more = " and others" if len(numbers) > _NAMED else ""
        raise Refusal(
            f"{', '.join(numbers[:_NAMED])}{more} are reached by {name}",
            "Release them first: maskline numbers release NUMBER…",
        )
    if not keep_hooks:
        restore(place, account)

    async def work(_: Env, tx: Transaction) -> None:
        for one in await tx.carriers.synced(name):
            await tx.carriers.forget(one.number)
        await tx.carriers.delete(name)

    place.transact(work)
    terminal.say(f"removed {name}")


@app.command(name="rotate-key")
def rotate_key(*, where: Where | None = None) -> None:
    """Seal all credentials with the first key of `credentials_key`.

    Put the new key before the old one and restart every process, run this, and then leave the old
    key out.
    """
    place = where or Where()
    sealing = vault(place.settings())

    async def work(env: Env, tx: Transaction) -> list[str]:
        changed = []
        for listed in await tx.carriers.all():
            account = await tx.carriers.get(listed.name)
            if account is None or sealing.is_current(account.credentials):
                continue
            owner = owner_of(account.name, account.kind)
            await tx.carriers.update(
                msgspec.structs.replace(
                    account,
                    credentials=sealing.rewrapped(account.credentials, owner),
                    date_updated=max(env.clock(), account.date_updated + 1),
                )
            )
            changed.append(account.name)
        return changed

    changed = place.transact(work)
    terminal.say(f"sealed anew: {', '.join(changed)}" if changed else "nothing to do")


def _kind_shown(kind: Kind) -> dict[str, Any]:
    return {
        "kind": kind.name,
        "title": kind.title,
        "settings": {one.name: _default(one) for one in msgspec.structs.fields(kind.settings)},
        "credentials": [one.name for one in msgspec.structs.fields(kind.credentials)],
    }


def _default(field: msgspec.structs.FieldInfo) -> Any:
    return "required" if field.required else field.default


def shown(account: CarrierAccount, settings: Settings) -> dict[str, Any]:
    """An account for a program."""
    kind = KINDS.get(account.kind)
    return {
        "name": account.name,
        "kind": account.kind,
        "settings": msgspec.json.decode(account.settings),
        "door": f"{settings.base_url}/carriers/{account.name}",
        "lacks": [] if kind is None else kind.lacks(wanted(settings.voice)),
        "documents_lack": [] if kind is None else kind.lacks_of_documents(),
        "places_calls": kind is not None and kind.call_options is not None,
        "placed_calls_lack": [] if kind is None else kind.lacks_of_calls(),
        "date_created": iso(account.date_created),
    }


def warn(kind: Kind, settings: Settings) -> None:
    """Says now what would else be found when somebody calls."""
    lacking = kind.lacks(wanted(settings.voice))
    if lacking:
        terminal.err().print(f"{kind.title} can't carry out: {', '.join(lacking)}", markup=False)
    if others := kind.lacks_of_documents():
        terminal.err().print(
            f"{kind.title} can't carry out in documents of your program: {', '.join(others)}",
            markup=False,
        )
    if "Dial" in kind.verbs and kind.call_options is None:
        terminal.err().print(
            f"{kind.title} places no calls for programs: POST Calls by its numbers is refused",
            markup=False,
        )
    elif options := kind.lacks_of_calls():
        terminal.err().print(
            f"{kind.title} places no calls with {', '.join(options)}: POST Calls that asks so "
            "is refused",
            markup=False,
        )
    if settings.public_url is None:
        terminal.err().print(
            f"public_url is not set: {kind.title} would be told to reach this server at "
            f"{settings.base_url}",
            markup=False,
        )


def _fact(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={one}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "nothing"
    return str(value)
