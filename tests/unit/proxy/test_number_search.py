"""Searching for numbers to buy."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from maskline.model.errors import Fault
from maskline.model.form import Form
from maskline.model.number import Capability
from maskline.numbers.e164 import NumberType
from maskline.proxy import number_search
from maskline.proxy.inventory import Offer
from maskline.proxy.number_search import Search
from tests.support.memory import World

LOCAL = NumberType.local


def form(**values: str) -> Form:
    return Form({name: [value] for name, value in values.items()}, 20001)


class Stock:
    """A carrier with three numbers."""

    name = "stock"

    async def offer(self, number: str) -> int:
        raise AssertionError("nothing is to be bought")

    async def search(
        self, country: str, kind: NumberType, pattern: str, limit: int
    ) -> Mapping[str, int]:
        return {"+14158675310": 7, "+14158675311": 1, "+14158675312": 2}


def test_a_search_is_read() -> None:
    everything = number_search.search_of(form(), "US", LOCAL)
    assert everything == Search("US", LOCAL, "", 0, 0, 30)
    narrow = form(AreaCode="415", SmsEnabled="true", FaxEnabled="false", PageSize="5")
    assert number_search.search_of(narrow, "US", LOCAL) == Search(
        "US", LOCAL, "+1415*******", Capability.SMS, Capability.FAX, 5
    )
    assert number_search.search_of(form(Contains="5*7"), "US", LOCAL).pattern == "5*7"
    assert number_search.search_of(form(PageSize="1000"), "US", LOCAL).limit == 30


@pytest.mark.parametrize(
    "values",
    [
        {"AreaCode": "41"},
        {"Contains": "5"},
        {"Contains": "abc"},
        {"AreaCode": "415", "Contains": "55"},
        {"InRegion": "CA"},
        {"NearNumber": "+14158675310"},
        {"SmsEnabled": "x"},
        {"PageSize": "0"},
    ],
)
def test_what_can_not_be_searched_for(values: dict[str, str]) -> None:
    with pytest.raises(Fault) as caught:
        number_search.search_of(form(**values), "US", LOCAL)
    assert caught.value.code == 20001


async def test_capabilities_are_wanted_or_not() -> None:
    async def found(needs: int, without: int, limit: int = 9, country: str = "US") -> list[str]:
        search = Search(country, LOCAL, "", needs, without, limit)
        return [offer.number[-1] for offer in await number_search.find([Stock()], search)]

    assert await found(0, 0) == ["0", "1", "2"]
    assert await found(Capability.SMS, 0) == ["0", "2"]
    assert await found(Capability.SMS, Capability.VOICE) == ["2"]
    assert await found(Capability.FAX, 0) == []
    assert await found(0, 0, limit=2) == ["0", "1"]
    assert await found(0, 0, country="us") == []


def test_numbers_that_somebody_has_are_left_out(world: World) -> None:
    taken = world.add_number(account=world.add_account())
    offers = [Offer(taken.number, "a", 7), Offer("+12125551234", "a", 7)]
    assert world.do(number_search.free(world.tx, offers)) == offers[1:]
