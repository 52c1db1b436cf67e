"""Records as the console shows them: people's numbers masked, each with a reference by which
whoever may can have it revealed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from maskline.console.gate import text_of
from maskline.console.shapes.common import Number
from maskline.console.shapes.sessions import ParticipantView, SessionRow
from maskline.console.shapes.timeline import (
    AlertEntry,
    CallEntry,
    InteractionEntry,
    MediaView,
    MessageEntry,
    WebhookEntry,
)
from maskline.model.alert import Alert
from maskline.model.call import Call, CallDirection
from maskline.model.errors import MORE_INFO
from maskline.model.interaction import Interaction
from maskline.model.message import Direction, Media, Message
from maskline.model.participant import Participant
from maskline.model.session import Session
from maskline.model.sid import made_at
from maskline.model.webhook_attempt import WebhookAttempt
from maskline.numbers.e164 import is_e164, mask
from maskline.proxy.callbacks import BLOCKING

#: Where this server itself shows pictures for handsets.
PICTURES: Final = "/simulator/pictures/"


def person(number: str, sid: str, field: str) -> Number:
    """A person's number, which stands in a record's field."""
    return Number(mask(number), "person", f"{sid}:{field}")


def private(text: str, sid: str, field: str) -> Number:
    """What names a person or leads to one, which stands in a record's field: of a number as much as
    `mask` shows, of all else how it begins, and of an e-mail address where it goes."""
    if is_e164(text):
        return person(text, sid, field)
    name, at, host = text.rpartition("@")
    return Number(f"{(name or text)[:1]}…{at}{host if at else ''}", "person", f"{sid}:{field}")


def proxy(number: str) -> Number:
    """A number of ours."""
    return Number(number, "proxy")


def session_row(session: Session, service_name: str) -> SessionRow:
    """A session in a list."""
    return SessionRow(
        sid=session.sid,
        account_sid=session.account_sid,
        service_sid=session.service_sid,
        service_name=service_name,
        unique_name=session.unique_name,
        status=session.status,
        closed_reason=session.closed_reason,
        mode=session.mode,
        date_created=session.date_created,
        date_last_interaction=session.date_last_interaction,
        date_ended=session.date_ended,
        expires_at=session.expires_at,
    )


def participant(one: Participant) -> ParticipantView:
    """A person in a session."""
    return ParticipantView(
        sid=one.sid,
        name=one.friendly_name,
        identifier=person(one.identifier, one.sid, "identifier"),
        proxy=proxy(one.proxy_identifier),
        date_created=one.date_created,
        date_deleted=one.date_deleted,
    )


def interaction(
    one: Interaction, names: Mapping[str, str | None], *, readable: bool
) -> InteractionEntry:
    """An interaction; `names` are those of participants by SID."""
    data = _data(one.data)
    body, duration = data.get("body"), data.get("duration")
    sender, recipient = one.inbound_participant_sid, one.outbound_participant_sid
    return InteractionEntry(
        at=one.date_created,
        interaction_sid=one.sid,
        kind=one.type,
        sender_sid=sender,
        sender_name=names.get(sender or ""),
        recipient_sid=recipient,
        recipient_name=names.get(recipient or ""),
        inbound_status=one.inbound_resource_status,
        outbound_status=one.outbound_resource_status,
        body=str(body) if readable and body is not None else None,
        num_media=one.num_media,
        duration=int(duration) if isinstance(duration, str) and duration.isdigit() else None,
    )


def _data(text: str) -> dict[str, object]:
    try:
        return msgspec.json.decode(text, type=dict[str, object])
    except msgspec.DecodeError:
        return {}


def message(one: Message, media: Sequence[Media], base_url: str) -> MessageEntry:
    """A leg of text."""
    inbound = one.direction == Direction.INBOUND
    return MessageEntry(
        at=one.date_created,
        updated_at=one.date_updated,
        sid=one.sid,
        interaction_sid=one.interaction_sid,
        direction=one.direction,
        sender=person(one.sender, one.sid, "sender") if inbound else proxy(one.sender),
        recipient=proxy(one.recipient) if inbound else person(one.recipient, one.sid, "recipient"),
        status=one.status,
        error_code=one.error_code,
        error_text=text_of(one.error_code),
        carrier=one.carrier,
        provider_id=one.provider_id,
        segments=one.num_segments,
        media=[MediaView(m.url, m.content_type, source(m.url, base_url)) for m in media],
    )


def source(url: str, base_url: str) -> str | None:
    """The path at which this server shows a medium; null for one that lies elsewhere."""
    path = url.removeprefix(base_url)
    return path if path != url and path.startswith(PICTURES) else None


def call(one: Call) -> CallEntry:
    """A leg of a call."""
    inbound = one.direction == CallDirection.INBOUND
    return CallEntry(
        at=one.date_created,
        updated_at=one.date_updated,
        sid=one.sid,
        interaction_sid=one.interaction_sid,
        parent_call_sid=one.parent_call_sid,
        direction=one.direction,
        caller=person(one.caller, one.sid, "caller") if inbound else proxy(one.caller),
        called=proxy(one.called) if inbound else person(one.called, one.sid, "called"),
        status=one.status,
        carrier=one.carrier,
        provider_id=one.provider_id,
        duration=one.duration,
    )


def alert(one: Alert, interaction_sid: str | None) -> AlertEntry:
    """What the debugger was told."""
    return AlertEntry(
        at=one.date_generated,
        sid=one.sid,
        interaction_sid=interaction_sid,
        resource_sid=one.resource_sid,
        service_sid=one.service_sid,
        code=one.error_code,
        level=one.log_level,
        text=one.alert_text,
        more_info=f"{MORE_INFO}{one.error_code}",
    )


def _says_no(one: WebhookAttempt) -> bool:
    """Whether a program blocked what it was asked about, which is an answer and no failure."""
    return one.kind == "intercept" and one.status in BLOCKING


def webhook(
    one: WebhookAttempt, attempt: int, interaction_sid: str | None, *, dead: bool = False
) -> WebhookEntry:
    """A request to a program; the `attempt`-th of its job, which is `dead` when it was given up."""
    return WebhookEntry(
        at=made_at(one.sid),
        sid=one.sid,
        job_sid=one.job_sid,
        interaction_sid=interaction_sid,
        kind=one.kind,
        method=one.method,
        url=one.url,
        attempt=attempt,
        status=one.status,
        error=one.error,
        latency_ms=one.latency_ms,
        state="delivered" if one.succeeded or _says_no(one) else "dead" if dead else "failed",
    )
