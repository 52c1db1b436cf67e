from __future__ import annotations

from typing import Any

import pytest

from maskline.messaging import alpha_senders, services
from maskline.model.alpha_sender import AlphaSender, is_name
from maskline.model.carrier import CarrierAccount
from maskline.model.errors import Fault
from maskline.model.messaging_service import MessagingService
from maskline.model.page import PageRequest
from tests.support.memory import World, form

PAGE = PageRequest(size=50)


@pytest.fixture
def service(world: World) -> MessagingService:
    return world.add_messaging_service()


def add(
    world: World, service: MessagingService, name: str = "Acme", country: str = "", **more: str
) -> AlphaSender:
    asked = form({"AlphaSender": name, **more})
    account = world.account.sid
    return world.do(alpha_senders.add(world.env, world.tx, account, service.sid, country, asked))


def page(world: World, service: MessagingService, country: str | None) -> list[AlphaSender]:
    account = world.account.sid
    found = world.do(alpha_senders.page(world.tx, account, service.sid, country, PAGE))
    return list(found.records)[::-1]


def find(world: World, one: AlphaSender, *, default: bool) -> AlphaSender:
    account = world.account.sid
    return world.do(
        alpha_senders.find(world.tx, account, one.messaging_service_sid, one.sid, default=default)
    )


def refused(work: Any, *args: Any, **values: Any) -> int:
    with pytest.raises(Fault) as caught:
        work(*args, **values)
    return caught.value.code


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("Acme", True),
        ("A", True),
        ("4 You", True),
        ("A+B-C_D&E F", True),
        ("+A", True),
        ("ABCDEFGHIJK", True),
        ("ABCDEFGHIJKL", False),
        ("", False),
        ("12345", False),
        ("+14155550100", False),
        ("1 2-3", False),
        ("Acmé", False),
        ("Acme!", False),
        ("Ac.me", False),
        (" Acme", False),
        ("Acme ", False),
        ("Acme\n", False),
        ("Ac\tme", False),
    ],
)
def test_names(text: str, is_one: bool) -> None:
    assert is_name(text) is is_one


def test_a_name(world: World, service: MessagingService) -> None:
    made = add(world, service)
    assert made == AlphaSender(
        sid=made.sid,
        account_sid=world.account.sid,
        messaging_service_sid=service.sid,
        alpha_sender="Acme",
        iso_country="",
        carrier="",
        date_created=world.clock(),
    )
    assert made.sid.startswith("AI")
    abroad = add(world, service, "Acme DE", "DE")
    assert (abroad.alpha_sender, abroad.iso_country) == ("Acme DE", "DE")
    assert page(world, service, None) == [made, abroad]
    assert page(world, service, "") == [made]
    assert page(world, service, "DE") == [abroad]
    assert find(world, made, default=True) == find(world, made, default=False) == made
    assert find(world, abroad, default=False) == abroad
    assert refused(find, world, abroad, default=True) == 20404


def test_a_name_stands_once_for_a_country(world: World, service: MessagingService) -> None:
    for country in ("", "DE", "GB"):
        add(world, service, "Acme", country)
        assert refused(add, world, service, "Acme", country) == 21710
    add(world, service, "acme")
    add(world, world.add_messaging_service(), "Acme")


def test_a_carrier_of_its_own(world: World, service: MessagingService) -> None:
    assert refused(add, world, service, Carrier="pigeon") == 80701
    account = CarrierAccount("pigeon", "pigeon", "{}", "", 1, 1)
    world.do(world.tx.carriers.add(account))
    assert add(world, service, Carrier="pigeon").carrier == "pigeon"
    assert add(world, service, "Other", Carrier="simulator").carrier == "simulator"


@pytest.mark.parametrize(
    ("name", "country"),
    [("", ""), ("12345", ""), ("ABCDEFGHIJKL", ""), ("Acmé", ""), ("Acme", "US"), ("Acme", "CA")],
)
def test_what_add_refuses(world: World, service: MessagingService, name: str, country: str) -> None:
    assert refused(add, world, service, name, country) == 80701
    assert page(world, service, None) == []


def test_a_full_service(world: World) -> None:
    service = world.add_messaging_service(world.add_number())
    world.change("limits", messaging_service_numbers=2)
    add(world, service)
    assert refused(add, world, service, "Other") == 21714


def test_remove(world: World, service: MessagingService) -> None:
    made, abroad = add(world, service), add(world, service, "Acme", "DE")
    account, sid = world.account.sid, service.sid

    def remove(one: AlphaSender, *, default: bool) -> None:
        world.do(alpha_senders.remove(world.tx, account, sid, one.sid, default=default))

    assert refused(remove, abroad, default=True) == 20404
    world.do(world.tx.sending.keep(sid, "+4915123456789", made.sid, 1, None))
    remove(made, default=True)
    assert page(world, service, None) == [abroad]
    assert world.do(world.tx.sending.sticky(sid, "+4915123456789")) is None
    remove(abroad, default=False)
    assert refused(remove, abroad, default=False) == 20404


def test_names_go_with_their_service(world: World, service: MessagingService) -> None:
    add(world, service)
    world.do(services.delete(world.env, world.tx, world.account.sid, service.sid))
    assert world.rows("SELECT * FROM alpha_senders") == []


def test_nobody_elses(world: World, service: MessagingService) -> None:
    made, other = add(world, service), world.add_account()
    tx, sid = world.tx, service.sid
    asked = form({"AlphaSender": "Acme"})
    for work in (
        alpha_senders.add(world.env, tx, other.sid, sid, "", asked),
        alpha_senders.find(tx, other.sid, sid, made.sid, default=False),
        alpha_senders.page(tx, other.sid, sid, None, PAGE),
        alpha_senders.remove(tx, other.sid, sid, made.sid, default=False),
    ):
        assert refused(world.do, work) == 21701
    second = world.add_messaging_service()
    work = alpha_senders.find(tx, world.account.sid, second.sid, made.sid, default=False)
    assert refused(world.do, work) == 20404
