"""Jobs: work that was committed together with the change that calls for it."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from maskline.model.interaction import Interaction


class JobKind(StrEnum):
    """What a job does; its payload is a `Relay` or a `Callback`."""

    RELAY = "relay"
    CALLBACK = "callback"


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


class Callback(msgspec.Struct, frozen=True):
    """What a program is told, or asked, about an interaction as it is at this moment."""

    url: str
    interaction: Interaction
    media: tuple[str, ...] = ()


class Relay(msgspec.Struct, frozen=True):
    """A message on its way to a person. While `intercept` is set, the program is asked first and
    the leg `message_sid` does not exist yet. Outside any session there is neither interaction nor
    participant."""

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
