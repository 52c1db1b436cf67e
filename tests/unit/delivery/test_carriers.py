"""Accounts at carriers, kept in step with the store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from maskline.carriers.kinds import KINDS
from maskline.carriers.twilio.adapter import TwilioShaped
from maskline.delivery.carriers import (
    Accounts,
    BadAccount,
    Unusable,
    allows_private,
    build,
    owner_of,
    read_credentials,
    read_settings,
)
from maskline.model.carrier import CarrierAccount
from maskline.model.traffic import OutboundMessage, Refused
from maskline.settings import SqliteSettings
from maskline.store.sqlite import SqliteStore
from maskline.vault import Vault, new_key, read_keys
from tests.support.carrier_desk import Client, tools

VAULT = Vault(read_keys(new_key()))
SETTINGS = {"account_sid": "AC" + "a" * 32}
TEXT = OutboundMessage("SM1", "+14158670001", "+14155550100", "hi")


def account(name: str = "one", at: int = 1, **changes: Any) -> CarrierAccount:
    kind = changes.get("kind", "twilio")
    secret = VAULT.seal(b'{"auth_token":"the-token"}', owner_of(name, kind))
    blank = CarrierAccount(name, "twilio", msgspec.json.encode(SETTINGS).decode(), secret, at, at)
    return msgspec.structs.replace(blank, **changes)


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(tmp_path / "maskline.db", SqliteSettings())
    await store.open()
    yield store
    await store.close()


class Noted(dict[str, Any]):
    """Says when something came."""

    def __init__(self) -> None:
        super().__init__()
        self.came = asyncio.Event()

    def __setitem__(self, name: str, carrier: Any) -> None:
        super().__setitem__(name, carrier)
        self.came.set()


class Following:
    def __init__(self, store: SqliteStore, vault: Vault | None = VAULT) -> None:
        self.carriers = Noted()
        self.rates: dict[str, float] = {}
        self.accounts = Accounts(
            store,
            KINDS,
            vault,
            lambda _: tools(Client()),
            self.carriers,
            None,  # type: ignore[arg-type]
            rates=self.rates,
        )


async def test_the_limit_of_an_account_s_numbers_is_taken_up(store: SqliteStore) -> None:
    one = Following(store)
    limited = msgspec.json.encode(SETTINGS | {"rate": 4}).decode()
    await store.transact(lambda tx: tx.carriers.add(account(settings=limited)))
    await store.transact(lambda tx: tx.carriers.add(account("two")))
    await one.accounts.refresh()
    assert one.rates == {"one": 4.0}
    await store.transact(lambda tx: tx.carriers.update(account(date_updated=2)))
    await one.accounts.refresh()
    assert one.rates == {}


async def test_what_is_added_changed_and_removed_is_taken_up(store: SqliteStore) -> None:
    one = Following(store)
    await one.accounts.refresh()
    assert one.carriers == {}
    await store.transact(lambda tx: tx.carriers.add(account()))
    await one.accounts.refresh()
    first = one.carriers["one"]
    assert isinstance(first, TwilioShaped)
    assert one.accounts.doors == {"one": first}
    await one.accounts.refresh()
    assert one.carriers["one"] is first
    await store.transact(lambda tx: tx.carriers.update(account(date_updated=2)))
    await store.transact(lambda tx: tx.carriers.add(account("two")))
    await one.accounts.refresh()
    assert one.carriers["one"] is not first
    assert set(one.accounts.doors) == {"one", "two"}
    await store.transact(lambda tx: tx.carriers.delete("one"))
    await one.accounts.refresh()
    assert set(one.carriers) == set(one.accounts.doors) == {"two"}


@pytest.mark.parametrize(
    ("changes", "vault", "says"),
    [
        ({}, None, "no credentials_key"),
        ({}, Vault(read_keys(new_key())), "another credentials key"),
        ({"kind": "pigeon"}, VAULT, "no kind of carrier"),
        ({"settings": "{}"}, VAULT, "account_sid"),
    ],
)
async def test_what_goes_out_by_an_account_that_can_t_be_used_waits(
    store: SqliteStore,
    changes: dict[str, str],
    vault: Vault | None,
    says: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    one = Following(store, vault)
    await store.transact(lambda tx: tx.carriers.add(account(**changes)))
    await one.accounts.refresh()
    carrier = one.carriers["one"]
    assert isinstance(carrier, Unusable)
    assert await carrier.send(TEXT) == Refused(20503, retry=True)
    assert one.accounts.doors == {}
    assert says in caplog.text
    assert "the-token" not in caplog.text


async def test_it_follows_by_itself(store: SqliteStore) -> None:
    one = Following(store)
    await one.accounts.start(0.001)
    await store.transact(lambda tx: tx.carriers.add(account()))
    async with asyncio.timeout(5):
        await one.carriers.came.wait()
    assert "one" in one.carriers
    await one.accounts.stop()


def test_what_is_wrong_is_said_without_its_secret() -> None:
    kind = KINDS["twilio"]
    for text in ('{"auth_token":"hush"}', '{"auth_token":5}', '{"auth_token":"hush-hush","x":1}'):
        with pytest.raises(BadAccount) as found:
            read_credentials(kind, text)
        assert "hush" not in str(found.value)
    with pytest.raises(BadAccount, match="are not JSON"):
        read_settings(kind, "hush")
    half = VAULT.seal(b'{"auth_token":"the-token","api_key":"SK1"}', owner_of("one", "twilio"))
    with pytest.raises(BadAccount, match="go together"):
        build(account(credentials=half), KINDS, VAULT, tools(Client()))


@pytest.mark.parametrize("allowed", [True, False])
def test_whether_private_addresses_are_reached_is_the_account_s(allowed: bool) -> None:
    settings = msgspec.json.encode(SETTINGS | {"allow_private": allowed}).decode()
    assert allows_private(account(settings=settings), KINDS) is allowed
    assert not allows_private(account(kind="pigeon"), KINDS)


def test_an_account_s_text_shows_no_secret() -> None:
    assert account().credentials not in repr(account())
