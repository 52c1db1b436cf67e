from __future__ import annotations

from typing import Any

import pytest

from maskline.model.number import Number
from maskline.model.opt_out import Reach
from maskline.model.service import Service
from maskline.model.session import Session
from maskline.model.traffic import InboundCall, InboundMessage
from maskline.store.repositories.routing import Route
from tests.support.records import NOON, Records

ALICE = "+14155550100"
BOB = "+442079460958"


async def pooled(db: Any, records: Records, service: Service, carrier: str) -> Number:
    """A number in the Service's pool."""
    number = records.number(service.account_sid, carrier=carrier)
    await db.numbers.add(number)
    await db.numbers.join(number.sid, service.sid, False, 1)
    return number


async def session_of(db: Any, records: Records, service: Service, **changes: Any) -> Session:
    """A session in the store."""
    session = records.session(service, **changes)
    await db.sessions.add(session)
    return session


@pytest.fixture
def service_changes() -> dict[str, Any]:
    """What the routes should say of the Service."""
    return {
        "callback_url": "https://a.example/cb",
        "intercept_callback_url": "https://a.example/icb",
        "out_of_session_callback_url": "https://a.example/oos",
        "default_ttl": 30,
    }


async def find(db: Any, number: str, sender: str) -> Any:
    """The route of a message that was never seen before."""
    (route,) = await db.routing.of_messages(
        [InboundMessage("simulator", "new", sender, number, "hello")]
    )
    return route


async def test_a_whole_route(
    db: Any, records: Records, service: Service, service_changes: dict[str, Any]
) -> None:
    service = records.service(service.account_sid, **service_changes)
    await db.services.add(service)
    near = await pooled(db, records, service, "telnyx")
    far = await pooled(db, records, service, "vonage")
    session = await session_of(
        db, records, service, mode="message-only", ttl=60, date_expiry=70, expires_at=80
    )
    alice = records.participant(session, ALICE, near)
    bob = records.participant(session, BOB, far)
    for person in (alice, bob):
        await db.participants.add(person)
    assert await find(db, near.number, ALICE) == Route(
        number_sid=near.sid,
        account_sid=service.account_sid,
        carrier="telnyx",
        service_sid=service.sid,
        **service_changes,
        participant_sid=alice.sid,
        session_sid=session.sid,
        mode="message-only",
        ttl=60,
        date_started=None,
        date_expiry=70,
        expires_at=80,
        slide=None,
        newest_sid=None,
        partner_sid=bob.sid,
        partner_identifier=BOB,
        partner_proxy_identifier=far.number,
        partner_carrier="vonage",
        partner_pair=1,
        seen_sid=None,
        account_status="active",
        switches=0,
        service_created=service.date_created,
        messaging_service_sid=None,
        diverted=0,
    )
    back = await find(db, far.number, BOB)
    assert (back.participant_sid, back.partner_sid) == (bob.sid, alice.sid)
    assert (back.partner_identifier, back.partner_proxy_identifier) == (ALICE, near.number)
    assert (back.carrier, back.partner_carrier) == ("vonage", "telnyx")


async def test_how_near_the_partners_opt_outs_come(
    db: Any, records: Records, service: Service
) -> None:
    near = await pooled(db, records, service, "telnyx")
    far = await pooled(db, records, service, "vonage")
    session = await session_of(db, records, service)
    for person, number in ((ALICE, near), (BOB, far)):
        await db.participants.add(records.participant(session, person, number))
    account, owner = service.account_sid, {"service_sid": service.sid}
    steps = [
        (None, records.opt_out(account, far.number, ALICE)),
        (None, records.opt_out("AC0", far.number, BOB, **owner)),
        (0, records.opt_out(account, near.number, BOB)),
        (Reach.SERVICE, records.opt_out(account, "+14158679999", BOB, **owner)),
        (Reach.SERVICE | Reach.SENDER, records.opt_out(account, far.number, BOB)),
    ]
    for reach, made in steps:
        assert await db.opt_outs.add(made)
        assert (await find(db, near.number, ALICE)).reach == reach
    (call,) = await db.routing.of_calls([InboundCall("simulator", "new", ALICE, near.number)])
    assert call.reach is None


@pytest.mark.parametrize("by_name", [False, True])
async def test_a_messaging_service_is_that_of_the_partners_number(
    db: Any, records: Records, service: Service, by_name: bool
) -> None:
    near = await pooled(db, records, service, "telnyx")
    far = records.number(service.account_sid, service_sid=service.sid, messaging_service_sid="MG1")
    await db.numbers.add(far)
    session = await session_of(db, records, service)
    for person, number in ((ALICE, near), (BOB, far)):
        await db.participants.add(records.participant(session, person, number))
        made = (
            records.opt_out(service.account_sid, "MG1", person)
            if by_name
            else records.opt_out(service.account_sid, "+1", person, messaging_service_sid="MG1")
        )
        assert await db.opt_outs.add(made)
    expected = Reach.SENDER if by_name else Reach.MESSAGING_SERVICE
    assert (await find(db, near.number, ALICE)).reach == expected
    assert (await find(db, far.number, BOB)).reach == 0


@pytest.mark.parametrize(
    ("changes", "slide", "tells"),
    [
        ({}, None, False),
        ({"expires_at": NOON + 60}, 60, True),
        ({"expires_at": NOON + 60, "date_last_interaction": NOON + 20}, 40, True),
        ({"expires_at": NOON + 60, "date_last_interaction": NOON - 20}, 60, True),
        ({"expires_at": NOON + 60, "date_expiry": NOON + 60}, None, False),
    ],
)
async def test_an_end_that_moves(
    db: Any,
    records: Records,
    service: Service,
    changes: dict[str, Any],
    slide: int | None,
    tells: bool,
) -> None:
    number = await pooled(db, records, service, "simulator")
    session = await session_of(db, records, service, **changes)
    await db.participants.add(records.participant(session, ALICE, number))
    interactions = [records.interaction(session) for _ in range(3)]
    await db.interactions.add_many(interactions)
    route = await find(db, number.number, ALICE)
    assert (route.expires_at, route.slide) == (session.expires_at, slide)
    assert route.newest_sid == (interactions[-1].sid if tells else None)


async def test_one_number_for_both(db: Any, records: Records, service: Service) -> None:
    number = await pooled(db, records, service, "simulator")
    session = await session_of(db, records, service)
    people = {one: records.participant(session, one, number) for one in (ALICE, BOB)}
    for person in people.values():
        await db.participants.add(person)
    for one, other in ((ALICE, BOB), (BOB, ALICE)):
        route = await find(db, number.number, one)
        assert route.participant_sid == people[one].sid
        assert route.partner_sid == people[other].sid


async def test_a_number_that_nobody_owns(db: Any) -> None:
    assert await find(db, "+14158670999", ALICE) is None


async def test_a_number_in_no_pool(db: Any, records: Records, service: Service) -> None:
    number = records.number(service.account_sid)
    await db.numbers.add(number)
    route = await find(db, number.number, ALICE)
    assert (route.number_sid, route.account_sid) == (number.sid, service.account_sid)
    assert route.service_sid is route.session_sid is route.partner_sid is None


@pytest.mark.parametrize("defers", [0, 1])
async def test_a_number_in_a_messaging_service(
    db: Any, records: Records, service: Service, defers: int
) -> None:
    """Of a pool or not, and the route of a call says the same."""
    texts = records.messaging_service(service.account_sid, use_inbound_webhook_on_number=defers)
    await db.messaging_services.add(texts)
    free = records.number(service.account_sid)
    await db.numbers.add(free)
    for number in (free, await pooled(db, records, service, "simulator")):
        await db.messaging_services.join(number.sid, texts.sid, 7)
        route = await find(db, number.number, ALICE)
        assert (route.messaging_service_sid, route.diverted) == (texts.sid, 1 - defers)
        (route,) = await db.routing.of_calls([InboundCall("simulator", "x", ALICE, number.number)])
        assert (route.messaging_service_sid, route.diverted) == (texts.sid, 1 - defers)
        await db.messaging_services.leave(number.sid)
        route = await find(db, number.number, ALICE)
        assert (route.messaging_service_sid, route.diverted) == (None, 0)


async def test_a_sender_who_is_nobody_there(db: Any, records: Records, service: Service) -> None:
    number = await pooled(db, records, service, "simulator")
    session = await session_of(db, records, service)
    await db.participants.add(records.participant(session, BOB, number))
    route = await find(db, number.number, ALICE)
    assert route.service_sid == service.sid
    assert route.participant_sid is route.session_sid is route.partner_sid is None


async def test_a_pair_that_is_not_held_any_more(
    db: Any, records: Records, service: Service
) -> None:
    number = await pooled(db, records, service, "simulator")
    session = await session_of(db, records, service)
    alice = records.participant(session, ALICE, number)
    await db.participants.add(alice)
    assert (await find(db, number.number, ALICE)).session_sid == session.sid
    await db.participants.set_pair(alice.sid, 0, 5)
    assert (await find(db, number.number, ALICE)).session_sid is None


async def test_a_partner_who_was_removed(db: Any, records: Records, service: Service) -> None:
    number = await pooled(db, records, service, "simulator")
    session = await session_of(db, records, service)
    alice, bob = (records.participant(session, one, number) for one in (ALICE, BOB))
    for person in (alice, bob):
        await db.participants.add(person)
    await db.participants.remove(bob.sid, 5)
    route = await find(db, number.number, ALICE)
    assert route.session_sid == session.sid
    assert route.partner_sid is route.partner_identifier is route.partner_carrier is None


async def test_many_in_their_order_with_what_was_seen_before(
    db: Any, records: Records, service: Service
) -> None:
    number = await pooled(db, records, service, "simulator")
    known = records.message(service.account_sid, provider_id="seen")
    await db.messages.add_many([known])
    await db.messages.add_many(
        [records.message(service.account_sid, direction="outbound-api", provider_id="ours")]
    )

    def inbound(to: str, provider_id: str, carrier: str = "simulator") -> InboundMessage:
        return InboundMessage(carrier, provider_id, ALICE, to, "hello")

    routes = await db.routing.of_messages(
        [
            inbound("+14158670999", "x"),
            inbound(number.number, "seen"),
            inbound(number.number, "new"),
            inbound(number.number, "ours"),
            inbound(number.number, "seen", "telnyx"),
        ]
    )
    assert routes[0] is None
    assert [route.number_sid for route in routes[1:]] == [number.sid] * 4
    assert [route.seen_sid for route in routes[1:]] == [known.sid, None, None, None]
    assert await db.routing.of_messages([]) == []


async def test_calls_have_the_routes_of_messages_and_their_own_memory(
    db: Any, records: Records, service: Service
) -> None:
    number = await pooled(db, records, service, "simulator")
    known = records.call(service.account_sid, provider_id="seen")
    outbound = records.call(service.account_sid, provider_id="ours", direction="outbound-dial")
    await db.calls.add_many([known, outbound])
    await db.messages.add_many([records.message(service.account_sid, provider_id="text")])
    routes = await db.routing.of_calls(
        [
            InboundCall("simulator", "x", ALICE, "+14158670999"),
            *(
                InboundCall(carrier, provider_id, ALICE, number.number)
                for carrier, provider_id in (
                    ("simulator", "seen"),
                    ("simulator", "ours"),
                    ("simulator", "text"),
                    ("telnyx", "seen"),
                )
            ),
        ]
    )
    assert routes[0] is None
    assert [route.number_sid for route in routes[1:]] == [number.sid] * 4
    assert [route.seen_sid for route in routes[1:]] == [known.sid, None, None, None]
