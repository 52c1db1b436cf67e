from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.model.account import Account
from maskline.model.message import Feedback, MediaLink
from maskline.model.page import PageRequest
from maskline.model.service import Service
from maskline.store.contract import Conflict
from maskline.store.repositories.messages import Leg, Listener, MessageFilter, StatusChange
from tests.support.records import NOON, Records

ALL = PageRequest(size=100)


async def test_add_and_get(db: Any, records: Records, account: Account) -> None:
    message = records.message(
        account.sid,
        body="Grüße 🙂\nzwei",
        error_code=30008,
        num_media=1,
        num_segments=2,
        interaction_sid=records.sids.new("KI"),
        date_sent=5,
    )
    await db.messages.add_many([message])
    assert await db.messages.get(message.sid, account.sid) == message
    assert await db.messages.get(message.sid, records.sids.new("AC")) is None
    assert await db.messages.by_sid(message.sid) == message
    assert await db.messages.by_sid(records.sids.new("SM")) is None


async def test_an_inbound_message_is_taken_once(
    db: Any, records: Records, account: Account
) -> None:
    first = records.message(account.sid, provider_id="x")
    again = records.message(account.sid, provider_id="x", body="again")
    elsewhere = records.message(account.sid, provider_id="x", carrier="telnyx")
    await db.messages.add_many([first, elsewhere])
    with pytest.raises(Conflict):
        await db.messages.add_many([records.message(account.sid), again])
    with pytest.raises(Conflict):
        await db.messages.add_many([again])
    found = [await db.messages.by_sid(one.sid) for one in (first, again, elsewhere)]
    assert found == [first, None, elsewhere]


async def test_messages_without_a_provider_id(db: Any, records: Records, account: Account) -> None:
    made = [records.message(account.sid, provider_id=None) for _ in range(2)]
    await db.messages.add_many(made)
    assert [await db.messages.by_sid(one.sid) for one in made] == made


async def test_outbound_by_provider(db: Any, records: Records, account: Account) -> None:
    inbound = records.message(account.sid, provider_id="x")
    outbound = records.message(account.sid, provider_id="x", direction="outbound-reply")
    await db.messages.add_many([inbound, outbound])
    asked = [("telnyx", "x"), ("simulator", "x"), ("simulator", "y"), ("simulator", "x")]
    found = await db.messages.outbound_by_provider(asked)
    assert found == [None, outbound.sid, None, outbound.sid]
    assert await db.messages.outbound_by_provider(asked[1:2]) == [outbound.sid]
    assert await db.messages.outbound_by_provider([]) == []


async def test_leg(db: Any, records: Records, service: Service) -> None:
    service = records.service(service.account_sid, callback_url="https://a.example/cb")
    await db.services.add(service)
    session = records.session(service)
    interaction = records.interaction(session)
    leg = records.message(
        service.account_sid,
        direction="outbound-reply",
        status="failed",
        error_code=30003,
        num_media=2,
        interaction_sid=interaction.sid,
    )
    await db.sessions.add(session)
    await db.interactions.add_many([interaction])
    await db.messages.add_many([leg])
    own = (leg.sid, leg.account_sid, "outbound-reply", "failed", 30003, 2)
    expected = Leg(*own, "https://a.example/cb", interaction, leg.carrier)
    assert await db.messages.leg(leg.sid) == expected
    assert await db.messages.leg(records.sids.new("SM")) is None

    await db.services.delete(service, 9)
    assert await db.messages.leg(leg.sid) == Leg(*own, None, None, leg.carrier)


async def test_legs(db: Any, records: Records, service: Service) -> None:
    service = records.service(service.account_sid, callback_url="https://a.example/cb")
    await db.services.add(service)
    session = records.session(service)
    interaction = records.interaction(session)
    account_sid = service.account_sid
    shown = records.message(
        account_sid, direction="outbound-reply", interaction_sid=interaction.sid
    )
    alone = records.message(account_sid, direction="platform")
    inbound = records.message(account_sid, provider_id="x")
    await db.sessions.add(session)
    await db.interactions.add_many([interaction])
    await db.messages.add_many([shown, alone, inbound])
    sids = [alone.sid, inbound.sid, records.sids.new("SM"), shown.sid, alone.sid]
    legs = await db.messages.legs(sids)
    assert set(legs) == {shown.sid, alone.sid}
    assert legs[shown.sid].interaction == interaction
    assert legs[shown.sid].callback_url == "https://a.example/cb"
    assert legs[alone.sid].interaction is None
    for sid, leg in legs.items():
        assert await db.messages.leg(sid) == leg
    assert await db.messages.legs([]) == {}


async def test_an_inbound_message_is_no_leg(db: Any, records: Records, account: Account) -> None:
    message = records.message(account.sid)
    await db.messages.add_many([message])
    assert await db.messages.leg(message.sid) is None


async def test_set_status(db: Any, records: Records, account: Account) -> None:
    leg = records.message(
        account.sid, direction="outbound-reply", status="queued", provider_id=None
    )
    other = records.message(account.sid)
    await db.messages.add_many([leg, other])

    await db.messages.set_status_many([StatusChange(leg.sid, "sent", None, "p1", 5, 6)])
    sent = msgspec.structs.replace(
        leg, status="sent", provider_id="p1", date_sent=5, date_updated=6
    )
    assert await db.messages.by_sid(leg.sid) == sent

    await db.messages.set_status_many(
        [
            StatusChange(leg.sid, "undelivered", 30003, None, None, 7),
            StatusChange(leg.sid, "undelivered", 30003, None, 8, 8),
        ]
    )
    ended = msgspec.structs.replace(sent, status="undelivered", error_code=30003, date_updated=8)
    assert await db.messages.by_sid(leg.sid) == ended
    assert await db.messages.by_sid(other.sid) == other


@pytest.mark.parametrize(
    ("narrow", "expected"),
    [
        (MessageFilter(), [2, 1, 0]),
        (MessageFilter(to="+14158670002"), [2, 1]),
        (MessageFilter(sender="+14158670003"), [2]),
        (MessageFilter(to="+14158670002", sender="+14158670001"), [1]),
        (MessageFilter(not_before=NOON + 10), [2, 1]),
        (MessageFilter(before=NOON + 10), [0]),
        (MessageFilter(not_before=NOON + 10, before=NOON + 20), [1]),
        (MessageFilter(to="+14158670009"), []),
    ],
)
async def test_a_list_is_narrowed(
    db: Any, records: Records, account: Account, narrow: MessageFilter, expected: list[int]
) -> None:
    made = [
        records.message(
            account.sid,
            sender=f"+1415867000{sender}",
            recipient=f"+1415867000{to}",
            date_created=NOON + at,
        )
        for sender, to, at in ((1, 1, 0), (1, 2, 10), (3, 2, 20))
    ]
    await db.messages.add_many(made)
    await db.messages.add_many([records.message(records.sids.new("AC"))])
    page = await db.messages.page(account.sid, narrow, ALL)
    assert page.records == [made[place] for place in expected]


async def test_media(db: Any, records: Records, account: Account) -> None:
    message, other = records.message(account.sid), records.message(account.sid)
    media = [records.media(message, position) for position in (0, 1, 2)]
    others = records.media(other, 0)
    await db.messages.add_media([others, *reversed(media)])
    assert await db.messages.media(message.sid) == media
    assert await db.messages.medium(media[1].sid, message.sid, account.sid) == media[1]
    assert await db.messages.medium(media[1].sid, other.sid, account.sid) is None
    stranger = records.sids.new("AC")
    assert await db.messages.medium(media[1].sid, message.sid, stranger) is None

    assert not await db.messages.delete_medium(media[1].sid, message.sid, stranger)
    assert not await db.messages.delete_medium(media[1].sid, other.sid, account.sid)
    assert await db.messages.delete_medium(media[1].sid, message.sid, account.sid)
    assert not await db.messages.delete_medium(media[1].sid, message.sid, account.sid)
    assert await db.messages.media(message.sid) == [media[0], media[2]]


async def test_delete_takes_the_media_along(db: Any, records: Records, account: Account) -> None:
    message, other = records.message(account.sid), records.message(account.sid)
    await db.messages.add_many([message, other])
    await db.messages.add_media([records.media(message, 0), kept := records.media(other, 0)])
    assert not await db.messages.delete(message.sid, records.sids.new("AC"))
    assert len(await db.messages.media(message.sid)) == 1
    assert await db.messages.delete(message.sid, account.sid)
    assert not await db.messages.delete(message.sid, account.sid)
    assert await db.messages.by_sid(message.sid) is None
    assert await db.messages.media(message.sid) == []
    assert await db.messages.media(other.sid) == [kept]


async def test_a_number_replies_to_a_person_once_in_a_while(db: Any) -> None:
    pair = ("+14158670001", "+14155550100")
    assert await db.messages.may_reply(*pair, "", 100, 40)
    assert not await db.messages.may_reply(*pair, "", 150, 90)
    assert await db.messages.may_reply(*pair, "stop", 150, 90)
    assert await db.messages.may_reply(pair[0], "+14155550101", "", 150, 90)
    assert await db.messages.may_reply(*pair, "", 160, 100)
    assert not await db.messages.may_reply(*pair, "", 219, 159)


async def test_who_listens_for_a_message(db: Any, records: Records, account: Account) -> None:
    message = records.message(account.sid)
    await db.messages.add_many([message])
    urls = (("POST", "https://a.example/1"), ("GET", "https://a.example/2"))
    listener = Listener(message.sid, account.sid, records.sids.new("KS"), urls)
    await db.messages.listen_many([listener])
    assert await db.messages.listener(message.sid, account.sid) == listener
    await db.messages.stop_listening(message.sid)
    assert await db.messages.listener(message.sid, account.sid) is None
    await db.messages.listen_many([listener])
    await db.messages.delete(message.sid, account.sid)
    assert await db.messages.listener(message.sid, account.sid) is None


async def test_a_message_is_tied_to_an_interaction(
    db: Any, records: Records, account: Account
) -> None:
    message = records.message(account.sid)
    await db.messages.add_many([message])
    interaction = records.sids.new("KI")
    await db.messages.link(message.sid, interaction)
    found = await db.messages.by_sid(message.sid)
    assert found is not None
    assert found.interaction_sid == interaction


async def test_links_to_media(db: Any, records: Records, account: Account) -> None:
    message = records.message(account.sid)
    media = [records.media(message, position) for position in (0, 1)]
    await db.messages.add_media(media)
    await db.messages.add_links(
        [MediaLink("one", media[0].sid, 10), MediaLink("two", media[1].sid, 20)]
    )
    assert await db.messages.linked("one", 9) == media[0].url
    assert await db.messages.linked("one", 10) is None
    assert await db.messages.linked("two", 10) == media[1].url
    assert await db.messages.linked("three", 0) is None
    # One that has ended is forgotten; one whose medium is gone leads nowhere.
    assert await db.messages.forget_links(9, 10) == 0
    assert await db.messages.forget_links(20, 1) == 1
    assert await db.messages.linked("two", 10) == media[1].url
    assert await db.messages.delete_medium(media[1].sid, message.sid, account.sid)
    assert await db.messages.linked("two", 10) is None
    assert await db.messages.forget_links(20, 10) == 1


async def test_feedback(db: Any, records: Records, account: Account) -> None:
    message, other = records.message(account.sid), records.message(account.sid)
    await db.messages.add_many([message, other])
    first = Feedback(message.sid, account.sid, "unconfirmed", 5, 5)
    assert await db.messages.feedback(message.sid) is None
    assert await db.messages.give_feedback(first) == first
    later = msgspec.structs.replace(first, outcome="confirmed", date_created=9, date_updated=9)
    assert await db.messages.give_feedback(later) == msgspec.structs.replace(later, date_created=5)
    theirs = Feedback(other.sid, account.sid, "confirmed", 5, 5)
    await db.messages.give_feedback(theirs)
    assert await db.messages.delete(message.sid, account.sid)
    assert await db.messages.feedback(message.sid) is None
    assert await db.messages.feedback(other.sid) == theirs
