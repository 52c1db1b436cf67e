from __future__ import annotations

import msgspec
import pytest

from maskline.model.interaction import Interaction
from maskline.model.job import Callback, Relay, read_callback, read_relay

INTERACTION = Interaction(
    sid="KI1",
    account_sid="AC1",
    service_sid="KS1",
    session_sid="KC1",
    type="message",
    data='{"body":"hello"}',
    num_media=1,
    inbound_participant_sid="KP1",
    inbound_resource_sid="MM1",
    inbound_resource_status="received",
    outbound_participant_sid=None,
    outbound_resource_sid=None,
    outbound_resource_status=None,
    date_created=1,
    date_updated=2,
)
CALLBACK = Callback("https://a.example/ask", INTERACTION, ("https://a.example/1",))


def relay(intercept: Callback | None) -> Relay:
    return Relay(
        message_sid="MM2",
        interaction_sid="KI1",
        account_sid="AC1",
        participant_sid="KP2",
        carrier="simulator",
        sender="+14155550100",
        recipient="+14155550101",
        body="hello",
        media=(("https://a.example/1", "image/png"),),
        direction="outbound-reply",
        intercept=intercept,
    )


@pytest.mark.parametrize("payload", [relay(None), relay(CALLBACK)], ids=["plain", "asked first"])
def test_a_relay_is_read_as_it_was_written(payload: Relay) -> None:
    assert read_relay(msgspec.json.encode(payload)) == payload


def test_a_callback_is_read_as_it_was_written() -> None:
    assert read_callback(msgspec.json.encode(CALLBACK)) == CALLBACK


@pytest.mark.parametrize("payload", [relay(None), relay(CALLBACK)], ids=["plain", "asked first"])
def test_a_relay_that_was_written_as_an_object_is_still_read(payload: Relay) -> None:
    assert read_relay(msgspec.json.encode(as_object(payload))) == payload


def test_a_callback_that_was_written_as_an_object_is_still_read() -> None:
    assert read_callback(msgspec.json.encode(as_object(CALLBACK))) == CALLBACK


def as_object(record: msgspec.Struct) -> dict[str, object]:
    fields = msgspec.structs.asdict(record)
    return {
        name: as_object(value) if isinstance(value, msgspec.Struct) else value
        for name, value in fields.items()
    }
