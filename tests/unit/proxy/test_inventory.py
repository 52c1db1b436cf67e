"""The inventory: what may be bought, configured and given back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from maskline.model.errors import Fault
from maskline.model.form import Form
from maskline.model.number import ALL_CAPABILITIES, Capability, NumberHooks, NumberKind
from maskline.model.page import PageRequest
from maskline.numbers.e164 import NumberType
from maskline.proxy import inventory, pool, sessions
from maskline.proxy.inventory import Filter, Offer, Wanted
from maskline.store.repositories.numbers import Configured
from tests.support.memory import ALICE, World

NUMBER = "+14158675310"


def form(**values: str) -> Form:
    return Form({name: [value] for name, value in values.items()}, 20001)


class Stock:
    """A carrier with a few numbers."""

    def __init__(self, name: str, numbers: Mapping[str, int]) -> None:
        self.name = name
        self.numbers = numbers
        self.searched: list[tuple[str, NumberType, str, int]] = []

    async def offer(self, number: str) -> int:
        return self.numbers.get(number, 0)

    async def search(
        self, country: str, kind: NumberType, pattern: str, limit: int
    ) -> Mapping[str, int]:
        self.searched.append((country, kind, pattern, limit))
        return self.numbers


def buy(world: World, number: str = NUMBER, **params: str) -> Configured:
    wish = inventory.wanted(world.env, form(PhoneNumber=number, **params))
    offer = Offer(number, "simulator", ALL_CAPABILITIES)
    return world.do(inventory.buy(world.env, world.tx, world.account.sid, wish, [offer]))


def code(work: Any, *args: Any) -> int:
    with pytest.raises(Fault) as caught:
        work(*args)
    return caught.value.code


def test_wanted_reads_one_number_or_an_area(world: World) -> None:
    one = inventory.wanted(world.env, form(PhoneNumber=NUMBER, FriendlyName="Desk"))
    assert (one.number, one.area_code, one.friendly_name) == (NUMBER, None, "Desk")
    assert one.hooks == NumberHooks()
    area = inventory.wanted(world.env, form(AreaCode="415"))
    assert (area.number, area.area_code, area.friendly_name) == (None, "415", None)


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ({}, None, 20001),
        ({"PhoneNumber": NUMBER, "AreaCode": "415"}, None, 20001),
        ({"AreaCode": "115"}, None, 20001),
        ({"AreaCode": "4155"}, None, 20001),
        ({"PhoneNumber": "+15551234567"}, None, 21421),
        ({"PhoneNumber": NUMBER}, NumberType.toll_free, 21421),
        ({"PhoneNumber": NUMBER, "FriendlyName": "x" * 65}, None, 20001),
        ({"PhoneNumber": NUMBER, "SmsUrl": "x"}, None, 20001),
        ({"PhoneNumber": NUMBER, "SmsMethod": "PUT"}, None, 20001),
        ({"PhoneNumber": NUMBER, "TrunkSid": "TK1"}, None, 20001),
        ({"PhoneNumber": NUMBER, "VoiceCallerIdLookup": "x"}, None, 20001),
    ],
)
def test_wanted_refuses(
    world: World, values: dict[str, str], kind: NumberType | None, expected: int
) -> None:
    assert code(inventory.wanted, world.env, form(**values), kind) == expected


def test_wanted_takes_the_kind_that_is_asked_for(world: World) -> None:
    wish = inventory.wanted(world.env, form(PhoneNumber=NUMBER), NumberType.local)
    assert wish.number == NUMBER


def test_the_validity_of_a_number_is_a_setting(world: World) -> None:
    strange = form(PhoneNumber="+542231234567")
    assert inventory.wanted(world.env, strange).number == "+542231234567"
    world.change("numbers", validity="strict")
    assert code(inventory.wanted, world.env, strange) == 21421


async def test_offers_ask_each_carrier_for_the_number() -> None:
    wish = Wanted(NUMBER, None, None, NumberHooks())
    none, first, second = Stock("a", {}), Stock("b", {NUMBER: 2}), Stock("c", {NUMBER: 7})
    found = await inventory.offers([none, first, second], wish)
    assert found == [Offer(NUMBER, "b", 2), Offer(NUMBER, "c", 7)]
    with pytest.raises(Fault) as caught:
        await inventory.offers([none], wish)
    assert caught.value.code == 21422


async def test_offers_search_an_area() -> None:
    wish = Wanted(None, "415", None, NumberHooks())
    stock = Stock("a", {NUMBER: 7, ALICE: 3})
    found = await inventory.offers([stock], wish)
    assert [offer.number for offer in found] == [NUMBER, ALICE]
    assert stock.searched == [("US", NumberType.local, "+1415*******", 20)]
    with pytest.raises(Fault) as caught:
        await inventory.offers([Stock("a", {})], wish)
    assert caught.value.code == 21452


def test_buy_takes_the_first_that_nobody_has(world: World) -> None:
    taken = buy(world).number
    wish = Wanted(None, "415", None, NumberHooks())
    offers = [Offer(taken.number, "a", 7), Offer("+14158675311", "b", 6)]
    account = world.add_account()
    held = world.do(inventory.buy(world.env, world.tx, account.sid, wish, offers))
    assert held.number.number == "+14158675311"
    assert held.number.account_sid == account.sid
    assert (held.number.carrier, held.number.capabilities, held.number.reach) == ("b", 6, 2)
    assert code(world.do, inventory.buy(world.env, world.tx, account.sid, wish, offers)) == 21452
    one = Wanted(taken.number, None, None, NumberHooks())
    again = inventory.buy(world.env, world.tx, account.sid, one, offers[:1])
    assert code(world.do, again) == 21422


def test_a_number_knows_where_it_is(world: World) -> None:
    number = buy(world).number
    assert (number.iso_country, number.dial_class, number.area_code) == ("US", "1", "415")
    assert number.friendly_name == "(415) 867-5310"
    assert number.service_sid is None
    assert number.date_created == number.date_updated == world.clock()
    assert buy(world, "+442079460958", FriendlyName="London").number.friendly_name == "London"


def test_what_is_set_is_kept_and_changed_one_by_one(world: World) -> None:
    held = buy(
        world,
        SmsUrl="https://a.test/",
        SmsMethod="GET",
        VoiceApplicationSid="AP" + "a" * 32,
        VoiceCallerIdLookup="true",
        VoiceReceiveMode="fax",
        EmergencyStatus="Active",
    )
    sid = held.number.sid
    assert world.do(inventory.find(world.tx, world.account.sid, sid)) == held
    assert held.hooks == NumberHooks(
        sms_url="https://a.test/",
        sms_method="GET",
        voice_application_sid="AP" + "a" * 32,
        voice_caller_id_lookup=True,
        voice_receive_mode="fax",
        emergency_status="Active",
    )
    world.clock.advance(1000)
    changes = form(SmsUrl="", VoiceApplicationSid="", VoiceUrl="https://b.test/", FriendlyName="B")
    changed = world.do(inventory.update(world.env, world.tx, world.account.sid, sid, changes))
    assert changed.hooks.sms_url == ""
    assert changed.hooks.voice_application_sid == ""
    assert changed.hooks.voice_url == "https://b.test/"
    assert changed.hooks.sms_method == "GET"
    for value, expected in (("false", False), ("true", True), ("", None)):
        changes = form(SmsStopFilter=value)
        changed = world.do(inventory.update(world.env, world.tx, world.account.sid, sid, changes))
        assert changed.hooks.sms_stop_filter is expected
    assert changed.number.friendly_name == "B"
    assert changed.number.date_updated == world.clock()
    reset = form(FriendlyName="", AccountSid=world.account.sid)
    changed = world.do(inventory.update(world.env, world.tx, world.account.sid, sid, reset))
    assert changed.number.friendly_name == "(415) 867-5310"
    untouched = world.do(inventory.update(world.env, world.tx, world.account.sid, sid, form()))
    assert (untouched.number.friendly_name, untouched.hooks) == (
        changed.number.friendly_name,
        changed.hooks,
    )


def test_an_update_moves_a_number_to_no_other_account(world: World) -> None:
    sid = buy(world).number.sid
    moved = form(AccountSid="AC" + "9" * 32)
    assert (
        code(world.do, inventory.update(world.env, world.tx, world.account.sid, sid, moved))
        == 20001
    )


def test_only_ones_own_phone_numbers_are_found(world: World) -> None:
    sid = buy(world).number.sid
    stranger = world.add_account()
    code_ = world.add_number("12345", kind=NumberKind.SHORT_CODE.value)
    for account, one in (
        (stranger.sid, sid),
        (world.account.sid, code_.sid),
        (world.account.sid, "PN0"),
    ):
        assert code(world.do, inventory.find(world.tx, account, one)) == 20404
        assert code(world.do, inventory.release(world.tx, account, one)) == 20404


def test_filters_are_read() -> None:
    assert inventory.narrow(form()) == Filter()
    assert inventory.narrow(form(PhoneNumber="+1415*", FriendlyName="x", Beta="true")) == Filter(
        "+1415*", "x"
    )
    assert inventory.narrow(form(Origin="hosted")).hosted
    assert not inventory.narrow(form(Origin="twilio")).hosted
    for wrong in ({"PhoneNumber": "%"}, {"Beta": "x"}, {"Origin": "x"}):
        assert code(inventory.narrow, form(**wrong)) == 20001


def test_pages_are_narrowed(world: World) -> None:
    one = buy(world, "+14158675310", SmsUrl="https://a.test/")
    two = buy(world, "+12125551234", FriendlyName="Desk")
    world.add_number("12345", kind=NumberKind.SHORT_CODE.value)
    world.add_number("+14158675399", account=world.add_account())

    def found(**filters: Any) -> list[Configured]:
        page = inventory.page(world.tx, world.account.sid, Filter(**filters), PageRequest())
        return world.do(page).records

    assert found() == [two, one]
    assert found(friendly_name="Desk") == [two]
    assert found(pattern="867") == [one]
    assert found(pattern="+1415") == [one]
    assert found(pattern="+415") == []
    assert found(pattern="+1*****75310") == [one]
    assert found(pattern="*" * 11) == [two, one]
    assert found(pattern="*" * 12) == []
    assert found(hosted=True) == []


def test_pages_follow_one_another(world: World) -> None:
    held = [buy(world, f"+1415867531{digit}") for digit in range(3)][::-1]
    first = world.do(inventory.page(world.tx, world.account.sid, Filter(), PageRequest(size=2)))
    assert first.records == held[:2]
    assert (first.first, first.last) == (held[0].number.sid, held[1].number.sid)
    assert (first.has_next, first.has_previous) == (True, False)
    empty = world.do(inventory.page(world.tx, world.account.sid, Filter(), PageRequest(offset=9)))
    assert (empty.records, empty.first, empty.last) == ([], None, None)


def test_a_pooled_number_leads_to_proxy(world: World) -> None:
    held = buy(
        world,
        SmsUrl="https://a.test/",
        SmsMethod="GET",
        TrunkSid="TK" + "a" * 32,
        StatusCallback="https://c.test/",
    )
    assert inventory.in_force(held, "https://m.test") == held.hooks
    service = world.add_service()
    world.do(pool.add(world.env, world.tx, service, NumberKind.PHONE, form(Sid=held.number.sid)))
    pooled = world.do(inventory.find(world.tx, world.account.sid, held.number.sid))
    shown = inventory.in_force(pooled, "https://m.test")
    door = f"https://m.test/webhooks/v1/Accounts/{world.account.sid}/Proxy/{service.sid}/Webhooks"
    assert (shown.sms_url, shown.sms_method) == (f"{door}/Message", "POST")
    assert (shown.voice_url, shown.voice_method) == (f"{door}/Call", "POST")
    assert shown.trunk_sid == ""
    assert shown.status_callback == "https://c.test/"
    world.do(pool.remove(world.tx, service, NumberKind.PHONE, held.number.sid))
    after = world.do(inventory.find(world.tx, world.account.sid, held.number.sid))
    assert inventory.in_force(after, "https://m.test") == held.hooks


def test_release(world: World) -> None:
    loose = buy(world, SmsUrl="https://a.test/").number
    world.do(inventory.release(world.tx, world.account.sid, loose.sid))
    assert world.rows("SELECT 1 FROM numbers") == []
    assert world.rows("SELECT 1 FROM number_hooks") == []
    service = world.add_service()
    number = world.add_number(service=service)
    session = world.add_session(service, ALICE)
    assert code(world.do, inventory.release(world.tx, world.account.sid, number.sid)) == 80611
    person = world.people(session)[0]
    assert person.proxy_identifier == number.number
    world.do(sessions.delete(world.env, world.tx, service, session.sid))
    world.do(inventory.release(world.tx, world.account.sid, number.sid))
    assert world.rows("SELECT 1 FROM numbers") == []
    assert world.rows("SELECT 1 FROM affinities") == []


def test_what_a_carrier_offers_bounds_what_a_number_can_do(world: World) -> None:
    offer = Offer(NUMBER, "a", Capability.VOICE | Capability.FAX)
    number = inventory.new_number(world.env, world.account.sid, offer, "Fax")
    assert (number.capabilities, number.reach, number.friendly_name) == (9, 1, "Fax")


def test_lists_of_one_kind(world: World) -> None:
    for number in ("+14158675501", "+447400123456", "+18005550101"):
        world.add_number(number)
    for kind, number in (
        (NumberType.local, "+14158675501"),
        (NumberType.mobile, "+447400123456"),
        (NumberType.toll_free, "+18005550101"),
    ):
        filters = inventory.narrow(form(), kind)
        page = world.do(inventory.page(world.tx, world.account.sid, filters, PageRequest()))
        assert [one.number.number for one in page.records] == [number]
