"""A session's timeline, put together from what stands in many places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from maskline.console import show
from maskline.console.shapes.timeline import Entry, SessionEntry, TimelinePage, WebhookEntry
from maskline.model import sid as sids
from maskline.model.interaction import Interaction
from maskline.model.job import JobState
from maskline.model.message import Direction
from maskline.model.page import PageRequest
from maskline.model.participant import Participant
from maskline.model.session import Session
from maskline.store.contract import Transaction

#: How many webhook attempts, and how many alerts, of one thing are shown.
_ATTEMPTS: Final = 50
_ALERTS: Final = 20


async def timeline(
    tx: Transaction, session: Session, request: PageRequest, base_url: str, *, readable: bool
) -> TimelinePage:
    """A page of it, the newest first: so many interactions, and all that belongs to them. What the
    session itself went through stands among them where its time is."""
    page = await tx.interactions.page(session.sid, request)
    people = await tx.participants.of_session(session.sid)
    names = {one.sid: one.friendly_name for one in people}
    entries: list[Entry] = []
    for one in page.records:
        entries.append(show.interaction(one, names, readable=readable))
        entries += await _legs(tx, one, base_url)
        entries += await _alerts(tx, session.account_sid, one)
        entries += await attempts_of(tx, one.sid, one.sid)
    oldest = sids.made_at(page.last) if page.has_next and page.last else 0
    newest = sids.made_at(request.after) if request.after else None
    own: list[Entry] = [*_session(session), *_people(people)]
    own += [
        show.alert(one, None)
        for one in await tx.support.alerts_of(session.sid, session.account_sid, _ALERTS)
    ]
    entries += [one for one in own if oldest <= one.at and (newest is None or one.at < newest)]
    entries.sort(key=lambda one: one.at, reverse=True)
    return TimelinePage(entries, page.following)


async def of_leg(
    tx: Transaction, sid: str, sees: Callable[[str], bool], base_url: str
) -> TimelinePage | None:
    """What is known of one message or call, in a session or not; null where there is none, or none
    of an account that `sees` allows."""
    entries: list[Entry] = []
    if sid.startswith(sids.CALL):
        call = await tx.calls.by_sid(sid)
        if call is None or not sees(call.account_sid):
            return None
        account_sid, about = call.account_sid, call.interaction_sid
        entries += [show.call(one) for one in (call, *await tx.support.children(sid))]
    else:
        message = await tx.messages.by_sid(sid)
        platform = message is not None and message.direction == Direction.PLATFORM
        if message is None or platform or not sees(message.account_sid):
            return None
        account_sid, about = message.account_sid, message.interaction_sid
        media = await tx.messages.media(sid) if message.num_media else []
        entries.append(show.message(message, media, base_url))
    alerts = await tx.support.alerts_of(sid, account_sid, _ALERTS)
    entries += [show.alert(alert, about) for alert in alerts]
    entries += await attempts_of(tx, sid, about)
    entries.sort(key=lambda one: one.at, reverse=True)
    return TimelinePage(entries, None)


async def attempts_of(
    tx: Transaction, resource_sid: str, interaction_sid: str | None
) -> list[WebhookEntry]:
    """What programs were told of one thing, the latest first, each with its place among the
    attempts of its job."""
    found = await tx.webhook_attempts.of([resource_sid], _ATTEMPTS)
    all_of = Counter(one.job_sid for one in found)
    left = all_of.copy()
    entries = []
    for one in found:
        number = left[one.job_sid]
        left[one.job_sid] -= 1
        # Only the last attempt of a job can have been the one after which it was given up.
        is_last = number == all_of[one.job_sid]
        dead = not one.succeeded and is_last and await _is_dead(tx, one.job_sid)
        entries.append(show.webhook(one, number, interaction_sid, dead=dead))
    return entries


async def _is_dead(tx: Transaction, job_sid: str) -> bool:
    job = await tx.outbox.get(job_sid)
    return job is not None and job.state == JobState.DEAD


async def _legs(tx: Transaction, one: Interaction, base_url: str) -> list[Entry]:
    legs: list[Entry] = []
    for sid in (one.inbound_resource_sid, one.outbound_resource_sid):
        if sid is None:
            continue
        if sid.startswith(sids.CALL):
            call = await tx.calls.by_sid(sid)
            if call is not None:
                legs.append(show.call(call))
        else:
            message = await tx.messages.by_sid(sid)
            if message is not None:
                media = await tx.messages.media(sid) if message.num_media else []
                legs.append(show.message(message, media, base_url))
    first = one.inbound_resource_sid or ""
    if first.startswith(sids.CALL):
        # A caller may have been put through to somebody more than once.
        legs += [
            show.call(child)
            for child in await tx.support.children(first)
            if child.sid != one.outbound_resource_sid
        ]
    return legs


async def _alerts(tx: Transaction, account_sid: str, one: Interaction) -> list[Entry]:
    alerts: list[Entry] = []
    for sid in (one.sid, one.inbound_resource_sid, one.outbound_resource_sid):
        if sid is not None:
            found = await tx.support.alerts_of(sid, account_sid, _ALERTS)
            alerts += [show.alert(alert, one.sid) for alert in found]
    return alerts


def _session(session: Session) -> Iterator[SessionEntry]:
    yield SessionEntry(session.date_created, "created", session.sid)
    if session.date_started is not None:
        yield SessionEntry(session.date_started, "started", session.sid)
    if session.date_reopened is not None:
        yield SessionEntry(session.date_reopened, "reopened", session.sid)
    if session.date_ended is not None:
        yield SessionEntry(session.date_ended, "closed", session.sid, session.closed_reason)


def _people(people: Sequence[Participant]) -> Iterator[SessionEntry]:
    for one in people:
        yield SessionEntry(one.date_created, "participant-added", one.sid, one.friendly_name)
        if one.date_deleted is not None:
            yield SessionEntry(one.date_deleted, "participant-removed", one.sid, one.friendly_name)
