"""Routing: what becomes of a message or call that reaches a proxy number. Pure."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec

from maskline.model.account import AccountStatus
from maskline.model.interaction import InteractionType
from maskline.model.participant import Pair
from maskline.model.session import Mode
from maskline.model.sid import made_at
from maskline.numbers.national import MEXICO_CHANGED, dialled
from maskline.proxy.expiry import expires_at, is_news
from maskline.store.repositories.routing import Route


class Reason(StrEnum):
    """Why something is not relayed."""

    NO_SESSION = "no-session"
    EXPIRED = "expired"
    NO_PARTNER = "no-partner"
    WRONG_MODE = "wrong-mode"
    OPT_OUT_WORD = "opt-out-word"
    DIVERTED = "diverted"
    WITHHELD = "withheld"
    SUSPENDED = "suspended"
    BLOCKED = "blocked"
    FAILED = "failed"


class Deliver(msgspec.Struct, frozen=True):
    """Relay it: to `recipient`, whom `carrier` is given as `dialled`, from `sender`, which is the
    recipient's own proxy number. The session now ends at `expires_at`; `is_news` says that its row
    has to be told. `claims`: the recipient's pair leads to another session, and to this one from
    now on."""

    service_sid: str
    session_sid: str
    participant_sid: str
    partner_sid: str
    sender: str
    recipient: str
    dialled: str
    carrier: str
    expires_at: int | None
    is_news: bool
    claims: bool
    callback_url: str | None
    intercept_url: str | None


class Refuse(msgspec.Struct, frozen=True):
    """Do not relay it. `code` is the debugger's, 0 where it is not told; `session_sid` is set where
    a session was found."""

    reason: Reason
    code: int
    service_sid: str
    session_sid: str | None = None

    @property
    def is_out_of_session(self) -> bool:
        """Whether the Service's OutOfSessionCallbackUrl is asked what to do."""
        return self.reason in _OUT_OF_SESSION


Decision = Deliver | Refuse

_ACTIVE: Final = AccountStatus.ACTIVE.value
_OUT_OF_SESSION: Final = frozenset({Reason.NO_SESSION, Reason.EXPIRED})

_NO_SESSION: Final = MappingProxyType(
    {InteractionType.MESSAGE: 80903, InteractionType.VOICE: 80902}
)
_SHARED: Final = Pair.SHARED.value
_WRONG_MODE: Final = MappingProxyType(
    {
        (InteractionType.MESSAGE, Mode.VOICE_ONLY.value): 80910,
        (InteractionType.VOICE, Mode.MESSAGE_ONLY.value): 80911,
    }
)


def decide(route: Route, kind: InteractionType, now: int) -> Decision:
    """The decision for a route whose number is in a pool.

    Order: account, Messaging Service, session, expiry, partner, mode. An expired session never
    relays, however late the clock that closes it may be. A Messaging Service has nothing to do with
    calls.
    """
    service_sid = route.service_sid
    assert service_sid is not None
    if route.account_status != _ACTIVE:
        return Refuse(Reason.SUSPENDED, 0, service_sid)
    if route.diverted and kind is InteractionType.MESSAGE:
        return Refuse(Reason.DIVERTED, 80905, service_sid)
    if route.session_sid is None:
        return Refuse(Reason.NO_SESSION, _NO_SESSION[kind], service_sid)
    if route.expires_at is not None and route.expires_at <= now and _ended(route, now):
        return Refuse(Reason.EXPIRED, 80904, service_sid, route.session_sid)
    if route.partner_sid is None:
        return Refuse(Reason.NO_PARTNER, 80614, service_sid, route.session_sid)
    assert route.mode is not None
    if code := _WRONG_MODE.get((kind, route.mode)):
        return Refuse(Reason.WRONG_MODE, code, service_sid, route.session_sid)
    assert route.participant_sid is not None
    assert route.partner_proxy_identifier is not None
    assert route.partner_identifier is not None
    ends = expires_at(
        date_expiry=route.date_expiry,
        ttl=route.ttl or 0,
        default_ttl=route.default_ttl or 0,
        date_created=now,
        date_last_interaction=now,
    )
    return Deliver(
        service_sid=service_sid,
        session_sid=route.session_sid,
        participant_sid=route.participant_sid,
        partner_sid=route.partner_sid,
        sender=route.partner_proxy_identifier,
        recipient=route.partner_identifier,
        dialled=dialled_on(route, kind, route.partner_identifier),
        carrier=route.partner_carrier or route.carrier,
        expires_at=ends,
        is_news=is_news(
            date_started=route.date_started,
            expires_at=route.expires_at,
            slide=route.slide,
            ends=ends,
            now=now,
        ),
        claims=route.partner_pair == _SHARED,
        callback_url=route.callback_url,
        intercept_url=route.intercept_callback_url,
    )


def dialled_on(route: Route, kind: InteractionType, person: str) -> str:
    """The form in which a carrier is given a person of the route's Service; a number that has left
    its pool since dials as one of a new Service."""
    created = route.service_created
    return dialled(
        person,
        is_call=kind is InteractionType.VOICE,
        service_created=MEXICO_CHANGED if created is None else created,
        switches=route.switches,
    )


def _ended(route: Route, now: int) -> bool:
    """Whether a session whose row says so is over, for all that was exchanged since."""
    if route.slide is None or route.newest_sid is None:
        return True
    return made_at(route.newest_sid) + route.slide <= now
