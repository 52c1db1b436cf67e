"""Jobs: work that was committed together with the change that calls for it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

import msgspec

from maskline.model.alert import Alert
from maskline.model.interaction import Interaction
from maskline.model.traffic import InboundMessage


class JobKind(StrEnum):
    """What a job does; its payload is a `Relay`, a `Callback`, a `Notice`, an `OutOfSession`, an
    `Inbound`, a `Status`, a `CallOrder`, or a `Registration` of `maskline.model.registrar`."""

    RELAY = "relay"
    CALLBACK = "callback"
    DEBUGGER = "debugger"
    OUT_OF_SESSION = "out-of-session"
    INBOUND = "inbound"
    STATUS = "status"
    REGISTRATION = "registration"
    CALL = "call"


class JobState(StrEnum):
    """`dead` jobs are kept and visible; nothing takes them up by itself."""

    PENDING = "pending"
    DEAD = "dead"


class Job(msgspec.Struct, frozen=True):
    """One row of the outbox.

    While a process holds the job, `owner` names it and `due_at` is the end of its lease; jobs with
    the same non-empty `ordering_key` run one after the other in the order of their SIDs.
    """

    sid: str
    kind: str
    account_sid: str
    ordering_key: str
    payload: bytes
    state: str
    attempts: int
    due_at: int
    owner: str
    last_error: str
    date_created: int


class Callback(msgspec.Struct, frozen=True, array_like=True):
    """What a program is told, or asked, about an interaction as it is at this moment.

    It and `Relay` are kept as JSON arrays, which takes half the room of objects: a row that has too
    much of it spills over into pages of its own. A new field stands last and has a default.
    """

    url: str
    interaction: Interaction
    media: tuple[str, ...] = ()


class Relay(msgspec.Struct, frozen=True, array_like=True):
    """A message on its way to a person. While `intercept` is set, the program is asked first and
    the leg `message_sid` does not exist yet; `claims` says that the recipient's pair is to lead to
    this session once it does. Outside any session there is neither interaction nor participant.
    `dialled` is the form in which the carrier is given the recipient, where it may not be the one
    on record. `valid_seconds` is how long the message may wait, where its program said so."""

    message_sid: str
    interaction_sid: str | None
    account_sid: str
    participant_sid: str | None
    carrier: str
    sender: str
    recipient: str
    body: str
    media: tuple[tuple[str, str], ...]
    direction: str
    intercept: Callback | None
    dialled: str | None = None
    claims: bool = False
    valid_seconds: int | None = None


class Notice(msgspec.Struct, frozen=True):
    """What a program is told about an alert."""

    url: str
    alert: Alert


_callback: Final = msgspec.json.Decoder(Callback).decode
_relay: Final = msgspec.json.Decoder(Relay).decode


def read_callback(payload: bytes) -> Callback:
    """The callback in a job's payload."""
    return _callback(payload) if _is_array(payload) else _old_callback(_decoded(payload))


def read_relay(payload: bytes) -> Relay:
    """The relay in a job's payload."""
    return _relay(payload) if _is_array(payload) else _old_relay(_decoded(payload))


def _is_array(payload: bytes) -> bool:
    """Else it is an object, as jobs were written at first, and may still wait in the outbox."""
    return payload.startswith(b"[")


def _decoded(payload: bytes) -> dict[str, Any]:
    return msgspec.json.decode(payload, type=dict[str, Any])


def _old_callback(fields: dict[str, Any]) -> Callback:
    interaction = Interaction(**fields["interaction"])
    return Callback(fields["url"], interaction, tuple(fields["media"]))


def _old_relay(fields: dict[str, Any]) -> Relay:
    asked = fields["intercept"]
    return Relay(
        **{
            **fields,
            "media": tuple((url, content_type) for url, content_type in fields["media"]),
            "intercept": None if asked is None else _old_callback(asked),
        }
    )


class OutOfSession(msgspec.Struct, frozen=True):
    """A message that no session carries: the program at `url` is asked what to do with it."""

    url: str
    account_sid: str
    service_sid: str
    message_sid: str
    message: InboundMessage


class Inbound(msgspec.Struct, frozen=True):
    """A message that a Messaging Service takes, or that only its number's own program has to do
    with: the program at `url` is told, and the one at `fallback_url` where that fails.
    `service_sid` is the Messaging Service's, null without one."""

    url: str
    method: str
    fallback_url: str | None
    fallback_method: str
    account_sid: str
    service_sid: str | None
    message_sid: str
    message: InboundMessage


class Status(msgspec.Struct, frozen=True):
    """A program is told what became of a message that it answered with. `params` are the form."""

    url: str
    method: str
    account_sid: str
    service_sid: str | None
    message_sid: str
    params: tuple[tuple[str, str], ...]


class CallDeed(StrEnum):
    """What a carrier is to do with a call: place it, end it only if nobody answered it or in any
    case or once it has lasted as long as it may, have it go on with other instructions, or say what
    has become of it."""

    PLACE = "place"
    CANCEL = "cancel"
    END = "end"
    STEER = "steer"
    LOOK = "look"
    LIMIT = "limit"


class CallOrder(msgspec.Struct, frozen=True):
    """A carrier is to do something with a call."""

    call_sid: str
    account_sid: str
    carrier: str
    deed: CallDeed
