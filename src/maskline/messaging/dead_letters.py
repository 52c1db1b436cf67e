"""Dead letters: jobs that were given up, what they are about, and what may still become of them."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from maskline.env import Env
from maskline.messaging import outbound
from maskline.model.errors import not_found
from maskline.model.form import Form
from maskline.model.host import host
from maskline.model.job import (
    Inbound,
    Job,
    JobKind,
    JobState,
    Notice,
    OutOfSession,
    Relay,
    Status,
    read_callback,
    read_relay,
)
from maskline.model.message import RANK, MessageStatus
from maskline.model.page import Page, PageRequest
from maskline.model.registrar import Registration
from maskline.model.traffic import LegReport
from maskline.store.contract import Transaction

#: What a message that was discarded has failed with: Twilio's "unknown error".
_DISCARDED: Final = 30008


class Action(StrEnum):
    """What may be done about a dead letter."""

    REPLAY = "replay"
    DISCARD = "discard"


class Subject(msgspec.Struct, frozen=True):
    """What a job is about, without anybody's number or text. `destination` is the host that is
    called, or the carrier; all of it is null where the payload is not understood."""

    resource_sid: str | None = None
    service_sid: str | None = None
    destination: str | None = None


class Refused(Exception):
    """A job is left as it is; the text says why, without personal data."""


def subject(job: Job) -> Subject:
    """What the job is about."""
    try:
        return _subject(job)
    except (msgspec.DecodeError, KeyError, TypeError):
        # Of a newer version, perhaps: whoever looks after the queue must see it all the same.
        return Subject()


def _subject(job: Job) -> Subject:
    match job.kind:
        case JobKind.RELAY:
            relay = read_relay(job.payload)
            asked = relay.intercept
            service = None if asked is None else asked.interaction.service_sid
            where = relay.carrier if asked is None else host(asked.url)
            return Subject(relay.message_sid, service, where)
        case JobKind.CALLBACK:
            callback = read_callback(job.payload)
            told = callback.interaction
            return Subject(told.sid, told.service_sid, host(callback.url))
        case JobKind.DEBUGGER:
            notice = msgspec.json.decode(job.payload, type=Notice)
            return Subject(notice.alert.sid, notice.alert.service_sid, host(notice.url))
        case JobKind.REGISTRATION:
            what = msgspec.json.decode(job.payload, type=Registration)
            return Subject(what.sid, what.service_sid, what.registrar)
        case JobKind.OUT_OF_SESSION | JobKind.INBOUND | JobKind.STATUS:
            types = OutOfSession | Inbound | Status
            one: types = msgspec.json.decode(job.payload, type=_TYPES[JobKind(job.kind)])
            return Subject(one.message_sid, one.service_sid, host(one.url))
    return Subject()


_TYPES: Final[dict[JobKind, type[OutOfSession] | type[Inbound] | type[Status]]] = {
    JobKind.OUT_OF_SESSION: OutOfSession,
    JobKind.INBOUND: Inbound,
    JobKind.STATUS: Status,
}


async def page(tx: Transaction, account_sid: str, query: Form, request: PageRequest) -> Page[Job]:
    """The account's jobs in the `State` (dead letters, where it names none), of a `Kind`."""
    state = query.choice("State", JobState) or JobState.DEAD
    kind = query.choice("Kind", JobKind) or ""
    return await tx.outbox.page(account_sid, state, kind, request)


async def find(tx: Transaction, account_sid: str, sid: str) -> Job:
    """The account's job. Raises 20404."""
    job = await tx.outbox.of_account(sid, account_sid)
    if job is None:
        raise not_found("Job")
    return job


async def act(env: Env, tx: Transaction, account_sid: str, sid: str, form: Form) -> Job | None:
    """Does what `Action` says; the job as it is now, or null when it was discarded.

    Raises 20001 for what is no action, and for a job that can't be treated so; 20404.
    """
    form.text("Action", 255, required=True)
    action = form.choice("Action", Action)
    job = await find(tx, account_sid, sid)
    try:
        if action is Action.REPLAY:
            return await replay(env, tx, job)
        await discard(env, tx, job)
    except Refused as refused:
        raise form.wrong("Action", f"is not possible: {refused}") from None
    return None


async def replay(env: Env, tx: Transaction, job: Job) -> Job:
    """Makes a dead letter a job again, under its SID, which is the token by which its receiver
    knows it. Raises Refused."""
    _check_dead(job)
    if job.kind == JobKind.RELAY:
        await _check_relay(env, tx, read_relay(job.payload))
    now = env.clock()
    await tx.outbox.revive(job.sid, now)
    return msgspec.structs.replace(
        job, state=JobState.PENDING.value, attempts=0, due_at=now, owner=""
    )


async def discard(env: Env, tx: Transaction, job: Job) -> None:
    """Removes a dead letter; a message that was still to be sent has failed then. Raises
    Refused."""
    _check_dead(job)
    if job.kind != JobKind.RELAY:
        await tx.outbox.finish(job.sid)
        return
    relay = read_relay(job.payload)
    lost = LegReport(
        carrier=relay.carrier,
        status=MessageStatus.FAILED.value,
        message_sid=relay.message_sid,
        error_code=_DISCARDED,
        job_sid=job.sid,
        fault=80502,
    )
    await outbound.report(env, tx, [lost])
    # A leg that does not exist yet is not reported on, and its job would stay.
    await tx.outbox.finish(job.sid)


def _check_dead(job: Job) -> None:
    if job.state != JobState.DEAD:
        raise Refused("the job is not a dead letter")


async def _check_relay(env: Env, tx: Transaction, relay: Relay) -> None:
    """A message must reach its person in the session that it was meant for, and once: the number
    that it comes from may stand for somebody else by now."""
    leg = await tx.messages.leg(relay.message_sid)
    if leg is None and relay.intercept is None:
        raise Refused("the message was deleted")
    if leg is not None and RANK[leg.status] > RANK[MessageStatus.QUEUED]:
        raise Refused(f"the message is {leg.status} already")
    if relay.interaction_sid is None:
        return
    interaction = await tx.interactions.by_sid(relay.interaction_sid)
    if interaction is None:
        raise Refused("the interaction was deleted")
    session = await tx.sessions.get(interaction.session_sid, interaction.service_sid)
    if session is None or not session.is_active or session.is_over(env.clock()):
        raise Refused("the session has ended")
    person = await tx.participants.get(relay.participant_sid or "", session.sid)
    if person is None or person.date_deleted is not None:
        raise Refused("the participant was removed from the session")
