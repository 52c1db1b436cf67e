from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.model.interaction import InteractionType
from maskline.proxy.routing import Deliver, Reason, Refuse, decide
from maskline.store.repositories.routing import Route

NOW = 1_000_000
MESSAGE, VOICE = InteractionType.MESSAGE, InteractionType.VOICE

ROUTE = Route(
    number_sid="PN1",
    account_sid="AC1",
    carrier="telnyx",
    service_sid="KS1",
    callback_url="https://a.example/cb",
    intercept_callback_url="https://a.example/icb",
    out_of_session_callback_url="https://a.example/oos",
    default_ttl=30,
    participant_sid="KP1",
    session_sid="KC1",
    mode="voice-and-message",
    ttl=60,
    date_expiry=None,
    expires_at=NOW + 1,
    partner_sid="KP2",
    partner_identifier="+14155550100",
    partner_proxy_identifier="+14158670002",
    partner_carrier="vonage",
    seen_sid=None,
)
NOBODY = dict.fromkeys(
    ("partner_sid", "partner_identifier", "partner_proxy_identifier", "partner_carrier")
)
NO_SESSION = dict.fromkeys(
    ("participant_sid", "session_sid", "mode", "ttl", "date_expiry", "expires_at", *NOBODY)
)


def route(**changes: Any) -> Route:
    """The route, changed."""
    return msgspec.structs.replace(ROUTE, **changes)


def test_deliver() -> None:
    assert decide(ROUTE, MESSAGE, NOW) == Deliver(
        service_sid="KS1",
        session_sid="KC1",
        participant_sid="KP1",
        partner_sid="KP2",
        sender="+14158670002",
        recipient="+14155550100",
        carrier="vonage",
        expires_at=NOW + 60_000,
        callback_url="https://a.example/cb",
        intercept_url="https://a.example/icb",
    )


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        (MESSAGE, "voice-and-message"),
        (MESSAGE, "message-only"),
        (VOICE, "voice-and-message"),
        (VOICE, "voice-only"),
    ],
)
def test_what_a_mode_carries(kind: InteractionType, mode: str) -> None:
    assert isinstance(decide(route(mode=mode), kind, NOW), Deliver)


@pytest.mark.parametrize(
    ("changes", "kind", "reason", "code"),
    [
        (NO_SESSION, MESSAGE, Reason.NO_SESSION, 80903),
        (NO_SESSION, VOICE, Reason.NO_SESSION, 80902),
        ({"expires_at": NOW}, MESSAGE, Reason.EXPIRED, 80904),
        ({"expires_at": NOW - 1}, VOICE, Reason.EXPIRED, 80904),
        ({"expires_at": NOW, **NOBODY}, VOICE, Reason.EXPIRED, 80904),
        ({"expires_at": NOW, "mode": "voice-only"}, MESSAGE, Reason.EXPIRED, 80904),
        (NOBODY, MESSAGE, Reason.NO_PARTNER, 80614),
        ({"mode": "voice-only", **NOBODY}, MESSAGE, Reason.NO_PARTNER, 80614),
        ({"mode": "voice-only"}, MESSAGE, Reason.WRONG_MODE, 80910),
        ({"mode": "message-only"}, VOICE, Reason.WRONG_MODE, 80911),
    ],
)
def test_refuse(changes: dict[str, Any], kind: InteractionType, reason: Reason, code: int) -> None:
    changed = route(**changes)
    assert decide(changed, kind, NOW) == Refuse(reason, code, "KS1", changed.session_sid)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, NOW + 60_000),
        ({"ttl": 0}, NOW + 30_000),
        ({"ttl": 0, "default_ttl": 0, "expires_at": None}, None),
        ({"date_expiry": NOW + 5, "expires_at": NOW + 5}, NOW + 5),
    ],
)
def test_when_the_session_ends_then(changes: dict[str, Any], expected: int | None) -> None:
    decision = decide(route(**changes), MESSAGE, NOW)
    assert isinstance(decision, Deliver)
    assert decision.expires_at == expected


def test_a_partner_s_number_whose_carrier_is_not_known() -> None:
    decision = decide(route(partner_carrier=None), MESSAGE, NOW)
    assert isinstance(decision, Deliver)
    assert decision.carrier == "telnyx"
