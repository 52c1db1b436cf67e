"""Legs, as carriers name them to us and report on them."""

from __future__ import annotations

from typing import Any

import pytest

from maskline.carriers.contract import CallAnswer
from maskline.carriers.legs import leg_query, reported
from maskline.model.traffic import Adopted, CallEvent
from maskline.voice.instructions import Response


def test_legs_are_named() -> None:
    assert leg_query(CallAnswer("CA1", Response(), "CA2")) == "CallLeg=CA2"
    assert leg_query(CallAnswer("CA1", Response(), None)) == "Parent=CA1"


@pytest.mark.parametrize(
    ("query", "theirs", "says"),
    [
        ({"CallLeg": "CA2", "Parent": "CA1"}, "x", {"call_sid": "CA2"}),
        ({"CallLeg": "CA2"}, None, {"call_sid": "CA2"}),
        ({"Parent": "CA1"}, "x", {"adopted": Adopted("CA1", "+1", "+2")}),
        # A leg that has neither our name nor the carrier's can't be known again.
        ({"Parent": "CA1"}, None, None),
        ({"Parent": ""}, "x", None),
        ({}, "x", None),
    ],
)
def test_reports_are_of_legs(query: dict[str, str], theirs: str | None, says: Any) -> None:
    event = CallEvent("", "ringing", theirs, carrier="one")
    expected = (
        []
        if says is None
        else [
            CallEvent(
                **{"call_sid": "", "status": "ringing", "provider_id": theirs, "carrier": "one"}
                | says
            )
        ]
    )
    assert reported(event, query, "+1", "+2") == expected
    # No database keeps the zero character.
    assert reported(event, query, "+\0001", "+2\0") == expected
