"""Calls from phones: recorded, routed, answered with instructions, and followed to their end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from maskline.debugger.alerts import new_alert
from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.call import FINAL, RANK, Call, CallDirection, CallStatus
from maskline.model.interaction import Interaction, InteractionType
from maskline.model.job import Callback
from maskline.model.traffic import CallEvent, InboundCall
from maskline.proxy import sessions
from maskline.proxy.callbacks import callback_job
from maskline.proxy.routing import Deliver, Reason, Refuse, decide
from maskline.store.contract import Transaction
from maskline.store.repositories.routing import Route
from maskline.store.repositories.sessions import Touch
from maskline.voice.instructions import Dial, Hangup, Number, Response, Say

_EVENTS: Final = ("initiated", "ringing", "answered", "completed")


class Dialled(msgspec.Struct, frozen=True):
    """The partner's leg that a call asks for. `doors` is where a Twilio-shaped carrier reports."""

    call_sid: str
    interaction_sid: str
    participant_sid: str
    caller_id: str
    number: str
    carrier: str
    doors: str


class CallPlan(msgspec.Struct, frozen=True):
    """The answer to a call. While `intercept` is set the program is to be asked, and `admit` or
    `block` to be called with the plan; else `response` is what the carrier carries out."""

    call_sid: str
    account_sid: str
    response: Response
    dialled: Dialled | None = None
    intercept: Callback | None = None


async def receive(env: Env, tx: Transaction, inbound: InboundCall) -> CallPlan | None:
    """Takes in a call; null when no account owns the number.

    A carrier that asks again about the same call gets the same answer while the call goes on.
    """
    route = await tx.routing.find(inbound.number, inbound.caller)
    if route is None or inbound.account_sid not in (None, route.account_sid):
        return None
    now = env.clock()
    call = Call(
        sid=env.sids.new(sids.CALL),
        account_sid=route.account_sid,
        parent_call_sid=None,
        direction=CallDirection.INBOUND.value,
        caller=inbound.caller,
        called=inbound.number,
        status=CallStatus.RINGING.value,
        carrier=inbound.carrier,
        provider_id=inbound.provider_id,
        interaction_sid=None,
        start_time=None,
        end_time=None,
        duration=None,
        date_created=now,
        date_updated=now,
    )
    known = await tx.calls.inbound_by_provider(inbound.carrier, inbound.provider_id)
    if known is not None:
        again = await _again(env, tx, known)
        if again is not None:
            return again
        # A live call that a program hands to us once more: a new interaction on the same leg.
        call = known
    if route.service_sid is None or inbound.service_sid not in (None, route.service_sid):
        await _record(tx, call, known)
        await _alert(env, tx, route, 80905, call.sid)
        return _speak(env, call, env.settings.voice.say_no_session)
    decision = decide(route, InteractionType.VOICE, now)
    if isinstance(decision, Refuse):
        await _record(tx, call, known)
        return await _refuse(env, tx, route, decision, call)
    return await _connect(env, tx, decision, call, known)


async def admit(env: Env, tx: Transaction, plan: CallPlan) -> CallPlan:
    """The intercept let the call pass: the partner's leg begins, unless the interaction was deleted
    in the meantime."""
    dialled = plan.dialled
    assert dialled is not None
    interaction = await tx.interactions.by_sid(dialled.interaction_sid)
    if interaction is None:
        gone = _say(env, env.settings.voice.say_no_session)
        return msgspec.structs.replace(plan, response=gone, dialled=None, intercept=None)
    await _tell(env, tx, [await _begin(env, tx, plan.call_sid, dialled, interaction)])
    return msgspec.structs.replace(plan, response=_dial(env, dialled), intercept=None)


async def block(env: Env, tx: Transaction, plan: CallPlan) -> CallPlan:
    """The intercept answered 403: the caller hears why nothing happens."""
    dialled, intercept = plan.dialled, plan.intercept
    assert dialled is not None
    assert intercept is not None
    await tx.alerts.add_many(
        [
            new_alert(
                env,
                80909,
                plan.account_sid,
                intercept.interaction.service_sid,
                dialled.interaction_sid,
            )
        ]
    )
    return msgspec.structs.replace(
        plan, response=_say(env, env.settings.voice.say_blocked), dialled=None, intercept=None
    )


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
    await _tell(env, tx, list(changed.values()))


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


async def _again(env: Env, tx: Transaction, call: Call) -> CallPlan | None:
    child = await tx.calls.child(call.sid)
    if child is None or child.status in FINAL or child.interaction_sid is None:
        return None
    interaction = await tx.interactions.by_sid(child.interaction_sid)
    if interaction is None:
        return None
    dialled = Dialled(
        call_sid=child.sid,
        interaction_sid=interaction.sid,
        participant_sid=interaction.outbound_participant_sid or "",
        caller_id=child.caller,
        number=child.called,
        carrier=child.carrier,
        doors=doors(env, interaction),
    )
    return CallPlan(call.sid, call.account_sid, _dial(env, dialled), dialled)


async def _connect(
    env: Env, tx: Transaction, to: Deliver, call: Call, known: Call | None
) -> CallPlan:
    now = env.clock()
    interaction = Interaction(
        sid=env.sids.new(sids.INTERACTION),
        account_sid=call.account_sid,
        service_sid=to.service_sid,
        session_sid=to.session_sid,
        type=InteractionType.VOICE.value,
        data="",
        num_media=0,
        inbound_participant_sid=to.participant_sid,
        inbound_resource_sid=call.sid,
        inbound_resource_status=call.status,
        outbound_participant_sid=None,
        outbound_resource_sid=None,
        outbound_resource_status=None,
        date_created=now,
        date_updated=now,
    )
    dialled = Dialled(
        call_sid=env.sids.new(sids.CALL),
        interaction_sid=interaction.sid,
        participant_sid=to.partner_sid,
        caller_id=to.sender,
        number=to.recipient,
        carrier=to.carrier,
        doors=doors(env, interaction),
    )
    await _record(tx, msgspec.structs.replace(call, interaction_sid=interaction.sid), known)
    await tx.interactions.add_many([interaction])
    await tx.sessions.touch_many([Touch(to.session_sid, now, to.expires_at)])
    if to.intercept_url is not None:
        ask = Callback(to.intercept_url, interaction)
        return CallPlan(call.sid, call.account_sid, Response(), dialled, ask)
    begun = await _begin(env, tx, call.sid, dialled, interaction)
    if to.callback_url is not None:
        await tx.outbox.add_many([callback_job(env, to.callback_url, begun)])
    return CallPlan(call.sid, call.account_sid, _dial(env, dialled), dialled)


async def _begin(
    env: Env, tx: Transaction, parent_sid: str, dialled: Dialled, interaction: Interaction
) -> Interaction:
    now = env.clock()
    await tx.calls.add(
        Call(
            sid=dialled.call_sid,
            account_sid=interaction.account_sid,
            parent_call_sid=parent_sid,
            direction=CallDirection.OUTBOUND_DIAL.value,
            caller=dialled.caller_id,
            called=dialled.number,
            status=CallStatus.INITIATED.value,
            carrier=dialled.carrier,
            provider_id=None,
            interaction_sid=interaction.sid,
            start_time=None,
            end_time=None,
            duration=None,
            date_created=now,
            date_updated=now,
        )
    )
    begun = msgspec.structs.replace(
        interaction,
        outbound_participant_sid=dialled.participant_sid,
        outbound_resource_sid=dialled.call_sid,
        outbound_resource_status=CallStatus.INITIATED.value,
        date_updated=now,
    )
    await tx.interactions.update_many([begun])
    return begun


async def _record(tx: Transaction, call: Call, known: Call | None) -> None:
    if known is None:
        await tx.calls.add(call)
    else:
        await tx.calls.link(call.sid, call.interaction_sid)


async def _refuse(env: Env, tx: Transaction, route: Route, refusal: Refuse, call: Call) -> CallPlan:
    await _alert(env, tx, route, refusal.code, refusal.session_sid or call.sid)
    if refusal.reason is Reason.EXPIRED:
        assert refusal.session_sid is not None
        await sessions.expire(env, tx, refusal.service_sid, refusal.session_sid)
    voice = env.settings.voice
    texts = {
        Reason.NO_SESSION: voice.say_no_session,
        Reason.EXPIRED: voice.say_expired,
        Reason.NO_PARTNER: voice.say_no_partner,
        Reason.WRONG_MODE: voice.say_wrong_mode,
    }
    return _speak(env, call, texts[refusal.reason])


async def _alert(env: Env, tx: Transaction, route: Route, code: int, resource_sid: str) -> None:
    await tx.alerts.add_many(
        [new_alert(env, code, route.account_sid, route.service_sid, resource_sid)]
    )


async def _tell(env: Env, tx: Transaction, changed: Sequence[Interaction]) -> None:
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


def doors(env: Env, interaction: Interaction) -> str:
    """Where a Twilio-shaped carrier reports the legs of a call."""
    return (
        f"{env.settings.base_url}/webhooks/v1/Accounts/{interaction.account_sid}"
        f"/Proxy/{interaction.service_sid}/Webhooks/Call"
    )


def _dial(env: Env, dialled: Dialled) -> Response:
    """Rings the partner, who sees their own proxy number; the caller hears it ring."""
    voice = env.settings.voice
    return Response(
        (
            Dial(
                targets=(
                    Number(
                        dialled.number,
                        status_callback=f"{dialled.doors}/Leg?CallLeg={dialled.call_sid}",
                        status_callback_events=_EVENTS,
                    ),
                ),
                caller_id=dialled.caller_id,
                answer_on_bridge=True,
                timeout=voice.dial_timeout,
                time_limit=voice.time_limit,
                action=f"{dialled.doors}/Done?CallLeg={dialled.call_sid}",
            ),
        )
    )


def _say(env: Env, text: str) -> Response:
    return Response((Say(text, language=env.settings.voice.language), Hangup()))


def _speak(env: Env, call: Call, text: str) -> CallPlan:
    return CallPlan(call.sid, call.account_sid, _say(env, text))
