from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from maskline.delivery.sweeper import Sweeper
from maskline.env import Env
from maskline.model.form import Form
from maskline.model.page import PageRequest
from maskline.model.service import Service
from maskline.model.session import Session
from maskline.model.sid import SidFactory
from maskline.proxy import services, sessions
from maskline.settings import Settings, SqliteSettings
from maskline.store.contract import StoreUnavailable
from maskline.store.repositories.alerts import AlertFilter
from maskline.store.sqlite import SqliteStore

ACCOUNT = "AC" + "1" * 32


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000_000

    def __call__(self) -> int:
        return self.now


class Bench:
    def __init__(self, path: Path) -> None:
        self.clock = Clock()
        self.env = Env(self.clock, SidFactory(self.clock), Settings())
        self.store = SqliteStore(path, SqliteSettings())

    async def service(self) -> Service:
        form = Form({"UniqueName": ["rides"]})
        return await self.store.transact(lambda tx: services.create(self.env, tx, ACCOUNT, form))

    async def session(self, service: Service, **form: str) -> Session:
        fields = Form({name: [value] for name, value in form.items()})
        return await self.store.transact(lambda tx: sessions.create(self.env, tx, service, fields))

    async def status(self, session: Session) -> tuple[str, str | None]:
        found = await self.store.read(lambda tx: tx.sessions.get(session.sid, session.service_sid))
        assert found is not None
        return found.status, found.closed_reason


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    bench = Bench(tmp_path / "sweep.db")
    await bench.store.open()
    yield bench
    await bench.store.close()


async def test_all_that_is_over_is_closed_and_told(bench: Bench) -> None:
    service = await bench.service()
    over = [await bench.session(service, Ttl="60") for _ in range(250)]
    longer = await bench.session(service, Ttl="61")
    endless = await bench.session(service)
    bench.clock.now += 60_000
    await Sweeper(bench.env, bench.store).sweep()
    assert {await bench.status(one) for one in over} == {("closed", "ttl")}
    assert await bench.status(longer) == await bench.status(endless) == ("open", None)
    alerts = await bench.store.read(
        lambda tx: tx.alerts.page(ACCOUNT, AlertFilter(), PageRequest(size=500))
    )
    assert [one.error_code for one in alerts.records] == [80904] * 250
    assert {one.resource_sid for one in alerts.records} == {one.sid for one in over}


async def test_it_goes_on_by_itself_through_trouble(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = await bench.service()
    session = await bench.session(service, Ttl="60")
    sweeper = Sweeper(bench.env, bench.store, pause=0.005)
    troubles: list[Exception] = [StoreUnavailable("down"), KeyError("bug")]
    sweep = sweeper.sweep

    async def troubled() -> None:
        if troubles:
            raise troubles.pop(0)
        await sweep()

    monkeypatch.setattr(sweeper, "sweep", troubled)
    sweeper.start()
    bench.clock.now += 60_000
    async with asyncio.timeout(10):
        while await bench.status(session) != ("closed", "ttl"):  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    await sweeper.stop()
    assert not troubles


async def test_stopping_before_it_began_is_no_trouble(bench: Bench) -> None:
    await Sweeper(bench.env, bench.store).stop()
