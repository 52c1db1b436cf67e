from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.model.interaction import InteractionType
from maskline.model.sid import INTERACTION, SidFactory
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
    date_started=NOW - 60_000,
    date_expiry=None,
    expires_at=NOW + 1,
    slide=60_000,
    newest_sid=None,
    partner_sid="KP2",
    partner_identifier="+14155550100",
    partner_proxy_identifier="+14158670002",
    partner_carrier="vonage",
    partner_pair=1,
    seen_sid=None,
    account_status="active",
    switches=0,
    service_created=NOW,
    messaging_service_sid="MG1",
    diverted=0,
)
NOBODY = dict.fromkeys(
    (
        *("partner_sid", "partner_identifier", "partner_proxy_identifier", "partner_carrier"),
        "partner_pair",
    )
)
NO_SESSION = dict.fromkeys(
    (
        *("participant_sid", "session_sid", "mode", "ttl"),
        *("date_started", "date_expiry", "expires_at", "slide"),
        *NOBODY,
    )
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
        dialled="+14155550100",
        carrier="vonage",
        expires_at=NOW + 60_000,
        is_news=False,
        claims=False,
        callback_url="https://a.example/cb",
        intercept_url="https://a.example/icb",
    )


@pytest.mark.covers("code:80905")
@pytest.mark.parametrize(
    "changes", [{}, NO_SESSION, NOBODY, {"mode": "voice-only"}, {"expires_at": NOW, "slide": None}]
)
def test_a_messaging_service_that_does_not_defer_takes_messages_and_no_calls(
    changes: dict[str, Any],
) -> None:
    diverted = route(**changes, diverted=1)
    assert decide(diverted, MESSAGE, NOW) == Refuse(Reason.DIVERTED, 80905, "KS1")
    assert decide(diverted, VOICE, NOW) == decide(route(**changes), VOICE, NOW)


@pytest.mark.parametrize(("pair", "claims"), [(1, False), (2, True)])
def test_a_pair_that_the_partner_shares_is_claimed(pair: int, claims: bool) -> None:
    decision = decide(route(partner_pair=pair), VOICE, NOW)
    assert isinstance(decision, Deliver)
    assert decision.claims is claims


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


def interaction_at(at: int) -> str:
    """The SID of an interaction that took place then."""
    return SidFactory(lambda: at).new(INTERACTION)


def test_an_interaction_since_the_row_was_written_moves_the_end() -> None:
    old = route(expires_at=NOW - 5_000, slide=60_000, newest_sid=interaction_at(NOW - 59_999))
    assert isinstance(decide(old, MESSAGE, NOW), Deliver)
    assert decide(old, MESSAGE, NOW + 1) == Refuse(Reason.EXPIRED, 80904, "KS1", "KC1")


def test_no_interaction_moves_a_date() -> None:
    dated = route(date_expiry=NOW, expires_at=NOW, slide=None)
    assert decide(dated, MESSAGE, NOW) == Refuse(Reason.EXPIRED, 80904, "KS1", "KC1")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, False),
        ({"date_started": None}, True),
        ({"ttl": 61}, True),
        ({"ttl": 0}, True),
        ({"ttl": 0, "default_ttl": 60}, False),
        ({"ttl": 0, "default_ttl": 0}, True),
        ({"expires_at": None, "slide": None}, True),
        ({"ttl": 0, "default_ttl": 0, "expires_at": None, "slide": None}, False),
        ({"date_expiry": NOW + 5, "expires_at": NOW + 5, "slide": None}, False),
    ],
)
def test_what_a_session_s_row_is_told(changes: dict[str, Any], expected: bool) -> None:
    decision = decide(route(**changes), MESSAGE, NOW)
    assert isinstance(decision, Deliver)
    assert decision.is_news is expected


def test_a_partner_s_number_whose_carrier_is_not_known() -> None:
    decision = decide(route(partner_carrier=None), MESSAGE, NOW)
    assert isinstance(decision, Deliver)
    assert decision.carrier == "telnyx"


@pytest.mark.parametrize("status", ["suspended", "closed"])
@pytest.mark.parametrize("kind", [MESSAGE, VOICE])
def test_an_account_that_is_not_active_relays_nothing(status: str, kind: InteractionType) -> None:
    decision = decide(route(account_status=status), kind, NOW)
    assert decision == Refuse(Reason.SUSPENDED, 0, "KS1")


@pytest.mark.parametrize(
    ("reason", "is_out"), [(one, one in ("no-session", "expired")) for one in Reason]
)
def test_what_is_out_of_session(reason: Reason, is_out: bool) -> None:
    assert Refuse(reason, 80905, "KS1").is_out_of_session is is_out
