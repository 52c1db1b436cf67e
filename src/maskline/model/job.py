"""Jobs: work that was committed together with the change that calls for it."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class JobKind(StrEnum):
    """What a job does; its payload is a `Relay` or a `Webhook`."""

    RELAY = "relay"
    WEBHOOK = "webhook"


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


class Webhook(msgspec.Struct, frozen=True):
    """A signed form POST to a program. `error_code` is what the debugger shows when it fails."""

    url: str
    params: tuple[tuple[str, str], ...]
    account_sid: str
    service_sid: str
    resource_sid: str
    error_code: int


class Relay(msgspec.Struct, frozen=True):
    """A message on its way to a person. While `intercept` is set, the program is asked first and
    the leg `message_sid` does not exist yet."""

    message_sid: str
    interaction_sid: str
    account_sid: str
    participant_sid: str
    carrier: str
    sender: str
    recipient: str
    body: str
    media: tuple[tuple[str, str], ...]
    direction: str
    intercept: Webhook | None
