"""What a carrier is handed, and what is reported of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import msgspec
import pytest

from maskline.batcher import Batcher
from maskline.delivery.dispatcher import Finished
from maskline.delivery.relay import RelayHandler
from maskline.model.job import Job, Relay
from maskline.model.traffic import Accepted, LegReport, OutboundMessage, SendResult

JOB = Job("JB1", "relay", "AC1", "", b"", "pending", 0, 0, "", "", 0)
RELAY = Relay(
    message_sid="SM1",
    interaction_sid="KI1",
    account_sid="AC1",
    participant_sid="KP1",
    carrier="ours",
    sender="+14158670001",
    recipient="+525512345678",
    body="hi",
    media=(),
    direction="outbound-reply",
    intercept=None,
)


class Ours:
    """A carrier that takes everything."""

    name = "ours"

    def __init__(self) -> None:
        self.sent: list[OutboundMessage] = []

    async def send(self, message: OutboundMessage) -> SendResult:
        """Takes a message."""
        self.sent.append(message)
        return Accepted("P1")


@pytest.mark.parametrize("dialled", [None, "+5215512345678"])
async def test_the_carrier_is_given_the_form_that_is_dialled(dialled: str | None) -> None:
    reported: list[LegReport] = []

    async def report(reports: Sequence[LegReport]) -> Sequence[None]:
        reported.extend(reports)
        return [None] * len(reports)

    carrier = Ours()
    nothing = cast(Any, None)
    handler = RelayHandler(nothing, nothing, nothing, {"ours": cast(Any, carrier)}, Batcher(report))
    payload = msgspec.structs.replace(RELAY, dialled=dialled)
    assert await handler.run(JOB, payload) == Finished(settled=True)
    (message,) = carrier.sent
    assert message.recipient == (dialled or RELAY.recipient)
    (one,) = reported
    assert (one.message_sid, one.provider_id, one.status) == ("SM1", "P1", "sent")
