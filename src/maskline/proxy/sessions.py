"""Sessions: create, fetch, update, close, re-open, delete."""

from __future__ import annotations

from typing import Final

import msgspec

from maskline.debugger.alerts import new_alert, raise_alerts
from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.errors import Fault, not_found
from maskline.model.form import Form
from maskline.model.service import Service
from maskline.model.session import ACTIVE, ClosedReason, Mode, Session, SessionStatus
from maskline.proxy import participants
from maskline.proxy.expiry import expires_at
from maskline.proxy.services import MAX_NAME, MAX_TTL
from maskline.store.contract import Transaction

_ITEM_KEYS: Final = ("Identifier", "FriendlyName", "ProxyIdentifier", "ProxyIdentifierSid")


async def create(env: Env, tx: Transaction, service: Service, form: Form) -> Session:
    """A new session, with its participants when they are sent: all of it or nothing.

    Raises 80603 for a name that is used, 80608 for a status that a session can't begin with, and
    what `participants.add_all` raises.
    """
    now = env.clock()
    form.boolean("FailOnParticipantConflict")
    date_expiry = form.moment("DateExpiry")
    if date_expiry is not None and date_expiry <= now:
        raise form.wrong("DateExpiry", "must be in the future")
    status = form.choice("Status", SessionStatus) or SessionStatus.OPEN
    if status not in ACTIVE:
        raise Fault(80608, "a session begins open or in-progress")
    ttl = form.integer("Ttl", 0, MAX_TTL) or 0
    people = _people(form)
    session = Session(
        sid=env.sids.new(sids.SESSION),
        account_sid=service.account_sid,
        service_sid=service.sid,
        unique_name=form.text("UniqueName", MAX_NAME),
        status=status,
        closed_reason=None,
        mode=form.choice("Mode", Mode) or Mode.VOICE_AND_MESSAGE,
        ttl=ttl,
        date_expiry=date_expiry,
        date_started=None,
        date_ended=None,
        date_last_interaction=None,
        expires_at=expires_at(
            date_expiry=date_expiry,
            ttl=ttl,
            default_ttl=service.default_ttl,
            date_created=now,
            date_last_interaction=None,
        ),
        date_created=now,
        date_updated=now,
    )
    if not await tx.sessions.add(session):
        raise Fault(80603)
    if people:
        await participants.add_all(env, tx, service, session, people)
    return session


async def fetch(tx: Transaction, service: Service, sid_or_name: str) -> Session:
    """By SID or unique name."""
    session = await tx.sessions.get(sid_or_name, service.sid)
    if session is None:
        session = await tx.sessions.by_name(service.sid, sid_or_name)
    if session is None:
        raise not_found("Session")
    return session


async def find(tx: Transaction, service_sid: str, sid: str) -> Session:
    """By SID alone."""
    session = await tx.sessions.get(sid, service_sid)
    if session is None:
        raise not_found("Session")
    return session


async def update(env: Env, tx: Transaction, service: Service, sid: str, form: Form) -> Session:
    """Changes expiry or status.

    Closing a closed session changes nothing. Raises 80607 for other changes of a closed session,
    80608 for a move that is not allowed, and what `participants.hold_all` raises for a re-opening.
    """
    session = await find(tx, service.sid, sid)
    form.boolean("FailOnParticipantConflict")
    status = form.choice("Status", SessionStatus)
    changed = _with_expiry(env, service, session, form, reopening=not session.is_active)
    if not session.is_active:
        if status == session.status:
            return session
        if status is None:
            raise Fault(80607)
        if status is not SessionStatus.IN_PROGRESS:
            raise Fault(80608, "a closed session is re-opened with Status=in-progress")
        await participants.hold_all(tx, session, env.clock())
        changed = msgspec.structs.replace(
            changed, status=status.value, closed_reason=None, date_ended=None
        )
    elif status is SessionStatus.CLOSED:
        return await close(env, tx, changed, ClosedReason.API)
    elif status is SessionStatus.IN_PROGRESS:
        changed = msgspec.structs.replace(changed, status=status.value)
    elif status not in (None, session.status):
        raise Fault(80608, "an active session can only be closed")
    await tx.sessions.update(changed)
    return changed


async def close(env: Env, tx: Transaction, session: Session, reason: ClosedReason) -> Session:
    """Ends an active session: its pairs are free at once, its participants stay on record."""
    now = env.clock()
    closed = msgspec.structs.replace(
        session,
        status=SessionStatus.CLOSED.value,
        closed_reason=reason.value,
        date_ended=now,
        expires_at=None,
        date_updated=now,
    )
    await participants.release_all(tx, session.sid, now)
    await tx.sessions.update(closed)
    return closed


async def expire(env: Env, tx: Transaction, service_sid: str, sid: str) -> None:
    """Closes a session whose time is over, unless that has been done."""
    session = await find(tx, service_sid, sid)
    if session.is_active:
        dated = session.date_expiry is not None
        await close(env, tx, session, ClosedReason.DATE_EXPIRY if dated else ClosedReason.TTL)


async def expire_overdue(env: Env, tx: Transaction, limit: int) -> int:
    """Closes sessions whose time is over, and tells the debugger; how many of up to `limit` rows it
    dealt with. Rows that interactions have outrun are brought up to date instead."""
    now = env.clock()
    overdue = await tx.sessions.overdue(now, limit)
    alerts = []
    for session in overdue:
        if session.expires_at is not None and session.expires_at > now:
            await tx.sessions.update(session)
            continue
        await expire(env, tx, session.service_sid, session.sid)
        alerts.append(new_alert(env, 80904, session.account_sid, session.service_sid, session.sid))
    await raise_alerts(env, tx, alerts)
    return len(overdue)


async def delete(env: Env, tx: Transaction, service: Service, sid: str) -> None:
    """Deletes it with its participants and interactions. Messages and calls stay."""
    session = await find(tx, service.sid, sid)
    await participants.release_all(tx, session.sid, env.clock())
    await tx.sessions.delete(sid)


def _with_expiry(
    env: Env, service: Service, session: Session, form: Form, *, reopening: bool
) -> Session:
    """The session with the expiry that was sent. A past `DateExpiry` ends an open session at once.

    A session that is re-opened begins a new span: its old `DateExpiry`, if past, no longer counts,
    and its ttl starts at the re-opening.
    """
    now = env.clock()
    ttl = form.integer("Ttl", 0, MAX_TTL)
    date_expiry = form.moment("DateExpiry")
    if date_expiry is None:
        date_expiry = session.date_expiry
        if reopening and date_expiry is not None and date_expiry <= now:
            date_expiry = None
    changed = msgspec.structs.replace(
        session,
        ttl=session.ttl if ttl is None else ttl,
        date_expiry=date_expiry,
        date_updated=now,
    )
    return msgspec.structs.replace(
        changed,
        expires_at=expires_at(
            date_expiry=changed.date_expiry,
            ttl=changed.ttl,
            default_ttl=service.default_ttl,
            date_created=now if reopening else session.date_created,
            date_last_interaction=session.date_last_interaction,
        ),
    )


def _people(form: Form) -> list[participants.Candidate]:
    """The `Participants` of a create: each value one JSON object, its keys in any case."""
    people = []
    for text in form.many("Participants"):
        try:
            item = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
            item = None
        if not isinstance(item, dict):
            raise form.wrong("Participants", "must be one JSON object per participant")
        people.append(participants.candidate(_item_form(item, form)))
    if len(people) > participants.MAX_PARTICIPANTS:
        raise Fault(80609)
    return people


def _item_form(item: dict[str, object], form: Form) -> Form:
    given = {key.replace("_", "").lower(): value for key, value in item.items()}
    values: dict[str, list[str]] = {}
    for key in _ITEM_KEYS:
        value = given.get(key.lower())
        if value is None:
            continue
        if not isinstance(value, str):
            raise form.wrong("Participants", f"must give {key} as a text")
        values[key] = [value]
    return form.over(values)
