"""Long messages on their way in."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from maskline.carriers.contract import HostUnavailable
from maskline.carriers.smpp import alphabet, pdu, segments
from maskline.carriers.smpp.pdu import ShortMessage
from maskline.carriers.smpp.segments import Way
from maskline.model.parts import PartGroup
from tests.carriers.smpp.conftest import ALICE, NUMBER, Line

Eventually = Callable[..., Any]
LONG = "first " * 25 + "€urope " * 22 + "last " * 20


def parts(
    body: str, way: Way = "udh", reference: int = 7, source: str = ALICE[1:]
) -> list[ShortMessage]:
    plain = ShortMessage(source_ton=1, source=source, destination_ton=1, destination=NUMBER[1:])
    return segments.parts(plain, alphabet.encode(body), way, reference)


def wide(message: ShortMessage, reference: int) -> ShortMessage:
    """The same part with a reference of 16 bits."""
    _, _, _, _, total, part, *text = message.short_message
    header = bytes((6, 8, 4)) + reference.to_bytes(2, "big") + bytes((total, part))
    changed = pdu.read_message(pdu.write_message(message))
    return ShortMessage(
        **{
            **{name: getattr(changed, name) for name in changed.__struct_fields__},
            "short_message": header + bytes(text),
        }
    )


@pytest.mark.covers("carrier:smpp.concat")
@pytest.mark.parametrize("way", ["udh", "sar"])
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_parts_in_any_order_are_one_message(
    line: Line, way: Way, order: Sequence[int]
) -> None:
    await line.connect()
    session = await line.smsc.session()
    pieces = parts(LONG, way)
    assert len(pieces) == 3
    for at in order:
        assert line.host.messages == []
        assert await session.deliver(pieces[at]) == 0
    (came,) = line.host.messages
    assert (came.body, came.sender, came.number) == (LONG, ALICE, NUMBER)


async def test_references_of_16_bits(line: Line) -> None:
    await line.connect()
    session = await line.smsc.session()
    for one in parts("ж" * 100):
        assert await session.deliver(wide(one, 0x1234)) == 0
    assert line.host.texts == ["ж" * 100]


async def test_parts_of_two_people_are_never_mixed(line: Line) -> None:
    await line.connect()
    session = await line.smsc.session()
    mine, theirs = parts("a" * 300), parts("b" * 300, source="17185551234")
    for one, other in zip(mine, theirs, strict=True):
        assert await session.deliver(one) == 0
        assert await session.deliver(other) == 0
    assert sorted(line.host.texts) == ["a" * 300, "b" * 300]


async def test_characters_that_a_phone_cut_in_two_are_whole_again(line: Line) -> None:
    await line.connect()
    session = await line.smsc.session()
    octets = "x😀y".encode("utf-16-be")
    for number, text in enumerate((octets[:4], octets[4:]), 1):
        header = bytes((5, 0, 3, 9, 2, number))
        message = ShortMessage(
            source="1", destination="2", esm_class=0x40, data_coding=8, short_message=header + text
        )
        assert await session.deliver(message) == 0
    assert line.host.texts == ["x😀y"]


async def test_a_part_that_comes_twice_counts_once(line: Line) -> None:
    await line.connect()
    session = await line.smsc.session()
    first, second, third = parts(LONG)
    for one in (first, first, second, first, third, third, first):
        assert await session.deliver(one) == 0
    assert line.host.texts == [LONG]


async def test_parts_outlive_the_process(line: Line) -> None:
    await line.connect()
    session = await line.smsc.session()
    first, second, third = parts(LONG)
    assert await session.deliver(first) == 0
    assert await session.deliver(third) == 0
    await line.carrier.close()
    await line.smsc.until(lambda: not line.smsc.sessions)
    await line.connect()
    session = await line.smsc.session()
    assert await session.deliver(second) == 0
    assert line.host.texts == [LONG]


async def test_the_last_part_stays_with_the_smsc_while_nothing_can_be_stored(line: Line) -> None:
    await line.connect()
    session = await line.smsc.session()
    *before, last = parts(LONG)
    for one in before:
        assert await session.deliver(one) == 0
    line.host.unavailable = 1
    assert await session.deliver(last) == 0x64
    assert await session.deliver(last) == 0
    assert line.host.texts == [LONG]


async def test_what_was_complete_when_the_process_ended_is_taken_in(
    line: Line, eventually: Eventually
) -> None:
    await line.connect(concatenation_timeout=0.2)
    session = await line.smsc.session()
    *before, last = parts(LONG)
    for one in before:
        assert await session.deliver(one) == 0
    line.host.unavailable = 1
    assert await session.deliver(last) == 0x64
    # The SMSC does not come again: the sweep finds it.
    await eventually(lambda: line.host.messages)
    assert line.host.texts == [LONG]


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ((1, 2), "aaa bbb [...]"),
        ((2, 3), "[...]bbb ccc"),
        ((1, 3), "aaa [...]ccc"),
        ((2,), "[...]bbb [...]"),
    ],
)
async def test_what_came_is_passed_on_with_gaps_when_the_rest_does_not(
    line: Line, eventually: Eventually, there: tuple[int, ...], expected: str
) -> None:
    await line.connect(concatenation_timeout=0.1)
    session = await line.smsc.session()
    texts = {1: b"aaa ", 2: b"bbb ", 3: b"ccc"}
    pieces = {
        number: ShortMessage(
            source="1",
            destination="2",
            esm_class=0x40,
            short_message=bytes((5, 0, 3, 9, 3, number)) + text,
        )
        for number, text in texts.items()
    }
    for number in there:
        assert await session.deliver(pieces[number]) == 0
    await eventually(lambda: line.host.messages)
    assert line.host.texts == [expected]
    # What comes later follows by itself, and what comes twice does not.
    late = next(number for number in (1, 2, 3) if number not in there)
    assert await session.deliver(pieces[there[0]]) == 0
    assert await session.deliver(pieces[late]) == 0
    text = texts[late].decode()
    follows = ("[...]" if late > 1 else "") + text + ("[...]" if late < 3 else "")
    assert line.host.texts == [expected, follows]
    assert await session.deliver(pieces[late]) == 0
    assert len(line.host.texts) == 2


async def test_a_reference_that_is_used_anew_begins_another_message(line: Line) -> None:
    await line.connect()
    session = await line.smsc.session()
    old, new = parts("a" * 300), parts("b" * 300)
    assert await session.deliver(old[0]) == 0
    assert await session.deliver(new[0]) == 0
    assert line.host.texts == ["a" * 153 + "[...]"]
    assert await session.deliver(new[1]) == 0
    assert line.host.texts[1:] == ["b" * 300]
    # The finished one makes room at once.
    for one in parts("c" * 300):
        assert await session.deliver(one) == 0
    assert line.host.texts[2:] == ["c" * 300]


async def test_parts_are_not_kept_longer_than_they_are_needed(line: Line) -> None:
    await line.connect(concatenation_timeout=0.05, redelivery=0.05)
    session = await line.smsc.session()
    for one in parts(LONG):
        assert await session.deliver(one) == 0
    group = PartGroup("smpp", ALICE, NUMBER, 7, 3)
    assert len(await line.store.read(lambda tx: tx.message_parts.group(group))) == 3
    async with asyncio.timeout(5):
        while await line.store.read(lambda tx: tx.message_parts.group(group)):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_a_late_part_that_could_not_be_stored_is_found_again(
    line: Line, eventually: Eventually
) -> None:
    await line.connect(concatenation_timeout=0.2)
    session = await line.smsc.session()
    first, second = parts("x" * 200)
    assert await session.deliver(first) == 0
    await eventually(lambda: line.host.messages)
    line.host.unavailable = 1
    assert await session.deliver(second) == 0x64
    await eventually(lambda: len(line.host.messages) == 2)
    assert line.host.texts == ["x" * 153 + "[...]", "[...]" + "x" * 47]
    assert await session.deliver(second) == 0
    assert len(line.host.messages) == 2


async def test_parts_in_two_alphabets(line: Line) -> None:
    await line.connect()
    session = await line.smsc.session()
    for number, (coding, text) in enumerate(((0, b"a\x00"), (8, "ж".encode("utf-16-be"))), 1):
        header = bytes((5, 0, 3, 9, 2, number))
        message = ShortMessage(
            source="1",
            destination="2",
            esm_class=0x40,
            data_coding=coding,
            short_message=header + text,
        )
        assert await session.deliver(message) == 0
    assert line.host.texts == ["a@ж"]


async def test_a_sweep_outlives_what_goes_wrong(
    line: Line, eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    await line.connect(concatenation_timeout=0.1)
    session = await line.smsc.session()
    troubles: list[Exception] = [KeyError("a bug"), HostUnavailable()]
    unfinished = line.ledger.unfinished

    async def troubled(carrier: str, before: int) -> Any:
        if troubles:
            raise troubles.pop()
        return await unfinished(carrier, before)

    monkeypatch.setattr(line.ledger, "unfinished", troubled)
    assert await session.deliver(parts("x" * 200)[0]) == 0
    await eventually(lambda: line.host.messages)
    assert not troubles
