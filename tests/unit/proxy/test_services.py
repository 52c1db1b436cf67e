from __future__ import annotations

import msgspec
import pytest

from maskline.model.errors import Fault
from maskline.model.service import Service
from maskline.proxy import services
from tests.support.memory import ALICE, BOB, World, form

CHAT = "IS" + "0" * 32

EVERYTHING = {
    "UniqueName": "ride ✈",
    "DefaultTtl": "3600",
    "CallbackUrl": "https://a.example/cb",
    "InterceptCallbackUrl": "https://a.example/icb",
    "OutOfSessionCallbackUrl": "https://a.example/oos",
    "GeoMatchLevel": "area-code",
    "NumberSelectionBehavior": "avoid-sticky",
    "ChatInstanceSid": CHAT,
}


def create(world: World, **params: str) -> Service:
    """A Service from exactly these parameters."""
    return world.do(services.create(world.env, world.tx, world.account.sid, form(params)))


def update(world: World, service: Service, **params: str) -> Service:
    """The Service after an update."""
    return world.do(
        services.update(world.env, world.tx, service.account_sid, service.sid, form(params))
    )


def find(world: World, service: Service) -> Service:
    """The Service as it is stored."""
    return world.do(services.find(world.tx, service.account_sid, service.sid))


def code(act: object, *args: object, **params: object) -> int:
    """The code that an act is refused with."""
    assert callable(act)
    with pytest.raises(Fault) as caught:
        act(*args, **params)
    return caught.value.code


def test_create_with_a_name_alone(world: World) -> None:
    service = create(world, UniqueName="ride")
    assert service == Service(
        sid=service.sid,
        account_sid=world.account.sid,
        unique_name="ride",
        chat_instance_sid=None,
        callback_url=None,
        intercept_callback_url=None,
        out_of_session_callback_url=None,
        default_ttl=0,
        geo_match_level="country",
        number_selection_behavior="prefer-sticky",
        date_created=world.clock(),
        date_updated=world.clock(),
    )
    assert service.sid.startswith("KS")
    assert find(world, service) == service


def test_create_with_everything(world: World) -> None:
    service = create(world, **EVERYTHING)
    assert find(world, service) == Service(
        sid=service.sid,
        account_sid=world.account.sid,
        unique_name="ride ✈",
        chat_instance_sid=CHAT,
        callback_url="https://a.example/cb",
        intercept_callback_url="https://a.example/icb",
        out_of_session_callback_url="https://a.example/oos",
        default_ttl=3600,
        geo_match_level="area-code",
        number_selection_behavior="avoid-sticky",
        date_created=world.clock(),
        date_updated=world.clock(),
    )


WRONG = [
    {"UniqueName": "a" * 192},
    {"UniqueName": "a\nb"},
    {"DefaultTtl": "-1"},
    {"DefaultTtl": "2147483647"},
    {"DefaultTtl": "soon"},
    {"CallbackUrl": "example.com"},
    {"InterceptCallbackUrl": "ftp://example.com"},
    {"OutOfSessionCallbackUrl": "http://" + "a" * 4000},
    {"GeoMatchLevel": "planet"},
    {"NumberSelectionBehavior": "sticky"},
    {"ChatInstanceSid": "CH" + "0" * 32},
    {"ChatInstanceSid": CHAT + "0"},
]


@pytest.mark.parametrize("params", [{}, {"UniqueName": ""}, *WRONG])
def test_create_with_a_wrong_parameter(world: World, params: dict[str, str]) -> None:
    assert code(create, world, **({"UniqueName": "x"} if params else {}) | params) == 80701
    assert world.rows("SELECT COUNT(*) FROM services") == [(0,)]


@pytest.mark.parametrize(
    "level", ["country", "area-code", "extended-area-code", "overlay", "radius"]
)
def test_every_spelling_of_the_geo_level(world: World, level: str) -> None:
    assert create(world, UniqueName="x", GeoMatchLevel=level).geo_match_level == level


def test_the_longest_ttl(world: World) -> None:
    assert create(world, UniqueName="x", DefaultTtl="2147483646").default_ttl == 2_147_483_646


def test_a_name_belongs_to_one_service_of_an_account(world: World) -> None:
    create(world, UniqueName="ride")
    assert code(create, world, UniqueName="ride") == 80602
    other = world.add_account()
    form_ = form({"UniqueName": "ride"})
    assert world.do(services.create(world.env, world.tx, other.sid, form_)).unique_name == "ride"


def test_update_writes_what_was_sent(world: World) -> None:
    service = create(world, UniqueName="x")
    world.clock.advance(1000)
    changed = update(world, service, **EVERYTHING)
    assert changed == msgspec.structs.replace(
        create(world, **{**EVERYTHING, "UniqueName": "other"}),
        sid=service.sid,
        unique_name="ride ✈",
        date_created=service.date_created,
    )
    assert find(world, service) == changed


def test_update_leaves_what_was_not_sent(world: World) -> None:
    service = create(world, **EVERYTHING)
    world.clock.advance(1000)
    assert update(world, service) == msgspec.structs.replace(service, date_updated=world.clock())


@pytest.mark.parametrize(
    ("parameter", "field"),
    [
        ("CallbackUrl", "callback_url"),
        ("InterceptCallbackUrl", "intercept_callback_url"),
        ("OutOfSessionCallbackUrl", "out_of_session_callback_url"),
        ("ChatInstanceSid", "chat_instance_sid"),
    ],
)
def test_an_empty_value_removes_it(world: World, parameter: str, field: str) -> None:
    service = create(world, **EVERYTHING)
    assert getattr(update(world, service, **{parameter: ""}), field) is None


@pytest.mark.parametrize(
    "parameter", ["UniqueName", "DefaultTtl", "GeoMatchLevel", "NumberSelectionBehavior"]
)
def test_an_empty_value_of_the_others_changes_nothing(world: World, parameter: str) -> None:
    service = create(world, **EVERYTHING)
    assert update(world, service, **{parameter: ""}) == service


@pytest.mark.parametrize("params", WRONG)
def test_update_with_a_wrong_parameter(world: World, params: dict[str, str]) -> None:
    service = create(world, UniqueName="x")
    assert code(update, world, service, **params) == 80701
    assert find(world, service) == service


def test_a_service_keeps_its_own_name_but_gets_nobody_else_s(world: World) -> None:
    service, other = create(world, UniqueName="a"), create(world, UniqueName="b")
    assert update(world, service, UniqueName="a") == service
    assert code(update, world, service, UniqueName="b") == 80602
    assert find(world, service) == service
    assert find(world, other) == other


def test_fetch_by_sid_or_name(world: World) -> None:
    service = create(world, UniqueName="ride")
    for key in (service.sid, "ride"):
        assert world.do(services.fetch(world.tx, world.account.sid, key)) == service


@pytest.mark.parametrize("key", ["taxi", "KS" + "0" * 32, "KS123", ""])
def test_fetch_what_never_was(world: World, key: str) -> None:
    create(world, UniqueName="ride")
    assert code(world.do, services.fetch(world.tx, world.account.sid, key)) == 20404


def test_another_account_s_service(world: World) -> None:
    service = create(world, UniqueName="ride")
    stranger = world.add_account().sid
    for key in (service.sid, "ride"):
        assert code(world.do, services.fetch(world.tx, stranger, key)) == 20404
    assert (
        code(world.do, services.update(world.env, world.tx, stranger, service.sid, form({})))
        == 20404
    )
    assert code(world.do, services.delete(world.env, world.tx, stranger, service.sid)) == 20404
    assert find(world, service) == service


def test_delete_with_active_sessions(world: World) -> None:
    service = create(world, UniqueName="ride")
    number = world.add_number(service=service)
    world.add_session(service, ALICE, BOB)
    world.do(services.delete(world.env, world.tx, world.account.sid, service.sid))
    for table in ("services", "sessions", "participants", "affinities"):
        assert world.rows(f"SELECT COUNT(*) FROM {table}") == [(0,)]
    free = world.number(number.number)
    assert (free.service_sid, free.in_use, free.is_reserved) == (None, 0, 0)
    assert world.add_number(service=create(world, UniqueName="ride")).service_sid is not None


def test_a_deleted_service_is_not_one_that_never_was(world: World) -> None:
    service = create(world, UniqueName="ride")
    world.do(services.delete(world.env, world.tx, world.account.sid, service.sid))
    assert code(find, world, service) == 80408
    assert code(update, world, service) == 80408
    assert code(world.do, services.fetch(world.tx, world.account.sid, service.sid)) == 80408
    assert code(world.do, services.fetch(world.tx, world.account.sid, "ride")) == 20404
    delete = services.delete(world.env, world.tx, world.account.sid, service.sid)
    assert code(world.do, delete) == 80408
    assert code(world.do, services.find(world.tx, world.add_account().sid, service.sid)) == 20404
