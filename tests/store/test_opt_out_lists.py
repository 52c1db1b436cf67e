"""Messaging Services' own lists of opt-out words, and their names, on both engines."""

from __future__ import annotations

from typing import Any

import msgspec

from maskline.model.account import Account
from maskline.model.alpha_sender import AlphaSender
from maskline.model.opt_out import Reach
from maskline.model.opt_out_list import ListedWord, OptOutList
from maskline.model.page import PageRequest
from tests.support.records import Records

PAGE = PageRequest(size=50)
BOB = "+12125550187"
NUMBER, OTHER = "+14158670001", "+14158670002"


def list_of(
    records: Records, account: Account, service_sid: str, language: str, country: str = ""
) -> OptOutList:
    now = records.clock()
    return OptOutList(
        sid=records.sids.new("OL"),
        account_sid=account.sid,
        messaging_service_sid=service_sid,
        iso_country=country,
        language=language,
        opt_out_keywords="STOP Ünïque",
        opt_in_keywords="START",
        help_keywords="HELP",
        opt_out_message=f"Out {country} ✈",
        opt_in_message="In",
        help_message="Help",
        date_created=now,
        date_updated=now,
    )


async def service_of(db: Any, records: Records, account: Account) -> str:
    service = records.messaging_service(account.sid)
    await db.messaging_services.add(service)
    sid: str = service.sid
    return sid


async def test_lists(db: Any, records: Records, account: Account) -> None:
    service = await service_of(db, records, account)
    english = list_of(records, account, service, "ENGLISH")
    french = list_of(records, account, service, "FRENCH", "CA")
    assert await db.opt_out_lists.add(english)
    assert await db.opt_out_lists.add(french)
    again = msgspec.structs.replace(english, sid=records.sids.new("OL"))
    assert not await db.opt_out_lists.add(again)
    assert await db.opt_out_lists.get(english.sid, service) == english
    assert await db.opt_out_lists.get(english.sid, "MG" + "0" * 32) is None
    assert await db.opt_out_lists.of(service, "CA", "FRENCH") == french
    assert await db.opt_out_lists.of(service, "", "FRENCH") is None
    for country, expected in ((None, [french, english]), ("", [english]), ("CA", [french])):
        page = await db.opt_out_lists.page(service, country, PAGE)
        assert page.records == expected
    changed = msgspec.structs.replace(french, help_keywords="", help_message="", date_updated=7)
    await db.opt_out_lists.update(changed)
    assert await db.opt_out_lists.get(french.sid, service) == changed
    await db.opt_out_lists.delete(french.sid)
    assert await db.opt_out_lists.get(french.sid, service) is None


async def test_words(db: Any, records: Records, account: Account) -> None:
    service = await service_of(db, records, account)
    english = list_of(records, account, service, "ENGLISH")
    french = list_of(records, account, service, "FRENCH", "CA")
    for one in (english, french):
        await db.opt_out_lists.add(one)
    words = [
        ListedWord(service, "", "stop", "opt-out", english.sid),
        ListedWord(service, "", "start", "opt-in", english.sid),
        ListedWord(service, "", "help", "help", english.sid),
    ]
    await db.opt_out_lists.set_words(english.sid, words)
    own = [ListedWord(service, "CA", "stop", "opt-out", french.sid)]
    await db.opt_out_lists.set_words(french.sid, own)
    find = db.opt_out_lists.find
    assert await find(service, "stop", "") == ("opt-out", "Out  ✈")
    assert await find(service, "stop", "US") == ("opt-out", "Out  ✈")
    assert await find(service, "stop", "CA") == ("opt-out", "Out CA ✈")
    assert await find(service, "start", "CA") == ("opt-in", "In")
    assert await find(service, "help", "US") == ("help", "Help")
    assert await find(service, "quit", "US") is None
    assert await find("MG" + "0" * 32, "stop", "US") is None
    assert sorted(await db.opt_out_lists.words(service, ""), key=str) == sorted(words, key=str)
    await db.opt_out_lists.set_words(english.sid, words[:1])
    assert await find(service, "start", "CA") is None
    await db.opt_out_lists.delete(french.sid)
    assert await find(service, "stop", "CA") == ("opt-out", "Out  ✈")
    await db.messaging_services.delete(service)
    assert await find(service, "stop", "US") is None
    assert await db.opt_out_lists.get(english.sid, service) is None


async def test_a_number_repeats_its_services_switch(
    db: Any, records: Records, account: Account
) -> None:
    service = await service_of(db, records, account)
    numbers = [records.number(account.sid, number) for number in (NUMBER, OTHER)]
    for one in numbers:
        await db.numbers.add(one)

    async def flags() -> list[int]:
        return [(await db.numbers.by_number(one.number)).advanced_opt_out for one in numbers]

    await db.messaging_services.join(numbers[0].sid, service, 1)
    await db.messaging_services.set_opt_outs(service, True, 9)
    assert await flags() == [1, 0]
    found = await db.messaging_services.peek(service)
    assert (found.advanced_opt_out, found.date_updated) == (1, 9)
    await db.messaging_services.update(found)
    assert (await db.messaging_services.peek(service)).advanced_opt_out == 1
    await db.messaging_services.join(numbers[1].sid, service, 1)
    assert await flags() == [1, 1]
    await db.messaging_services.leave(numbers[1].sid)
    assert await flags() == [1, 0]
    await db.messaging_services.set_opt_outs(service, False, 10)
    assert await flags() == [0, 0]
    await db.messaging_services.set_opt_outs(service, True, 11)
    await db.messaging_services.delete(service)
    assert await flags() == [0, 0]


async def test_an_opt_out_from_one_number_holds_for_all_of_a_service_with_lists(
    db: Any, records: Records, account: Account
) -> None:
    service = await service_of(db, records, account)
    for number in (NUMBER, OTHER):
        one = records.number(account.sid, number)
        await db.numbers.add(one)
        await db.messaging_services.join(one.sid, service, 1)
    opt_out = records.opt_out(account.sid, NUMBER, BOB, messaging_service_sid=service)
    await db.opt_outs.add(opt_out)
    assert await db.opt_outs.reach(OTHER, BOB) == Reach.MESSAGING_SERVICE
    await db.messaging_services.set_opt_outs(service, True, 1)
    assert await db.opt_outs.reach(OTHER, BOB) == Reach.SENDER | Reach.MESSAGING_SERVICE
    assert await db.opt_outs.reach(NUMBER, BOB) == Reach.SENDER | Reach.MESSAGING_SERVICE


def name_of(
    records: Records, account: Account, service_sid: str, text: str, country: str = ""
) -> AlphaSender:
    sid = records.sids.new("AI")
    return AlphaSender(sid, account.sid, service_sid, text, country, "", records.clock())


async def test_names(db: Any, records: Records, account: Account) -> None:
    service = await service_of(db, records, account)
    acme = name_of(records, account, service, "Acme")
    abroad = name_of(records, account, service, "Acme", "DE")
    assert await db.messaging_services.add_name(acme)
    assert await db.messaging_services.add_name(abroad)
    again = msgspec.structs.replace(acme, sid=records.sids.new("AI"))
    assert not await db.messaging_services.add_name(again)
    assert await db.messaging_services.count(service) == 2
    assert await db.messaging_services.name(acme.sid, service) == acme
    assert await db.messaging_services.name(acme.sid, "MG" + "0" * 32) is None
    assert await db.messaging_services.named(account.sid, "Acme") == [acme, abroad]
    assert await db.messaging_services.named("AC" + "0" * 32, "Acme") == []
    for country, expected in ((None, [abroad, acme]), ("", [acme]), ("DE", [abroad])):
        page = await db.messaging_services.names(service, country, PAGE)
        assert page.records == expected
    await db.sending.use(acme.sid, 5)
    found = {one.sid: used_at for one, used_at in await db.sending.names(service)}
    assert found == {acme.sid: 5, abroad.sid: 0}
    await db.sending.keep(service, BOB, acme.sid, 1, None)
    await db.messaging_services.remove_name(acme.sid)
    assert await db.sending.sticky(service, BOB) is None
    assert await db.messaging_services.count(service) == 1
    await db.messaging_services.delete(service)
    assert await db.messaging_services.named(account.sid, "Acme") == []


async def test_how_near_opt_outs_come_to_a_name(
    db: Any, records: Records, account: Account
) -> None:
    service = await service_of(db, records, account)
    second = await service_of(db, records, account)
    for one in (service, second):
        await db.messaging_services.add_name(name_of(records, account, one, "Acme"))
    await db.messaging_services.add_name(name_of(records, account, second, "Other"))

    async def reach(text: str, person: str = BOB) -> int | None:
        found: int | None = await db.opt_outs.reach_of_name(account.sid, text, person)
        return found

    assert await reach("Acme") is None
    opt_out = records.opt_out(account.sid, NUMBER, BOB, messaging_service_sid=service)
    await db.opt_outs.add(opt_out)
    assert await reach("Acme") == Reach.MESSAGING_SERVICE
    assert await reach("Other") == 0
    await db.messaging_services.set_opt_outs(service, True, 1)
    assert await reach("Acme") == Reach.SENDER | Reach.MESSAGING_SERVICE
    await db.opt_outs.delete(opt_out.sid, account.sid)
    await db.opt_outs.add(records.opt_out(account.sid, second, BOB))
    assert await reach("Other") == Reach.SENDER
    assert await reach("Acme", "+12125550188") is None


async def test_deactivated(db: Any, records: Records, account: Account) -> None:
    now = records.clock()
    legs = [
        records.message(account.sid, recipient=to, direction="outbound-api", **more)
        for to, more in (
            (BOB, {"error_code": 30005}),
            (BOB, {"error_code": 30005}),
            (NUMBER, {"error_code": 30005}),
            (OTHER, {"error_code": 30003}),
            ("+1212555XXXX", {"error_code": 30005}),
            ("+12125550189", {"error_code": 30005, "date_updated": now + 10}),
        )
    ]
    await db.messages.add_many(legs)

    async def found(*bounds: int, limit: int = 9) -> list[str]:
        numbers: list[str] = await db.messages.deactivated(account.sid, *bounds, limit)
        return numbers

    assert await found(now - 5, now, now + 10) == [BOB, NUMBER]
    assert await found(now - 5, now, now + 10, limit=1) == [BOB]
    assert await found(now - 5, now + 10, now + 11) == ["+12125550189"]
    assert await found(now + 1, now, now + 10) == []
