from __future__ import annotations

import pytest

from maskline.model.errors import Fault
from maskline.model.number import Number, NumberKind
from maskline.model.service import Service
from maskline.model.session import ClosedReason
from maskline.proxy import pool, sessions
from tests.support.memory import ALICE, World, form

PHONE, SHORT = NumberKind.PHONE, NumberKind.SHORT_CODE
FREE = "+14158670001"
POOLED = "+14158670002"
ELSEWHERE = "+14158670003"
STRANGE = "+14158670004"
CODE = "894546"
POOLED_CODE = "894547"


@pytest.fixture
def service(world: World) -> Service:
    """A Service beside another one, with numbers in every place where a number can be."""
    service, other = world.add_service(), world.add_service()
    world.add_number(FREE)
    world.add_number(POOLED, service=service)
    world.add_number(ELSEWHERE, service=other)
    world.add_number(STRANGE, account=world.add_account())
    world.add_number(CODE, kind="short-code", sid="SC" + "1" * 32)
    world.add_number(POOLED_CODE, kind="short-code", sid="SC" + "2" * 32, service=service)
    return service


def add(world: World, service: Service, kind: NumberKind = PHONE, **params: str) -> Number:
    """Puts a number into the pool."""
    return world.do(pool.add(world.env, world.tx, service, kind, form(params)))


def refusal(world: World, service: Service, kind: NumberKind = PHONE, **params: str) -> Fault:
    """What it is refused with."""
    with pytest.raises(Fault) as caught:
        add(world, service, kind, **params)
    return caught.value


@pytest.mark.parametrize("by", ["Sid", "PhoneNumber", "both"])
def test_add(world: World, service: Service, by: str) -> None:
    number = world.number(FREE)
    params = {"Sid": number.sid, "PhoneNumber": FREE}
    world.clock.advance(1000)
    added = add(world, service, **(params if by == "both" else {by: params[by]}))
    assert added == world.number(FREE)
    assert (added.sid, added.service_sid, added.is_reserved, added.in_use) == (
        number.sid,
        service.sid,
        0,
        0,
    )
    assert added.pool_created == added.pool_updated == world.clock()
    assert world.do(pool.find(world.tx, service, PHONE, number.sid)) == added


@pytest.mark.parametrize(("text", "reserved"), [("true", 1), ("FALSE", 0), ("", 0)])
def test_add_reserved(world: World, service: Service, text: str, reserved: int) -> None:
    assert add(world, service, PhoneNumber=FREE, IsReserved=text).is_reserved == reserved


def test_add_a_short_code(world: World, service: Service) -> None:
    added = add(world, service, SHORT, Sid="SC" + "1" * 32)
    assert (added.number, added.service_sid) == (CODE, service.sid)
    assert world.do(pool.find(world.tx, service, SHORT, added.sid)) == added
    with pytest.raises(Fault) as caught:
        world.do(pool.find(world.tx, service, PHONE, added.sid))
    assert caught.value.code == 20404


@pytest.mark.parametrize(
    ("kind", "params", "code"),
    [
        pytest.param(PHONE, {}, 80701, id="neither Sid nor PhoneNumber"),
        pytest.param(SHORT, {}, 80701, id="no Sid"),
        pytest.param(SHORT, {"PhoneNumber": CODE}, 80701, id="a short code has no PhoneNumber"),
        pytest.param(PHONE, {"Sid": "PN123"}, 80701, id="no SID"),
        pytest.param(PHONE, {"Sid": "SC" + "1" * 32}, 80701, id="a short code's SID"),
        pytest.param(SHORT, {"Sid": "PN" + "1" * 32}, 80701, id="a phone number's SID"),
        pytest.param(PHONE, {"PhoneNumber": FREE, "IsReserved": "x"}, 80701, id="no boolean"),
        pytest.param(PHONE, {"Sid": "PN" + "1" * 32}, 80301, id="an unknown SID"),
        pytest.param(SHORT, {"Sid": "SC" + "3" * 32}, 80303, id="an unknown short code"),
        pytest.param(PHONE, {"PhoneNumber": "+14158679999"}, 80301, id="an unknown number"),
        pytest.param(PHONE, {"PhoneNumber": STRANGE}, 80301, id="another account's number"),
        pytest.param(PHONE, {"PhoneNumber": CODE}, 80301, id="a short code as a phone number"),
        pytest.param(PHONE, {"PhoneNumber": POOLED}, 80104, id="in this pool"),
        pytest.param(SHORT, {"Sid": "SC" + "2" * 32}, 80105, id="a short code in this pool"),
        pytest.param(PHONE, {"PhoneNumber": ELSEWHERE}, 80101, id="in another pool"),
    ],
)
def test_add_is_refused(
    world: World, service: Service, kind: NumberKind, params: dict[str, str], code: int
) -> None:
    before = world.rows("SELECT * FROM numbers ORDER BY sid")
    fault = refusal(world, service, kind, **params)
    assert fault.code == code
    assert not any(value in fault.message for value in params.values() if value.startswith("+"))
    assert world.rows("SELECT * FROM numbers ORDER BY sid") == before


def test_a_sid_and_another_s_number(world: World, service: Service) -> None:
    fault = refusal(world, service, Sid=world.number(FREE).sid, PhoneNumber=POOLED)
    assert fault.code == 80701
    assert "PhoneNumber" in fault.message


def test_another_account_s_sid(world: World, service: Service) -> None:
    assert refusal(world, service, Sid=world.number(STRANGE).sid).code == 80301


@pytest.mark.covers("says:pool.limits")
def test_the_pool_is_full(world: World, service: Service) -> None:
    world.change("limits", unreserved_numbers=2, reserved_numbers=1)
    fault = refusal(world, service, PhoneNumber=FREE)
    assert (fault.code, "at most 2 unreserved" in fault.message) == (80622, True)
    reserved = add(world, service, PhoneNumber=FREE, IsReserved="true")
    more = world.add_number()
    fault = refusal(world, service, PhoneNumber=more.number, IsReserved="true")
    assert (fault.code, "at most 1 reserved" in fault.message) == (80622, True)
    with pytest.raises(Fault) as caught:
        reserve(world, service, reserved, "false")
    assert caught.value.code == 80622


@pytest.mark.covers("code:80624")
@pytest.mark.parametrize(
    ("limit", "warns_at"), [(20, 17), (10, 9), (7, 6), (3, 3), (1, 1), (500, None), (0, None)]
)
@pytest.mark.parametrize("kind", ["unreserved", "reserved"])
def test_a_warning_when_the_pool_is_nearly_full(
    world: World, limit: int, warns_at: int | None, kind: str
) -> None:
    world.change("limits", **{f"{kind}_numbers": limit})
    service = world.add_service()
    told = []
    for count in range(1, min(limit, 25) + 1):
        number = world.add_number()
        reserved = "true" if kind == "reserved" else "false"
        add(world, service, PhoneNumber=number.number, IsReserved=reserved)
        told += [(count, number.sid)] * (len(world.alerts()) - len(told))
    assert [count for count, _ in told] == ([] if warns_at is None else [warns_at])
    for alert, (count, sid) in zip(world.alerts(), told, strict=True):
        assert (alert.error_code, alert.log_level) == (80624, "warning")
        assert (alert.service_sid, alert.resource_sid) == (service.sid, sid)
        assert alert.alert_text.endswith(f": {count} of {limit} {kind} numbers")


def test_the_warning_comes_once_for_each_crossing(world: World) -> None:
    world.change("limits", unreserved_numbers=4, reserved_numbers=4)
    service = world.add_service()
    numbers = [add(world, service, PhoneNumber=world.add_number().number) for _ in range(4)]
    assert world.codes() == [80624]
    # Within the last stretch nothing is told, at its beginning it is.
    reserve(world, service, numbers[0], "true")
    reserve(world, service, numbers[0], "false")
    assert world.codes() == [80624, 80624]
    for number in numbers[:3]:
        reserve(world, service, number, "true")
    assert world.codes() == [80624, 80624]
    reserve(world, service, numbers[3], "true")
    assert [alert.alert_text.rpartition(": ")[2] for alert in world.alerts()] == [
        "4 of 4 unreserved numbers",
        "4 of 4 unreserved numbers",
        "4 of 4 reserved numbers",
    ]
    # What is refused or changes nothing tells nothing.
    refusal(world, service, PhoneNumber=world.add_number().number, IsReserved="x")
    reserve(world, service, numbers[3], "true")
    assert len(world.codes()) == 3


def reserve(world: World, service: Service, number: Number, text: str) -> Number:
    """Updates `IsReserved`."""
    params = form({"IsReserved": text})
    return world.do(pool.update(world.env, world.tx, service, PHONE, number.sid, params))


def test_update(world: World, service: Service) -> None:
    number = world.number(POOLED)
    for text, reserved in (("true", 1), ("false", 0)):
        at = world.clock.advance(1000)
        changed = reserve(world, service, number, text)
        assert (changed.is_reserved, changed.pool_updated) == (reserved, at)
        assert changed == world.number(POOLED)


@pytest.mark.parametrize("text", ["", "false"])
def test_update_that_changes_nothing(world: World, service: Service, text: str) -> None:
    number = world.number(POOLED)
    world.clock.advance(1000)
    assert reserve(world, service, number, text) == number == world.number(POOLED)


@pytest.mark.parametrize("number", [FREE, ELSEWHERE, STRANGE, CODE, POOLED_CODE])
def test_what_is_not_in_the_pool(world: World, service: Service, number: str) -> None:
    sid = world.number(number).sid
    for act in (
        pool.find(world.tx, service, PHONE, sid),
        pool.update(world.env, world.tx, service, PHONE, sid, form({"IsReserved": "true"})),
        pool.remove(world.tx, service, PHONE, sid),
    ):
        with pytest.raises(Fault) as caught:
            world.do(act)
        assert caught.value.code == 20404
        assert caught.value.message.endswith("PhoneNumber")


def test_a_short_code_that_is_not_in_the_pool(world: World, service: Service) -> None:
    with pytest.raises(Fault) as caught:
        world.do(pool.find(world.tx, service, SHORT, "SC" + "1" * 32))
    assert caught.value.message.endswith("ShortCode")


def test_remove(world: World, service: Service) -> None:
    number = world.number(POOLED)
    world.do(pool.remove(world.tx, service, PHONE, number.sid))
    left = world.number(POOLED)
    assert (left.service_sid, left.pool_created, left.pool_updated) == (None, None, None)
    assert add(world, service, PhoneNumber=POOLED).service_sid == service.sid


def test_a_number_that_active_sessions_use_stays(world: World, service: Service) -> None:
    number = world.number(POOLED)
    session = world.add_session(service, ALICE)
    with pytest.raises(Fault) as caught:
        world.do(pool.remove(world.tx, service, PHONE, number.sid))
    assert caught.value.code == 80611
    world.do(sessions.close(world.env, world.tx, session, ClosedReason.API))
    world.do(pool.remove(world.tx, service, PHONE, number.sid))
    assert world.number(POOLED).service_sid is None
    assert world.rows("SELECT COUNT(*) FROM affinities") == [(0,)]


def test_reserving_a_number_leaves_its_sessions_alone(world: World, service: Service) -> None:
    session = world.add_session(service, ALICE)
    reserve(world, service, world.number(POOLED), "true")
    assert world.person(session, ALICE).proxy_identifier == POOLED
    assert world.number(POOLED).in_use == 1


@pytest.mark.parametrize("defers", [0, 1])
@pytest.mark.covers("code:80601")
def test_a_number_of_a_messaging_service_joins_only_if_that_defers(
    world: World, service: Service, defers: int
) -> None:
    world.add_messaging_service(world.number(FREE), use_inbound_webhook_on_number=defers)
    if defers:
        assert add(world, service, PhoneNumber=FREE).service_sid == service.sid
        return
    fault = refusal(world, service, PhoneNumber=FREE)
    assert (fault.code, fault.status) == (80601, 400)
    assert "UseInboundWebhookOnNumber" in fault.message
    assert world.number(FREE).service_sid is None
