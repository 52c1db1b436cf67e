"""What an account is told of requests at its carrier's door that are not signed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest

from maskline.env import Env
from maskline.gateway.unsigned import Unsigned, Watch
from maskline.model.alert import Alert
from maskline.model.exchange import Exchange
from maskline.model.page import PageRequest
from maskline.settings import Settings, SqliteSettings
from maskline.store.contract import StoreUnavailable
from maskline.store.repositories.alerts import AlertFilter
from maskline.store.sqlite import SqliteStore
from tests.support.records import Records, StoppedClock

AC = "AC" + "a" * 32
KS = "KS" + "b" * 32
FORM = [("MessageSid", "SM1"), ("From", "+14158675310"), ("Body", "hello there")]
FAULT = Unsigned(AC, KS, Exchange("POST", "https://mask.example/x", {}, FORM, 403))


@pytest.fixture
def records() -> Records:
    return Records(StoppedClock())


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(tmp_path / "maskline.db", SqliteSettings())
    await store.open()
    yield store
    await store.close()


def env(records: Records) -> Env:
    return Env(clock=records.clock, sids=records.sids, settings=Settings())


async def alerts(store: SqliteStore) -> list[Alert]:
    page = await store.read(lambda tx: tx.alerts.page(AC, AlertFilter(), PageRequest()))
    return page.records


@pytest.mark.covers("code:80625")
async def test_it_is_an_alert(store: SqliteStore, records: Records) -> None:
    await Watch(env(records), store)(FAULT)
    (alert,) = await alerts(store)
    assert (alert.error_code, alert.log_level) == (80625, "error")
    assert (alert.service_sid, alert.resource_sid) == (KS, KS)
    assert (alert.request_method, alert.response_status) == ("POST", 403)
    assert "hello" not in repr(alert)
    assert "5310" not in repr(alert)


async def test_a_flood_is_told_once_in_a_while(store: SqliteStore, records: Records) -> None:
    watch = Watch(env(records), store)
    for _ in range(50):
        await watch(FAULT)
    assert len(await alerts(store)) == 1
    clock = records.clock
    assert isinstance(clock, StoppedClock)
    clock.advance(10_000)
    await watch(FAULT)
    assert len(await alerts(store)) == 2


async def test_a_store_that_is_away_harms_nobody(records: Records) -> None:
    class Away:
        async def transact(self, use_case: object) -> None:
            raise StoreUnavailable("gone")

    await Watch(env(records), cast(Any, Away()))(FAULT)
