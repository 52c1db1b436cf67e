from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from maskline.a2p import brands, campaigns, tollfree
from maskline.a2p.mock import MockRegistrar
from maskline.delivery.registrations import RegistrationHandler, registrars_of
from maskline.delivery.results import Finished, GiveUp, Retry
from maskline.env import Env
from maskline.jobs import new_job
from maskline.model.a2p import Brand, Campaign, NumberStatus
from maskline.model.registrar import (
    BrandReport,
    CampaignReport,
    NumberReport,
    RegistrarUnavailable,
    Registration,
    RegistrationKind,
    TollfreeReport,
    VettingReport,
)
from maskline.settings import Settings
from maskline.store.contract import Store
from tests.support.engines import SqliteEngine
from tests.support.memory import form
from tests.support.records import Records, StoppedClock
from tests.support.registration import CUSTOMER, PROFILE, TOLLFREE_FORM

HERE = "+14158670001"


class Stub:
    """A registrar that says what a test put there; `log` is what it was asked, and whether to hand
    in."""

    watches = True

    def __init__(self) -> None:
        self.says: dict[str, Any] = {}
        self.log: list[tuple[str, bool | None]] = []
        self.left: list[Registration] = []
        self.before: Any = None

    async def _asked(self, kind: str, submit: bool | None = None) -> Any:
        self.log.append((kind, submit))
        if self.before is not None:
            await self.before()
        found = self.says.get(kind)
        if isinstance(found, Exception):
            raise found
        return found

    async def brand(self, brand: Brand, *, submit: bool) -> BrandReport:
        return await self._asked("brand", submit)

    async def passcode(self, brand: Brand) -> None:
        await self._asked("passcode")

    async def vetting(self, vetting: Any, brand: Brand, *, submit: bool) -> VettingReport:
        return await self._asked("vetting", submit)

    async def campaign(
        self, campaign: Campaign, brand: Brand | None, *, submit: bool
    ) -> CampaignReport:
        return await self._asked("campaign", submit)

    async def campaign_left(self, what: Registration) -> None:
        self.left.append(what)
        await self._asked("campaign-left")

    async def number(self, number: str, campaign: Campaign) -> NumberReport:
        return await self._asked("number")

    async def number_left(self, what: Registration) -> None:
        self.left.append(what)

    async def tollfree(self, verification: Any, *, submit: bool) -> TollfreeReport:
        return await self._asked("tollfree", submit)

    async def tollfree_left(self, what: Registration) -> None:
        self.left.append(what)


class Office:
    """A store with an account, whose registrar is a stub named `main`."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = StoppedClock()
        self.records = Records(self.clock)
        settings = Settings()
        settings = msgspec.structs.replace(
            settings, registrar=msgspec.structs.replace(settings.registrar, name="main")
        )
        self.env = Env(clock=self.clock, sids=self.records.sids, settings=settings)
        self.stub = Stub()
        self.account = ""
        self.handler = RegistrationHandler(
            self.env, store, lambda name: self.stub if name == "main" else None
        )

    async def do(self, use_case: Any) -> Any:
        return await self.store.transact(use_case)

    async def brand(self, **changes: Any) -> Brand:
        values = form({"CustomerProfileBundleSid": CUSTOMER, "A2PProfileBundleSid": PROFILE})
        made = await self.do(lambda tx: brands.create(self.env, tx, self.account, values))
        new = msgspec.structs.replace(made, **changes)
        await self.do(lambda tx: tx.brands.update(new))
        return new

    async def campaign(self, **changes: Any) -> Campaign:
        texts = self.records.messaging_service(self.account)
        brand = await self.brand()
        made = self.records.campaign(texts, brand, registrar="main", **changes)
        await self.do(lambda tx: tx.messaging_services.add(texts))
        await self.do(lambda tx: tx.campaigns.add(made))
        return made

    async def run(self, what: Registration, attempts: int = 0) -> Any:
        job = new_job(self.env, "registration", what, self.account, "", self.clock())
        job = msgspec.structs.replace(job, attempts=attempts)
        payload = self.handler.decode(job.payload)
        assert self.handler.lane(job, payload) == f"registrar:{what.registrar}"
        return await self.handler.run(job, payload)


@pytest_asyncio.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    store = SqliteEngine(tmp_path).store()
    await store.open()
    office = Office(store)
    account = office.records.account()
    await store.transact(lambda tx: tx.accounts.add(account))
    office.account = account.sid
    yield office
    await store.close()


def waits(result: Any) -> tuple[float | None, bool]:
    assert isinstance(result, Retry)
    return result.after, result.counts


async def test_a_brand_is_handed_in_once_and_asked_about_until_it_is_decided(
    office: Office,
) -> None:
    brand = await office.brand()
    what = Registration("main", RegistrationKind.BRAND, brand.sid)
    office.stub.says["brand"] = BrandReport("PENDING", "BN1")
    assert waits(await office.run(what)) == (300.0, False)
    office.stub.says["brand"] = BrandReport("APPROVED", "BN1", brand_score=60)
    assert waits(await office.run(what)) == (86_400.0, False)
    office.stub.watches = False
    assert await office.run(what) == Finished()
    assert office.stub.log == [("brand", True), ("brand", False), ("brand", False)]
    found = await office.do(lambda tx: tx.brands.peek(brand.sid))
    assert (found.status, found.brand_score, found.submitted) == ("APPROVED", 60, 1)


async def test_a_job_ends_with_its_record_and_when_that_is_handed_in_anew(office: Office) -> None:
    brand = await office.brand(submissions=2)
    office.stub.says["brand"] = BrandReport("APPROVED")
    old = Registration("main", RegistrationKind.BRAND, brand.sid, 1)
    assert await office.run(old) == Finished()
    gone = Registration("main", RegistrationKind.BRAND, "BN" + "0" * 32)
    assert await office.run(gone) == Finished()
    assert not office.stub.log


async def test_a_registrar_that_is_away_loses_nothing(office: Office) -> None:
    brand = await office.brand()
    what = Registration("main", RegistrationKind.BRAND, brand.sid)
    office.stub.says["brand"] = RegistrarUnavailable("Twilio answered 503")
    result = await office.run(what)
    assert result == Retry("Twilio answered 503")
    assert await office.run(what, attempts=3) == result
    found = await office.do(lambda tx: tx.brands.peek(brand.sid))
    assert (found.status, found.submitted) == ("PENDING", 0)
    # It is asked for a month, then kept.
    assert sum(office.handler.delays) >= 30 * 86_400
    job = new_job(office.env, "registration", what, office.account, "", 1)
    assert await office.handler.exhausted(job, what, "away") == GiveUp("away")


async def test_a_registrar_that_there_is_not(office: Office) -> None:
    what = Registration("other", RegistrationKind.BRAND, "BN1")
    assert await office.run(what) == Retry("there is no registrar named other")


async def test_a_code_is_sent(office: Office) -> None:
    brand = await office.brand()
    assert await office.run(Registration("main", "passcode", brand.sid)) == Finished()
    assert await office.run(Registration("main", "passcode", "BN1")) == Finished()
    assert office.stub.log == [("passcode", None)]


async def test_an_examination(office: Office) -> None:
    brand = await office.brand()
    values = form({"VettingProvider": "aegis"})
    made = await office.do(
        lambda tx: brands.examine(office.env, tx, office.account, brand.sid, values)
    )
    what = Registration("main", "vetting", made.sid, provider_sid=brand.sid)
    office.stub.says["vetting"] = VettingReport("IN_PROGRESS", "VT1")
    assert waits(await office.run(what)) == (300.0, False)
    office.stub.says["vetting"] = VettingReport("SUCCESS")
    assert await office.run(what) == Finished()
    assert office.stub.log == [("vetting", True), ("vetting", False)]
    lost = Registration("main", "vetting", "VT1", provider_sid=brand.sid)
    assert await office.run(lost) == Finished()
    assert await office.run(Registration("main", "vetting", made.sid)) == Finished()


@pytest.mark.parametrize(
    ("provider", "submitted", "told", "known"),
    [
        ("aegis", 1, 77, (77, 77)),
        # It may not be told yet: the brand is asked about every day.
        ("aegis", 1, 30, (30, None)),
        ("aegis", 1, None, (30, None)),
        # What was not handed in is not told of.
        ("aegis", 0, 77, (30, None)),
        # It gives no score.
        ("campaign-verify", 1, 77, (30, None)),
    ],
)
async def test_the_score_of_an_examination_is_told_with_the_brand(
    office: Office,
    provider: str,
    submitted: int,
    told: int | None,
    known: tuple[int, int | None],
) -> None:
    brand = await office.brand(status="APPROVED", brand_score=30, submitted=submitted)
    values = form({"VettingProvider": provider, "VettingId": "cv|1"})
    made = await office.do(
        lambda tx: brands.examine(office.env, tx, office.account, brand.sid, values)
    )
    office.stub.says["vetting"] = VettingReport("SUCCESS", "VT1")
    office.stub.says["brand"] = BrandReport("APPROVED", brand_score=told)
    what = Registration("main", "vetting", made.sid, provider_sid=brand.sid)
    assert await office.run(what) == Finished()
    asked = submitted == 1 and provider == "aegis"
    assert office.stub.log == [("vetting", True), *([("brand", False)] if asked else [])]
    found = await office.do(lambda tx: tx.brands.peek(brand.sid))
    vetting = await office.do(lambda tx: tx.brands.vetting(made.sid, brand.sid))
    assert (found.brand_score, vetting.brand_score) == known
    assert found.submitted == submitted
    assert vetting.vetting_status == "SUCCESS"


async def test_a_campaign(office: Office) -> None:
    campaign = await office.campaign()
    what = Registration("main", "campaign", campaign.sid)
    office.stub.says["campaign"] = CampaignReport("IN_PROGRESS", "QE1", "MG1")
    assert waits(await office.run(what)) == (300.0, False)
    office.stub.says["campaign"] = CampaignReport("VERIFIED", campaign_id="C1")
    assert waits(await office.run(what)) == (86_400.0, False)
    office.stub.says["campaign"] = CampaignReport("SUSPENDED")
    assert waits(await office.run(what)) == (86_400.0, False)
    found = await office.do(lambda tx: tx.campaigns.peek(campaign.sid))
    assert (found.campaign_status, found.campaign_id) == ("SUSPENDED", "C1")
    assert office.stub.log == [("campaign", True), ("campaign", False), ("campaign", False)]


async def test_a_campaign_that_was_deleted_meanwhile_is_taken_back(office: Office) -> None:
    campaign = await office.campaign()
    what = Registration(
        "main", "campaign", campaign.sid, service_sid=campaign.messaging_service_sid
    )

    async def deleted() -> None:
        office.stub.before = None
        await office.do(
            lambda tx: campaigns.delete(
                office.env, tx, office.account, campaign.messaging_service_sid, campaign.sid
            )
        )

    office.stub.before = deleted
    office.stub.says["campaign"] = CampaignReport("PENDING", "QE1", "MG1")
    assert await office.run(what) == Finished()
    (left,) = office.stub.left
    assert (left.provider_sid, left.provider_service_sid) == ("QE1", "MG1")
    # And so is one that an earlier attempt may have made, of which nothing came to be known.
    assert await office.run(what) == Finished()
    assert office.stub.left[1].service_sid == campaign.messaging_service_sid


async def test_a_campaign_that_is_handed_in_anew_meanwhile_stays(office: Office) -> None:
    campaign = await office.campaign()

    async def again() -> None:
        office.stub.before = None
        new = msgspec.structs.replace(campaign, submissions=2)
        await office.do(lambda tx: tx.campaigns.update(new))

    office.stub.before = again
    office.stub.says["campaign"] = CampaignReport("FAILED", "QE1", "MG1")
    what = Registration("main", "campaign", campaign.sid)
    assert await office.run(what) == Finished()
    assert not office.stub.left
    assert await office.run(what) == Finished()
    assert len(office.stub.log) == 1


async def test_what_is_taken_back(office: Office) -> None:
    for kind in ("campaign-left", "number-left", "tollfree-left"):
        what = Registration("main", kind, "QE1", number=HERE)
        assert await office.run(what) == Finished()
        assert office.stub.left[-1] == what


@pytest.mark.parametrize(
    ("carrier", "service", "asked"),
    [("main", "MG1", True), ("other", "MG1", False), ("main", None, False)],
)
async def test_a_number_is_put_under_its_campaign_by_its_own_carrier(
    office: Office, carrier: str, service: str | None, asked: bool
) -> None:
    campaign = await office.campaign(campaign_status="VERIFIED", provider_service_sid=service)
    number = office.records.number(office.account, HERE, carrier=carrier)
    await office.do(lambda tx: tx.numbers.add(number))
    sid = campaign.messaging_service_sid
    what = Registration("main", "number", number.sid, service_sid=campaign.sid, number=HERE)
    assert await office.run(what) == Finished()
    await office.do(lambda tx: tx.messaging_services.join(number.sid, sid, 1))
    await office.do(lambda tx: bind(tx, number.sid, campaign.sid))
    office.stub.says["number"] = NumberReport("registered")
    assert await office.run(what) == Finished()
    assert bool(office.stub.log) is asked
    found = await office.do(lambda tx: tx.numbers.by_number(HERE))
    assert found.a2p_status == ("registered" if asked else "pending")


async def bind(tx: Any, number_sid: str, campaign_sid: str) -> None:
    await tx.campaigns.bind(number_sid, campaign_sid, NumberStatus.PENDING)


async def test_a_toll_free_verification(office: Office) -> None:
    number = office.records.number(office.account, "+18005550100")
    await office.do(lambda tx: tx.numbers.add(number))
    values = form({**TOLLFREE_FORM, "TollfreePhoneNumberSid": number.sid})
    made = await office.do(lambda tx: tollfree.create(office.env, tx, office.account, values))
    what = Registration("main", "tollfree", made.sid)
    office.stub.says["tollfree"] = TollfreeReport("IN_REVIEW", "HH1")
    assert waits(await office.run(what)) == (300.0, False)
    office.stub.says["tollfree"] = TollfreeReport("TWILIO_APPROVED")
    assert waits(await office.run(what)) == (86_400.0, False)
    assert office.stub.log == [("tollfree", True), ("tollfree", False)]
    later = Registration("main", "tollfree", made.sid, 2)
    assert await office.run(later) == Finished()


def test_who_registers() -> None:
    class Accounts:
        def registrar(self, name: str) -> str:
            return f"registrar of {name}"

    find = registrars_of(Accounts())
    assert isinstance(find("mock"), MockRegistrar)
    assert find("main") == "registrar of main"
