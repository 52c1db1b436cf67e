"""Each preference and each refusal by itself; all of them together: test_assignment_properties."""

from __future__ import annotations

import pytest

from maskline.model.errors import Fault
from maskline.model.number import Capability, Number
from maskline.model.service import Service
from maskline.model.session import ClosedReason, Session
from maskline.proxy import sessions
from maskline.proxy.assignment import wish
from tests.support.memory import ALICE, BOB, CAROL, World

VOICE = int(Capability.VOICE)
SMS = int(Capability.SMS)
MMS = int(Capability.MMS)

LONDON = "+442079460958"
JERSEY = "+441534123456"
MEXICO = "+525587654321"
MIAMI = "+13055551234"


def number_of(world: World, session: Session, identifier: str) -> str:
    """The number that the person was given."""
    return world.person(session, identifier).proxy_identifier


def close(world: World, *closing: Session) -> None:
    """Closes sessions, a second later each."""
    for session in closing:
        world.clock.advance(1000)
        world.do(sessions.close(world.env, world.tx, world.session(session), ClosedReason.API))


def load(world: World, service: Service, number: Number, times: int) -> None:
    """Puts so many sessions of strangers on a number."""
    for place in range(times):
        session = world.add_session(service)
        stranger = f"+1650253{number.number[-2:]}{place:02d}"
        world.add_participant(service, session, stranger, ProxyIdentifier=number.number)


@pytest.mark.parametrize(
    ("mode", "identifier", "level", "pool", "code"),
    [
        pytest.param("voice-and-message", ALICE, "country", [], 80205, id="an empty pool"),
        pytest.param("voice-only", ALICE, "country", [("+14158670001", SMS)], 80201, id="no voice"),
        pytest.param(
            "message-only", ALICE, "country", [("+14158670001", VOICE)], 80202, id="no messages"
        ),
        pytest.param(
            "message-only", ALICE, "country", [("+14158670001", MMS)], 80202, id="no text messages"
        ),
        pytest.param(
            "voice-and-message", ALICE, "country", [("+14158670001", SMS)], 80201, id="SMS alone"
        ),
        pytest.param(
            "voice-and-message",
            ALICE,
            "country",
            [("+14158670001", VOICE)],
            80202,
            id="voice alone",
        ),
        pytest.param(
            "voice-and-message",
            ALICE,
            "country",
            [("+14158670001", VOICE), ("+14158670002", SMS)],
            80202,
            id="both, but no number that has both",
        ),
        pytest.param(
            "voice-only",
            ALICE,
            "country",
            [(LONDON, VOICE), ("+14158670002", SMS)],
            80203,
            id="voice in another country only",
        ),
        pytest.param(
            "voice-only", MEXICO, "country", [("+14158670001", VOICE)], 80203, id="another country"
        ),
        pytest.param(
            "voice-only", MIAMI, "area-code", [("+14158670001", VOICE)], 80206, id="another area"
        ),
    ],
)
def test_why_there_is_none(
    world: World,
    mode: str,
    identifier: str,
    level: str,
    pool: list[tuple[str, int]],
    code: int,
) -> None:
    service = world.add_service(GeoMatchLevel=level)
    for number, capabilities in pool:
        world.add_number(number, service=service, capabilities=capabilities)
    with pytest.raises(Fault) as caught:
        world.add_session(service, identifier, Mode=mode)
    assert caught.value.code == code
    assert identifier[-4:] not in caught.value.message
    assert world.rows("SELECT COUNT(*) FROM sessions") == [(0,)]


def test_the_refusal_names_the_country_code(world: World) -> None:
    service = world.add_service()
    world.add_number(service=service)
    with pytest.raises(Fault, match="country code 44"):
        world.add_session(service, LONDON)


def test_a_country_code_that_does_not_exist(world: World) -> None:
    world.change("numbers", validity="lenient")
    service = world.add_service()
    world.add_number(service=service)
    with pytest.raises(Fault, match="country code unknown") as caught:
        world.add_session(service, "+99912345678")
    assert caught.value.code == 80203


def test_only_reserved_numbers_would_fit(world: World) -> None:
    service = world.add_service()
    world.add_number(LONDON, service=service)
    world.add_number(service=service, reserved=True)
    with pytest.raises(Fault) as caught:
        world.add_session(service, ALICE)
    assert caught.value.code == 80207


def test_all_that_fit_serve_the_person_elsewhere(world: World) -> None:
    service = world.add_service()
    world.add_number(service=service)
    world.add_number(service=service, reserved=True)
    first = world.add_session(service, ALICE)
    with pytest.raises(Fault) as caught:
        world.add_session(service, ALICE)
    assert caught.value.code == 80208
    close(world, first)
    world.add_session(service, ALICE)


def test_the_second_of_two_may_be_the_one_who_finds_none(world: World) -> None:
    service = world.add_service()
    world.add_number(service=service)
    with pytest.raises(Fault) as caught:
        world.add_session(service, ALICE, LONDON)
    assert caught.value.code == 80203
    assert world.rows("SELECT in_use FROM numbers") == [(0,)]


@pytest.mark.parametrize(
    ("level", "identifier", "area", "required"),
    [
        ("country", ALICE, "", False),
        ("area-code", ALICE, "415", True),
        ("extended-area-code", ALICE, "415", False),
        ("overlay", ALICE, "415", False),
        ("radius", ALICE, "415", False),
        ("area-code", LONDON, "", True),
        ("radius", MEXICO, "", False),
    ],
)
def test_the_area_that_is_wished_for(
    world: World, level: str, identifier: str, area: str, required: bool
) -> None:
    found = wish(world.add_service(GeoMatchLevel=level), "voice-only", identifier)
    assert (found.area, found.area_required) == (area, required)


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("country", "+12128670001"),
        ("area-code", "+14158670002"),
        ("extended-area-code", "+14158670002"),
        ("overlay", "+14158670002"),
        ("radius", "+14158670002"),
    ],
)
def test_the_area_goes_before_the_load(world: World, level: str, expected: str) -> None:
    service = world.add_service(GeoMatchLevel=level)
    world.add_number("+12128670001", service=service)
    near = world.add_number("+14158670002", service=service)
    load(world, service, near, 3)
    assert number_of(world, world.add_session(service, ALICE), ALICE) == expected


def test_an_area_that_is_only_preferred(world: World) -> None:
    service = world.add_service(GeoMatchLevel="overlay")
    world.add_number("+12128670001", service=service)
    near = world.add_number("+14158670002", service=service)
    assert number_of(world, world.add_session(service, ALICE), ALICE) == near.number
    assert number_of(world, world.add_session(service, ALICE), ALICE) == "+12128670001"
    assert number_of(world, world.add_session(service, MIAMI), MIAMI) == "+12128670001"


@pytest.mark.parametrize("identifier", [LONDON, JERSEY])
def test_the_narrower_levels_are_north_america_s(world: World, identifier: str) -> None:
    service = world.add_service(GeoMatchLevel="area-code")
    world.add_number("+441534460002", service=service)
    session = world.add_session(service, identifier)
    assert number_of(world, session, identifier) == "+441534460002"


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("voice-only", "+14158670001"),
        ("message-only", "+14158670002"),
        ("voice-and-message", "+14158670003"),
    ],
)
def test_the_number_with_least_to_spare(world: World, mode: str, expected: str) -> None:
    service = world.add_service()
    world.add_number("+14158670003", service=service)
    world.add_number("+14158670002", service=service, capabilities=SMS | MMS)
    world.add_number("+14158670001", service=service, capabilities=VOICE)
    session = world.add_session(service, ALICE, BOB, Mode=mode)
    assert number_of(world, session, ALICE) == number_of(world, session, BOB) == expected


def test_idle_before_busy_and_the_least_loaded(world: World) -> None:
    service = world.add_service()
    heavy, light, idle = world.pool(service, 3)
    load(world, service, heavy, 3)
    load(world, service, light, 1)
    assert number_of(world, world.add_session(service, ALICE), ALICE) == idle.number
    assert number_of(world, world.add_session(service, ALICE), ALICE) == light.number
    assert number_of(world, world.add_session(service, ALICE), ALICE) == heavy.number


def test_a_number_that_can_do_more_but_is_less_loaded(world: World) -> None:
    service = world.add_service()
    spare = world.add_number(service=service, capabilities=VOICE)
    able = world.add_number(service=service)
    load(world, service, spare, 1)
    session = world.add_session(service, ALICE, Mode="voice-only")
    assert number_of(world, session, ALICE) == able.number


def test_prefer_sticky(world: World) -> None:
    service = world.add_service()
    known, _ = world.pool(service, 2)
    first = world.add_session(service)
    world.add_participant(service, first, ALICE, ProxyIdentifier=known.number)
    close(world, first)
    load(world, service, known, 5)
    assert number_of(world, world.add_session(service, ALICE), ALICE) == known.number


def test_the_least_recently_used_of_those_that_are_known(world: World) -> None:
    service = world.add_service()
    world.pool(service, 3)
    used = [world.add_session(service, ALICE) for _ in range(3)]
    numbers = [number_of(world, session, ALICE) for session in used]
    assert len(set(numbers)) == 3
    close(world, used[1], used[0], used[2])
    assert number_of(world, world.add_session(service, ALICE), ALICE) == numbers[1]


def test_avoid_sticky(world: World) -> None:
    service = world.add_service(NumberSelectionBehavior="avoid-sticky")
    pool = {number.number for number in world.pool(service, 3)}
    seen = set()
    for _ in range(3):
        session = world.add_session(service, ALICE)
        seen.add(number_of(world, session, ALICE))
        close(world, session)
    assert seen == pool
    again = world.add_session(service, ALICE)
    assert number_of(world, again, ALICE) in pool


def test_together_both_get_one_number(world: World) -> None:
    service = world.add_service()
    world.pool(service, 4)
    session = world.add_session(service, ALICE, BOB)
    assert number_of(world, session, ALICE) == number_of(world, session, BOB)
    assert {one.identifier for one in world.people(session)} == {ALICE, BOB}


@pytest.mark.parametrize("behaviour", ["prefer-sticky", "avoid-sticky"])
def test_together_both_get_the_one_number_that_both_can_have(world: World, behaviour: str) -> None:
    service = world.add_service(NumberSelectionBehavior=behaviour)
    first, second, third = world.pool(service, 3)
    for identifier, number in ((ALICE, first), (BOB, second)):
        session = world.add_session(service)
        world.add_participant(service, session, identifier, ProxyIdentifier=number.number)
    load(world, service, third, 5)
    session = world.add_session(service, ALICE, BOB)
    assert number_of(world, session, ALICE) == number_of(world, session, BOB) == third.number


@pytest.mark.parametrize("order", [(ALICE, BOB), (BOB, ALICE)])
def test_two_who_met_before_meet_on_the_same_number(world: World, order: tuple[str, str]) -> None:
    service = world.add_service()
    pool = world.pool(service, 4)
    first = world.add_session(service)
    for identifier in (ALICE, BOB):
        world.add_participant(service, first, identifier, ProxyIdentifier=pool[3].number)
    other = world.add_session(service)
    world.add_participant(service, other, ALICE, ProxyIdentifier=pool[1].number)
    close(world, other, first)
    session = world.add_session(service, *order)
    assert {one.proxy_identifier for one in world.people(session)} == {pool[3].number}


@pytest.mark.parametrize("order", [(ALICE, BOB), (BOB, ALICE)])
def test_one_who_has_a_past_draws_the_other_to_their_number(
    world: World, order: tuple[str, str]
) -> None:
    service = world.add_service()
    pool = world.pool(service, 3)
    first = world.add_session(service)
    world.add_participant(service, first, ALICE, ProxyIdentifier=pool[2].number)
    close(world, first)
    session = world.add_session(service, *order)
    assert {one.proxy_identifier for one in world.people(session)} == {pool[2].number}


def test_pasts_that_have_nothing_in_common(world: World) -> None:
    service = world.add_service()
    first, second, _ = world.pool(service, 3)
    for identifier, number in ((ALICE, first), (BOB, second)):
        session = world.add_session(service)
        world.add_participant(service, session, identifier, ProxyIdentifier=number.number)
        close(world, session)
    session = world.add_session(service, ALICE, BOB)
    assert number_of(world, session, ALICE) == first.number
    assert number_of(world, session, BOB) == second.number


def test_two_of_different_countries(world: World) -> None:
    service = world.add_service()
    american = world.add_number(service=service)
    british = world.add_number("+442079460001", service=service)
    session = world.add_session(service, ALICE, LONDON)
    assert number_of(world, session, ALICE) == american.number
    assert number_of(world, session, LONDON) == british.number


def test_two_of_different_areas(world: World) -> None:
    service = world.add_service(GeoMatchLevel="area-code")
    world.add_number("+14158670001", service=service)
    world.add_number("+12128670002", service=service)
    session = world.add_session(service, ALICE, BOB)
    assert number_of(world, session, ALICE) == "+14158670001"
    assert number_of(world, session, BOB) == "+12128670002"


def test_one_after_the_other_get_different_numbers(world: World) -> None:
    service = world.add_service()
    first, second = world.pool(service, 2)
    session = world.add_session(service, ALICE)
    load(world, service, second if number_of(world, session, ALICE) == first.number else first, 9)
    world.add_participant(service, session, BOB)
    assert number_of(world, session, ALICE) != number_of(world, session, BOB)


@pytest.mark.parametrize("behaviour", ["prefer-sticky", "avoid-sticky"])
def test_one_after_the_other_share_where_there_is_one_number(world: World, behaviour: str) -> None:
    service = world.add_service(NumberSelectionBehavior=behaviour)
    number = world.add_number(service=service)
    session = world.add_session(service, ALICE)
    world.add_participant(service, session, BOB)
    assert number_of(world, session, BOB) == number.number
    assert world.number(number.number).in_use == 1
    close(world, session)
    again = world.add_session(service, ALICE)
    world.add_participant(service, again, CAROL)
    assert number_of(world, again, CAROL) == number.number


def test_known_numbers_other_than_the_partner_s_come_first(world: World) -> None:
    service = world.add_service()
    pool = world.pool(service, 2)
    for number in pool:
        session = world.add_session(service)
        world.add_participant(service, session, BOB, ProxyIdentifier=number.number)
        close(world, session)
    load(world, service, pool[1], 5)
    session = world.add_session(service)
    world.add_participant(service, session, ALICE, ProxyIdentifier=pool[0].number)
    world.add_participant(service, session, BOB)
    assert number_of(world, session, BOB) == pool[1].number


def meet(world: World, service: Service, number: Number, *people: str) -> None:
    """These people are in a session with one number, which is closed a second later."""
    session = world.add_session(service)
    for one in people:
        world.add_participant(service, session, one, ProxyIdentifier=number.number)
    close(world, session)


@pytest.mark.parametrize("behaviour", ["prefer-sticky", "avoid-sticky"])
def test_a_number_cools_down(world: World, behaviour: str) -> None:
    """One that was left long ago or never met goes before one that was left just now."""
    world.change("numbers", cooldown_seconds=60)
    service = world.add_service(NumberSelectionBehavior=behaviour)
    old, fresh, late = world.pool(service, 3)
    load(world, service, fresh, 3)
    meet(world, service, old, ALICE)
    world.clock.advance(60_000)
    meet(world, service, late, ALICE)
    first, second = (old, fresh) if behaviour == "prefer-sticky" else (fresh, old)
    for expected in (first, second, late):
        assert number_of(world, world.add_session(service, ALICE), ALICE) == expected.number


def test_a_cool_down_ends_to_the_millisecond(world: World) -> None:
    world.change("numbers", cooldown_seconds=60)
    service = world.add_service()
    known, other = world.pool(service, 2)
    meet(world, service, known, ALICE)
    world.clock.advance(59_999)
    close(world, session := world.add_session(service, ALICE))
    assert number_of(world, session, ALICE) == other.number
    world.clock.advance(-999)
    assert number_of(world, world.add_session(service, ALICE), ALICE) == known.number


def test_a_cool_down_is_broken_before_refusing_the_longest_one_first(world: World) -> None:
    world.change("numbers", cooldown_seconds=60)
    service = world.add_service()
    numbers = world.pool(service, 3)
    for number in numbers:
        meet(world, service, number, ALICE)
    load(world, service, numbers[0], 5)
    for expected in numbers:
        assert number_of(world, world.add_session(service, ALICE), ALICE) == expected.number


def test_two_who_met_just_now_meet_on_another_number(world: World) -> None:
    world.change("numbers", cooldown_seconds=60)
    service = world.add_service()
    first, second = world.pool(service, 2)
    meet(world, service, first, ALICE, BOB)
    session = world.add_session(service, ALICE, BOB)
    assert {number_of(world, session, one) for one in (ALICE, BOB)} == {second.number}
    close(world, session)
    # Both cool down, and are the same for both all the same.
    again = world.add_session(service, ALICE, BOB)
    assert {number_of(world, again, one) for one in (ALICE, BOB)} == {first.number}


def test_a_number_that_is_named_needs_no_cool_down(world: World) -> None:
    world.change("numbers", cooldown_seconds=60)
    service = world.add_service()
    known, _ = world.pool(service, 2)
    meet(world, service, known, ALICE)
    session = world.add_session(service)
    person = world.add_participant(service, session, ALICE, ProxyIdentifier=known.number)
    assert person.proxy_identifier == known.number
