"""`maskline carriers set`: another setting, or other credentials, of an account at a carrier."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter

from maskline.carriers.contract import Kind, Tools
from maskline.carriers.kinds import KINDS
from maskline.cli import terminal
from maskline.cli.carrier_accounts import base, fetch, vault
from maskline.cli.carrier_forms import SOON, Pairs, given_secrets, kind_of, pairs_of
from maskline.cli.options import Flag, Input, read
from maskline.cli.refusal import Refusal
from maskline.cli.where import Where
from maskline.delivery.carriers import BadAccount, build, owner_of
from maskline.delivery.client import PooledClient
from maskline.delivery.guard import UrlGuard
from maskline.env import Env
from maskline.model.carrier import CarrierAccount
from maskline.model.clock import system_clock
from maskline.store.contract import Transaction
from maskline.vault import CannotOpen, Vault


def change(
    name: str,
    *,
    set_: Annotated[Pairs, Parameter(name="--set")] = (),
    credentials: Input = None,
    new_credentials: Flag = False,
    where: Where | None = None,
) -> None:
    """Change an account's settings, or replace credentials of it. What is not named stays.

    Parameters
    ----------
    name
        The account.
    set_
        A setting, as rate=5; without a value it gets its default. May be given several times.
    credentials
        A JSON file with the credentials that are new, or - for standard input.
    new_credentials
        Take those that are new from the variables, as `carriers add` does.
    """
    if not (set_ or credentials or new_credentials):
        raise Refusal("nothing was named", "--set, --credentials, --new-credentials", code=2)
    place = where or Where()
    settings = place.settings()
    sealing = vault(settings)
    account = fetch(place, name)
    kind = kind_of(account.kind)
    try:
        now = max(system_clock(), account.date_updated + 1)
        changed = msgspec.structs.replace(
            account, settings=_settings(kind, account, set_), date_updated=now
        )
        if credentials is not None or new_credentials:
            secrets = _secrets(kind, account, sealing, credentials)
            sealed = sealing.seal(secrets, owner_of(name, account.kind))
            changed = msgspec.structs.replace(changed, credentials=sealed)
        tools = Tools(http=PooledClient(UrlGuard()), **base(changed, settings))
        build(changed, KINDS, sealing, tools)
    except BadAccount as bad:
        raise Refusal(str(bad), "Nothing was changed.") from bad

    async def work(_: Env, tx: Transaction) -> None:
        await tx.carriers.update(changed)

    place.transact(work)
    terminal.say(f"changed {name}. {SOON}")


def _settings(kind: Kind, account: CarrierAccount, pairs: Pairs) -> str:
    before: dict[str, Any] = msgspec.json.decode(account.settings)
    given = pairs_of(pairs)
    kept = {key: value for key, value in before.items() if key not in given}
    wanted = kept | {key: value for key, value in given.items() if value}
    try:
        # A name without a value that there is not would else be taken for one that there is.
        msgspec.convert(dict.fromkeys(given), _names(kind), strict=False)
        return msgspec.json.encode(msgspec.convert(wanted, kind.settings, strict=False)).decode()
    except msgspec.ValidationError as error:
        raise BadAccount(f"the settings are wrong: {error}") from None


def _names(kind: Kind) -> type[msgspec.Struct]:
    """A form of the kind's settings that takes any value."""
    fields: list[Any] = [(one.name, Any, None) for one in msgspec.structs.fields(kind.settings)]
    return msgspec.defstruct("Names", fields, forbid_unknown_fields=True)


def _secrets(kind: Kind, account: CarrierAccount, sealing: Vault, file: Path | None) -> bytes:
    try:
        text = sealing.open(account.credentials, owner_of(account.name, account.kind))
    except CannotOpen as error:
        raise BadAccount(f"its credentials can't be opened: {error}") from None
    before: dict[str, Any] = msgspec.json.decode(text)
    given: dict[str, Any] = given_secrets(kind)
    if file is not None:
        text = read(file)
        try:
            given = msgspec.json.decode(text, type=dict[str, Any])
        except msgspec.MsgspecError:
            raise BadAccount("the credentials are no JSON object") from None
    if not given:
        raise BadAccount("no credentials are in the variables")
    try:
        return msgspec.json.encode(msgspec.convert(before | given, kind.credentials))
    except msgspec.ValidationError as error:
        raise BadAccount(f"the credentials are wrong: {error}") from None
