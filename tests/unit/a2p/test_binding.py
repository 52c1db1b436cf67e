from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.a2p import binding
from maskline.messaging import senders
from maskline.model.a2p import Campaign, NumberStatus
from maskline.model.messaging_service import MessagingService
from maskline.model.number import Number, NumberKind
from maskline.model.registrar import Registration
from tests.support.memory import World, form

HERE, LATER, TOLL_FREE, ABROAD = "+14158670001", "+14158670002", "+18005550100", "+442071234567"


def number(world: World, text: str, **changes: Any) -> Number:
    return world.records.number(world.account.sid, text, **changes)


@pytest.mark.parametrize(
    ("text", "changes", "is_one"),
    [
        (HERE, {}, True),
        (TOLL_FREE, {}, False),
        (ABROAD, {"iso_country": "GB"}, False),
        ("+16045550100", {"iso_country": "CA"}, False),
        ("894546", {"kind": "short-code"}, False),
    ],
)
def test_which_numbers_need_a_campaign(
    world: World, text: str, changes: dict[str, Any], is_one: bool
) -> None:
    assert binding.is_long_code(number(world, text, **changes)) is is_one


def campaign(world: World, service: MessagingService, **changes: Any) -> Campaign:
    brand = world.records.brand(world.account.sid)
    made = world.records.campaign(service, brand, **changes)
    world.do(world.tx.brands.add(brand))
    world.do(world.tx.campaigns.add(made))
    return made


@pytest.mark.parametrize(
    ("registrar", "status", "bound", "expected"),
    [
        ("manual", "PENDING", "", "pending"),
        ("manual", "VERIFIED", "", "registered"),
        ("mock", "VERIFIED", "pending", "registered"),
        ("mock", "SUSPENDED", "registered", "pending"),
        ("manual", "VERIFIED", "failed", "failed"),
        ("carrier", "VERIFIED", "", "pending"),
        ("carrier", "VERIFIED", "pending", "pending"),
        ("carrier", "VERIFIED", "registered", "registered"),
        ("carrier", "FAILED", "registered", "pending"),
    ],
)
def test_how_far_a_number_is(
    world: World, registrar: str, status: str, bound: str, expected: str
) -> None:
    service = world.records.messaging_service(world.account.sid)
    one = world.records.campaign(
        service,
        world.records.brand(world.account.sid),
        registrar=registrar,
        campaign_status=status,
    )
    here = number(world, HERE, campaign_sid=one.sid if bound else None, a2p_status=bound)
    assert binding.status_under(one, here) == expected
    # What it was under another campaign says nothing.
    there = msgspec.structs.replace(here, campaign_sid="QE" + "0" * 32)
    assert binding.status_under(one, there) != "failed"


def bound(world: World, text: str) -> tuple[str | None, str]:
    found = world.number(text)
    return found.campaign_sid, found.a2p_status


def test_numbers_join_and_leave_with_the_service(world: World) -> None:
    service = world.add_messaging_service(world.add_number(HERE))
    late, free = world.add_number(LATER), world.add_number(TOLL_FREE)
    assert bound(world, HERE) == (None, "")
    one = campaign(world, service)
    world.do(binding.follow(world.env, world.tx, one))
    assert bound(world, HERE) == (one.sid, "pending")
    for joins in (late, free):
        add(world, service, joins)
    assert bound(world, LATER) == (one.sid, "pending")
    assert bound(world, TOLL_FREE) == (None, "")
    verified = msgspec.structs.replace(one, campaign_status="VERIFIED")
    world.do(world.tx.campaigns.update(verified))
    world.do(binding.follow(world.env, world.tx, verified))
    world.do(binding.follow(world.env, world.tx, verified))
    assert bound(world, LATER) == (one.sid, NumberStatus.REGISTERED)
    remove(world, service, late)
    remove(world, service, free)
    assert bound(world, LATER) == (None, "")
    assert bound(world, HERE) == (one.sid, "registered")
    assert not jobs(world)


@pytest.mark.parametrize("registrar", ["manual", "mock"])
def test_without_a_carrier_there_is_nobody_to_tell(world: World, registrar: str) -> None:
    service = world.add_messaging_service()
    one = campaign(world, service, registrar=registrar, campaign_status="VERIFIED")
    add(world, service, world.add_number(HERE))
    assert bound(world, HERE) == (one.sid, "registered")
    remove(world, service, world.number(HERE))
    assert not jobs(world)


def test_a_service_without_a_campaign_binds_nothing(world: World) -> None:
    service = world.add_messaging_service()
    add(world, service, world.add_number(HERE))
    assert bound(world, HERE) == (None, "")
    remove(world, service, world.number(HERE))


def test_a_carrier_is_told_of_numbers_that_come_and_go(world: World) -> None:
    service = world.add_messaging_service(world.add_number(HERE))
    one = campaign(world, service, registrar="main", provider_service_sid="MG1")
    world.do(binding.follow(world.env, world.tx, one))
    assert not jobs(world)
    verified = msgspec.structs.replace(one, campaign_status="VERIFIED")
    world.do(world.tx.campaigns.update(verified))
    world.do(binding.follow(world.env, world.tx, verified))
    add(world, service, world.add_number(LATER))
    assert bound(world, LATER) == (one.sid, "pending")
    remove(world, service, world.number(LATER))
    assert [(job.kind, job.number) for job in jobs(world)] == [
        ("number", HERE),
        ("number", LATER),
        ("number-left", LATER),
    ]
    assert jobs(world)[2].provider_service_sid == "MG1"
    # One after the other for each number.
    keys = [job.ordering_key for job in world.jobs()]
    assert keys == [f"a2p:{HERE}", f"a2p:{LATER}", f"a2p:{LATER}"]


def test_a_number_whose_campaign_is_gone_just_leaves(world: World) -> None:
    service = world.add_messaging_service(world.add_number(HERE))
    one = campaign(world, service, registrar="main")
    world.do(binding.follow(world.env, world.tx, one))
    world.rows("DELETE FROM a2p_campaigns")
    remove(world, service, world.number(HERE))
    assert not jobs(world)


def add(world: World, service: MessagingService, joins: Number) -> None:
    values = form({"PhoneNumberSid": joins.sid})
    account, kind = world.account.sid, NumberKind.PHONE
    world.do(senders.add(world.env, world.tx, account, service.sid, kind, values))


def remove(world: World, service: MessagingService, leaves: Number) -> None:
    account, kind = world.account.sid, NumberKind.PHONE
    world.do(senders.remove(world.env, world.tx, account, service.sid, kind, leaves.sid))


def jobs(world: World) -> list[Registration]:
    """What registrars are to be told."""
    found = [job for job in world.jobs() if job.kind == "registration"]
    return [msgspec.json.decode(job.payload, type=Registration) for job in found]
