"""Interactions: one message or call that passed, or tried to pass, through a session."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class InteractionType(StrEnum):
    """The kind of traffic; capitalised in webhooks only."""

    MESSAGE = "message"
    VOICE = "voice"
    UNKNOWN = "unknown"


class Interaction(msgspec.Struct, frozen=True, array_like=True):
    """`data` is JSON text: `{"body":"…"}` for a message, `{"duration":"5"}` for a call; a message
    that may have been sent twice has `"possible_duplicate":true` beside its body.

    The inbound half is null when the application sent the message, the outbound half while there
    is no outbound leg. `num_media` counts the media of a message.

    Jobs keep it as an array: a new field stands last and has a default.
    """

    sid: str
    account_sid: str
    service_sid: str
    session_sid: str
    type: str
    data: str
    num_media: int
    inbound_participant_sid: str | None
    inbound_resource_sid: str | None
    inbound_resource_status: str | None
    outbound_participant_sid: str | None
    outbound_resource_sid: str | None
    outbound_resource_status: str | None
    date_created: int
    date_updated: int
