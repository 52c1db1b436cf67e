"""Long codes of the United States without a registration: held where the settings say so, whoever
sends, and let go once their campaign is verified. And what the readiness check says on the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.registration import CAMPAIGN, CUSTOMER, PROFILE
from tests.support.server import AUTH_TOKEN, RunningServer
from tests.support.world import BOB, POOL, World, eventually

pytestmark = pytest.mark.both_engines


@pytest.fixture
def server(tmp_path: Path, database: dict[str, str]) -> Iterator[RunningServer]:
    with RunningServer(tmp_path, MASKLINE_A2P_UNREGISTERED="block", **database) as server:
        yield server


@pytest.fixture
def world(server: RunningServer) -> World:
    return World(server)


def readiness(server: RunningServer) -> dict[str, Any]:
    answer = requests.get(
        f"{server.url}/messaging/v1/a2p/Readiness",
        auth=(server.account_sid, AUTH_TOKEN),
        timeout=10,
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def wrong(server: RunningServer) -> list[tuple[str, str]]:
    checks = readiness(server)["checks"]
    assert all(one["advice"] for one in checks if one["state"] != "ok")
    return [(one["check"], one["state"]) for one in checks if one["state"] != "ok"]


def registered(world: World) -> Any:
    """A Messaging Service with the pool's numbers, whose campaign the mock registrar verifies."""
    messaging = world.client.messaging.v1
    brand = messaging.brand_registrations.create(CUSTOMER, PROFILE, mock=True)
    brands = messaging.brand_registrations
    eventually(lambda: brands(brand.sid).fetch().status == "APPROVED")
    texts = messaging.services.create(friendly_name="Rides", use_inbound_webhook_on_number=True)
    for number in world.here.phone_numbers.list():
        texts.phone_numbers.create(phone_number_sid=number.sid)
    here = messaging.services(texts.sid).us_app_to_person
    campaign = here.create(brand_registration_sid=brand.sid, **CAMPAIGN)
    eventually(lambda: here(campaign.sid).fetch().campaign_status == "VERIFIED")
    return texts


@pytest.mark.covers("GET /messaging/v1/a2p/Readiness", "field:*", "status:200")
def test_held_until_the_campaign_is_verified(server: RunningServer, world: World) -> None:
    session = world.session()
    assert wrong(server) == [("messaging-service", "bad")]
    answer = readiness(server)
    assert (answer["account_sid"], answer["ok"]) == (server.account_sid, False)
    assert set(answer["checks"][1]) == {"check", "state", "says", "advice", "details"}

    # A masked message, one from the program to a participant, and one by the Messages API.
    world.alice.text(session.a.proxy_identifier, "masked")
    session.here.participants(session.b.sid).message_interactions.create(body="from the program")
    world.client.messages.create(to=BOB, from_=POOL[0], body="by the API")
    held = eventually(
        lambda: (
            (found := [one for one in world.client.messages.list() if one.error_code == 30034])
            and len(found) == 3
            and found
        )
    )
    assert {one.status for one in held} == {"failed"}
    assert world.bob.inbox() == []
    alerts = [one for one in world.client.monitor.v1.alerts.list() if one.error_code == "30034"]
    assert len(alerts) == 3

    registered(world)
    assert wrong(server) == []
    assert readiness(server)["ok"]
    # From the next message on, without waiting until it was read.
    world.alice.text(session.a.proxy_identifier, "masked")
    world.client.messages.create(to=BOB, from_=POOL[0], body="by the API")
    bodies = {one["body"] for one in world.bob.receives(2)}
    assert bodies == {"masked", "by the API"}


def test_people_elsewhere_are_none_of_its_business(world: World) -> None:
    world.client.messages.create(to="+447911123456", from_=POOL[0], body="hello")
    message = eventually(
        lambda: next((one for one in world.client.messages.list() if one.status != "queued"), None)
    )
    assert message is not None
    assert message.error_code is None
