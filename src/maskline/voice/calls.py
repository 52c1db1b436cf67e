"""Calls from phones: recorded, routed, answered with instructions, and followed to their end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from maskline.debugger.alerts import new_alert, raise_alerts
from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.alert import Alert
from maskline.model.call import FINAL, Call, CallDirection, CallStatus
from maskline.model.exchange import Exchange
from maskline.model.interaction import Interaction, InteractionType
from maskline.model.job import Callback, Job
from maskline.model.traffic import InboundCall
from maskline.numbers.national import canonical
from maskline.numbers.withheld import is_withheld
from maskline.proxy import pairs, sessions
from maskline.proxy.arrivals import belongs, located
from maskline.proxy.callbacks import callback_job, intercept_alerts
from maskline.proxy.doors import door
from maskline.proxy.routing import Decision, Deliver, Reason, Refuse, decide, dialled_on
from maskline.store.contract import Transaction
from maskline.store.repositories.routing import Route
from maskline.store.repositories.sessions import Touch
from maskline.voice.events import tell
from maskline.voice.instructions import LEG_EVENTS, Dial, Number, Response, Say, Verb
from maskline.voice.questions import Question, ask_about, ask_owner
from maskline.voice.sentences import sentence

# Read once: on the hot path an enumeration's `value` is a property that costs.
_INBOUND: Final = CallDirection.INBOUND.value
_OUTBOUND: Final = CallDirection.OUTBOUND_DIAL.value
_RINGING: Final = CallStatus.RINGING.value
_INITIATED: Final = CallStatus.INITIATED.value
_VOICE: Final = InteractionType.VOICE.value


class Dialled(msgspec.Struct, frozen=True):
    """The partner's leg that a call asks for. `dials` is what the carrier is given for `number`,
    `doors` where it reports; `claims`: the pair leads to this session from now on."""

    call_sid: str
    interaction_sid: str
    participant_sid: str
    caller_id: str
    number: str
    dials: str
    carrier: str
    doors: str
    claims: bool = False


class CallPlan(msgspec.Struct, frozen=True):
    """The answer to a call. While `intercept` is set the program is to be asked, and `admit` or
    `block` to be called with the plan; while `question` is, the program is asked that, and
    `out_of_session` says what follows. Else `response` is what the carrier carries out; `refused`
    says why that connects nobody."""

    call_sid: str
    account_sid: str
    response: Response
    dialled: Dialled | None = None
    intercept: Callback | None = None
    question: Question | None = None
    refused: str = ""


class _Batch:
    """What a batch writes, gathered so that each table is written once."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.interactions: list[Interaction] = []
        self.touches: list[Touch] = []
        self.jobs: list[Job] = []
        self.alerts: list[Alert] = []
        self.claims: list[str] = []

    async def write(self, env: Env, tx: Transaction) -> None:
        """Writes it."""
        await tx.calls.add_many(self.calls)
        await tx.interactions.add_many(self.interactions)
        if self.touches:
            await tx.sessions.touch_many(self.touches)
        await tx.outbox.add_many(self.jobs)
        if self.alerts:
            await raise_alerts(env, tx, self.alerts)
        for participant_sid in self.claims:
            await pairs.claim(env, tx, participant_sid)


async def receive(
    env: Env, tx: Transaction, inbound: Sequence[InboundCall]
) -> list[CallPlan | None]:
    """Takes in calls, in order; null for one whose number no account owns.

    A carrier that asks again about the same call gets the same answer while the call goes on.
    """
    arrivals = [_from_person(one) for one in inbound]
    batch = _Batch()
    routes = await located(arrivals, tx.routing.of_calls)
    plans = [
        await _take(env, tx, batch, one, route) for one, route in zip(arrivals, routes, strict=True)
    ]
    await batch.write(env, tx)
    return plans


def _from_person(one: InboundCall) -> InboundCall:
    """The call with its caller as sessions know them."""
    caller = canonical(one.caller)
    return one if caller is one.caller else msgspec.structs.replace(one, caller=caller)


async def _take(
    env: Env, tx: Transaction, batch: _Batch, one: InboundCall, route: Route | None
) -> CallPlan | None:
    if route is None or not belongs(one, route):
        return None
    if route.seen_sid is not None:
        known = await tx.calls.by_sid(route.seen_sid)
        if known is None or known.account_sid != route.account_sid:
            return None
        # A call that has ended at the partner's side and that a program hands to us once more is a
        # new interaction on the same leg.
        again = await _again(env, tx, one, route, known)
        if again is None:
            return await _answer(env, tx, batch, one, route, known)
        assert again.dialled is not None
        resource_sid = again.dialled.interaction_sid
        batch.alerts.append(
            new_alert(env, 80102, route.account_sid, route.service_sid, resource_sid)
        )
        return again
    now = env.clock()
    call = Call.begun(
        now,
        sid=env.sids.new(sids.CALL),
        account_sid=route.account_sid,
        direction=_INBOUND,
        caller=one.caller,
        called=one.number,
        status=_RINGING,
        carrier=one.carrier,
        provider_id=one.provider_id,
        number_sid=route.number_sid,
    )
    return await _answer(env, tx, batch, one, route, call)


async def _answer(
    env: Env, tx: Transaction, batch: _Batch, one: InboundCall, route: Route, call: Call
) -> CallPlan:
    known = route.seen_sid is not None
    if route.service_sid is None or one.service_sid not in (None, route.service_sid):
        decision: Decision = Refuse(Reason.NO_SESSION, 80905, "")
    else:
        decision = decide(route, InteractionType.VOICE, env.clock())
        if isinstance(decision, Refuse) and decision.reason is Reason.NO_SESSION:
            decision = _if_withheld(env, one.caller, decision)
    if isinstance(decision, Deliver):
        return await _connect(env, tx, batch, one, decision, call, known=known)
    if not known:
        batch.calls.append(call)
    return await _refuse(env, tx, batch, one, route, decision, call)


def _if_withheld(env: Env, caller: str, refusal: Refuse) -> Refuse:
    """Nobody is in a session under a withheld number; whether the program is asked is a setting."""
    if env.settings.voice.withheld_callers != "reject" or not is_withheld(caller):
        return refusal
    return msgspec.structs.replace(refusal, reason=Reason.WITHHELD)


async def admit(env: Env, tx: Transaction, plan: CallPlan, answer: Exchange) -> CallPlan:
    """The intercept let the call pass: the partner's leg begins, unless the interaction was deleted
    in the meantime. An answer that is none is told to the debugger."""
    dialled = plan.dialled
    assert dialled is not None
    interaction = await tx.interactions.by_sid(dialled.interaction_sid)
    if interaction is None:
        gone = sentence(env, Reason.NO_SESSION)
        return msgspec.structs.replace(
            plan, response=gone, dialled=None, intercept=None, refused=Reason.NO_SESSION
        )
    await raise_alerts(env, tx, intercept_alerts(env, interaction, answer))
    begun = _begun(interaction, dialled, env.clock())
    await tx.calls.add_many([_leg(begun, dialled, plan.call_sid)])
    await tx.interactions.update_many([begun])
    await tell(env, tx, [begun])
    if dialled.claims:
        await pairs.claim(env, tx, dialled.participant_sid)
    return msgspec.structs.replace(plan, response=_dial(env, dialled), intercept=None)


async def block(env: Env, tx: Transaction, plan: CallPlan, answer: Exchange) -> CallPlan:
    """The intercept answered 403: the caller hears why nothing happens."""
    asked = plan.intercept
    assert asked is not None
    await raise_alerts(env, tx, intercept_alerts(env, asked.interaction, answer))
    return msgspec.structs.replace(
        plan,
        response=sentence(env, Reason.BLOCKED),
        dialled=None,
        intercept=None,
        refused=Reason.BLOCKED,
    )


async def _again(
    env: Env, tx: Transaction, one: InboundCall, route: Route, call: Call
) -> CallPlan | None:
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
        dials=dialled_on(route, InteractionType.VOICE, child.called),
        carrier=child.carrier,
        doors=one.doors or doors(env, interaction),
    )
    return CallPlan(call.sid, call.account_sid, _dial(env, dialled), dialled)


async def _connect(
    env: Env,
    tx: Transaction,
    batch: _Batch,
    one: InboundCall,
    to: Deliver,
    call: Call,
    *,
    known: bool,
) -> CallPlan:
    now = env.clock()
    interaction = Interaction(
        sid=env.sids.new(sids.INTERACTION),
        account_sid=call.account_sid,
        service_sid=to.service_sid,
        session_sid=to.session_sid,
        type=_VOICE,
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
        dials=to.dialled,
        carrier=to.carrier,
        doors=one.doors or doors(env, interaction),
        claims=to.claims,
    )
    if known:
        await tx.calls.link(call.sid, interaction.sid)
    else:
        batch.calls.append(msgspec.structs.replace(call, interaction_sid=interaction.sid))
    if to.is_news:
        batch.touches.append(Touch(to.session_sid, now, to.expires_at))
    if to.intercept_url is not None:
        batch.interactions.append(interaction)
        ask = Callback(to.intercept_url, interaction)
        return CallPlan(call.sid, call.account_sid, Response(), dialled, ask)
    begun = _begun(interaction, dialled, now)
    batch.interactions.append(begun)
    batch.calls.append(_leg(begun, dialled, call.sid))
    if to.claims:
        batch.claims.append(to.partner_sid)
    if to.callback_url is not None:
        batch.jobs.append(callback_job(env, to.callback_url, begun))
    return CallPlan(call.sid, call.account_sid, _dial(env, dialled), dialled)


def _begun(interaction: Interaction, dialled: Dialled, now: int) -> Interaction:
    """The interaction with its outbound half."""
    return msgspec.structs.replace(
        interaction,
        outbound_participant_sid=dialled.participant_sid,
        outbound_resource_sid=dialled.call_sid,
        outbound_resource_status=_INITIATED,
        date_updated=now,
    )


def _leg(interaction: Interaction, dialled: Dialled, parent_sid: str) -> Call:
    """The record of the partner's leg."""
    now = interaction.date_updated
    return Call.begun(
        now,
        sid=dialled.call_sid,
        account_sid=interaction.account_sid,
        parent_call_sid=parent_sid,
        direction=_OUTBOUND,
        caller=dialled.caller_id,
        called=dialled.number,
        status=_INITIATED,
        carrier=dialled.carrier,
        interaction_sid=interaction.sid,
    )


async def _refuse(
    env: Env,
    tx: Transaction,
    batch: _Batch,
    one: InboundCall,
    route: Route,
    refusal: Refuse,
    call: Call,
) -> CallPlan:
    """The program is asked, where it wants to be and no session is there; else the debugger and the
    caller are told."""
    if (own := await ask_owner(tx, route, one, call)) is not None:
        said = sentence(env, refusal.reason)
        return CallPlan(call.sid, call.account_sid, said, None, None, own, refusal.reason)
    resource_sid = refusal.session_sid or call.sid
    url = route.out_of_session_callback_url
    asks = refusal.is_out_of_session and url is not None and bool(refusal.service_sid)
    if refusal.reason is Reason.EXPIRED:
        await sessions.expire(env, tx, refusal.service_sid, resource_sid)
    if refusal.code and not (asks and refusal.reason is Reason.NO_SESSION):
        batch.alerts.append(
            new_alert(env, refusal.code, route.account_sid, route.service_sid, resource_sid)
        )
    reason = refusal.reason
    if reason is Reason.NO_SESSION:
        past = await tx.participants.last_of(call.called, call.caller, refusal.service_sid)
        reason = reason if past is None else Reason.EXPIRED
    question = None
    if asks and url is not None:
        question = await ask_about(tx, url, refusal.service_sid, reason, one, call)
    return CallPlan(call.sid, call.account_sid, sentence(env, reason), None, None, question, reason)


def doors(env: Env, interaction: Interaction) -> str:
    """Where a Twilio-shaped carrier reports the legs of a call."""
    return door(env.settings, interaction.account_sid, interaction.service_sid, "Call")


def _dial(env: Env, dialled: Dialled) -> Response:
    """Rings the partner, who sees their own proxy number; the caller hears it ring."""
    voice = env.settings.voice
    said: tuple[Verb, ...] = ()
    if voice.announcement:
        said = (Say(voice.announcement, language=voice.language),)
    whisper = f"{dialled.doors}/Whisper" if voice.whisper else None
    return Response(
        (
            *said,
            Dial(
                targets=(
                    Number(
                        dialled.dials,
                        url=whisper,
                        status_callback=f"{dialled.doors}/Leg?CallLeg={dialled.call_sid}",
                        status_callback_events=LEG_EVENTS,
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
