"""A session past its days, as its program sees it go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from twilio.base.exceptions import TwilioRestException

from maskline.model.clock import DAY
from tests.support.server import RunningServer
from tests.support.world import World, eventually


def status(fetch: Any) -> int:
    """The status that a fetch is answered with."""
    try:
        fetch()
    except TwilioRestException as refusal:
        return int(refusal.status)
    return 200


@pytest.mark.covers("says:retention.sessions", "says:retention.cascade")
def test_it_is_gone_after_a_start_and_its_messages_stay(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as server:
        world = World(server)
        session, going = world.session(), world.session()
        world.alice.text(session.a.proxy_identifier, "hi")
        interaction = session.settles("delivered")
        session.here.update(status="closed")

        async def age(tx: Any) -> None:
            found = await tx.sessions.get(session.sid, world.service.sid)
            old = found.date_ended - 90 * DAY - 1
            await tx.sessions.update(msgspec.structs.replace(found, date_ended=old))

        server.transact(age)
        assert status(session.here.fetch) == 200
    with RunningServer(tmp_path) as server:
        here = server.client.proxy.v1.services(world.service.sid)
        gone = here.sessions(session.sid)
        eventually(lambda: status(gone.fetch) == 404)
        assert status(gone.participants(session.a.sid).fetch) == 404
        assert status(gone.interactions(interaction.sid).fetch) == 404
        assert [one.sid for one in here.sessions.list()] == [going.sid]
        for sid in (interaction.inbound_resource_sid, interaction.outbound_resource_sid):
            assert status(server.client.messages(sid).fetch) == 200
        numbers = {one.phone_number: one.in_use for one in here.phone_numbers.list()}
        used = {going.a.proxy_identifier, going.b.proxy_identifier}
        assert {number for number, in_use in numbers.items() if in_use} == used
