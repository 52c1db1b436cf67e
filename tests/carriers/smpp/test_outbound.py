"""Messages on their way out, to a scripted SMSC."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from maskline.carriers.contract import HostUnavailable
from maskline.carriers.smpp import Smpp, SmppCredentials, SmppSettings, pdu
from maskline.carriers.smpp.pdu import Pdu
from maskline.model.clock import system_clock
from maskline.model.traffic import Accepted, Refused, Throttled, Unclear
from tests.carriers.smpp.conftest import BOB, Line
from tests.carriers.smpp.smsc import Session

LONG = "0123456789" * 40


@pytest.mark.covers("carrier:smpp.submit")
async def test_a_text_is_submitted_and_accepted(line: Line) -> None:
    await line.connect()
    assert await line.carrier.send(line.message("hello {x}")) == Accepted("m1")
    (sent,) = line.smsc.submitted
    assert sent.short_message == b"hello \x1b\x28x\x1b\x29"
    assert (sent.data_coding, sent.esm_class, sent.registered_delivery) == (0, 0, 1)
    assert (sent.source_ton, sent.source_npi, sent.source) == (1, 1, "14158675310")
    assert (sent.destination_ton, sent.destination_npi, sent.destination) == (1, 1, BOB[1:])


@pytest.mark.parametrize(
    ("settings", "fields", "expected"),
    [
        ({}, {"sender": "72345"}, {"source_ton": 3, "source_npi": 0, "source": "72345"}),
        (
            {"short_code_ton": 0, "short_code_npi": 1},
            {"sender": "72345"},
            {"source_ton": 0, "source_npi": 1},
        ),
        ({}, {"sender": "Rides"}, {"source_ton": 5, "source_npi": 0, "source": "Rides"}),
        ({"number_ton": 0}, {}, {"source_ton": 0, "destination_ton": 0}),
        ({"receipts": False}, {}, {"registered_delivery": 0}),
        ({"service_type": "CMT"}, {}, {"service_type": "CMT"}),
        ({"validity": 93_784}, {}, {"validity_period": "000001020304000R"}),
        ({}, {"body": "Grüße ç"}, {"data_coding": 8}),
        (
            {"latin1": True},
            {"body": "Grüße ç"},
            {"data_coding": 3, "short_message": b"Gr\xfc\xdfe \xe7"},
        ),
        (
            {"default_alphabet": "latin1"},
            {"body": "é@"},
            {"data_coding": 0, "short_message": b"\xe9@"},
        ),
        (
            {"default_alphabet": "latin1"},
            {"body": "€"},
            {"data_coding": 8, "short_message": b"\x20\xac"},
        ),
        ({}, {"body": "😀"}, {"data_coding": 8, "short_message": b"\xd8\x3d\xde\x00"}),
    ],
)
async def test_settings_show_in_what_is_submitted(
    line: Line, settings: dict[str, Any], fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    await line.connect(**settings)
    await line.carrier.send(line.message(fields.pop("body", "hi"), **fields))
    (sent,) = line.smsc.submitted
    assert {name: getattr(sent, name) for name in expected} == expected


@pytest.mark.covers("carrier:smpp.submit-errors")
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (0x08, Refused(30008, retry=True)),
        (0x04, Refused(20503, retry=True)),
        (0x0A, Refused(21606, retry=False)),
        (0x0B, Refused(21211, retry=False)),
        (0x45, Refused(30008, retry=False)),
        (0x64, Refused(30008, retry=True)),
        (0x65, Refused(30008, retry=False)),
        (0x66, Refused(30007, retry=False)),
        (0x0411, Refused(30008, retry=False)),
    ],
)
async def test_what_the_smsc_refuses(line: Line, status: int, expected: Refused) -> None:
    line.smsc.refuse(status)
    await line.connect()
    assert await line.carrier.send(line.message("hi")) == expected
    assert len(line.smsc.submitted) == 1


@pytest.mark.parametrize(
    ("told", "status", "code"),
    [
        ("0x0501,460", 0x501, 21610),
        ("0x0501,460", 0x460, 21610),
        ("0x0501", 0x502, 30008),
        ("", 0x501, 30008),
    ],
)
async def test_a_status_may_say_that_somebody_opted_out(
    line: Line, told: str, status: int, code: int
) -> None:
    await line.connect(opted_out_statuses=told)
    line.smsc.refuse(status, status)
    refused = Refused(code, retry=False)
    assert await line.carrier.send(line.message("hi")) == refused
    assert await line.carrier.send(line.message("x" * 200)) == refused


@pytest.mark.covers("carrier:smpp.nack")
async def test_a_generic_nack_is_an_answer(line: Line) -> None:
    def nack(session: Session, one: Pdu) -> None:
        session.send(pdu.write(pdu.GENERIC_NACK, one.sequence, 0x02))

    line.smsc.on_submit = nack
    await line.connect()
    assert await line.carrier.send(line.message("hi")) == Refused(30008, retry=False)


@pytest.mark.covers("carrier:smpp.throttle")
@pytest.mark.parametrize("status", [0x58, 0x14])
async def test_what_comes_too_fast_is_submitted_again_in_its_order(line: Line, status: int) -> None:
    line.smsc.refuse(status, status, 0, status)
    await line.connect(window=1)
    messages = [line.message(f"text {n}") for n in range(5)]
    results = await asyncio.gather(*map(line.carrier.send, messages))
    assert all(isinstance(one, Accepted) for one in results)
    texts = [one.short_message.decode() for one in line.smsc.submitted]
    assert texts == ["text 0"] * 3 + ["text 1"] * 2 + ["text 2", "text 3", "text 4"]


async def test_who_is_throttled_too_long_tries_later(line: Line) -> None:
    line.smsc.refuse(*[0x58] * 20)
    await line.connect(throttled=0.3)
    assert await line.carrier.send(line.message("hi")) == Throttled(whole=True, code=30001)
    assert 2 <= len(line.smsc.submitted) <= 4


@pytest.mark.covers("carrier:smpp.window")
async def test_no_more_than_the_window_is_under_way(line: Line) -> None:
    held: list[tuple[Session, Pdu]] = []
    line.smsc.on_submit = lambda session, one: held.append((session, one))
    await line.connect(window=3)
    sends = [asyncio.create_task(line.carrier.send(line.message(str(n)))) for n in range(8)]
    await line.smsc.until(lambda: len(held) == 3)
    while len(line.smsc.submitted) < 8 or held:
        assert len(held) <= 3
        line.smsc.accept(*held.pop(0))
        await asyncio.sleep(0.005)
    results = await asyncio.gather(*sends)
    assert len({one.provider_id for one in results if isinstance(one, Accepted)}) == 8


async def test_answers_may_come_in_any_order(line: Line) -> None:
    held: list[tuple[Session, Pdu]] = []
    line.smsc.on_submit = lambda session, one: held.append((session, one))
    await line.connect()
    sends = [asyncio.create_task(line.carrier.send(line.message(str(n)))) for n in range(4)]
    await line.smsc.until(lambda: len(held) == 4)
    for session, one in reversed(held):
        text = pdu.read_message(one.body).short_message.decode()
        session.answer(one, 0, f"id of {text}\0".encode())
    assert await asyncio.gather(*sends) == [Accepted(f"id of {n}") for n in range(4)]


async def test_as_many_a_second_as_is_wanted(line: Line) -> None:
    await line.connect(messages_per_second=50, window=100)
    await line.smsc.session()
    began = asyncio.get_running_loop().time()
    await asyncio.gather(*(line.carrier.send(line.message(str(n))) for n in range(11)))
    assert asyncio.get_running_loop().time() - began >= 0.19


@pytest.mark.covers("carrier:smpp.udh")
async def test_long_texts_go_out_in_parts_with_one_reference(line: Line) -> None:
    await line.connect()
    message = line.message(LONG)
    await line.leg(message)
    assert await line.carrier.send(message) == Accepted("m1")
    parts = line.smsc.submitted
    assert [one.esm_class for one in parts] == [0x40] * 3
    headers = [one.short_message[:6] for one in parts]
    reference = headers[0][3]
    assert headers == [bytes((5, 0, 3, reference, 3, n)) for n in (1, 2, 3)]
    assert [len(one.short_message) - 6 for one in parts] == [153, 153, 94]
    kept = await line.ledger.sent("smpp", ["m1", "m2", "m3"])
    assert [(one.message_sid, one.part, one.total) for one in kept] == [
        (message.reference, n, 3) for n in (1, 2, 3)
    ]


@pytest.mark.covers("carrier:smpp.sar")
async def test_sar_and_payload(line: Line) -> None:
    await line.connect(long_messages="sar")
    await line.carrier.send(line.message(LONG))
    options = [one.options for one in line.smsc.submitted]
    assert [int.from_bytes(one[pdu.SAR_SEGMENT_SEQNUM], "big") for one in options] == [1, 2, 3]
    assert {one[pdu.SAR_TOTAL_SEGMENTS] for one in options} == {b"\x03"}
    assert len({one[pdu.SAR_MSG_REF_NUM] for one in options}) == 1
    assert b"".join(one.short_message for one in line.smsc.submitted).decode() == LONG
    await line.carrier.close()
    line.smsc.submitted.clear()
    await line.connect(long_messages="payload")
    await line.carrier.send(line.message(LONG))
    (sent,) = line.smsc.submitted
    assert (sent.short_message, sent.options) == (b"", {pdu.MESSAGE_PAYLOAD: LONG.encode()})


async def test_what_can_not_be_sent(line: Line) -> None:
    await line.connect()
    with_media = line.message("look", media=("https://example.com/a.jpg",))
    assert await line.carrier.send(with_media) == Refused(30011, retry=False)
    assert await line.carrier.send(line.message("ж" * 20_000)) == Refused(21617, retry=False)
    assert line.smsc.submitted == []


async def test_one_part_that_is_refused_spoils_the_message(line: Line) -> None:
    line.smsc.refuse(0, 0x0B)

    await line.connect(window=1)
    assert await line.carrier.send(line.message(LONG)) == Refused(21211, retry=False)


async def test_parts_that_were_accepted_are_not_submitted_again(line: Line) -> None:
    line.smsc.refuse(0, 0x08)
    await line.connect(window=1)
    message = line.message(LONG)
    assert await line.carrier.send(message) == Refused(30008, retry=True)
    line.smsc.submitted.clear()
    assert isinstance(await line.carrier.send(message), Accepted)
    assert [one.short_message[5] for one in line.smsc.submitted] == [2]


@pytest.mark.covers("carrier:smpp.lost")
async def test_after_a_lost_answer_nobody_knows_whether_it_was_taken(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    def cut(session: Session, one: Pdu) -> None:
        line.smsc.on_submit = line.smsc.accept
        session.cut()

    line.smsc.on_submit = cut
    await line.connect()
    message = line.message("my secret")
    assert await line.carrier.send(message) == Unclear()
    assert await line.carrier.send(message) == Accepted("m1")
    assert "my secret" not in caplog.text
    assert BOB not in caplog.text


async def test_what_waited_for_a_link_goes_out_when_there_is_one(line: Line) -> None:
    line.smsc.bind_statuses += [0x08, 0x05]
    await line.connect()
    assert await line.carrier.send(line.message("hi")) == Accepted("m1")
    assert len([one for one in line.smsc.requests if one.command == pdu.BIND_TRANSCEIVER]) == 3


async def test_in_an_outage_messages_are_given_back_unharmed(line: Line) -> None:
    line.smsc.bind_statuses += [0x0E] * 1000
    await line.connect(outage=0.05)
    assert await line.carrier.send(line.message("hi")) == Refused(20503, retry=True)
    assert await line.carrier.send(line.message("hi")) == Refused(20503, retry=True)
    line.smsc.bind_statuses.clear()
    await line.smsc.session()
    async with asyncio.timeout(5):
        while await line.carrier.send(line.message("hi")) != Accepted("m1"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert len(line.smsc.submitted) == 1


@pytest.mark.covers("carrier:smpp.enquire-link")
async def test_an_smsc_that_no_longer_answers_is_left(
    line: Line, eventually: Callable[..., Any]
) -> None:
    line.smsc.deaf = True
    await line.connect(enquire_link=0.05, response_timeout=0.1)
    first = await line.smsc.session()
    await line.smsc.until(lambda: first not in line.smsc.sessions)
    line.smsc.deaf = False
    again = await line.smsc.session()
    count = len(line.smsc.requests)
    await line.smsc.until(
        lambda: sum(one.command == pdu.ENQUIRE_LINK for one in line.smsc.requests[count:]) >= 3
    )
    assert line.smsc.sessions == [again]


@pytest.mark.covers("carrier:smpp.bind")
async def test_a_pair_sends_on_one_link_and_receives_on_the_other(line: Line) -> None:
    await line.connect(bind="pair")
    transmitter = await line.smsc.session(pdu.BIND_TRANSMITTER)
    receiver = await line.smsc.session(pdu.BIND_RECEIVER)
    used: list[Session] = []

    def note(session: Session, one: Pdu) -> None:
        used.append(session)
        line.smsc.accept(session, one)

    line.smsc.on_submit = note
    await asyncio.gather(*(line.carrier.send(line.message(str(n))) for n in range(20)))
    assert set(used) == {transmitter}
    assert receiver in line.smsc.sessions


async def test_several_binds_share_the_work(line: Line) -> None:
    await line.connect(binds=3, window=2)
    await line.smsc.until(lambda: sum(bool(one.bound) for one in line.smsc.sessions) == 3)
    used: list[Session] = []

    def note(session: Session, one: Pdu) -> None:
        used.append(session)
        line.smsc.accept(session, one)

    line.smsc.on_submit = note
    await asyncio.gather(*(line.carrier.send(line.message(str(n))) for n in range(30)))
    assert len(set(used)) == 3


async def test_the_server_takes_leave_when_it_stops(line: Line) -> None:
    await line.connect()
    session = await line.smsc.session()
    await line.carrier.close()
    assert line.smsc.requests[-1].command == pdu.UNBIND
    await line.smsc.until(lambda: session not in line.smsc.sessions)
    assert await line.carrier.send(line.message("hi")) == Refused(20503, retry=True)


async def test_stopping_waits_for_answers(line: Line) -> None:
    held: list[tuple[Session, Pdu]] = []
    line.smsc.on_submit = lambda session, one: held.append((session, one))
    await line.connect()
    send = asyncio.create_task(line.carrier.send(line.message("hi")))
    await line.smsc.until(lambda: held)
    close = asyncio.create_task(line.carrier.close())
    await asyncio.sleep(0.01)
    line.smsc.accept(*held.pop())
    assert await send == Accepted("m1")
    await close


async def test_before_it_is_started_it_sends_nothing(line: Line) -> None:
    known = SmppCredentials(system_id="maskline")
    carrier = Smpp("smpp", SmppSettings(host="127.0.0.1"), known, None, system_clock)
    assert await carrier.send(line.message("hi")) == Refused(20503, retry=True)
    with pytest.raises(ValueError, match="ledger"):
        await carrier.start(line.host)
    await carrier.close()


async def test_a_link_that_is_lost_between_parts(line: Line) -> None:
    def second_is_lost(session: Session, one: Pdu) -> None:
        if len(line.smsc.submitted) == 2:
            line.smsc.on_submit = line.smsc.accept
            session.cut()
        else:
            line.smsc.accept(session, one)

    line.smsc.on_submit = second_is_lost
    await line.connect(window=1)
    message = line.message(LONG)
    await line.leg(message)
    assert await line.carrier.send(message) == Unclear()
    # The third went out as soon as there was a connection again; the second may be a copy.
    assert isinstance(await line.carrier.send(message), Accepted)
    numbers = [one.short_message[5] for one in line.smsc.submitted]
    assert numbers == [1, 2, 3, 2]
    kept = await line.ledger.sent("smpp", ["m1", "m2", "m3"])
    assert sorted(one.part for one in kept) == [1, 2, 3]


async def test_parts_that_never_went_out_are_no_possible_duplicates(line: Line) -> None:
    line.smsc.bind_statuses += [0x0E] * 1000
    await line.connect(outage=0.05)
    assert await line.carrier.send(line.message(LONG)) == Refused(20503, retry=True)


async def test_accepted_parts_are_written_down_whatever_it_takes(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maskline.carriers.smpp.sender._PAUSE", 0.01)
    await line.connect()
    message = line.message(LONG)
    await line.leg(message)
    add_sent, failures = line.ledger.add_sent, [1, 1]

    async def unavailable(parts: Any) -> None:
        if failures:
            failures.pop()
            raise HostUnavailable
        await add_sent(parts)

    monkeypatch.setattr(line.ledger, "add_sent", unavailable)
    assert isinstance(await line.carrier.send(message), Accepted)
    assert len(await line.ledger.sent("smpp", ["m1", "m2", "m3"])) == 3


async def test_what_nobody_waits_for_any_more_is_not_submitted(line: Line) -> None:
    held: list[tuple[Session, Pdu]] = []
    line.smsc.on_submit = lambda session, one: held.append((session, one))
    await line.connect(window=1)
    first = asyncio.create_task(line.carrier.send(line.message("first")))
    second = asyncio.create_task(line.carrier.send(line.message("second")))
    third = asyncio.create_task(line.carrier.send(line.message("third")))
    await line.smsc.until(lambda: held)
    first.cancel()
    second.cancel()
    line.smsc.accept(*held.pop())
    await line.smsc.until(lambda: held)
    line.smsc.accept(*held.pop())
    assert isinstance(await third, Accepted)
    texts = [one.short_message for one in line.smsc.submitted]
    assert texts == [b"first", b"third"]


async def test_an_smsc_that_gives_no_ids(line: Line) -> None:
    line.smsc.on_submit = lambda session, one: session.answer(one, 0, b"\0")
    await line.connect()
    results = [await line.carrier.send(line.message("hi")) for _ in range(2)]
    assert len({one.provider_id for one in results if isinstance(one, Accepted)}) == 2


async def test_a_host_that_is_no_name_is_said_and_tried_again(
    line: Line, caplog: pytest.LogCaptureFixture, eventually: Callable[..., Any]
) -> None:
    await line.connect(host="smsc..example", outage=0.2)
    await eventually(lambda: caplog.text.count("no connection to the SMSC: UnicodeError") > 1)
    assert await line.carrier.send(line.message("hi")) == Refused(20503, retry=True)
