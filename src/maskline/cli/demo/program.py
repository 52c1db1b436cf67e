"""What a program does through the official SDK: numbers, a Service, its pool, a session."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from maskline.cli.demo.cast import ALICE, BOB, POOL, Person


class Masked(msgspec.Struct, frozen=True):
    """A participant: the person, and the proxy number that they dial and are called from."""

    person: Person
    sid: str
    proxy: str


class Setting(msgspec.Struct, frozen=True):
    """What the play takes place in."""

    service_sid: str
    session_sid: str
    alice: Masked
    bob: Masked


def set_up(client: Any, callback_url: str) -> Setting:
    """Creates everything."""
    numbers = [client.incoming_phone_numbers.create(phone_number=number) for number in POOL]
    service = client.proxy.v1.services.create(unique_name="parcels", callback_url=callback_url)
    for number in numbers:
        service.phone_numbers.create(sid=number.sid)
    session = service.sessions.create(unique_name="parcel-1")
    alice, bob = (
        session.participants.create(identifier=person.number, friendly_name=person.name)
        for person in (ALICE, BOB)
    )
    return Setting(
        service_sid=service.sid,
        session_sid=session.sid,
        alice=Masked(ALICE, alice.sid, alice.proxy_identifier),
        bob=Masked(BOB, bob.sid, bob.proxy_identifier),
    )


def calls(base: str, callback_url: str) -> Iterator[str]:
    """The same as it stands in a program."""
    yield f'client.proxy.base_url = "{base}/proxy"'
    yield f'client.api.base_url = "{base}/api"'
    yield f'number = client.incoming_phone_numbers.create(phone_number="{POOL[0]}")  # of four'
    yield "service = client.proxy.v1.services.create("
    yield f'    unique_name="parcels", callback_url="{callback_url}")'
    yield "service.phone_numbers.create(sid=number.sid)  # each of the four"
    yield 'session = service.sessions.create(unique_name="parcel-1")'
    yield f'session.participants.create(identifier="{ALICE.number}", friendly_name="Alice")'
    yield f'session.participants.create(identifier="{BOB.number}", friendly_name="Bob")'
