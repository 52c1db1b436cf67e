from __future__ import annotations

import msgspec
import pytest

from maskline.model.account import Switch
from maskline.model.errors import Fault
from maskline.proxy import participants, services, sessions
from maskline.proxy.switches import check_hold, is_on
from tests.support.memory import ALICE, BOB, World


def turn(world: World, switches: Switch) -> None:
    """The account's switches, from now on."""
    account = msgspec.structs.replace(world.account, switches=int(switches))
    world.do(world.tx.accounts.update(account))


@pytest.mark.parametrize("switch", list(Switch))
def test_is_on(world: World, switch: Switch) -> None:
    assert not world.do(is_on(world.tx, world.account.sid, switch))
    turn(world, switch)
    assert world.do(is_on(world.tx, world.account.sid, switch))
    assert not world.do(is_on(world.tx, "AC" + "0" * 32, switch))
    turn(world, ~switch)
    assert not world.do(is_on(world.tx, world.account.sid, switch))


@pytest.mark.covers("code:80615")
def test_a_hold_keeps_records(world: World) -> None:
    service = world.add_service()
    world.pool(service, 1)
    session = world.add_session(service, ALICE, BOB)
    turn(world, Switch.LEGAL_HOLD)
    for act in (
        check_hold(world.tx, world.account.sid),
        sessions.delete(world.env, world.tx, service, session.sid),
        services.delete(world.env, world.tx, world.account.sid, service.sid),
    ):
        with pytest.raises(Fault) as caught:
            world.do(act)
        assert (caught.value.code, caught.value.status) == (80615, 403)
    # One who is removed stays on record.
    sid = world.person(session, ALICE).sid
    world.do(participants.remove(world.env, world.tx, session, sid))
    assert world.session(session) == session
    turn(world, Switch(0))
    world.do(sessions.delete(world.env, world.tx, service, session.sid))
    world.do(services.delete(world.env, world.tx, world.account.sid, service.sid))


@pytest.mark.covers("code:80506")
def test_services_are_restricted(world: World) -> None:
    before = world.add_service()
    turn(world, Switch.RESTRICT_SERVICES)
    with pytest.raises(Fault) as caught:
        world.add_service()
    assert (caught.value.code, caught.value.status) == (80506, 403)
    other = world.add_account()
    world.add_service(other)
    world.add_session(before)
    turn(world, Switch(0))
    world.add_service()
