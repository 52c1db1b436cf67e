"""The bound: a pool as large as the most sessions that one person has at once never refuses.

The lower bound of a trace is counted here from the trace alone.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from maskline.model.errors import Fault
from maskline.model.session import ClosedReason, Session
from maskline.proxy import sessions
from tests.support.memory import World
from tests.support.oracle import country_code


class Trip(NamedTuple):
    """A session of two people, from `start` until `end`."""

    start: float
    end: float
    one: str
    other: str


Trace = Callable[[random.Random], Iterator[Trip]]


def american(number: int) -> str:
    """A person in North America."""
    return f"+1415867{number:04d}"


def british(number: int) -> str:
    """A person in Britain."""
    return f"+4420794{number:05d}"


def rides(dice: random.Random) -> Iterator[Trip]:
    """Many riders, few drivers, and a tail after each trip in which both may still call."""
    for at in range(300):
        length = dice.expovariate(1 / 20)
        yield Trip(at, at + length + 60, american(dice.randrange(200)), american(5000 + at % 23))


def market(dice: random.Random) -> Iterator[Trip]:
    """Long sessions between customers and professionals, a few of whom have most of the work."""
    for at in range(300):
        customer = american(int(dice.paretovariate(1.2)) % 300)
        professional = british(int(dice.paretovariate(0.9)) % 200)
        yield Trip(at, at + dice.uniform(50, 150), customer, professional)


def peers(dice: random.Random) -> Iterator[Trip]:
    """One population whose members meet each other."""
    for at in range(300):
        one, other = dice.sample(range(60), 2)
        people = [american(one), british(other) if dice.random() < 0.3 else american(other)]
        dice.shuffle(people)
        yield Trip(at, at + dice.expovariate(1 / 40), *people)


def regular(dice: random.Random) -> Iterator[Trip]:
    """Everybody has the same number of sessions at once: where the rules of others need more."""
    trips = [(one, (one + step) % 40) for one in range(40) for step in range(8)]
    dice.shuffle(trips)
    for at, (one, other) in enumerate(trips):
        yield Trip(at, 1000, american(one), american(1000 + other))


def stars(dice: random.Random) -> Iterator[Trip]:
    """Hubs whose partners are hubs in their turn, and come first."""
    at = 0
    for hub in range(12):
        for spoke in range(12):
            for leaf in range(2):
                yield Trip(at, 1000, american(100 + spoke), american(1000 + hub * 20 + leaf))
                at += 1
            yield Trip(at, at + dice.uniform(1, 400), american(hub), american(100 + spoke))
            at += 1


def bound(trips: list[Trip]) -> dict[str, int]:
    """Per country the most sessions that one of its people has at once."""
    most: dict[str, int] = {}
    now: Counter[str] = Counter()
    for _, change, _, trip in moments(trips):
        for who in (trip.one, trip.other):
            now[who] += change
            country = country_code(who)
            most[country] = max(most.get(country, 0), now[who])
    return most


def moments(trips: list[Trip]) -> list[tuple[float, int, int, Trip]]:
    """Starts and ends in the order of time; at one moment the ends come first."""
    starts = [(trip.start, 1, place, trip) for place, trip in enumerate(trips)]
    ends = [(trip.end, -1, place, trip) for place, trip in enumerate(trips)]
    return sorted(starts + ends)


def refused(trips: list[Trip], sizes: dict[str, int], behaviour: str, dice: random.Random) -> int:
    """How many sessions a pool of those sizes refuses."""
    world = World()
    service = world.add_service(NumberSelectionBehavior=behaviour)
    for country, size in sizes.items():
        for place in range(size):
            number = f"+1646867{place:04d}" if country == "+1" else f"+4420795{place:05d}"
            world.add_number(number, service=service)
    live: dict[int, Session] = {}
    codes: list[int] = []
    for at, change, place, trip in moments(trips):
        world.clock.now = int(at * 1000)
        if change < 0:
            if place in live:
                session = world.session(live.pop(place))
                world.do(sessions.close(world.env, world.tx, session, ClosedReason.API))
            continue
        try:
            if dice.random() < 0.5:
                live[place] = world.add_session(service, trip.one, trip.other)
            else:
                live[place] = world.add_session(service, trip.one)
                world.add_participant(service, live[place], trip.other)
        except Fault as fault:
            codes.append(fault.code)
    world.close()
    assert set(codes) <= {80208}
    return len(codes)


@pytest.mark.parametrize("behaviour", ["prefer-sticky", "avoid-sticky"])
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    "trace", [rides, market, peers, regular, stars], ids=lambda one: one.__name__
)
def test_the_bound_is_enough_and_one_number_less_is_not(
    trace: Trace, seed: int, behaviour: str
) -> None:
    trips = list(trace(random.Random(seed)))
    sizes = bound(trips)
    dice = random.Random(seed)
    assert refused(trips, sizes, behaviour, dice) == 0
    for country in sizes:
        fewer = {**sizes, country: sizes[country] - 1}
        assert refused(trips, fewer, behaviour, dice) > 0
