from __future__ import annotations

import pytest

from maskline.cli import stock
from maskline.cli.stock import BadEntry, Entry
from maskline.env import Env
from maskline.model.number import ALL_CAPABILITIES, Capability, NumberKind
from maskline.model.sid import SidFactory
from maskline.settings import Settings

ENV = Env(lambda: 1000, SidFactory(lambda: 1000), Settings())


@pytest.mark.parametrize(
    "text", ["+14155550100", "+1 (415) 555-0100", "+1.415.555.0100", "+1\u00a0415 5550100"]
)
def test_numbers_may_be_written_as_people_write_them(text: str) -> None:
    assert stock.written(text) == "+14155550100"


@pytest.mark.parametrize("text", ["voice,sms", "sms voice", "SMS;Voice", "voice|sms", "voice+sms"])
def test_capabilities_may_be_separated_in_many_ways(text: str) -> None:
    assert stock.capabilities(text) == Capability.VOICE | Capability.SMS


def test_no_capabilities_are_all_but_fax() -> None:
    assert stock.capabilities(" ") == ALL_CAPABILITIES
    assert stock.capability_names(ALL_CAPABILITIES) == "voice,sms,mms"


def test_an_unknown_capability_is_named() -> None:
    with pytest.raises(BadEntry, match="not telepathy"):
        stock.capabilities("voice,telepathy")


@pytest.mark.parametrize(
    ("text", "value"), [("Yes", True), ("1", True), ("no", False), ("", False)]
)
def test_yes_and_no(text: str, value: bool) -> None:
    assert stock.flag(text) is value


def test_neither_yes_nor_no() -> None:
    with pytest.raises(BadEntry):
        stock.flag("maybe")


def test_a_number_is_prepared() -> None:
    number = stock.prepare(ENV, Entry("+14155550100", capabilities=int(Capability.SMS)))
    assert (number.number, number.carrier, number.reach) == ("+14155550100", "simulator", 2)
    assert (number.friendly_name, number.iso_country) == ("(415) 555-0100", "US")
    assert number.kind == NumberKind.PHONE


def test_a_short_code_sends_within_its_country() -> None:
    code = stock.prepare(ENV, Entry("12345", country="us"))
    assert (code.kind, code.sid[:2], code.number) == (NumberKind.SHORT_CODE, "SC", "12345")
    assert (code.iso_country, code.dial_class, code.friendly_name) == ("US", "1", "12345")
    assert code.capabilities == Capability.SMS | Capability.MMS
    assert code.reach == Capability.SMS


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (Entry("14155550100"), "must begin with \\+"),
        (Entry("+1415555010"), "not valid"),
        (Entry("+14155550100", friendly_name="x" * 65), "more than 64"),
        (Entry("12345", country="XX"), "XX is no country"),
        (Entry("1", country="US"), "3 to 8 digits"),
    ],
)
def test_what_is_wrong_is_said(entry: Entry, reason: str) -> None:
    with pytest.raises(BadEntry, match=reason):
        stock.prepare(ENV, entry)
