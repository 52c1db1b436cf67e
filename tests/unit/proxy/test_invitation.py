from __future__ import annotations

import json
from typing import Any

import pytest

from maskline.model.errors import Fault
from maskline.model.interaction import InteractionType
from maskline.model.session import Session
from maskline.proxy import invitation
from maskline.proxy.invitation import Invitation, read_invitation
from tests.support.memory import ALICE, BOB, World

NEAR = "+14158670001"
FAR = "+14158670002"
MESSAGE, VOICE = InteractionType.MESSAGE, InteractionType.VOICE
SMS_ONLY, VOICE_ONLY = 2, 1


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        (b'{"participantIdentifier": "\xc3\xbc"}', ""),
        (b'\xef\xbb\xbf {"participantIdentifier": "\xc3\xbc"} ', "utf-8"),
        (b'{"participantIdentifier": "\xfc"}', "iso-8859-1"),
        ('{"participantIdentifier": "ü"}'.encode("utf-16"), "UTF-16"),
        (b'{"participantIdentifier": "\xc3\xbc"}', "no-such"),
        (b'{"participantIdentifier": "\xc3\xbc"}', "utf-16"),
        (b'{"participantIdentifier": "\xc3\xbc"}', "unicode_escape"),
        (b'{"participantIdentifier": "\xc3\xbc"}', "hex"),
    ],
)
def test_any_charset(body: bytes, charset: str) -> None:
    assert read_invitation(body, charset) == Invitation({"Identifier": "ü"})


def test_all_fields() -> None:
    fields = {
        "participantIdentifier": BOB,
        "participantProxyIdentifier": NEAR,
        "uniqueName": "ride",
        "mode": "voice-only",
        "ttl": 60,
        "dateExpiry": "2030-01-01T00:00:00Z",
        "unknown": {"deep": [1]},
        "friendlyName": None,
    }
    assert read_invitation(json.dumps(fields).encode(), "").values == {
        "Identifier": BOB,
        "ProxyIdentifier": NEAR,
        "UniqueName": "ride",
        "Mode": "voice-only",
        "Ttl": "60",
        "DateExpiry": "2030-01-01T00:00:00Z",
    }


@pytest.mark.covers("code:80905")
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b'"x"',
        b"{",
        b"[" * 100_000,
        b"{}",
        b'{"participantIdentifier": ""}',
        b'{"participantIdentifier": null}',
        b'{"participantIdentifier": ["x"]}',
        b'{"participantIdentifier": true}',
        b'{"participantIdentifier": "x", "ttl": 1.5}',
    ],
)
def test_what_is_no_invitation(body: bytes) -> None:
    with pytest.raises(Fault) as refused:
        read_invitation(body, "")
    assert refused.value.code == 80905


def accept(
    world: World,
    kind: InteractionType = MESSAGE,
    reach: int = 3,
    theirs: int = 3,
    person: str = ALICE,
    **values: str,
) -> Session:
    """Alice, who has written to NEAR or called it, is to meet Bob."""
    service = world.add_service()
    near = world.add_number(NEAR, service=service, reserved=True, capabilities=reach)
    world.add_number(FAR, service=service, capabilities=theirs)
    invited = Invitation({"Identifier": BOB, **values})
    return world.do(invitation.accept(world.env, world.tx, service, near, person, kind, invited))


def pairs(world: World, session: Session) -> list[tuple[str, str]]:
    return [(one.identifier, one.proxy_identifier) for one in world.people(session)]


def test_the_caller_keeps_the_number_reserved_or_not(world: World) -> None:
    session = accept(world, UniqueName="ride", Ttl="60")
    assert pairs(world, session) == [(ALICE, NEAR), (BOB, FAR)]
    assert (session.unique_name, session.ttl, session.mode) == ("ride", 60, "voice-and-message")


def test_the_partner_s_number_may_be_named(world: World) -> None:
    session = accept(world, ProxyIdentifier=NEAR)
    assert pairs(world, session) == [(ALICE, NEAR), (BOB, NEAR)]


@pytest.mark.parametrize(
    ("kind", "reach", "theirs", "values", "mode"),
    [
        (MESSAGE, 3, 3, {}, "voice-and-message"),
        (VOICE, 3, 3, {}, "voice-and-message"),
        (MESSAGE, SMS_ONLY, 3, {}, "message-only"),
        (VOICE, VOICE_ONLY, 3, {}, "voice-only"),
        (MESSAGE, 3, SMS_ONLY, {}, "message-only"),
        (VOICE, 3, VOICE_ONLY, {}, "voice-only"),
        (MESSAGE, 3, SMS_ONLY, {"ProxyIdentifier": FAR}, "message-only"),
        (VOICE, 3, 3, {"ProxyIdentifier": FAR}, "voice-and-message"),
        (VOICE, 3, 3, {"Mode": "voice-only"}, "voice-only"),
        (
            MESSAGE,
            3,
            3,
            {"Identifier": "messenger:7", "ProxyIdentifier": FAR},
            "message-only",
        ),
    ],
)
def test_a_mode_that_fits(
    world: World,
    kind: InteractionType,
    reach: int,
    theirs: int,
    values: dict[str, Any],
    mode: str,
) -> None:
    assert accept(world, kind, reach, theirs, **values).mode == mode


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"Identifier": ALICE}, 80103),
        ({"Identifier": "+15551234567"}, 80404),
        ({"ProxyIdentifier": "+14158670009"}, 80606),
        ({"Mode": "x"}, 80701),
        ({"Identifier": "+442079460958"}, 80203),
    ],
)
def test_what_creating_a_session_refuses(world: World, values: dict[str, Any], code: int) -> None:
    with pytest.raises(Fault) as refused:
        accept(world, **values)
    assert refused.value.code == code
    assert not world.rows("SELECT 1 FROM sessions")
