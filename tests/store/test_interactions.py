from __future__ import annotations

from typing import Any

import msgspec

from maskline.model.page import PageRequest
from maskline.model.service import Service
from tests.support.records import Records


async def test_add_and_get(db: Any, records: Records, service: Service) -> None:
    session = records.session(service)
    interaction = records.interaction(
        session,
        type="voice",
        data='{"duration":"5"}',
        num_media=3,
        inbound_participant_sid=records.sids.new("KP"),
        inbound_resource_sid=records.sids.new("CA"),
        inbound_resource_status="completed",
        outbound_participant_sid=records.sids.new("KP"),
        outbound_resource_sid=records.sids.new("CA"),
        outbound_resource_status="busy",
    )
    await db.interactions.add_many([interaction])
    assert await db.interactions.get(interaction.sid, session.sid) == interaction
    assert await db.interactions.get(interaction.sid, records.sids.new("KC")) is None
    assert await db.interactions.by_sid(interaction.sid) == interaction
    assert await db.interactions.by_sid(records.sids.new("KI")) is None


async def test_what_was_sent_to_a_participant(db: Any, records: Records, service: Service) -> None:
    session = records.session(service)
    alice, bob = records.sids.new("KP"), records.sids.new("KP")
    sent = records.interaction(session, outbound_participant_sid=alice)
    await db.interactions.add_many(
        [
            sent,
            records.interaction(session, outbound_participant_sid=bob),
            records.interaction(
                session, outbound_participant_sid=alice, inbound_participant_sid=bob
            ),
            records.interaction(session, outbound_participant_sid=alice, type="voice"),
            records.interaction(records.session(service), outbound_participant_sid=alice),
        ]
    )
    page = await db.interactions.sent_to(session.sid, alice, PageRequest())
    assert page.records == [sent]


async def test_update(db: Any, records: Records, service: Service) -> None:
    session = records.session(service)
    interaction, other = records.interaction(session), records.interaction(session)
    await db.interactions.add_many([interaction, other])
    changed = msgspec.structs.replace(
        interaction,
        data='{"body":"new"}',
        inbound_resource_status="received",
        outbound_participant_sid=records.sids.new("KP"),
        outbound_resource_sid=records.sids.new("SM"),
        outbound_resource_status="sent",
        date_updated=9,
    )
    await db.interactions.update_many([changed])
    assert await db.interactions.by_sid(interaction.sid) == changed
    assert await db.interactions.by_sid(other.sid) == other


async def test_delete(db: Any, records: Records, service: Service) -> None:
    session = records.session(service)
    interaction = records.interaction(session)
    await db.interactions.add_many([interaction])
    assert not await db.interactions.delete(interaction.sid, records.sids.new("KC"))
    assert await db.interactions.delete(interaction.sid, session.sid)
    assert not await db.interactions.delete(interaction.sid, session.sid)
    assert await db.interactions.by_sid(interaction.sid) is None
