"""Messages in documents of calls: sent by us, once, as the call comes to them. No carrier is shown
one: it would send the text by itself, past opt-outs, pacing, masking and our records.

What stands before a Message goes to the carrier with a Redirect to the rest, which is given out by
the name of its place in the document. The document is kept by the moment at which it was wanted, so
that a carrier that asks again is told the same, and its Messages are not sent again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from itertools import takewhile
from typing import Final

import msgspec

from maskline.carriers.contract import REST
from maskline.env import Env
from maskline.messaging import answers
from maskline.messaging.answers import Answered
from maskline.model import sid as sids
from maskline.model.call import FINAL, Call, CallDirection
from maskline.model.form import is_url
from maskline.model.script import CallScript
from maskline.model.traffic import InboundMessage
from maskline.numbers.withheld import is_withheld
from maskline.store.contract import Transaction
from maskline.voice.instructions import Message, Redirect, Response, Verb, ends_flow

_INBOUND: Final = CallDirection.INBOUND.value
_PLACE: Final = re.compile(rf"{REST}([0-9a-f]{{32}}):([0-9]{{1,5}})", re.ASCII)


class _Asked(msgspec.Struct, frozen=True):
    """The call whose document has a Message sent, as answers to messages have theirs."""

    account_sid: str
    service_sid: str | None
    message_sid: str
    message: InboundMessage


def are_in(response: Response) -> bool:
    """Whether a document has Messages."""
    return any(map(_is_message, response.verbs))


async def parted(
    env: Env, tx: Transaction, call: Call, response: Response, moment: str
) -> Response:
    """What the carrier is given of a document that was wanted at a `moment` of the call, whose name
    is the same when it is wanted again: all up to its first Message but those that it begins with,
    which are sent. Of two documents for one moment the first counts. What is wanted when the call
    is over is carried out by nobody."""
    if not are_in(response):
        return response
    if call.status in FINAL:
        return Response()
    digest = sha256(moment.encode()).hexdigest()[:32]
    name = _name(call, digest)
    text = msgspec.json.encode(response).decode()
    if not await _keep(env, tx, name, text):
        kept = await tx.scripts.following(name)
        if kept is not None:
            response = msgspec.json.decode(kept.response, type=Response)
    return await _from(env, tx, call, response.verbs, digest, 0)


def is_rest(url: str) -> bool:
    """Whether a URL names the rest of a document."""
    return url.startswith(REST)


async def rest(env: Env, tx: Transaction, call: Call, url: str) -> Response | None:
    """How a document of the call goes on at the place that `url` names, whose Messages are sent
    unless they were; null where it names none of them."""
    found = _PLACE.fullmatch(url)
    kept = None if found is None else await tx.scripts.following(_name(call, found[1]))
    if found is None or kept is None:
        return None
    if call.status in FINAL:
        return Response()
    response = msgspec.json.decode(kept.response, type=Response)
    return await _from(env, tx, call, response.verbs, found[1], int(found[2]))


async def _from(
    env: Env, tx: Transaction, call: Call, verbs: Sequence[Verb], digest: str, at: int
) -> Response:
    leading = [one for one in takewhile(_is_message, verbs[at:]) if isinstance(one, Message)]
    if leading and await _keep(env, tx, f"{_name(call, digest)}:{at}", ""):
        await _send(env, tx, call, leading)
    begin = at + len(leading)
    for i, verb in enumerate(verbs[begin:], begin):
        if isinstance(verb, Message):
            return Response((*verbs[begin:i], Redirect(f"{REST}{digest}:{i}")))
        if ends_flow(verb):
            return Response(tuple(verbs[begin : i + 1]))
    return Response(tuple(verbs[begin:]))


async def _send(env: Env, tx: Transaction, call: Call, verbs: Sequence[Message]) -> None:
    """Sends them: by default to who is on the phone, from our number on the call."""
    inbound = call.direction == _INBOUND
    person, ours = (call.caller, call.called) if inbound else (call.called, call.caller)
    if is_withheld(person):
        person = ""
    message = InboundMessage(call.carrier, "", sender=person, number=ours, body="")
    number = await tx.numbers.by_number(ours)
    service_sid = None if number is None else number.service_sid
    asked = _Asked(call.account_sid, service_sid, call.sid, message)
    # One without content has been told of by whoever read the document.
    texts = [_answered(verb, person) for verb in verbs if verb.body or verb.media]
    await answers.send(env, tx, asked, texts)


def _answered(verb: Message, person: str) -> Answered:
    named = ((verb.method, verb.action), ("POST", verb.status_callback))
    listeners = tuple((how, url) for how, url in named if url is not None and is_url(url))
    # Named in any case, so that it is looked at: callers may be no phones.
    return Answered(verb.body, verb.media, verb.to or person, verb.from_, listeners)


def _name(call: Call, digest: str) -> str:
    """What a document is kept by: a place in it is none of another call's."""
    return f"texts:{call.parent_call_sid or call.sid}:{digest}"


async def _keep(env: Env, tx: Transaction, name: str, text: str) -> bool:
    """Whether nobody kept something by that name before."""
    made = CallScript(env.sids.new(sids.CALL_SCRIPT), "", text, None, name, env.clock())
    return await tx.scripts.add(made)


def _is_message(verb: Verb) -> bool:
    return isinstance(verb, Message)
