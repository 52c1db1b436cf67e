"""The parameters of OutOfSessionCallbackUrl, and of the documents that a call's answer names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from maskline.model.call import Call
from maskline.model.clock import iso
from maskline.model.message import MessageStatus
from maskline.model.participant import Participant
from maskline.model.session import Session
from maskline.model.traffic import InboundMessage
from maskline.numbers.e164 import iso_country
from maskline.store.contract import Transaction

API_VERSION: Final = "2010-04-01"
#: No add-on looked at the message or call.
_ADD_ONS: Final = '{"status":"successful","message":null,"code":null,"results":{}}'

Params = list[tuple[str, str]]


class Past(msgspec.Struct, frozen=True):
    """The last session in which a person had a number, who they were in it, and their partner."""

    session: Session
    person: Participant
    partner: Participant | None


async def past_of(tx: Transaction, service_sid: str, number: str, person: str) -> Past | None:
    """What a person and a number have behind them in a Service; null for strangers."""
    participant = await tx.participants.last_of(number, person, service_sid)
    if participant is None:
        return None
    session = await tx.sessions.get(participant.session_sid, service_sid)
    if session is None:
        return None
    others = [
        other
        for other in await tx.participants.of_session(session.sid)
        if other.sid != participant.sid
    ]
    # Whom the session had at its end, rather than one who was removed before.
    partner = max(others, key=lambda one: (one.date_deleted is None, one.sid), default=None)
    return Past(session, participant, partner)


def message_parameters(one: InboundMessage, sid: str, account_sid: str, segments: int) -> Params:
    """A text that came in, as an ordinary Messaging webhook tells it."""
    params = [
        *_common(account_sid, From=one.sender, To=one.number),
        ("MessageSid", sid),
        ("SmsSid", sid),
        ("SmsMessageSid", sid),
        ("SmsStatus", MessageStatus.RECEIVED.value),
        ("Body", one.body),
        ("NumSegments", str(segments)),
        ("NumMedia", str(len(one.media))),
    ]
    for i, (url, content_type) in enumerate(one.media):
        params += [(f"MediaUrl{i}", url), (f"MediaContentType{i}", content_type)]
    if one.opt_out_type:
        params.append(("OptOutType", one.opt_out_type))
    return params


def call_parameters(call: Call, details: Mapping[str, str]) -> Params:
    """A call that came in, as an ordinary Voice webhook tells it. `details` are what belongs to
    this moment of it, such as its state, or the digits that were typed; they go before."""
    caller, called = call.caller, call.called
    params = [
        *_common(call.account_sid, From=caller, To=called, Caller=caller, Called=called),
        ("CallSid", call.sid),
        ("CallStatus", call.status),
        ("Direction", "inbound"),
    ]
    return list({**dict(params), **details}.items())


def past_parameters(past: Past | None) -> Params:
    """The last session and its participants; nothing for strangers. What a record leaves open is
    empty."""
    if past is None:
        return []
    session = past.session
    params = [
        ("sessionSid", session.sid),
        ("sessionUniqueName", session.unique_name or ""),
        ("sessionAccountSid", session.account_sid),
        ("sessionServiceSid", session.service_sid),
        ("sessionStatus", session.status),
        ("sessionMode", session.mode),
        ("sessionClosedReason", session.closed_reason or ""),
        ("sessionDateCreated", iso(session.date_created) or ""),
        ("sessionDateUpdated", iso(session.date_updated) or ""),
        ("sessionDateStarted", iso(session.date_started) or ""),
        ("sessionDateLastInteraction", iso(session.date_last_interaction) or ""),
        ("sessionDateEnded", iso(session.date_ended) or ""),
        ("sessionDateExpiry", iso(session.date_expiry) or ""),
        ("ttl", str(session.ttl)),
        *_participant("inboundParticipant", past.person),
    ]
    if past.partner is not None:
        params += _participant("outboundParticipant", past.partner)
    return params


def _common(account_sid: str, **parties: str) -> Iterator[tuple[str, str]]:
    yield "AccountSid", account_sid
    yield "ApiVersion", API_VERSION
    yield "AddOns", _ADD_ONS
    for name, number in parties.items():
        yield name, number
        # Where exactly somebody is can't be known from a number that was ported.
        yield f"{name}City", ""
        yield f"{name}State", ""
        yield f"{name}Zip", ""
        yield f"{name}Country", iso_country(number)


def _participant(prefix: str, one: Participant) -> Params:
    return [
        (f"{prefix}Sid", one.sid),
        (f"{prefix}Identifier", one.identifier),
        (f"{prefix}FriendlyName", one.friendly_name or ""),
        (f"{prefix}ProxyIdentifier", one.proxy_identifier),
        (f"{prefix}ProxyIdentifierSid", one.proxy_identifier_sid),
        (f"{prefix}AccountSid", one.account_sid),
        (f"{prefix}ServiceSid", one.service_sid),
        (f"{prefix}SessionSid", one.session_sid),
        (f"{prefix}DateCreated", iso(one.date_created) or ""),
        (f"{prefix}DateUpdated", iso(one.date_updated) or ""),
    ]
