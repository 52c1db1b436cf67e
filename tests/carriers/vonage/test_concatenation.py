"""The SMS API brings a long text part by part."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio

from maskline.carriers import vonage
from maskline.carriers.contract import HostUnavailable, Tools
from maskline.carriers.vonage.adapter import Vonage
from maskline.gateway.smpp import SmppLedger
from maskline.model.parts import MessagePart
from maskline.model.traffic import InboundMessage, Intake
from maskline.settings import SqliteSettings
from maskline.store.sqlite import SqliteStore
from tests.carriers.smpp.conftest import NotedHost
from tests.carriers.vonage.desk import API_KEY, API_SECRET, SECRET, signed
from tests.support.carrier_desk import DOOR, NOW, Client

TEXTS = ("first, ", "second 👋, ", "third")
PLAIN = {"type": "text", "to": "14158670001", "msisdn": "14155550100"}


def params(number: int, reference: int = 7, mark: str = "", **changes: str) -> dict[str, str]:
    """Part `number` of the three."""
    return {
        **PLAIN,
        "messageId": f"{mark}{reference}-{number}",
        "text": TEXTS[number - 1],
        "concat": "true",
        "concat-ref": str(reference),
        "concat-total": "3",
        "concat-part": str(number),
        **changes,
    }


class Line:
    """Processes at one account, beside a real store."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self.host = NotedHost()
        self.now = NOW
        self.open: list[Vonage] = []

    async def process(self, wait: float = 300.0, opt_outs: str = "none") -> Vonage:
        """Another process."""
        tools = Tools(Client(), DOOR, lambda: self.now, ledger=SmppLedger(self.store))
        settings = vonage.Settings(
            API_KEY,
            api="sms",
            concatenation_timeout=wait,
            opt_outs=opt_outs,  # type: ignore[arg-type]
        )
        one = vonage.build("one", settings, vonage.Credentials(API_SECRET, SECRET), tools)
        await one.start(self.host)
        self.open.append(one)
        return one

    async def take(self, one: Vonage, given: dict[str, str], how: str = "form") -> Intake | None:
        """What the door does with a request."""
        request = signed("Message", given, how)
        (found,) = one.read(request)
        assert isinstance(found, MessagePart)
        return await one.assemble(found)


@pytest_asyncio.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    store = SqliteStore(tmp_path / "maskline.db", SqliteSettings())
    await store.open()
    line = Line(store)
    yield line
    for one in line.open:
        await one.close()
    await store.close()


async def eventually(line: Line, count: int) -> list[str]:
    async with asyncio.timeout(10):
        while len(line.host.messages) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    return line.host.texts


@pytest.mark.covers("carrier:vonage.concat")
@pytest.mark.parametrize("how", ["form", "query", "json"])
@pytest.mark.parametrize("order", list(itertools.permutations((1, 2, 3))))
async def test_parts_in_any_order_are_one_message(
    line: Line, order: Sequence[int], how: str
) -> None:
    one = await line.process()
    *early, last = order
    for number in early:
        assert await line.take(one, params(number), how) is None
    assert line.host.messages == []
    assert await line.take(one, params(last), how) is Intake.TAKEN
    (came,) = line.host.messages
    assert (came.carrier, came.sender, came.number) == ("one", "+14155550100", "+14158670001")
    assert came.body == "".join(TEXTS)


async def test_what_comes_twice_counts_once(line: Line) -> None:
    one = await line.process()
    for number in (1, 1, 2, 1):
        assert await line.take(one, params(number)) is None
    assert await line.take(one, params(3)) is Intake.TAKEN
    # Vonage tries for a day where it saw no success.
    line.now += 20 * 3_600_000
    assert await line.take(one, params(2)) is Intake.DUPLICATE
    assert line.host.texts == ["".join(TEXTS)]


async def test_parts_outlive_the_process_and_meet_in_another(line: Line) -> None:
    first, second = await line.process(), await line.process()
    assert await line.take(first, params(2)) is None
    await first.close()
    assert await line.take(second, params(3)) is None
    third = await line.process()
    assert await line.take(third, params(1)) is Intake.TAKEN
    assert line.host.texts == ["".join(TEXTS)]


async def test_two_processes_that_get_the_last_two_at_once(line: Line) -> None:
    first, second = await line.process(), await line.process()
    assert await line.take(first, params(2)) is None
    found = await asyncio.gather(line.take(first, params(1)), line.take(second, params(3)))
    assert Intake.TAKEN in found
    assert line.host.texts == ["".join(TEXTS)]


@pytest.mark.covers("carrier:vonage.concat-late")
async def test_what_came_is_passed_on_when_the_rest_does_not(line: Line) -> None:
    one = await line.process(wait=0.05)
    assert await line.take(one, params(1)) is None
    line.now += 50
    assert await line.take(one, params(3)) is None
    line.now += 10
    assert await eventually(line, 1) == ["first, [...]third"]
    # A late one follows by itself, once.
    assert await line.take(one, params(2)) is Intake.TAKEN
    assert await line.take(one, params(2)) is Intake.DUPLICATE
    assert line.host.texts[1:] == ["[...]second 👋, [...]"]


async def test_a_reference_that_is_used_anew_begins_another_message(line: Line) -> None:
    one = await line.process()
    for mark in ("a", "b"):
        for number in (1, 2, 3):
            await line.take(one, params(number, mark=mark))
    # Nor are two people, or two references, mixed.
    for number in (1, 2, 3):
        await line.take(one, params(number, mark="c", msisdn="13055551234"))
        await line.take(one, params(number, reference=8, mark="d"))
    assert line.host.texts == ["".join(TEXTS)] * 4


@pytest.mark.parametrize("opt_outs", ["none", "local"])
async def test_who_answers_opt_out_words_is_known_of_long_ones_too(
    line: Line, opt_outs: str
) -> None:
    one = await line.process(opt_outs=opt_outs)
    for number in (1, 2, 3):
        await line.take(one, params(number))
    assert [came.answered for came in line.host.messages] == [opt_outs == "local"]


async def test_a_part_stays_with_vonage_while_nothing_can_be_stored(line: Line) -> None:
    one = await line.process()
    for number in (1, 2):
        await line.take(one, params(number))
    line.host.unavailable = 1
    with pytest.raises(HostUnavailable):
        await line.take(one, params(3))
    assert await line.take(one, params(3)) is Intake.TAKEN
    assert line.host.texts == ["".join(TEXTS)]


@pytest.mark.parametrize(
    "changes",
    [
        {"concat": "false"},
        {"concat": ""},
        {"concat-ref": ""},
        {"concat-ref": "-1"},
        {"concat-ref": "9999999999"},
        {"concat-total": "1", "concat-part": "1"},
        {"concat-total": "256"},
        {"concat-part": "0"},
        {"concat-part": "4"},
        {"concat-part": "one"},
    ],
)
async def test_a_message_that_does_not_say_of_what_it_is_a_part_is_whole(
    line: Line, changes: dict[str, str]
) -> None:
    one = await line.process()
    (found,) = one.read(signed("Message", params(1) | changes))
    assert isinstance(found, InboundMessage)
    assert (found.provider_id, found.body) == ("7-1", TEXTS[0])


async def test_without_a_server_nothing_is_put_together() -> None:
    tools = Tools(Client(), DOOR, lambda: NOW)
    settings = vonage.Settings(API_KEY, api="sms")
    one = vonage.build("one", settings, vonage.Credentials(API_SECRET, SECRET), tools)
    await one.start(NotedHost())
    (part,) = one.read(signed("Message", params(1)))
    assert isinstance(part, MessagePart)
    with pytest.raises(HostUnavailable):
        await one.assemble(part)
    await one.close()
