"""What carriers' answers mean everywhere."""

from __future__ import annotations

import pytest

from maskline.carriers import outcomes
from maskline.model.traffic import Refused, SendResult, Throttled, Unclear
from tests.support.carrier_desk import reply


@pytest.mark.parametrize(
    ("status", "message", "call"),
    [
        (429, Throttled(2.0, whole=True), Throttled(2.0, whole=True)),
        (401, Refused(20003, retry=True), Refused(20003, retry=True)),
        # A call may ring all the same.
        (503, Refused(20503, retry=True, retry_after=2.0), Unclear()),
        (500, Unclear(), Unclear()),
        (200, None, None),
        (400, None, None),
    ],
)
def test_by_status(status: int, message: SendResult | None, call: SendResult | None) -> None:
    answer = reply(status, "", retry_after="2")
    assert outcomes.by_status(answer) == message
    assert outcomes.of_call_by_status(answer) == call
