"""Sessions: create, fetch, update, close, re-open, delete."""

from __future__ import annotations

from typing import Final

import msgspec

from maskline.debugger.alerts import new_alert, raise_alerts
from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.alert import Alert
from maskline.model.errors import Fault, not_found
from maskline.model.form import Form
from maskline.model.service import Service
from maskline.model.session import ACTIVE, ClosedReason, Mode, Session, SessionStatus
from maskline.proxy import pairs, participants
from maskline.proxy.expiry import expires_at
from maskline.proxy.services import MAX_NAME, MAX_TTL
from maskline.proxy.switches import check_hold
from maskline.store.contract import Transaction

_ITEM_KEYS: Final = ("Identifier", "FriendlyName", "ProxyIdentifier", "ProxyIdentifierSid")


class _Ends(msgspec.Struct, frozen=True):
    """What an update says of a session's end; null leaves what is there."""

    ttl: int | None
    date_expiry: int | None

    @property
    def are_given(self) -> bool:
        """Whether it says anything."""
        return self.ttl is not None or self.date_expiry is not None


async def create(env: Env, tx: Transaction, service: Service, form: Form) -> Session:
    """A new session, with its participants when they are sent: all of it or nothing.

    Raises 80603 for a name that is used, 80608 for a status that a session can't begin with, and
    what `participants.add_all` raises.
    """
    now = env.clock()
    fail = participants.fails_on_conflict(form)
    date_expiry = form.moment("DateExpiry")
    _check_future(form, date_expiry, now)
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
    await tx.sessions.add(session, taken=Fault(80603))
    if people:
        await participants.add_all(env, tx, service, session, people, fail=fail, is_new=True)
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

    A session whose end has come, even by this very change, is closed. Closing a closed session
    changes nothing. Raises 80607 for other changes of a closed session, 80608 for a move that is
    not allowed, and what `pairs.hold_all` raises for a re-opening.
    """
    session = await find(tx, service.sid, sid)
    status = form.choice("Status", SessionStatus)
    fail = participants.fails_on_conflict(form)
    ends = _Ends(form.integer("Ttl", 0, MAX_TTL), form.moment("DateExpiry"))
    if session.is_active and session.is_over(env.clock()):
        session = await _end(env, tx, session)
    if not session.is_active:
        if status is SessionStatus.CLOSED:
            return session
        if status is None:
            raise Fault(80607)
        if status is not SessionStatus.IN_PROGRESS:
            raise Fault(80608, "a closed session is re-opened with Status=in-progress")
        _check_future(form, ends.date_expiry, env.clock())
        return await _reopen(env, tx, service, session, ends, fail=fail)
    changed = msgspec.structs.replace(session, date_updated=env.clock())
    if ends.are_given:
        changed = _ending(service, changed, ends)
    if status is SessionStatus.CLOSED:
        return await close(env, tx, changed, ClosedReason.API)
    if status is SessionStatus.IN_PROGRESS:
        changed = msgspec.structs.replace(changed, status=status.value)
    elif status not in (None, session.status):
        raise Fault(80608, "an active session can only be closed")
    if changed.is_over(env.clock()):
        return await _end(env, tx, changed)
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
    await pairs.release_all(tx, session.sid, now)
    await tx.sessions.update(closed)
    return closed


async def expire(env: Env, tx: Transaction, service_sid: str, sid: str) -> None:
    """Closes a session whose time is over, unless that has been done."""
    session = await find(tx, service_sid, sid)
    if session.is_active:
        await close(env, tx, session, _reason(session))


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
        await close(env, tx, session, _reason(session))
        alerts.append(_expired(env, session))
    await raise_alerts(env, tx, alerts)
    return len(overdue)


async def delete(env: Env, tx: Transaction, service: Service, sid: str) -> None:
    """Deletes it with its participants and interactions. Messages and calls stay. Raises 80615
    while the account is on legal hold."""
    session = await find(tx, service.sid, sid)
    await check_hold(tx, service.account_sid)
    await pairs.release_all(tx, session.sid, env.clock())
    await tx.sessions.delete(sid)


async def _reopen(
    env: Env,
    tx: Transaction,
    service: Service,
    session: Session,
    ends: _Ends,
    *,
    fail: bool,
) -> Session:
    """A closed session in progress again, with its pairs.

    It begins a new span: its old `DateExpiry`, if past, no longer counts, and its ttl starts now.
    """
    now = env.clock()
    if session.date_expiry is not None and session.date_expiry <= now:
        session = msgspec.structs.replace(session, date_expiry=None)
    reopened = msgspec.structs.replace(
        session,
        status=SessionStatus.IN_PROGRESS.value,
        closed_reason=None,
        date_ended=None,
        date_updated=now,
        date_reopened=now,
    )
    reopened = _ending(service, reopened, ends)
    await pairs.hold_all(env, tx, session, fail=fail)
    await tx.sessions.update(reopened)
    return reopened


async def _end(env: Env, tx: Transaction, session: Session) -> Session:
    """Closes an active session whose time is over, and tells the debugger."""
    closed = await close(env, tx, session, _reason(session))
    await raise_alerts(env, tx, [_expired(env, session)])
    return closed


def _expired(env: Env, session: Session) -> Alert:
    return new_alert(env, 80904, session.account_sid, session.service_sid, session.sid)


def _reason(session: Session) -> ClosedReason:
    """Which of the two clocks has ended a session."""
    return ClosedReason.TTL if session.date_expiry is None else ClosedReason.DATE_EXPIRY


def _check_future(form: Form, date_expiry: int | None, now: int) -> None:
    """For a session that begins now."""
    if date_expiry is not None and date_expiry <= now:
        raise form.wrong("DateExpiry", "must be in the future")


def _ending(service: Service, session: Session, ends: _Ends) -> Session:
    """The session with another end."""
    changed = msgspec.structs.replace(
        session,
        ttl=session.ttl if ends.ttl is None else ends.ttl,
        date_expiry=session.date_expiry if ends.date_expiry is None else ends.date_expiry,
    )
    return msgspec.structs.replace(
        changed,
        expires_at=expires_at(
            date_expiry=changed.date_expiry,
            ttl=changed.ttl,
            default_ttl=service.default_ttl,
            date_created=session.date_reopened or session.date_created,
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
