from __future__ import annotations

import msgspec

from maskline.model.service import Service
from maskline.model.session import ClosedReason
from maskline.proxy import participants, sessions
from maskline.proxy.out_of_session import call_parameters, past_of
from tests.support.memory import ALICE, BOB, CAROL, World

NEAR = "+14158670001"
FAR = "+14158670002"


def furnished(world: World) -> Service:
    service = world.add_service()
    world.add_number(NEAR, service=service)
    world.add_number(FAR, service=service)
    return service


def test_a_call_s_parameters(world: World) -> None:
    call = world.records.call(world.account.sid, caller="+442079460958", called=NEAR)
    params = dict(call_parameters(call, {"CallStatus": "in-progress", "Digits": "7"}))
    assert params.pop("AddOns")
    assert params == {
        "AccountSid": world.account.sid,
        "ApiVersion": "2010-04-01",
        "CallSid": call.sid,
        "CallStatus": "in-progress",
        "Digits": "7",
        "Direction": "inbound",
        **dict.fromkeys(("From", "Caller"), "+442079460958"),
        **dict.fromkeys(("To", "Called"), NEAR),
        **{f"{name}Country": "GB" for name in ("From", "Caller")},
        **{f"{name}Country": "US" for name in ("To", "Called")},
        **{
            f"{name}{what}": ""
            for name in ("From", "Caller", "To", "Called")
            for what in ("City", "State", "Zip")
        },
    }


def test_a_caller_without_a_country(world: World) -> None:
    call = world.records.call(world.account.sid, caller="anonymous", called=NEAR)
    assert dict(call_parameters(call, {}))["FromCountry"] == ""


def test_strangers_have_no_past(world: World) -> None:
    service = furnished(world)
    world.add_session(service, ALICE)
    assert world.do(past_of(world.tx, service.sid, NEAR, CAROL)) is None


def test_the_newest_of_several_pasts(world: World) -> None:
    service = furnished(world)
    for name in ("old", "new"):
        session = world.add_session(service, UniqueName=name)
        world.add_participant(service, session, ALICE, ProxyIdentifier=NEAR)
        world.do(sessions.close(world.env, world.tx, session, ClosedReason.API))
    past = world.do(past_of(world.tx, service.sid, NEAR, ALICE))
    assert past is not None
    assert past.session.unique_name == "new"
    assert past.partner is None
    assert world.do(past_of(world.tx, service.sid, FAR, ALICE)) is None
    assert world.do(past_of(world.tx, "KSother", NEAR, ALICE)) is None


def test_the_partner_at_the_end_rather_than_one_before(world: World) -> None:
    service = furnished(world)
    session = world.add_session(service)
    bob = world.add_participant(service, session, BOB, ProxyIdentifier=FAR)
    world.add_participant(service, session, ALICE, ProxyIdentifier=NEAR)
    world.do(participants.remove(world.env, world.tx, session, bob.sid))
    world.add_participant(service, session, CAROL, ProxyIdentifier=FAR)
    world.do(sessions.close(world.env, world.tx, session, ClosedReason.API))
    past = world.do(past_of(world.tx, service.sid, NEAR, ALICE))
    assert past is not None
    assert past.partner is not None
    assert past.partner.identifier == CAROL


def test_a_past_whose_session_is_gone(world: World) -> None:
    service = furnished(world)
    session = world.add_session(service)
    alice = world.add_participant(service, session, ALICE, ProxyIdentifier=NEAR)
    world.do(sessions.delete(world.env, world.tx, service, session.sid))
    ghost = msgspec.structs.replace(alice, pair=0)
    assert world.do(world.tx.participants.add(ghost))
    assert world.do(past_of(world.tx, service.sid, NEAR, ALICE)) is None
