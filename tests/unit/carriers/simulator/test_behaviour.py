"""Behaviours: bounds of what may be asked for, and whose holds."""

from __future__ import annotations

import msgspec
import pytest

from maskline.carriers.simulator import Behaviour, Refusal
from maskline.carriers.simulator.behaviour import Behaviours
from maskline.carriers.simulator.errors import TooMany
from tests.unit.carriers.simulator.fakes import ALICE, BOB, CAROL


def test_one_s_own_behaviour_or_the_default() -> None:
    built_in, default, own = (Behaviour(delay_ms=ms) for ms in (1, 2, 3))
    behaviours = Behaviours(built_in, 10)
    assert behaviours.of(ALICE) == built_in
    behaviours.put(ALICE, own)
    behaviours.default = default
    assert (behaviours.of(ALICE), behaviours.of(BOB)) == (own, default)
    behaviours.drop(ALICE)
    behaviours.drop(ALICE)
    assert behaviours.of(ALICE) == default
    behaviours.reset()
    assert behaviours.of(ALICE) == built_in


def test_they_are_bounded() -> None:
    behaviours = Behaviours(Behaviour(), 2)
    behaviours.put(ALICE, Behaviour())
    behaviours.put(BOB, Behaviour())
    behaviours.put(BOB, Behaviour(delay_ms=1))
    with pytest.raises(TooMany):
        behaviours.put(CAROL, Behaviour())
    behaviours.drop(ALICE)
    behaviours.put(CAROL, Behaviour())


def test_it_goes_through_json() -> None:
    behaviour = Behaviour(
        outcome="failed", error_code=30007, refuse=Refusal(30022, True, 1.5, 2), on_call="busy"
    )
    assert msgspec.json.decode(msgspec.json.encode(behaviour), type=Behaviour) == behaviour
    assert msgspec.json.decode(b'{"unknown": 1}', type=Behaviour) == Behaviour()


@pytest.mark.parametrize(
    "wrong",
    [
        {"outcome": "lost"},
        {"outcome": None},
        {"error_code": 0},
        {"error_code": "30003"},
        {"delay_ms": -1},
        {"delay_ms": 3_600_001},
        {"delay_ms": 1.5},
        {"duplicate_receipts": 11},
        {"lose_receipt": 1},
        {"refuse": True},
        {"refuse": {"attempts": 0}},
        {"refuse": {"retry_after": -1}},
        {"accept_delay_ms": 60_001},
        {"duplicate_inbound": 11},
        {"on_call": "voicemail"},
        {"on_call_ms": 600_001},
    ],
)
def test_what_is_out_of_bounds_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode(wrong), type=Behaviour)
