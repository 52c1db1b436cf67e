from __future__ import annotations

from typing import Any

import msgspec
import pytest
import pytest_asyncio

from maskline.model.a2p import Brand, Campaign, NumberStatus, RegistrationError, Vetting, written
from maskline.model.account import Account
from maskline.model.messaging_service import MessagingService
from maskline.model.page import PageRequest
from maskline.model.tollfree import Rejection
from maskline.store.repositories.tollfree import TollfreeFilter
from tests.support.records import Records

ALL = PageRequest(size=100)
ERRORS = written([RegistrationError(30897, "Disallowed content", ("MESSAGE_FLOW",))])


@pytest_asyncio.fixture
async def texts(db: Any, records: Records, account: Account) -> MessagingService:
    texts = records.messaging_service(account.sid)
    await db.messaging_services.add(texts)
    return texts


@pytest_asyncio.fixture
async def brand(db: Any, records: Records, account: Account) -> Brand:
    brand = records.brand(account.sid)
    await db.brands.add(brand)
    return brand


@pytest_asyncio.fixture
async def campaign(db: Any, records: Records, texts: MessagingService, brand: Brand) -> Campaign:
    campaign = records.campaign(texts, brand)
    await db.campaigns.add(campaign)
    return campaign


def other(record: Any) -> Any:
    """The same record with another value in each field that can change."""
    fixed = {"sid", "account_sid", "messaging_service_sid"}
    changes: dict[str, Any] = {}
    for field in msgspec.structs.fields(type(record)):
        value = getattr(record, field.name)
        if field.name in fixed:
            continue
        if field.name.endswith("_json"):
            changes[field.name] = "[]" if value != "[]" else '["other"]'
        elif isinstance(value, int) or "int" in str(field.type):
            changes[field.name] = (value or 0) + 1
        else:
            changes[field.name] = f"other {field.name}"
    return msgspec.structs.replace(record, **changes)


async def test_a_brand_is_kept_whole(db: Any, brand: Brand, account: Account) -> None:
    assert await db.brands.get(brand.sid, account.sid) == brand
    assert await db.brands.get(brand.sid, "AC" + "0" * 32) is None
    changed = other(brand)
    await db.brands.update(changed)
    assert await db.brands.peek(brand.sid) == changed
    page = await db.brands.page(account.sid, ALL)
    assert page.records == [changed]
    assert (await db.brands.page("AC" + "0" * 32, ALL)).records == []


async def test_a_brand_s_errors(db: Any, brand: Brand) -> None:
    await db.brands.update(msgspec.structs.replace(brand, errors_json=ERRORS))
    found = await db.brands.peek(brand.sid)
    assert found.errors == [RegistrationError(30897, "Disallowed content", ("MESSAGE_FLOW",))]


async def test_vettings_are_the_brand_s(
    db: Any, records: Records, brand: Brand, account: Account
) -> None:
    now = records.clock()
    made = [
        Vetting(
            records.sids.new("VT"),
            account.sid,
            brand.sid,
            provider,
            f"cv|{provider}",
            "POLITICAL",
            "IN_PROGRESS",
            now,
            now,
        )
        for provider in ("campaign-verify", "aegis")
    ]
    for one in made:
        await db.brands.add_vetting(one)
    first, second = made
    assert await db.brands.vetting(first.sid, brand.sid) == first
    assert await db.brands.vetting(first.sid, "BN" + "0" * 32) is None
    assert (await db.brands.vettings(brand.sid, "", ALL)).records == [second, first]
    assert (await db.brands.vettings(brand.sid, "aegis", ALL)).records == [second]
    changed = other(first)
    changed = msgspec.structs.replace(changed, brand_sid=brand.sid)
    await db.brands.update_vetting(changed)
    assert await db.brands.vetting(first.sid, brand.sid) == changed


async def test_a_campaign_is_kept_whole(
    db: Any, campaign: Campaign, texts: MessagingService, account: Account
) -> None:
    assert await db.campaigns.get(campaign.sid, account.sid) == campaign
    assert await db.campaigns.get(campaign.sid, "AC" + "0" * 32) is None
    changed = other(campaign)
    await db.campaigns.update(changed)
    assert await db.campaigns.peek(campaign.sid) == changed
    assert await db.campaigns.of_service(texts.sid) == changed
    assert await db.campaigns.of_brand(changed.brand_registration_sid) == [changed]
    assert await db.campaigns.of_brand(campaign.brand_registration_sid) == []
    assert (await db.campaigns.page(account.sid, ALL)).records == [changed]


async def test_a_service_has_one_campaign(
    db: Any, records: Records, campaign: Campaign, texts: MessagingService, brand: Brand
) -> None:
    with pytest.raises(Exception, match=r"(?i)unique|constraint"):
        await db.campaigns.add(records.campaign(texts, brand))
    assert await db.campaigns.of_service(texts.sid) == campaign


@pytest.mark.parametrize(
    ("status", "registered"), [("VERIFIED", 1), ("SUSPENDED", 0), ("PENDING", 0)]
)
async def test_the_service_says_whether_it_is_registered(
    db: Any, campaign: Campaign, texts: MessagingService, status: str, registered: int
) -> None:
    await db.campaigns.update(msgspec.structs.replace(campaign, campaign_status="VERIFIED"))
    await db.campaigns.update(msgspec.structs.replace(campaign, campaign_status=status))
    found = await db.messaging_services.get(texts.sid, texts.account_sid)
    assert found.us_app_to_person_registered == registered
    # Whoever changes the service meanwhile leaves it as it is.
    await db.messaging_services.update(texts)
    found = await db.messaging_services.peek(texts.sid)
    assert found.us_app_to_person_registered == registered


async def test_numbers_are_bound(
    db: Any, records: Records, campaign: Campaign, texts: MessagingService, account: Account
) -> None:
    numbers = [records.number(account.sid) for _ in range(3)]
    for number in numbers:
        await db.numbers.add(number)
    first, second, _ = numbers
    for number in (first, second):
        assert await db.messaging_services.join(number.sid, texts.sid, 7)
    assert await db.campaigns.bound(campaign) == 0
    await db.campaigns.bind(first.sid, campaign.sid, NumberStatus.PENDING)
    await db.campaigns.bind(second.sid, campaign.sid, NumberStatus.REGISTERED)
    assert await db.campaigns.bound(campaign) == 2
    found = await db.campaigns.numbers(texts.sid)
    assert [(one.sid, one.campaign_sid, one.a2p_status) for one in found] == [
        (first.sid, campaign.sid, "pending"),
        (second.sid, campaign.sid, "registered"),
    ]
    # Who leaves the service leaves its campaign.
    await db.messaging_services.leave(first.sid)
    left = await db.numbers.by_number(first.number)
    assert (left.campaign_sid, left.a2p_status) == (None, "")
    await db.campaigns.delete(msgspec.structs.replace(campaign, campaign_status="VERIFIED"))
    freed = await db.numbers.by_number(second.number)
    assert (freed.messaging_service_sid, freed.campaign_sid, freed.a2p_status) == (
        texts.sid,
        None,
        "",
    )
    assert await db.campaigns.of_service(texts.sid) is None
    assert not (await db.messaging_services.peek(texts.sid)).us_app_to_person_registered


async def test_numbers_of_a_service_that_goes_are_bound_no_more(
    db: Any, records: Records, campaign: Campaign, texts: MessagingService, account: Account
) -> None:
    number = records.number(account.sid)
    await db.numbers.add(number)
    assert await db.messaging_services.join(number.sid, texts.sid, 7)
    await db.campaigns.bind(number.sid, campaign.sid, NumberStatus.REGISTERED)
    await db.messaging_services.delete(texts.sid)
    assert (await db.numbers.by_number(number.number)).campaign_sid is None


async def test_a_toll_free_verification_is_kept_whole(
    db: Any, records: Records, account: Account
) -> None:
    one = records.verification(records.number(account.sid, "+18005550100"))
    await db.tollfree_verifications.add(one)
    assert await db.tollfree_verifications.get(one.sid, account.sid) == one
    assert await db.tollfree_verifications.get(one.sid, "AC" + "0" * 32) is None
    assert await db.tollfree_verifications.of_number(one.tollfree_phone_number_sid) == one
    assert one.details["business_name"] == "Rides"
    changed = msgspec.structs.replace(
        other(one), rejections_json=written([Rejection(30475, "closed")])
    )
    await db.tollfree_verifications.update(changed)
    assert await db.tollfree_verifications.peek(one.sid) == changed
    assert changed.rejections == [Rejection(30475, "closed")]
    await db.tollfree_verifications.delete(one.sid)
    assert await db.tollfree_verifications.peek(one.sid) is None


async def test_toll_free_verifications_are_narrowed(
    db: Any, records: Records, account: Account
) -> None:
    bundle = "BU" + "3" * 32
    numbers = [records.number(account.sid, f"+1800555010{one}") for one in range(2)]
    first = records.verification(numbers[0], external_reference_id="one")
    second = records.verification(numbers[1], status="TWILIO_APPROVED", trust_product_sid=bundle)
    for one in (first, second):
        await db.tollfree_verifications.add(one)
    for narrow, found in (
        (TollfreeFilter(), [second, first]),
        (TollfreeFilter(phone_number_sid=first.tollfree_phone_number_sid), [first]),
        (TollfreeFilter(status="TWILIO_APPROVED"), [second]),
        (TollfreeFilter(external_reference_id="one"), [first]),
        (TollfreeFilter(trust_product_sids=("BU" + "4" * 32, bundle)), [second]),
        (TollfreeFilter(trust_product_sids=("BU" + "4" * 32,)), []),
    ):
        page = await db.tollfree_verifications.page(account.sid, narrow, ALL)
        assert page.records == found


async def test_toll_free_numbers_without_one(db: Any, records: Records, account: Account) -> None:
    pool = records.service(account.sid)
    await db.services.add(pool)
    elsewhere = records.account()
    await db.accounts.add(elsewhere)
    verified, free, pooled, *others = (
        records.number(account.sid, number)
        for number in (
            "+18005550101",
            "+18335550102",
            "+18885550103",
            "+14155550104",
            "+3180055501",
            "+44800555010",
        )
    )
    for number in (verified, free, pooled, *others, records.number(elsewhere.sid, "+18005550105")):
        await db.numbers.add(number)
    await db.numbers.join(pooled.sid, pool.sid, False, records.clock())
    await db.tollfree_verifications.add(records.verification(verified))
    unverified = db.tollfree_verifications.unverified
    codes = {"800", "833", "888"}
    assert [one.sid for one in await unverified(account.sid, codes, 10)] == [pooled.sid, free.sid]
    assert [one.sid for one in await unverified(account.sid, codes, 1)] == [pooled.sid]
    assert [one.sid for one in await unverified(account.sid, {"833"}, 10)] == [free.sid]
