"""Legs of messages: their records, and the jobs that send them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from maskline.env import Env
from maskline.jobs import new_job
from maskline.messaging.segments import count
from maskline.model import sid as sids
from maskline.model.job import Job, JobKind, Relay
from maskline.model.message import Media, Message, MessageStatus

# Read once: on the hot path an enumeration's `value` is a property that costs.
_QUEUED: Final = MessageStatus.QUEUED.value
_RELAY: Final = JobKind.RELAY.value


def message_data(body: str) -> str:
    """An interaction's `data` for a message: compact JSON with the body as its only key."""
    return msgspec.json.encode({"body": body}).decode()


def relay_job(env: Env, relay: Relay, now: int) -> Job:
    """The job that sends a leg; legs between the same two numbers keep their order."""
    return new_job(env, _RELAY, relay, relay.account_sid, f"{relay.sender}>{relay.recipient}", now)


def outbound_leg(
    relay: Relay,
    now: int,
    status: str = _QUEUED,
    error_code: int | None = None,
    messaging_service_sid: str | None = None,
) -> Message:
    """The record of a leg that is about to be sent, or that is refused."""
    return Message(
        sid=relay.message_sid,
        account_sid=relay.account_sid,
        direction=relay.direction,
        sender=relay.sender,
        recipient=relay.recipient,
        body=relay.body,
        status=status,
        error_code=error_code,
        num_media=len(relay.media),
        num_segments=count(relay.body).segments,
        carrier=relay.carrier,
        provider_id=None,
        interaction_sid=relay.interaction_sid,
        date_created=now,
        date_sent=None,
        date_updated=now,
        messaging_service_sid=messaging_service_sid,
    )


def media_rows(
    env: Env, account_sid: str, message_sid: str, media: Sequence[tuple[str, str]]
) -> list[Media]:
    """The records of a message's media."""
    now = env.clock()
    return [
        Media(
            sid=env.sids.new(sids.MEDIA),
            account_sid=account_sid,
            message_sid=message_sid,
            position=position,
            content_type=content_type,
            url=url,
            date_created=now,
        )
        for position, (url, content_type) in enumerate(media)
    ]
