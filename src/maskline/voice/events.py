"""Call events: legs followed from ringing to their end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from maskline.debugger.alerts import new_alert, raise_alerts
from maskline.env import Env
from maskline.model.alert import Alert
from maskline.model.call import FINAL, RANK, Call, CallDirection, CallStatus
from maskline.model.interaction import Interaction
from maskline.model.job import Job
from maskline.model.placed_call import PlacedCall
from maskline.model.traffic import Adopted, CallEvent
from maskline.proxy.callbacks import callback_job
from maskline.store.contract import Transaction
from maskline.voice.ends import end_of_call
from maskline.voice.legs import dialled_leg
from maskline.voice.reports import report

_API: Final = CallDirection.OUTBOUND_API.value
#: The longest call (s) that a record has, whatever a carrier says.
_LONGEST: Final = 7 * 86_400


class _Changes:
    """What events come to: interactions that changed, what the debugger is told, and programs."""

    def __init__(self) -> None:
        self.interactions: dict[str, Interaction] = {}
        self.alerts: list[Alert] = []
        self.jobs: list[Job] = []


async def progress(
    env: Env, tx: Transaction, events: Sequence[CallEvent], *, cut_off: bool = False
) -> None:
    """Takes in what became of legs: each only moves forward, and an interaction that changes is
    told once to the Service's CallbackUrl, with all that changed.

    The debugger is told of events that belong to no interaction (80907) or come after its end
    (80906), and of legs that their carrier could not begin (80613), unless they were `cut_off`.
    """
    changes = _Changes()
    for event in events:
        if event.adopted is not None:
            call = await _adopt(env, tx, event, event.adopted)
        elif not event.call_sid and event.provider_id is not None:
            call = await tx.calls.inbound(event.carrier or "", event.provider_id)
            if call is not None and event.of_dialled:
                # A call that rang nobody is all that there is of it.
                call = await tx.calls.child(call.sid) or call
        else:
            call = await tx.calls.by_sid(event.call_sid)
        if call is None or not await _may_tell(tx, event, call):
            if event.account_sid is not None:
                changes.alerts.append(new_alert(env, 80907, event.account_sid, None, None))
            continue
        moved = await _move(env, tx, call, event, changes, cut_off=cut_off)
        parent = placed = None
        if call.parent_call_sid is not None and (event.with_parent or not moved):
            found = await tx.placed_calls.with_call(call.parent_call_sid)
            parent, placed = found or (None, None)
        if event.with_parent and parent is not None and not _goes_on(event, placed):
            moved |= await _move(env, tx, parent, event, changes, cut_off=cut_off)
        if not moved and _is_late(call, parent, event):
            await _tell_late(env, tx, call, changes)
    await tx.interactions.update_many(changes.interactions.values())
    await tell(env, tx, changes.interactions.values())
    await tx.outbox.add_many(changes.jobs)
    await raise_alerts(env, tx, changes.alerts)


def _goes_on(event: CallEvent, placed: PlacedCall | None) -> bool:
    """Whether a call goes on though the leg that it dialled is over: a program has it do something
    else by now."""
    if event.status not in FINAL or event.of_dialled:
        return False
    return placed is not None and bool(placed.url or placed.twiml)


def _speaks_for(event: CallEvent, call: Call) -> bool:
    """Whether who tells of a leg may: a carrier that speaks for an account, for its calls; any
    other for those that it carries itself."""
    if event.account_sid is not None:
        return event.account_sid == call.account_sid
    return event.carrier in (None, call.carrier)


async def _may_tell(tx: Transaction, event: CallEvent, call: Call) -> bool:
    """The same of a leg, which is dialled by the carrier of the call that it is dialled for,
    whosever number it shows."""
    if _speaks_for(event, call):
        return True
    parent = None if call.parent_call_sid is None else await tx.calls.by_sid(call.parent_call_sid)
    return parent is not None and _speaks_for(event, parent)


async def _adopt(env: Env, tx: Transaction, event: CallEvent, leg: Adopted) -> Call | None:
    """The record of a leg that the carrier dialled by itself, made when it is first told of."""
    parent = await tx.calls.by_sid(leg.parent_sid)
    if parent is None or event.provider_id is None or not _speaks_for(event, parent):
        return None
    known = await tx.calls.dialled(parent.sid, event.provider_id)
    if known is not None:
        return known
    record = dialled_leg(env, parent, leg.caller, leg.called, event.provider_id)
    await tx.calls.add_many([record])
    return record


async def _move(
    env: Env,
    tx: Transaction,
    call: Call,
    event: CallEvent,
    changes: _Changes,
    *,
    cut_off: bool,
) -> bool:
    """Whether the event moved the leg. Who answered it may be found out later."""
    if RANK[event.status] <= RANK[call.status]:
        if event.answered_by and call.answered_by is None and event.call_sid == call.sid:
            now = env.clock()
            known = msgspec.structs.replace(call, answered_by=event.answered_by, date_updated=now)
            await tx.calls.update(known)
        return False
    # A parent's own id at the carrier is known since it came in: only the leg itself learns one.
    if event.call_sid != call.sid:
        event = msgspec.structs.replace(event, provider_id=None)
    moved = _moved(call, event, env.clock())
    await tx.calls.update(moved)
    if moved.direction == _API:
        changes.jobs += await report(env, tx, moved)
    elif moved.status in FINAL and moved.parent_call_sid is None:
        changes.jobs += await end_of_call(env, tx, moved)
    if moved.interaction_sid is None:
        return True
    interaction = changes.interactions.get(moved.interaction_sid)
    interaction = interaction or await tx.interactions.by_sid(moved.interaction_sid)
    if interaction is None:
        if not cut_off:
            changes.alerts.append(new_alert(env, 80907, call.account_sid, None, call.sid))
        return True
    changes.interactions[interaction.sid] = _reflect(interaction, moved, env.clock())
    if _was_refused(moved) and not cut_off:
        changes.alerts.append(
            new_alert(
                env,
                80613,
                call.account_sid,
                interaction.service_sid,
                interaction.sid,
                "the carrier could not ring the partner",
            )
        )
    return True


def _was_refused(leg: Call) -> bool:
    """Whether a leg that was dialled came to nothing at the carrier, not at the person."""
    return (
        leg.status == CallStatus.FAILED
        and leg.parent_call_sid is not None
        and leg.start_time is None
    )


def _is_late(call: Call, parent: Call | None, event: CallEvent) -> bool:
    """Whether an event that moved nothing ends what has been ended before.

    The end of a dialled leg is told twice, as the leg's own and as its Dial's, in whatever order:
    only the latter ends the leg that it was dialled for.
    """
    if event.status not in FINAL or call.status not in FINAL or call.interaction_sid is None:
        return False
    return event.with_parent or (parent is not None and parent.status not in FINAL)


async def _tell_late(env: Env, tx: Transaction, call: Call, changes: _Changes) -> None:
    assert call.interaction_sid is not None
    interaction = await tx.interactions.by_sid(call.interaction_sid)
    code, service_sid, sid = (
        (80907, None, call.sid)
        if interaction is None
        else (80906, interaction.service_sid, interaction.sid)
    )
    changes.alerts.append(new_alert(env, code, call.account_sid, service_sid, sid))


async def recover(env: Env, tx: Transaction, carrier: str, before: int) -> int:
    """Ends the legs, made before a time (ms), that a carrier inside this process lost when it died;
    how many they were. What still waits to be placed is not lost."""
    live = [call for call in await tx.calls.live(carrier) if call.status != CallStatus.QUEUED]
    lost = [call for call in live if call.date_created <= before]
    ends = [CallEvent(call.sid, CallStatus.FAILED) for call in lost]
    await progress(env, tx, ends, cut_off=True)
    return len(lost)


async def tell(env: Env, tx: Transaction, changed: Iterable[Interaction]) -> None:
    """Reports interactions that changed to their Services' CallbackUrls."""
    jobs = []
    for interaction in changed:
        service = await tx.services.get(interaction.service_sid, interaction.account_sid)
        if service is not None and service.callback_url is not None:
            jobs.append(callback_job(env, service.callback_url, interaction))
    await tx.outbox.add_many(jobs)


def _moved(call: Call, event: CallEvent, now: int) -> Call:
    """The leg after an event. Its duration runs from the answer to the end."""
    over = event.status in FINAL
    start = call.start_time
    duration = None if event.duration is None else min(max(event.duration, 0), _LONGEST)
    if start is None and event.status in (CallStatus.IN_PROGRESS, CallStatus.COMPLETED):
        start = now - (duration or 0) * 1000
    if over and duration is None:
        duration = 0 if start is None else (now - start + 500) // 1000
    return msgspec.structs.replace(
        call,
        status=event.status,
        start_time=start,
        end_time=now if over else None,
        duration=duration if over else None,
        provider_id=event.provider_id or call.provider_id,
        date_updated=now,
        answered_by=event.answered_by or call.answered_by,
    )


def _reflect(interaction: Interaction, call: Call, now: int) -> Interaction:
    """The interaction with a leg's new state; the partner's leg says how long they talked."""
    if call.sid == interaction.inbound_resource_sid:
        return msgspec.structs.replace(
            interaction, inbound_resource_status=call.status, date_updated=now
        )
    data = interaction.data
    if call.status in FINAL:
        data = msgspec.json.encode({"duration": str(call.duration)}).decode()
    return msgspec.structs.replace(
        interaction, outbound_resource_status=call.status, data=data, date_updated=now
    )
