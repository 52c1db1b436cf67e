"""Messages on their way in, from a scripted SMSC."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest

from maskline.carriers.smpp import pdu
from maskline.carriers.smpp.pdu import ShortMessage
from maskline.model.clock import system_clock
from maskline.model.traffic import InboundMessage
from tests.carriers.smpp.conftest import ALICE, NUMBER, Line

Eventually = Callable[..., Any]


def text(octets: bytes, **fields: Any) -> ShortMessage:
    given = {
        "source_ton": 1,
        "source_npi": 1,
        "source": ALICE[1:],
        "destination_ton": 1,
        "destination_npi": 1,
        "destination": NUMBER[1:],
        "short_message": octets,
    }
    return ShortMessage(**{**given, **fields})


@pytest.mark.parametrize(
    ("settings", "message", "expected"),
    [
        ({}, text(b"hello \x1b\x28\x00\x1b\x65"), {"body": "hello {@€"}),
        ({"default_alphabet": "latin1"}, text(b"\xe9@"), {"body": "é@"}),
        ({}, text(b"caf\xe9", data_coding=3), {"body": "café"}),
        ({}, text(b"plain", data_coding=1), {"body": "plain"}),
        ({}, text(b"\xd8\x3d\xde\x00", data_coding=8), {"body": "😀"}),
        ({}, text(b"\xd8\x3d", data_coding=8), {"body": "�"}),
        ({}, text("ж".encode(), data_coding=4), {"body": "ж"}),
        ({}, text(b"\xb6", data_coding=6), {"body": "Ж"}),
        ({}, text(b"\x04\x16", data_coding=0x18), {"body": "Ж"}),
        ({}, text(b"\x00", data_coding=0xF1), {"body": "@"}),
        ({}, text(b"", options={pdu.MESSAGE_PAYLOAD: b"x" * 2000}), {"body": "x" * 2000}),
        ({}, text(b""), {"body": ""}),
        ({}, text(b"hi"), {"sender": ALICE, "number": NUMBER}),
        ({}, text(b"hi", source_ton=0), {"sender": ALICE}),
        ({}, text(b"hi", source="+" + ALICE[1:], source_ton=0), {"sender": ALICE}),
        ({}, text(b"hi", source="00" + ALICE[1:], source_ton=0), {"sender": ALICE}),
        (
            {"country_code": "44"},
            text(b"hi", source="07700900123", source_ton=2),
            {"sender": "+447700900123"},
        ),
        ({}, text(b"hi", destination="72345", destination_ton=3), {"number": "72345"}),
        ({}, text(b"hi", source="Bank", source_ton=5), {"sender": "Bank"}),
        # A port number is no place among others.
        ({}, text(b"\x06\x05\x04\x0b\x84\x23\xf0hi", esm_class=0x40), {"body": "hi"}),
        # Part 3 of 2 can't be: it comes through by itself.
        ({}, text(b"\x05\x00\x03\x07\x02\x03hi", esm_class=0x40), {"body": "hi"}),
        # A header that is longer than the message is none.
        ({}, text(b"\x7fhi", esm_class=0x40), {"body": "àhi"}),
    ],
)
async def test_what_comes_in(
    line: Line, settings: dict[str, Any], message: ShortMessage, expected: dict[str, Any]
) -> None:
    await line.connect(**settings)
    session = await line.smsc.session()
    assert await session.deliver(message) == 0
    (came,) = line.host.messages
    assert {name: getattr(came, name) for name in expected} == expected
    assert came.carrier == "smpp"


@pytest.mark.covers("carrier:smpp.deliver")
async def test_it_is_answered_after_the_commit_and_not_before(line: Line) -> None:
    line.host.gate.clear()
    await line.connect()
    session = await line.smsc.session()
    answer = session.request(pdu.DELIVER_SM, pdu.write_message(text(b"hi")))
    await line.host.arrived.wait()
    # What is asked later is answered first: the connection is alive all the time.
    await asyncio.wait_for(session.request(pdu.ENQUIRE_LINK), 5)
    assert not answer.done()
    line.host.gate.set()
    assert (await asyncio.wait_for(answer, 5)).status == 0


async def test_the_smsc_is_asked_to_come_again_when_nothing_can_be_stored(line: Line) -> None:
    line.host.unavailable = 1
    await line.connect()
    session = await line.smsc.session()
    assert await session.deliver(text(b"hi")) == 0x64
    assert line.host.messages == []
    assert await session.deliver(text(b"hi")) == 0
    assert line.host.texts == ["hi"]


async def test_a_number_of_nobody_is_refused_for_good(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    line.host.unknown.add(NUMBER)
    await line.connect()
    session = await line.smsc.session()
    with caplog.at_level(logging.WARNING):
        assert await session.deliver(text(b"hi")) == 0x65
    assert NUMBER not in caplog.text
    assert "+1415867XXXX" in caplog.text


async def test_a_bug_leaves_the_message_with_the_smsc(
    line: Line, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(message: InboundMessage) -> None:
        raise KeyError(message.body)

    await line.connect()
    session = await line.smsc.session()
    monkeypatch.setattr(line.host, "message", broken)
    assert await session.deliver(text(b"a secret")) == 0x64
    assert "KeyError" in caplog.text
    assert "a secret" not in caplog.text


@pytest.mark.covers("carrier:smpp.data")
async def test_data_sm_is_taken_too(line: Line) -> None:
    await line.connect()
    session = await line.smsc.session()
    body = b"\0\x01\x01" + ALICE[1:].encode() + b"\0\x01\x01" + NUMBER[1:].encode() + b"\0\0\0\0"
    body += b"\x04\x24\x00\x02hi"
    answer = await asyncio.wait_for(session.request(pdu.DATA_SM, body), 5)
    assert (answer.command, answer.status) == (pdu.DATA_SM | pdu.RESPONSE, 0)
    assert line.host.texts == ["hi"]


async def test_a_message_that_can_not_be_read_is_refused_for_good(line: Line) -> None:
    await line.connect()
    session = await line.smsc.session()
    for body in (b"", b"\0\x01\x01no end", pdu.write_message(text(b"hi")) + b"\x04\x24\xff\xffx"):
        answer = await asyncio.wait_for(session.request(pdu.DELIVER_SM, body), 5)
        assert answer.status == 0x65
    assert line.host.messages == []


async def test_what_handsets_acknowledge_by_themselves_is_no_message(line: Line) -> None:
    await line.connect()
    session = await line.smsc.session()
    assert await session.deliver(text(b"", esm_class=0x08)) == 0
    assert line.host.messages == []


@pytest.mark.covers("carrier:smpp.alert")
async def test_an_unknown_command_and_an_alert(line: Line) -> None:
    await line.connect()
    session = await line.smsc.session()
    session.send(pdu.write(pdu.ALERT_NOTIFICATION, 77, body=b"\0\0\0\0\0\0"))
    answer = await asyncio.wait_for(session.request(0x99), 5)
    assert (answer.command, answer.status) == (pdu.GENERIC_NACK, 0x03)


@pytest.mark.parametrize("junk", [b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"\0\0\0\x04" + b"\0" * 12])
async def test_junk_ends_the_connection_and_a_new_one_is_made(line: Line, junk: bytes) -> None:
    await line.connect()
    session = await line.smsc.session()
    session.send(junk)
    await line.smsc.until(lambda: session not in line.smsc.sessions)
    again = await line.smsc.session()
    assert await again.deliver(text(b"hi")) == 0


async def test_pdus_may_come_in_pieces_and_together(line: Line) -> None:
    await line.connect()
    session = await line.smsc.session()
    data = b"".join(
        pdu.write(pdu.DELIVER_SM, 1000 + n, body=pdu.write_message(text(b"%d" % n)))
        for n in range(20)
    )
    for at in range(0, len(data), 37):
        session.send(data[at : at + 37])
        await asyncio.sleep(0)
    await line.smsc.until(lambda: True)
    async with asyncio.timeout(5):
        while len(line.host.messages) < 20:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    assert line.host.texts == [str(n) for n in range(20)]


@pytest.mark.covers("carrier:smpp.unbind")
async def test_unbind_is_answered_and_the_link_made_again(line: Line) -> None:
    await line.connect()
    session = await line.smsc.session()
    answer = await asyncio.wait_for(session.request(pdu.UNBIND), 5)
    assert answer.command == pdu.UNBIND | pdu.RESPONSE
    await line.smsc.until(lambda: session not in line.smsc.sessions)
    await line.smsc.session()


async def test_the_same_text_twice_is_two_texts(line: Line) -> None:
    await line.connect()
    session = await line.smsc.session()
    for _ in range(2):
        assert await session.deliver(text(b"ok")) == 0
    assert line.host.texts == ["ok", "ok"]
    assert not any(one.provider_id.endswith("-again") for one in line.host.messages)


async def test_what_was_certainly_not_answered_is_taken_once(
    line: Line, eventually: Eventually
) -> None:
    line.host.gate.clear()
    await line.connect()
    session = await line.smsc.session()
    session.request(pdu.DELIVER_SM, pdu.write_message(text(b"ok")))
    await line.host.arrived.wait()
    session.cut()
    again = await line.smsc.until(
        lambda: next((one for one in line.smsc.sessions if one is not session and one.bound), None)
    )
    line.host.gate.set()
    await eventually(lambda: line.host.messages)
    # The SMSC hands it over again, and then the person says it once more.
    assert await again.deliver(text(b"ok")) == 0
    assert line.host.texts == ["ok"]
    assert await again.deliver(text(b"ok")) == 0
    assert line.host.texts == ["ok", "ok"]


async def test_what_may_not_have_been_answered_is_passed_on_and_marked(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    await line.connect()
    session = await line.smsc.session()
    assert await session.deliver(text(b"ok")) == 0
    session.cut()
    await line.smsc.until(lambda: session not in line.smsc.sessions)
    again = await line.smsc.session()
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            assert await again.deliver(text(b"ok")) == 0
    marked = [one.provider_id.endswith("-again") for one in line.host.messages]
    assert marked == [False, True, False]
    marks = [one for one in caplog.messages if one.startswith("possible_duplicate")]
    assert len(marks) == 1
    assert line.host.messages[1].provider_id in marks[0]


async def test_what_an_earlier_process_took_is_marked_too(line: Line) -> None:
    await line.connect()
    session = await line.smsc.session()
    assert await session.deliver(text(b"ok")) == 0
    taken = line.records.message(
        "AC" + "1" * 32,
        carrier="smpp",
        provider_id=line.host.messages[0].provider_id,
        date_created=system_clock(),
    )
    await line.store.transact(lambda tx: tx.messages.add_many([taken]))
    await line.carrier.close()
    await line.smsc.until(lambda: not line.smsc.sessions)
    await asyncio.sleep(0.01)
    await line.connect()
    again = await line.smsc.session()
    assert await again.deliver(text(b"ok")) == 0
    assert await again.deliver(text(b"something else")) == 0
    marked = [one.provider_id.endswith("-again") for one in line.host.messages]
    assert marked == [False, True, False]


async def test_nothing_more_is_taken_while_the_server_stops(line: Line) -> None:
    line.host.gate.clear()
    await line.connect()
    session = await line.smsc.session()
    first = session.request(pdu.DELIVER_SM, pdu.write_message(text(b"first")))
    await line.host.arrived.wait()
    close = asyncio.create_task(line.carrier.close())
    await asyncio.sleep(0.01)
    second = session.request(pdu.DELIVER_SM, pdu.write_message(text(b"second")))
    assert (await asyncio.wait_for(second, 5)).status == 0x64
    line.host.gate.set()
    assert (await asyncio.wait_for(first, 5)).status == 0
    await close
    assert line.host.texts == ["first"]


async def test_a_flood_waits_in_the_network_and_not_in_memory(
    line: Line, eventually: Eventually
) -> None:
    line.host.gate.clear()
    await line.connect()
    session = await line.smsc.session()
    answers = [
        session.request(pdu.DELIVER_SM, pdu.write_message(text(b"%d" % n, source=str(10**9 + n))))
        for n in range(5000)
    ]
    receiver: Any = line.carrier._receiver
    await eventually(lambda: receiver._paused)
    assert len(receiver._tasks) < 5000
    line.host.gate.set()
    done = await asyncio.wait_for(asyncio.gather(*answers), 20)
    assert {one.status for one in done} == {0}
    assert len(line.host.messages) == 5000
