from __future__ import annotations

from typing import Any

import msgspec

from maskline.model.account import Account
from maskline.model.carrier import CarrierAccount, SyncedNumber
from maskline.model.participant import Participant
from maskline.model.service import Service
from tests.support.records import Records

ONE = CarrierAccount("one", "twilio", '{"a":1}', "v1.x", 5, 5)
NUMBER = "+14158670001"


async def test_accounts(db: Any) -> None:
    assert await db.carriers.add(ONE)
    assert not await db.carriers.add(msgspec.structs.replace(ONE, kind="other"))
    two = msgspec.structs.replace(ONE, name="two")
    assert await db.carriers.add(two)
    assert await db.carriers.get("one") == ONE
    assert await db.carriers.get("three") is None
    assert await db.carriers.all() == [ONE, two]
    assert await db.carriers.marks() == {"one": 5, "two": 5}
    changed = msgspec.structs.replace(ONE, settings="{}", credentials="v1.y", date_updated=9)
    await db.carriers.update(changed)
    assert await db.carriers.get("one") == changed
    assert await db.carriers.marks() == {"one": 9, "two": 5}
    assert await db.carriers.delete("one")
    assert not await db.carriers.delete("one")
    assert await db.carriers.all() == [two]


async def test_numbers_move_between_accounts(db: Any, records: Records, account: Account) -> None:
    number = records.number(account.sid, NUMBER)
    await db.numbers.add(number)
    assert await db.carriers.numbers("one", 10) == []
    await db.carriers.move(number.sid, "one", 7)
    assert await db.carriers.numbers("one", 10) == [NUMBER]
    found = await db.numbers.by_number(NUMBER)
    assert (found.carrier, found.date_updated) == ("one", 7)


async def test_what_a_carrier_had_before_is_remembered(db: Any) -> None:
    old = SyncedNumber(NUMBER, "one", "PN1", '{"SmsUrl":"x"}', 5)
    await db.carriers.remember(old)
    assert await db.carriers.remembered(NUMBER) == old
    moved = msgspec.structs.replace(old, carrier="two", hooks="{}", date_created=6)
    await db.carriers.remember(moved)
    assert await db.carriers.synced("one") == []
    assert await db.carriers.synced("two") == [moved]
    await db.carriers.forget(NUMBER)
    assert await db.carriers.remembered(NUMBER) is None


async def test_a_number_s_hooks_by_itself(db: Any, records: Records, account: Account) -> None:
    number = records.number(account.sid, NUMBER)
    await db.numbers.add(number)
    assert await db.numbers.hooks_of(NUMBER) is None
    hooks = msgspec.structs.replace(await db.numbers.hooks(number.sid), sms_url="https://a")
    await db.numbers.set_hooks(number.sid, hooks)
    assert await db.numbers.hooks_of(NUMBER) == hooks
    assert await db.numbers.hooks_of("+14158670002") is None


async def test_a_call_by_the_carrier_s_id(db: Any, records: Records, account: Account) -> None:
    call = records.call(account.sid, carrier="one", provider_id="CA7")
    await db.calls.add_many([call])
    assert await db.calls.inbound("one", "CA7") == call
    assert await db.calls.inbound("two", "CA7") is None


async def test_a_placed_call_by_the_carrier_s_id(
    db: Any, records: Records, account: Account
) -> None:
    """A leg that a Dial rang may have the same, and is another."""
    placed, leg = (
        records.call(account.sid, carrier="one", provider_id="CA8", direction=direction)
        for direction in ("outbound-api", "outbound-dial")
    )
    await db.calls.add_many([leg])
    assert await db.calls.inbound("one", "CA8") is None
    await db.calls.add_many([placed])
    assert await db.calls.inbound("one", "CA8") == placed
    assert await db.calls.inbound("two", "CA8") is None
    came = records.call(account.sid, carrier="one", provider_id="CA8")
    await db.calls.add_many([came])
    assert await db.calls.inbound("one", "CA8") == came


class Wish(msgspec.Struct):
    identifier: str = "+12125551234"
    needs: int = 3
    dial_class: str = "1"
    area: str = ""
    area_required: bool = False


async def test_numbers_elsewhere(
    db: Any, records: Records, account: Account, service: Service
) -> None:
    numbers = [
        records.number(account.sid, f"+1415867000{place}", carrier=carrier)
        for place, carrier in enumerate(("sick", "sick-eu", "well"))
    ]
    for number in numbers:
        await db.numbers.add(number)
        assert await db.numbers.join(number.sid, service.sid, False, 1)
    _, eu, well = numbers

    async def found(wish: Wish, *carriers: str) -> str | None:
        one = await db.affinities.elsewhere(service.sid, wish, carriers)
        return None if one is None else one.number

    assert await found(Wish(), "sick") == eu.number
    assert await found(Wish(), "sick", "sick-eu") == well.number
    assert await found(Wish(), "sick", "sick-eu", "well") is None
    assert await found(Wish(area="415", area_required=True), "sick") == eu.number
    assert await found(Wish(area="212", area_required=True), "sick") is None
    assert await found(Wish(area="212"), "sick") == eu.number
    assert await found(Wish(dial_class="44"), "sick") is None
    # One that the person uses in another session is not free for them; one that they left is.
    await db.affinities.take(service.sid, Wish().identifier, eu.sid, 1)
    assert await found(Wish(), "sick") == well.number
    await db.affinities.release(service.sid, Wish().identifier, eu.sid, 2)
    await db.numbers.use(well.sid, 1)
    assert await found(Wish(), "sick") == eu.number


async def test_people_on_carriers_and_another_number_for_them(
    db: Any, records: Records, account: Account, service: Service
) -> None:
    numbers = {}
    for place, carrier in enumerate(("sick", "well")):
        number = records.number(account.sid, f"+1415867000{place}", carrier=carrier)
        await db.numbers.add(number)
        numbers[number.number] = number
    sick, well = numbers
    session = records.session(service)
    await db.sessions.add(session)

    def person(identifier: str, number: str, **changes: Any) -> Participant:
        return records.participant(session, identifier, numbers[number], **changes)

    one, two = person("+12125551234", sick), person("+13055551234", sick)
    gone = person("+17185551234", sick, pair=0)
    other = person("+14155550100", well)
    for each in (one, two, gone, other):
        assert await db.participants.add(each)
    ask = db.participants.on_carriers
    assert await ask(["sick"], ("", ""), 10) == [one, two]
    assert await ask(["sick"], ("", ""), 1) == [one]
    assert await ask(["sick"], (sick, one.identifier), 10) == [two]
    assert await ask(["sick", "well"], ("", ""), 10) == [one, two, other]
    assert await ask(["ick"], ("", ""), 10) == []
    assert await db.participants.give(one.sid, well, "PN2", 7)
    moved = await db.participants.get(one.sid, session.sid)
    assert (moved.proxy_identifier, moved.proxy_identifier_sid, moved.pair) == (well, "PN2", 1)
    assert moved.date_updated == 7
    # A pair that somebody holds is not taken.
    again = person(one.identifier, sick, session_sid=records.sids.new("KC"))
    assert await db.participants.add(again)
    assert not await db.participants.give(again.sid, well, "PN2", 8)
