from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from maskline.delivery.housekeeping import Chore, Housekeeper, chores
from maskline.env import Env
from maskline.model.clock import DAY
from maskline.model.console import AuditEntry, Picture
from maskline.model.form import Form
from maskline.model.message import MediaLink
from maskline.model.page import PageRequest
from maskline.model.service import Service
from maskline.model.session import Session
from maskline.model.sid import SidFactory
from maskline.model.webhook_attempt import WebhookAttempt
from maskline.proxy import services, sessions
from maskline.settings import RetentionSettings, Settings, SqliteSettings
from maskline.store.contract import StoreUnavailable, Transaction
from maskline.store.repositories.alerts import AlertFilter
from maskline.store.sqlite import SqliteStore
from tests.support.records import Records

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


def chore(name: str) -> Chore:
    """The chore of that name."""
    return next(one for one in chores() if one.name == name)


async def test_all_that_is_over_is_closed_and_told(bench: Bench) -> None:
    service = await bench.service()
    over = [await bench.session(service, Ttl="60") for _ in range(250)]
    longer = await bench.session(service, Ttl="61")
    endless = await bench.session(service)
    bench.clock.now += 60_000
    await Housekeeper(bench.env, bench.store, []).do(chore("closing expired sessions"))
    assert {await bench.status(one) for one in over} == {("closed", "ttl")}
    assert await bench.status(longer) == await bench.status(endless) == ("open", None)
    alerts = await bench.store.read(
        lambda tx: tx.alerts.page(ACCOUNT, AlertFilter(), PageRequest(size=500))
    )
    assert [one.error_code for one in alerts.records] == [80904] * 250
    assert {one.resource_sid for one in alerts.records} == {one.sid for one in over}


async def test_what_is_past_its_days_is_removed_part_by_part(bench: Bench) -> None:
    records = Records(bench.clock)
    account = records.account(sid=ACCOUNT)
    await bench.store.transact(lambda tx: tx.accounts.add(account))
    service = await bench.service()
    many = [await bench.session(service, Ttl="1") for _ in range(45)]
    alerts = [records.alert(ACCOUNT) for _ in range(600)]
    jobs = [records.job(ACCOUNT, state="dead") for _ in range(600)]
    texts = [records.handset_message("+1", sid=records.sids.new("HM")) for _ in range(600)]
    messages = [records.message(ACCOUNT) for _ in range(600)]
    calls = [records.call(ACCOUNT) for _ in range(600)]

    async def fill(tx: Transaction) -> None:
        await tx.alerts.add_many(alerts)
        await tx.outbox.add_many(jobs)
        await tx.handsets.add_many(texts)
        await tx.messages.add_many(messages)
        await tx.calls.add_many(calls)
        await tx.affinities.take(service.sid, "+1", "PN1", bench.clock())
        await tx.affinities.release(service.sid, "+1", "PN1", bench.clock())

    await bench.store.transact(fill)
    bench.clock.now += 1000
    housekeeper = Housekeeper(bench.env, bench.store, [])

    async def do() -> None:
        for one in chores():
            await housekeeper.do(one)

    async def left(tx: Transaction) -> list[int]:
        page = await tx.alerts.page(ACCOUNT, AlertFilter(), PageRequest(size=1000))
        return [
            len((await tx.sessions.page(service.sid, PageRequest(size=1000))).records),
            len(page.records),
            await tx.outbox.count("dead"),
            len(await tx.handsets.page("+1", "", 1000)),
            len(await tx.retention.affinities(("", "", ""), 10)),
            len([one for one in messages if await tx.messages.by_sid(one.sid)]),
            len([one for one in calls if await tx.calls.by_sid(one.sid)]),
        ]

    await do()
    # Each session that was over has an alert of its own.
    assert await bench.store.read(left) == [45, 645, 600, 600, 1, 600, 600]
    bench.clock.now += 31 * DAY
    await do()
    assert await bench.store.read(left) == [45, 0, 0, 0, 1, 600, 600]
    bench.clock.now += 60 * DAY
    await do()
    assert await bench.store.read(left) == [0, 0, 0, 0, 0, 600, 600]
    assert await bench.store.read(lambda tx: tx.sessions.get(many[0].sid, service.sid)) is None
    bench.clock.now += 310 * DAY
    await do()
    assert await bench.store.read(left) == [0] * 7


async def test_what_the_console_keeps_is_removed_after_its_days(bench: Bench) -> None:
    new = bench.env.sids.new
    attempts = [
        WebhookAttempt(
            new("WA"), ACCOUNT, "KI1", None, "JB1", "callback", "POST", "https://a", 200, None, 1
        )
        for _ in range(1100)
    ]
    entry = AuditEntry(new("AU"), None, "Ann", "reveal", None, "", "", None, bench.clock())
    picture = Picture(new("PI"), "image/png", b"x")

    async def fill(tx: Transaction) -> None:
        await tx.webhook_attempts.add_many(attempts)
        await tx.console_users.log(entry)
        await tx.handsets.add_picture(picture)

    async def left(tx: Transaction) -> tuple[int, int, bool]:
        audit = await tx.console_users.audit("", PageRequest())
        kept = await tx.webhook_attempts.of(["KI1"], 2000)
        return len(kept), len(audit.records), await tx.handsets.picture(picture.sid) is not None

    await bench.store.transact(fill)
    housekeeper = Housekeeper(bench.env, bench.store, [])
    for days, expected in (
        (7, (1100, 1, True)),
        (8, (0, 1, True)),
        (31, (0, 1, False)),
        (366, (0, 0, False)),
    ):
        bench.clock.now = 1_800_000_000_000 + days * DAY
        for one in chores():
            await housekeeper.do(one)
        assert await bench.store.read(left) == expected


async def test_nothing_is_removed_where_the_settings_say_so(bench: Bench) -> None:
    nothing = RetentionSettings(**dict.fromkeys(RetentionSettings.__struct_fields__, 0))
    bench.env = msgspec.structs.replace(bench.env, settings=Settings(retention=nothing))
    records = Records(bench.clock)
    await bench.store.transact(lambda tx: tx.accounts.add(records.account(sid=ACCOUNT)))
    alert, job = records.alert(ACCOUNT), records.job(ACCOUNT, state="dead")
    text = records.handset_message("+1", sid=records.sids.new("HM"))
    message, call = records.message(ACCOUNT), records.call(ACCOUNT)

    async def fill(tx: Transaction) -> None:
        await tx.alerts.add_many([alert])
        await tx.outbox.add_many([job])
        await tx.handsets.add_many([text])
        await tx.messages.add_many([message])
        await tx.calls.add_many([call])

    await bench.store.transact(fill)
    service = await bench.service()
    session = await bench.session(service, Ttl="1")
    housekeeper = Housekeeper(bench.env, bench.store, [])
    for _ in range(2):
        bench.clock.now += 10_000 * DAY
        for one in chores():
            await housekeeper.do(one)
    assert await bench.status(session) == ("closed", "ttl")
    assert await bench.store.read(lambda tx: tx.alerts.get(alert.sid, ACCOUNT)) == alert
    assert await bench.store.read(lambda tx: tx.outbox.get(job.sid)) == job
    assert await bench.store.read(lambda tx: tx.handsets.page("+1", "", 9)) == [text]
    assert await bench.store.read(lambda tx: tx.messages.by_sid(message.sid)) == message
    assert await bench.store.read(lambda tx: tx.calls.by_sid(call.sid)) == call


async def test_links_to_media_are_forgotten_when_they_have_ended(bench: Bench) -> None:
    records = Records(bench.clock)
    medium = records.media(records.message(ACCOUNT), 0)
    links = [MediaLink(f"link{i}", medium.sid, bench.clock() + i * 1000) for i in range(3)]

    async def fill(tx: Transaction) -> None:
        await tx.messages.add_media([medium])
        await tx.messages.add_links(links)

    async def left(tx: Transaction) -> list[str]:
        return [one.token for one in links if await tx.messages.linked(one.token, 0)]

    await bench.store.transact(fill)
    housekeeper = Housekeeper(bench.env, bench.store, [])
    for tokens in (["link1", "link2"], ["link2"], []):
        await housekeeper.do(chore("forgetting links to media"))
        assert await bench.store.read(left) == tokens
        bench.clock.now += 1000


async def test_a_chore_goes_on_by_itself_through_trouble(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    troubles: list[Exception] = [StoreUnavailable("down"), KeyError("+14155550100")]
    done = asyncio.Event()

    async def batch(env: Env, tx: Transaction) -> int:
        if troubles:
            raise troubles.pop(0)
        done.set()
        return 0

    async def stuck(env: Env, tx: Transaction) -> int:
        await asyncio.Event().wait()
        return 0

    async def never(env: Env, tx: Transaction) -> bool:
        return False

    housekeeper = Housekeeper(
        bench.env,
        bench.store,
        [Chore("a chore", 0.005, batch), Chore("idle", 0.005, stuck, never)],
    )
    housekeeper.start()
    async with asyncio.timeout(10):
        await done.wait()
    await housekeeper.stop()
    assert not troubles
    assert "a chore failed: KeyError" in caplog.text
    assert "0100" not in caplog.text


async def test_stopping_before_it_began_is_no_trouble(bench: Bench) -> None:
    await Housekeeper(bench.env, bench.store, chores()).stop()


async def test_only_the_process_that_leads_does_chores(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    did: list[str] = []
    turns = asyncio.Semaphore(0)

    def chore(name: str, *, everywhere: bool) -> Chore:
        async def batch(env: Env, tx: Transaction) -> int:
            did.append(name)
            turns.release()
            return 0

        return Chore(name, 0.001, batch, everywhere=everywhere)

    monkeypatch.setattr(bench.store, "leads", False)
    both = [chore("the leader's", everywhere=False), chore("everybody's", everywhere=True)]
    housekeeper = Housekeeper(bench.env, bench.store, both)
    housekeeper.start()
    for _ in range(3):
        await turns.acquire()
    assert set(did) == {"everybody's"}
    monkeypatch.setattr(bench.store, "leads", True)
    while len(set(did)) < len(both):
        await turns.acquire()
    await housekeeper.stop()
