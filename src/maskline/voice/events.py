"""Call events: legs followed from ringing to their end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from maskline.env import Env
from maskline.model.call import FINAL, RANK, Call, CallStatus
from maskline.model.interaction import Interaction
from maskline.model.traffic import CallEvent
from maskline.proxy.callbacks import callback_job
from maskline.store.contract import Transaction


async def progress(env: Env, tx: Transaction, events: Sequence[CallEvent]) -> None:
    """Takes in what became of legs: each only moves forward, and an interaction that changes is
    told once to the Service's CallbackUrl, with all that changed."""
    changed: dict[str, Interaction] = {}
    for event in events:
        call = await tx.calls.by_sid(event.call_sid)
        if call is None or event.account_sid not in (None, call.account_sid):
            continue
        await _move(env, tx, call, event, changed)
        if event.with_parent and call.parent_call_sid is not None:
            parent = await tx.calls.by_sid(call.parent_call_sid)
            if parent is not None:
                await _move(env, tx, parent, event, changed)
    await tx.interactions.update_many(changed.values())
    await tell(env, tx, changed.values())


async def _move(
    env: Env, tx: Transaction, call: Call, event: CallEvent, changed: dict[str, Interaction]
) -> None:
    if RANK[event.status] <= RANK[call.status]:
        return
    # A parent's own id at the carrier is known since it came in: only the leg itself learns one.
    if event.call_sid != call.sid:
        event = msgspec.structs.replace(event, provider_id=None)
    moved = _moved(call, event, env.clock())
    await tx.calls.update(moved)
    if moved.interaction_sid is None:
        return
    interaction = changed.get(moved.interaction_sid)
    interaction = interaction or await tx.interactions.by_sid(moved.interaction_sid)
    if interaction is not None:
        changed[interaction.sid] = _reflect(interaction, moved, env.clock())


async def recover(env: Env, tx: Transaction, carrier: str) -> int:
    """Ends the legs that a carrier inside this process lost when it died; how many they were."""
    lost = await tx.calls.live(carrier)
    await progress(env, tx, [CallEvent(call.sid, CallStatus.FAILED) for call in lost])
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
    if start is None and event.status in (CallStatus.IN_PROGRESS, CallStatus.COMPLETED):
        start = now - (event.duration or 0) * 1000
    duration = event.duration
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
