"""What is typed of an account at a carrier: its kind, its settings, its credentials."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from cyclopts import Parameter

from maskline.carriers.contract import Kind
from maskline.carriers.kinds import KINDS
from maskline.cli.options import read
from maskline.cli.refusal import Refusal
from maskline.delivery.carriers import BadAccount, read_credentials

SOON: Final = "A running server takes it up within carriers.reload_seconds."

Pairs = Annotated[tuple[str, ...], Parameter(consume_multiple=False, negative="")]


def kind_of(name: str) -> Kind:
    """The carrier of that name. Raises Refusal."""
    kind = KINDS.get(name)
    if kind is None:
        raise Refusal(f"there is no carrier {name}", f"There is {', '.join(KINDS)}.", code=2)
    return kind


def pairs_of(pairs: Iterable[str]) -> dict[str, str]:
    """Settings such as `rate=5`, by name. Raises BadAccount."""
    given: dict[str, str] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign:
            raise BadAccount(f"{name} has no value: write {name}=…")
        given[name] = value
    return given


def options_of(form: type[msgspec.Struct], pairs: Iterable[str]) -> Any:
    """An account's settings, as they are typed. Raises BadAccount."""
    given = pairs_of(pairs)
    try:
        return msgspec.convert(given, form, strict=False)
    except msgspec.ValidationError as error:
        raise BadAccount(f"the settings are wrong: {error}") from None


def secrets_of(kind: Kind, file: Path | None) -> Any:
    """An account's credentials, from a file or the variables. Raises BadAccount."""
    if file is not None:
        return read_credentials(kind, read(file))
    try:
        return msgspec.convert(given_secrets(kind), kind.credentials)
    except msgspec.ValidationError as error:
        raise BadAccount(f"the credentials are wrong: {error}") from None


def given_secrets(kind: Kind) -> dict[str, str]:
    """The credentials that the variables have."""
    given = {}
    for field in msgspec.structs.fields(kind.credentials):
        value = os.environ.get(f"MASKLINE_{kind.name}_{field.name}".upper().replace("-", "_"))
        if value:
            given[field.name] = value
    return given
