"""Accounts at carriers: their adapters, built from the store and kept in step with it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from maskline.carriers.contract import Carrier, Host, Kind, Registers, Tools, Webhooks
from maskline.model.carrier import CarrierAccount
from maskline.model.registrar import Registrar
from maskline.model.traffic import OutboundMessage, Refused, SendResult
from maskline.store.contract import Store, StoreUnavailable
from maskline.vault import CannotOpen, Vault

log = logging.getLogger(__name__)

#: Names that mean something else.
RESERVED: Final = frozenset({"simulator"})


class BadAccount(ValueError):
    """An account can't be used, in words without its secrets."""


class Unusable:
    """Stands for an account that can't be used: what is to go out by it waits."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def send(self, message: OutboundMessage) -> SendResult:
        """Later, when somebody has put it right."""
        return Refused(20503, retry=True)

    async def start(self, host: Host) -> None:
        """Nothing comes in."""

    async def close(self) -> None:
        """Nothing is open."""


def owner_of(name: str, kind: str) -> str:
    """What an account's credentials are bound to in the vault."""
    return f"carrier:{kind}:{name}"


def read_settings(kind: Kind, text: str | bytes) -> Any:
    """An account's settings. Raises BadAccount."""
    return _read(kind.settings, text, "settings")


def read_credentials(kind: Kind, text: str | bytes) -> Any:
    """An account's credentials. Raises BadAccount, which names a field, never a value."""
    return _read(kind.credentials, text, "credentials")


def _read(form: type[msgspec.Struct], text: str | bytes, what: str) -> Any:
    try:
        return msgspec.json.decode(text, type=form)
    except msgspec.ValidationError as error:
        raise BadAccount(f"the {what} are wrong: {error}") from None
    except msgspec.DecodeError:
        raise BadAccount(f"the {what} are not JSON") from None


def build(
    account: CarrierAccount, kinds: Mapping[str, Kind], vault: Vault, tools: Tools
) -> Carrier:
    """An account's adapter. Raises BadAccount."""
    kind = kinds.get(account.kind)
    if kind is None:
        raise BadAccount(f"there is no kind of carrier named {account.kind}")
    settings = read_settings(kind, account.settings)
    try:
        secret = vault.open(account.credentials, owner_of(account.name, account.kind))
    except CannotOpen as error:
        raise BadAccount(f"its credentials can't be opened: {error}") from None
    try:
        return kind.build(account.name, settings, read_credentials(kind, secret), tools)
    except ValueError as error:
        raise BadAccount(str(error)) from None


def allows_private(account: CarrierAccount, kinds: Mapping[str, Kind]) -> bool:
    """Whether an account's API may be at a private address. Raises BadAccount."""
    kind = kinds.get(account.kind)
    return kind is not None and bool(
        getattr(read_settings(kind, account.settings), "allow_private", False)
    )


class Accounts:
    """Keeps `carriers`, in which others look a number's carrier up, as the store has it."""

    def __init__(
        self,
        store: Store,
        kinds: Mapping[str, Kind],
        vault: Vault | None,
        tools: Callable[[CarrierAccount], Tools],
        carriers: dict[str, Carrier],
        host: Host,
        guard: Callable[[Carrier], Carrier] = lambda carrier: carrier,
    ) -> None:
        self._store = store
        self._kinds = kinds
        self._vault = vault
        self._tools = tools
        self._carriers = carriers
        self._host = host
        self._guard = guard
        self._marks: dict[str, int] = {}
        #: Those that have a door.
        self.doors: dict[str, Webhooks] = {}
        self._registrars: dict[str, Registrar] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self, pause: float) -> None:
        """Builds all there are, and looks for changes every `pause` seconds. Raises
        StoreUnavailable."""
        await self.refresh()
        self._task = asyncio.create_task(self._follow(pause))

    async def stop(self) -> None:
        """Looks no more."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def registrar(self, name: str) -> Registrar | None:
        """Who registers by the account of that name."""
        return self._registrars.get(name)

    async def _follow(self, pause: float) -> None:
        while True:
            await asyncio.sleep(pause)
            try:
                await self.refresh()
            except StoreUnavailable:
                pass
            except Exception as error:
                log.error("carriers' accounts were not looked at: %s", type(error).__name__)

    async def refresh(self) -> None:
        """Takes up what was added, changed and removed since. Raises StoreUnavailable."""
        marks = await self._store.read(lambda tx: tx.carriers.marks())
        if marks == self._marks:
            return
        accounts = {one.name: one for one in await self._store.read(lambda tx: tx.carriers.all())}
        for name in self._marks.keys() - accounts.keys():
            await self._replace(name, None)
        for name, account in accounts.items():
            if self._marks.get(name) != account.date_updated:
                await self._replace(name, self._built(account))
        self._marks = {name: one.date_updated for name, one in accounts.items()}

    def _built(self, account: CarrierAccount) -> Carrier:
        try:
            if self._vault is None:
                raise BadAccount("there is no credentials_key to open its credentials with")
            return build(account, self._kinds, self._vault, self._tools(account))
        except BadAccount as error:
            log.error("the carrier %s can't be used: %s", account.name, error)
            return Unusable(account.name)

    async def _replace(self, name: str, carrier: Carrier | None) -> None:
        old = self._carriers.pop(name, None)
        self.doors.pop(name, None)
        self._registrars.pop(name, None)
        if carrier is not None:
            await carrier.start(self._host)
            self._carriers[name] = self._guard(carrier)
            if isinstance(carrier, Webhooks):
                self.doors[name] = carrier
            if isinstance(carrier, Registers):
                self._registrars[name] = carrier.registrar
        if old is not None:
            await old.close()
