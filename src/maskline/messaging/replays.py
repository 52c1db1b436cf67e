"""Sending a webhook again that a person looks at."""

from __future__ import annotations

import msgspec

from maskline.env import Env
from maskline.messaging import dead_letters
from maskline.messaging.dead_letters import Refused
from maskline.model.interaction import Interaction
from maskline.model.job import Job, JobKind, JobState
from maskline.model.webhook_attempt import WebhookAttempt
from maskline.proxy.callbacks import callback_job
from maskline.store.contract import Transaction


async def check(tx: Transaction, attempt: WebhookAttempt) -> None:
    """Raises Refused, whose text says why, for an attempt that can't be made again."""
    job = await tx.outbox.get(attempt.job_sid)
    if job is not None:
        if job.state != JobState.DEAD:
            raise Refused("it is being tried already")
        return
    if attempt.kind != JobKind.CALLBACK:
        raise Refused("it asked for an answer that was needed then, or told of something past")
    await _callback(tx, attempt)


async def replay(env: Env, tx: Transaction, attempt: WebhookAttempt) -> Job:
    """Makes the dead letter a job again; or, of a callback that was answered, a new job that tells
    the same: the interaction with the statuses that it had then. Raises Refused."""
    await check(tx, attempt)
    dead = await tx.outbox.of_account(attempt.job_sid, attempt.account_sid)
    if dead is not None:
        return await dead_letters.replay(env, tx, dead)
    url, interaction = await _callback(tx, attempt)
    sid = interaction.inbound_resource_sid or interaction.outbound_resource_sid
    media = await tx.messages.media(sid) if sid and interaction.num_media else []
    job = callback_job(env, url, as_told(interaction, attempt), [one.url for one in media])
    await tx.outbox.add_many([job])
    return job


def as_told(interaction: Interaction, attempt: WebhookAttempt) -> Interaction:
    """The interaction as a program was told it: the rest of it does not change."""
    if attempt.told is None:
        return interaction
    inbound, outbound, updated = msgspec.json.decode(
        attempt.told, type=tuple[str | None, str | None, int]
    )
    return msgspec.structs.replace(
        interaction,
        inbound_resource_status=inbound,
        outbound_resource_status=outbound,
        date_updated=updated,
    )


async def _callback(tx: Transaction, attempt: WebhookAttempt) -> tuple[str, Interaction]:
    """Where a callback goes now, and what it tells of."""
    interaction = await tx.interactions.by_sid(attempt.resource_sid or "")
    if interaction is None:
        raise Refused("the interaction was deleted")
    service = await tx.services.get(interaction.service_sid, interaction.account_sid)
    if service is None or service.callback_url is None:
        raise Refused("the Service has no callback URL any more")
    return service.callback_url, interaction
