from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import pytest

from maskline.a2p import tollfree, tollfree_form
from maskline.model.errors import Fault
from tests.support.memory import World, form
from tests.support.registration import CUSTOMER, TOLLFREE_FORM
from tests.unit.a2p.conftest import Registry


def code_of(world: World, use_case: Awaitable[Any]) -> int:
    with pytest.raises(Fault) as caught:
        world.do(use_case)
    return caught.value.code


def test_a_new_one(world: World, registry: Registry) -> None:
    world.change("registrar", name="main")
    made = registry.verification(
        CustomerProfileSid=CUSTOMER,
        ExternalReferenceId="ours",
        AgeGatedContent="true",
        BusinessType="SOLE_PROPRIETOR",
        BusinessCountry="US",
        BusinessContactPhone="+14155550100",
    )
    assert (made.status, made.registrar) == ("PENDING_REVIEW", "main")
    assert (made.customer_profile_sid, made.external_reference_id) == (CUSTOMER, "ours")
    details = made.details
    assert details["use_case_categories"] == ["CUSTOMER_CARE", "DELIVERY_NOTIFICATIONS"]
    assert details["age_gated_content"] is True
    assert details["business_type"] == "SOLE_PROPRIETOR"
    assert "business_city" not in details
    assert world.do(tollfree.find(world.tx, registry.account, made.sid)) == made
    (job,) = registry.jobs()
    assert (job.kind, job.sid) == ("tollfree", made.sid)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        *((name, "", 80701) for name in TOLLFREE_FORM),
        ("BusinessWebsite", "rides.example", 80701),
        ("OptInImageUrls", ["no"], 80701),
        ("NotificationEmail", "ops", 80701),
        ("NotificationEmail", "ops@host", 80701),
        ("NotificationEmail", "ops@host.", 80701),
        ("BusinessContactPhone", "415", 80701),
        ("BusinessCountry", "us", 80701),
        ("UseCaseCategories", ["CHAT"], 20001),
        ("BusinessType", "GOVERNMENT", 80701),
        ("OptInKeywords", ["x"] * 101, 80701),
        ("CustomerProfileSid", "BN1", 80701),
        ("TollfreePhoneNumberSid", "PN1", 80701),
        ("TollfreePhoneNumberSid", "PN" + "0" * 32, 20404),
    ],
)
def test_what_is_wrong(world: World, registry: Registry, name: str, value: Any, code: int) -> None:
    with pytest.raises(Fault) as caught:
        registry.verification(**{name: value})
    assert caught.value.code == code
    assert not world.rows("SELECT sid FROM tollfree_verifications")


def test_all_that_is_wrong_is_found_at_once() -> None:
    said = form({"BusinessWebsite": "rides.example", "BusinessType": "CLUB", "EditReason": "\0"})
    wrong = tollfree.mistakes(said, new=True)
    missing = set(TOLLFREE_FORM) - {"BusinessWebsite"}
    assert set(wrong) == {"BusinessWebsite", "BusinessType", "TollfreePhoneNumberSid", *missing}
    assert wrong["BusinessWebsite"].detail == (
        "BusinessWebsite must be an absolute http or https URL"
    )
    # Of one that is corrected nothing is missing, and it is another's number no more.
    wrong = tollfree.mistakes(said, new=False)
    assert set(wrong) == {"BusinessWebsite", "BusinessType", "EditReason"}
    right = form({**TOLLFREE_FORM, "TollfreePhoneNumberSid": "PN" + "1" * 32})
    assert tollfree.mistakes(right, new=True) == {}


def test_rejections_are_about_fields() -> None:
    assert set(tollfree_form.REJECTED.values()) <= set(tollfree_form.FIELDS)


def test_a_registered_business_says_where(registry: Registry) -> None:
    made = registry.verification(
        BusinessType="PRIVATE_PROFIT",
        BusinessRegistrationNumber="12",
        BusinessRegistrationAuthority="EIN",
        BusinessRegistrationCountry="US",
    )
    assert made.details["business_registration_authority"] == "EIN"


def test_numbers_that_can_t_be(world: World, registry: Registry) -> None:
    made = registry.verification()
    again = {**TOLLFREE_FORM, "TollfreePhoneNumberSid": made.tollfree_phone_number_sid}
    args = (world.env, world.tx, registry.account)
    assert code_of(world, tollfree.create(*args, form(again))) == 20001
    local = {**TOLLFREE_FORM, "TollfreePhoneNumberSid": world.add_number("+14158670001").sid}
    assert code_of(world, tollfree.create(*args, form(local))) == 80701


def update(world: World, registry: Registry, sid: str, **params: Any) -> Awaitable[Any]:
    return tollfree.update(world.env, world.tx, registry.account, sid, form(params))


def test_one_that_was_rejected_is_corrected(world: World, registry: Registry) -> None:
    world.change("registrar", name="main")
    made = registry.put(
        registry.verification(),
        status="TWILIO_REJECTED",
        rejections_json='[{"code":30475}]',
        edit_allowed=1,
        edit_expiration=world.clock() + 1,
    )
    again = world.do(
        update(world, registry, made.sid, BusinessName="More", EditReason="Website fixed")
    )
    assert (again.status, again.rejections, again.submissions) == ("PENDING_REVIEW", [], 2)
    assert (again.edit_allowed, again.edit_expiration) == (None, None)
    assert again.details["business_name"] == "More"
    assert again.details["edit_reason"] == "Website fixed"
    assert again.details["message_volume"] == "10,000"
    assert [job.submission for job in registry.jobs()] == [1, 2]
    registry.put(again, status="TWILIO_REJECTED")
    assert code_of(world, update(world, registry, made.sid, BusinessWebsite="no")) == 80701
    silent = world.do(update(world, registry, made.sid, BusinessName="Less"))
    assert silent.details["edit_reason"] == "Website fixed"


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "IN_REVIEW"},
        {"status": "TWILIO_APPROVED"},
        {"status": "TWILIO_REJECTED", "edit_allowed": 0},
        {"status": "TWILIO_REJECTED", "edit_expiration": 1},
    ],
)
def test_when_it_can_t_be(world: World, registry: Registry, changes: dict[str, Any]) -> None:
    made = registry.put(registry.verification(), **changes)
    assert code_of(world, update(world, registry, made.sid, BusinessName="More")) == 20001


def test_delete(world: World, registry: Registry) -> None:
    world.change("registrar", name="main")
    made = registry.put(registry.verification(), provider_sid="HH1")
    other = world.add_account().sid
    assert code_of(world, tollfree.delete(world.env, world.tx, other, made.sid)) == 20404
    world.do(tollfree.delete(world.env, world.tx, registry.account, made.sid))
    assert code_of(world, tollfree.find(world.tx, registry.account, made.sid)) == 20404
    job = registry.jobs()[-1]
    assert (job.kind, job.provider_sid) == ("tollfree-left", "HH1")
