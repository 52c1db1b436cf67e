"""People with two numbers, through all the rules: added, found, and dialled."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maskline.messaging import inbound, outbound
from maskline.model.account import Switch
from maskline.model.errors import Fault
from maskline.model.number import Number
from maskline.model.service import Service
from maskline.model.session import ClosedReason, Session
from maskline.model.traffic import InboundCall, InboundMessage, Intake
from maskline.numbers.national import MEXICO_CHANGED, canonical
from maskline.proxy import participants, sessions
from maskline.voice import calls
from maskline.voice.calls import CallPlan
from maskline.voice.instructions import Dial
from tests.support.memory import ALICE, BOB, World, form

#: Both forms of a phone's number; the first is the one that is kept.
MEXICAN = ("+525512345678", "+5215512345678")
ARGENTINE = ("+542231234567", "+5492231234567")
PHONES = pytest.mark.parametrize("phone", [MEXICAN, ARGENTINE], ids=["mexican", "argentine"])


def old(world: World, service: Service) -> Service:
    """The Service as if it had been created when Mexican networks wanted the 1."""
    created = MEXICO_CHANGED - 1
    world.rows("UPDATE services SET date_created = ? WHERE sid = ?", created, service.sid)
    found = world.do(world.tx.services.get(service.sid, service.account_sid))
    assert found is not None
    return found


def turn_on(world: World, switches: Switch) -> None:
    """Switches of the account."""
    world.rows("UPDATE accounts SET switches = ?", int(switches))


def meet(world: World, service: Service, abroad: str) -> tuple[Session, Number]:
    """Alice and somebody abroad in a session, and the number that both dial."""
    number = world.add_number(service=service)
    session = world.add_session(service)
    for person in (ALICE, abroad):
        world.add_participant(service, session, person, ProxyIdentifier=number.number)
    return session, number


def text(world: World, sender: str, number: Number, body: str = "hi") -> Intake:
    """What becomes of a message from a phone."""
    sid = world.records.sids.new("XX")
    message = InboundMessage("simulator", sid, sender, number.number, body)
    (receipt,) = world.do(inbound.receive(world.env, world.tx, [message]))
    return receipt.intake


def ring(world: World, caller: str, number: Number, sid: str = "") -> CallPlan:
    """What becomes of a call from a phone."""
    call = InboundCall("simulator", sid or world.records.sids.new("XX"), caller, number.number)
    (plan,) = world.do(calls.receive(world.env, world.tx, [call]))
    assert plan is not None
    return plan


def rung(plan: CallPlan) -> str:
    """The number that the carrier is told to dial."""
    (dial,) = plan.response.verbs
    assert isinstance(dial, Dial)
    (target,) = dial.targets
    return str(getattr(target, "number"))  # noqa: B009


@PHONES
@pytest.mark.parametrize("given", [0, 1])
@pytest.mark.parametrize("calls_as", [0, 1])
def test_a_person_is_found_under_both_forms(
    world: World, phone: tuple[str, str], given: int, calls_as: int
) -> None:
    service = world.add_service()
    session, number = meet(world, service, phone[given])
    assert world.person(session, phone[0]).identifier == phone[0]
    assert text(world, phone[calls_as], number) is Intake.TAKEN
    (relay,) = world.relays()
    assert (relay.recipient, relay.dialled) == (ALICE, ALICE)
    assert rung(ring(world, phone[calls_as], number)) == ALICE
    assert world.codes() == []
    assert world.rows("SELECT DISTINCT sender FROM messages WHERE direction = 'inbound'") == [
        (phone[0],)
    ]
    assert world.rows("SELECT caller FROM calls WHERE direction = 'inbound'") == [(phone[0],)]


@PHONES
def test_a_number_leads_a_person_to_one_session_under_both_forms(
    world: World, phone: tuple[str, str]
) -> None:
    service = world.add_service()
    _, number = meet(world, service, phone[0])
    other = world.add_session(service)
    with pytest.raises(Fault) as caught:
        world.add_participant(service, other, phone[1], ProxyIdentifier=number.number)
    assert caught.value.code == 80604
    assert [one.identifier for one in world.people(other)] == []


@PHONES
def test_a_person_is_in_a_session_once_under_both_forms(
    world: World, phone: tuple[str, str]
) -> None:
    service = world.add_service()
    for line in "89":
        world.add_number(phone[0][:-1] + line, service=service)
    with pytest.raises(Fault) as caught:
        world.add_session(service, *phone)
    assert caught.value.code == 80103
    session = world.add_session(service, phone[0])
    with pytest.raises(Fault) as caught:
        world.add_participant(service, session, phone[1])
    assert caught.value.code == 80103
    person = world.person(session, phone[0])
    world.do(participants.remove(world.env, world.tx, session, person.sid))
    with pytest.raises(Fault) as caught:
        world.add_participant(service, session, phone[1])
    assert caught.value.code == 80612


@pytest.mark.covers("says:mexico.new", "says:mexico.old", "says:mexico.switch")
@pytest.mark.covers("says:argentina.reach", "says:argentina.switch")
@pytest.mark.parametrize(
    ("phone", "is_old", "switches", "written", "called"),
    [
        (MEXICAN, False, Switch(0), 0, 0),
        (MEXICAN, True, Switch(0), 1, 1),
        (MEXICAN, True, Switch.MEXICO_ONE_OFF, 0, 0),
        (MEXICAN, False, Switch.ARGENTINA_NINE, 0, 0),
        (ARGENTINE, False, Switch(0), 0, 0),
        (ARGENTINE, False, Switch.ARGENTINA_NINE, 0, 1),
        (ARGENTINE, True, Switch.ARGENTINA_NINE, 0, 1),
        (ARGENTINE, True, Switch(0), 0, 0),
    ],
)
def test_the_carrier_is_given_the_form_that_the_network_wants(
    world: World,
    phone: tuple[str, str],
    is_old: bool,
    switches: Switch,
    written: int,
    called: int,
) -> None:
    service = world.add_service(CallbackUrl="https://a.example/cb")
    if is_old:
        service = old(world, service)
    turn_on(world, switches)
    session, number = meet(world, service, phone[1])
    text(world, ALICE, number)
    plan = ring(world, ALICE, number, "a-call")
    # A carrier that asks again is told the same.
    assert rung(plan) == rung(ring(world, ALICE, number, "a-call")) == phone[called]
    person = world.person(session, phone[0])
    current = world.session(session)
    world.do(
        outbound.send(world.env, world.tx, service, current, person, form({"Body": "from the app"}))
    )
    assert [relay.recipient for relay in world.relays()] == [phone[0]] * 2
    assert [relay.dialled or relay.recipient for relay in world.relays()] == [phone[written]] * 2
    # What is on record names people as the program does.
    (leg,) = world.rows("SELECT called FROM calls WHERE direction <> 'inbound'")
    assert leg == (phone[0],)
    assert world.rows("SELECT DISTINCT recipient FROM messages WHERE direction <> 'inbound'") == [
        (phone[0],)
    ]


def test_a_call_that_goes_on_after_its_number_left_the_pool(world: World) -> None:
    service = old(world, world.add_service())
    _, number = meet(world, service, MEXICAN[0])
    plan = ring(world, ALICE, number, "a-call")
    assert rung(plan) == MEXICAN[1]
    world.do(world.tx.numbers.leave(number.sid))
    assert rung(ring(world, ALICE, number, "a-call")) == MEXICAN[0]


@PHONES
@pytest.mark.parametrize("owned", [0, 1])
@pytest.mark.parametrize("named", [0, 1])
def test_a_number_of_ours_is_found_under_both_forms(
    world: World, phone: tuple[str, str], owned: int, named: int
) -> None:
    service = world.add_service()
    number = world.add_number(phone[owned], service=service)
    session = world.add_session(service)
    for person in (ALICE, BOB):
        world.add_participant(service, session, person, ProxyIdentifier=number.number)
    texts = [
        InboundMessage("simulator", f"id{place}", ALICE, to, to)
        for place, to in enumerate(("+14155550199", phone[named], phone[named], "+52"))
    ]
    receipts = world.do(inbound.receive(world.env, world.tx, texts))
    assert [one.intake for one in receipts] == [
        Intake.UNKNOWN_NUMBER,
        Intake.TAKEN,
        Intake.TAKEN,
        Intake.UNKNOWN_NUMBER,
    ]
    assert [(relay.sender, relay.recipient) for relay in world.relays()] == [
        (phone[owned], BOB)
    ] * 2
    seen = world.rows("SELECT DISTINCT recipient FROM messages WHERE direction = 'inbound'")
    assert seen == [(phone[owned],)]
    call = InboundCall("simulator", "a-call", ALICE, phone[named])
    (plan,) = world.do(calls.receive(world.env, world.tx, [call]))
    assert plan is not None
    assert rung(plan) == BOB
    assert world.rows("SELECT called FROM calls WHERE direction = 'inbound'") == [(phone[owned],)]


@pytest.mark.parametrize("validity", ["twilio", "strict", "lenient"])
@pytest.mark.parametrize(
    "identifier", ["anonymous", "+266696687", "+7378742833", "sip:anonymous@anonymous.invalid"]
)
def test_nobody_is_added_under_a_withheld_number(
    world: World, validity: str, identifier: str
) -> None:
    world.change("numbers", validity=validity)
    service = world.add_service()
    number = world.add_number(service=service)
    session = world.add_session(service, Mode="message-only")
    with pytest.raises(Fault) as caught:
        world.add_participant(service, session, identifier, ProxyIdentifier=number.number)
    assert caught.value.code == 80404
    assert world.people(session) == []


@pytest.mark.parametrize(
    "sender",
    ["ACME", "12345", "anonymous", "+266696687", "12125551234", "+999123", "☎", "whatsapp:+1", " "],
)
def test_senders_that_are_no_phones_reach_nobody(world: World, sender: str) -> None:
    service = world.add_service()
    _, number = meet(world, service, BOB)
    assert text(world, sender, number) is Intake.TAKEN
    assert world.codes() == [80903]
    assert world.relays() == []
    assert world.rows("SELECT sender, body FROM messages") == [(sender, "hi")]


@pytest.mark.parametrize("caller", ["ACME", "12345", "12125551234", "+999123", "sip:x@example.com"])
def test_callers_that_are_no_phones_reach_nobody(world: World, caller: str) -> None:
    service = world.add_service()
    _, number = meet(world, service, BOB)
    assert ring(world, caller, number).dialled is None
    assert world.codes() == [80902]


def example(region: str) -> str:
    """A mobile number there."""
    number = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    assert number is not None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


_ISLANDS = ("AG", "AI", "BM", "BS", "MS", "TC", "VG", "VI")
_BRITISH = ("GB", "GG", "IM", "JE")


@pytest.mark.parametrize(
    ("person", "pool"),
    [
        *((region, "US") for region in _ISLANDS),
        *((person, pool) for person in _BRITISH for pool in _BRITISH),
        # Whoever else shares a dialling code: it is what counts, not the country.
        *((region, "US") for region in ("US", "CA", "PR", "DO", "JM", "TT", "BB", "GU")),
        *(("US", region) for region in (*_ISLANDS, "CA")),
        *(("KZ", "RU"), ("VA", "IT"), ("SJ", "NO"), ("MX", "MX"), ("AR", "AR")),
    ],
)
def test_whose_numbers_serve_whom(world: World, person: str, pool: str) -> None:
    service = world.add_service()
    number = world.add_number(example(pool), service=service)
    session = world.add_session(service, example(person))
    (added,) = world.people(session)
    assert added.proxy_identifier == number.number


@pytest.mark.parametrize(
    ("person", "pool"), [("AG", "GB"), ("GG", "US"), ("MX", "US"), ("AR", "MX"), ("IE", "GB")]
)
def test_whose_numbers_do_not(world: World, person: str, pool: str) -> None:
    service = world.add_service()
    world.add_number(example(pool), service=service)
    with pytest.raises(Fault) as caught:
        world.add_session(service, example(person))
    assert caught.value.code == 80203


PEOPLE = (*MEXICAN, *ARGENTINE, ALICE, BOB)
acts = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, 3), st.sampled_from(PEOPLE), st.integers(0, 1)),
        st.tuples(st.just("close"), st.integers(0, 3), st.just(""), st.just(0)),
        st.tuples(st.just("text"), st.just(0), st.sampled_from(PEOPLE), st.integers(0, 1)),
    ),
    max_size=30,
)


@given(acts)
@settings(max_examples=60, deadline=None)
def test_whatever_the_form_a_text_reaches_the_partner_alone(
    acts: list[tuple[str, int, str, int]],
) -> None:
    """Against a model that knows people, not forms: nobody is in two sessions by one number, and a
    text goes to the partner of that one session or to nobody."""
    world = World()
    try:
        service = world.add_service()
        numbers = [world.add_number(service=service) for _ in range(2)]
        rooms = [world.add_session(service) for _ in range(4)]
        inside: list[dict[str, int]] = [{} for _ in rooms]
        closed = [False] * len(rooms)
        for act, room, form_of, line in acts:
            person = canonical(form_of)
            if act == "close" and not closed[room]:
                world.do(
                    sessions.close(
                        world.env, world.tx, world.session(rooms[room]), ClosedReason.API
                    )
                )
                closed[room] = True
            elif act == "add":
                others = [
                    people
                    for place, people in enumerate(inside)
                    if not closed[place] and people.get(person) == line
                ]
                may = not (closed[room] or others or person in inside[room])
                may = may and len(inside[room]) < 2
                try:
                    session = world.session(rooms[room])
                    number = numbers[line].number
                    world.add_participant(service, session, form_of, ProxyIdentifier=number)
                except Fault:
                    assert not may
                else:
                    assert may
                    inside[room][person] = line
            elif act == "text":
                before = len(world.relays())
                text(world, form_of, numbers[line])
                relays = [relay for relay in world.relays()[before:] if relay.interaction_sid]
                reached = [relay.recipient for relay in relays]
                expected = [
                    partner
                    for place, people in enumerate(inside)
                    if not closed[place] and people.get(person) == line
                    for partner in people
                    if partner != person
                ]
                assert reached == expected
                assert len(expected) <= 1
    finally:
        world.close()
