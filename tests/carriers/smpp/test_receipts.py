"""Receipts: read, matched, and laid together for messages in parts."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import pytest

from maskline.carriers.contract import HostUnavailable
from maskline.carriers.smpp import pdu, receipts
from maskline.carriers.smpp.pdu import Pdu, ShortMessage
from maskline.gateway.smpp import SmppLedger
from maskline.model.smpp import SentPart
from maskline.model.traffic import Accepted
from tests.carriers.smpp.conftest import BOB, NUMBER, Line
from tests.carriers.smpp.smsc import Session

Eventually = Callable[..., Any]
TEXT = (
    "id:{id} sub:001 dlvrd:001 submit date:2611280100 done date:2611280101 stat:{stat} err:{err} "
    "text:hi"
)
LONG = "0123456789" * 40


def receipt(
    name: str,
    stat: str = "DELIVRD",
    err: str = "000",
    options: dict[int, bytes] | None = None,
    **fields: Any,
) -> ShortMessage:
    given = {
        "source": BOB[1:],
        "destination": NUMBER[1:],
        "esm_class": 0x04,
        "short_message": TEXT.format(id=name, stat=stat, err=err).encode(),
        "options": options or {},
    }
    return ShortMessage(**{**given, **fields})


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (ShortMessage(), "message"),
        (ShortMessage(esm_class=0x40), "message"),
        (ShortMessage(esm_class=0x04), "receipt"),
        (ShortMessage(esm_class=0x20), "receipt"),
        (ShortMessage(esm_class=0x44), "receipt"),
        (ShortMessage(esm_class=0x08), "other"),
        (ShortMessage(esm_class=0x10), "other"),
        (ShortMessage(options={0x001E: b"1\0", 0x0427: b"\x02"}), "receipt"),
        (ShortMessage(options={0x001E: b"1\0"}), "message"),
        # What a person writes is no receipt, whatever it looks like.
        (ShortMessage(short_message=TEXT.format(id=1, stat="DELIVRD", err=0).encode()), "message"),
    ],
)
def test_what_is_a_receipt(message: ShortMessage, kind: str) -> None:
    assert receipts.kind(message) == kind


@pytest.mark.covers("carrier:smpp.receipts")
@pytest.mark.parametrize(
    ("message", "ids", "status", "code"),
    [
        (receipt("1"), ("1",), "delivered", None),
        (receipt("1", "EXPIRED"), ("1",), "undelivered", 30003),
        (receipt("1", "DELETED"), ("1",), "undelivered", 30008),
        (receipt("1", "UNDELIV"), ("1",), "undelivered", 30005),
        (receipt("1", "UNDELIV", "027"), ("1",), "undelivered", 30003),
        (receipt("1", "REJECTD"), ("1",), "undelivered", 30007),
        (receipt("1", "ACCEPTD"), ("1",), "sent", None),
        (receipt("1", "ENROUTE"), ("1",), "sent", None),
        (receipt("1", "UNKNOWN"), ("1",), "sent", None),
        (receipt("1", "delivrd"), ("1",), "delivered", None),
        (receipt("1", "SOMETHING"), ("1",), "sent", None),
        # Parameters count before the text.
        (
            receipt("26", "UNDELIV", options={0x001E: b"1A\0", 0x0427: b"\x02"}),
            ("1A", "26"),
            "delivered",
            None,
        ),
        (receipt("", options={0x001E: b"1A", 0x0427: b"\x05"}), ("1A",), "undelivered", 30005),
        (
            receipt("", options={0x001E: b"1A", 0x0427: b"\x05", 0x0423: b"\x03\x00\x1b"}),
            ("1A",),
            "undelivered",
            30003,
        ),
        (
            ShortMessage(esm_class=4, options={0x001E: b"9\0", 0x0427: b"\x02"}),
            ("9",),
            "delivered",
            None,
        ),
        # The text of the message, at the end, is not the receipt's.
        (
            ShortMessage(
                esm_class=4, short_message=b"id:7 stat:DELIVRD err:000 text:id:8 stat:UNDELIV"
            ),
            ("7",),
            "delivered",
            None,
        ),
        (ShortMessage(esm_class=4, short_message=b"ID:7  STAT:DELIVRD"), ("7",), "delivered", None),
    ],
)
def test_what_a_receipt_says(
    message: ShortMessage, ids: tuple[str, ...], status: str, code: int | None
) -> None:
    found = receipts.read(message)
    assert found is not None
    assert (found.ids, found.status, found.error_code) == (ids, status, code)


def test_a_receipt_without_an_id_is_none() -> None:
    assert receipts.read(ShortMessage(esm_class=4, short_message=b"stat:DELIVRD")) is None


@pytest.mark.covers("carrier:smpp.receipt-ids")
@pytest.mark.parametrize(
    ("form", "answered", "written"),
    [
        ("auto", "abc-1", "abc-1"),
        ("auto", "1A2B", "1A2B"),
        ("auto", "1a2b", "6699"),
        ("auto", "1A2B", "6699"),
        ("auto", "00001A2B", "6699"),
        ("auto", "6699", "1A2B"),
        ("auto", "6699", "0000006699"),
        ("dec", "1A2B", "6699"),
        ("dec", "10", "16"),
        ("dec", "10", "0000000016"),
        ("hex", "6699", "1a2b"),
        ("hex", "16", "10"),
        ("dec", "abc-1", "abc-1"),
        ("hex", "abc-1", "abc-1"),
    ],
)
def test_ids_in_two_forms_meet(form: receipts.IdForm, answered: str, written: str) -> None:
    assert receipts.kept(answered, form) in receipts.forms(written, form)


@pytest.mark.parametrize(
    ("form", "answered", "written"), [("dec", "10", "10"), ("hex", "10", "10"), ("auto", "a", "b")]
)
def test_and_others_do_not(form: receipts.IdForm, answered: str, written: str) -> None:
    assert receipts.kept(answered, form) not in receipts.forms(written, form)


def part(number: int, total: int, status: str) -> SentPart:
    code = 30005 if status == "undelivered" else None
    return SentPart("smpp", f"m{number}", "SM", BOB, number, total, status, code, 0)


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (("delivered", "delivered", "delivered"), ("delivered", None)),
        (("delivered", "delivered", "sent"), None),
        (("sent", "sent", "sent"), None),
        (("sent", "undelivered", "sent"), ("undelivered", 30005)),
        (("delivered", "delivered", "undelivered"), ("undelivered", 30005)),
    ],
)
def test_the_rule_for_messages_in_parts(
    statuses: tuple[str, ...], expected: tuple[str, int | None] | None
) -> None:
    for order in itertools.permutations(enumerate(statuses, 1)):
        parts = [part(number, len(statuses), status) for number, status in order]
        assert receipts.verdict(parts) == expected
    # Parts that the ledger does not know yet are not delivered.
    assert receipts.verdict([part(1, 3, "delivered"), part(2, 3, "delivered")]) is None
    assert receipts.verdict([]) is None


async def test_a_receipt_finds_its_message(line: Line) -> None:
    await line.connect()
    message = line.message("hi")
    await line.carrier.send(message)
    session = await line.smsc.session()
    assert await session.deliver(receipt("m1", "UNDELIV")) == 0
    (report,) = line.host.reports
    assert (report.message_sid, report.status, report.error_code) == (
        message.reference,
        "undelivered",
        30005,
    )


@pytest.mark.covers("carrier:smpp.opt-out")
@pytest.mark.parametrize(
    ("message", "code"),
    [
        (receipt("m1", "UNDELIV", "099"), 21610),
        (receipt("m1", "REJECTD", "A7"), 21610),
        (receipt("m1", "UNDELIV", options={0x0427: b"\x05", 0x0423: b"\x03\x00\x63"}), 21610),
        (receipt("m1", "UNDELIV", "100"), 30005),
        (receipt("m1", "UNDELIV", "000"), 30005),
        # What arrived, arrived.
        (receipt("m1", "DELIVRD", "099"), None),
    ],
)
async def test_what_says_that_somebody_opted_out_is_the_operator_s_to_know(
    line: Line, message: ShortMessage, code: int | None
) -> None:
    await line.connect(opted_out_errors="99,A7")
    ours = line.message("hi")
    await line.carrier.send(ours)
    await line.leg(ours)
    session = await line.smsc.session()
    assert await session.deliver(message) == 0
    assert [one.error_code for one in line.host.reports] == [code]


async def test_a_receipt_that_overtakes_the_answer_waits_for_it(line: Line) -> None:
    waiting: list[asyncio.Future[Pdu]] = []

    def receipt_first(session: Session, one: Pdu) -> None:
        body = pdu.write_message(receipt("m1"))
        waiting.append(session.request(pdu.DELIVER_SM, body))
        asyncio.get_running_loop().call_later(0.05, line.smsc.accept, session, one)

    line.smsc.on_submit = receipt_first
    await line.connect()
    message = line.message("hi")
    assert await line.carrier.send(message) == Accepted("m1")
    # Nobody has committed the message's new id yet: the receipt is not lost for that.
    assert (await asyncio.wait_for(waiting[0], 5)).status == 0
    assert [one.message_sid for one in line.host.reports] == [message.reference]


async def test_a_receipt_of_a_message_that_an_earlier_process_sent(line: Line) -> None:
    await line.connect(receipt_ids="dec")
    message = line.message("hi")
    await line.leg(message, provider_id="6699")
    session = await line.smsc.session()
    assert await session.deliver(receipt("0000006699")) == 0
    assert [one.message_sid for one in line.host.reports] == [message.reference]


async def test_of_two_that_an_id_may_mean_the_recipient_decides(line: Line) -> None:
    await line.connect()
    ids = iter(("A", "10"))
    line.smsc.on_submit = lambda session, one: session.answer(one, 0, f"{next(ids)}\0".encode())
    tenth, sixteenth = line.message("hi"), line.message("hi", recipient="+17185551234")
    for message in (tenth, sixteenth):
        await line.carrier.send(message)
        await line.leg(message)
    session = await line.smsc.session()
    assert await session.deliver(receipt("10")) == 0
    # The other way round, as some SMSCs have it.
    crossed = receipt("10", source=NUMBER[1:], destination="17185551234")
    assert await session.deliver(crossed) == 0
    assert [one.message_sid for one in line.host.reports] == [
        tenth.reference,
        sixteenth.reference,
    ]


async def test_a_receipt_about_nothing_we_know_is_put_aside(
    line: Line, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maskline.carriers.smpp.reports._LATER", 0.01)
    monkeypatch.setattr(SmppLedger, "is_shared", True)
    monkeypatch.setattr("maskline.carriers.smpp.reports._PATIENCE", 0.2)
    await line.connect()
    session = await line.smsc.session()
    # Another process may be about to commit its message.
    assert await session.deliver(receipt("unheard")) == 0x64
    assert "no message that we know" not in caplog.text
    await asyncio.sleep(0.2)
    assert await session.deliver(receipt("unheard")) == 0
    assert await session.deliver(ShortMessage(esm_class=4, short_message=b"?")) == 0
    assert line.host.reports == []
    assert "no message that we know" in caplog.text
    assert "names no message" in caplog.text


async def test_alone_one_knows_soon_that_nobody_knows(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maskline.carriers.smpp.reports._LATER", 0.01)
    await line.connect()
    session = await line.smsc.session()
    assert await session.deliver(receipt("unheard")) == 0
    assert line.host.reports == []


async def test_a_receipt_that_overtakes_another_process_s_commit_comes_again(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maskline.carriers.smpp.reports._LATER", 0.01)
    monkeypatch.setattr(SmppLedger, "is_shared", True)
    await line.connect()
    session = await line.smsc.session()
    message = line.message("hi")
    assert await session.deliver(receipt("theirs")) == 0x64
    await line.leg(message, provider_id="theirs")
    assert await session.deliver(receipt("theirs")) == 0
    assert [one.message_sid for one in line.host.reports] == [message.reference]


async def test_a_receipt_is_kept_by_the_smsc_while_nothing_can_be_stored(line: Line) -> None:
    await line.connect()
    await line.carrier.send(line.message("hi"))
    session = await line.smsc.session()
    line.host.unavailable = 1
    assert await session.deliver(receipt("m1")) == 0x64
    assert await session.deliver(receipt("m1")) == 0
    assert [one.status for one in line.host.reports] == ["delivered"]


@pytest.mark.parametrize("order", list(itertools.permutations((1, 2, 3))))
async def test_a_message_in_parts_is_delivered_when_all_are(
    line: Line, order: tuple[int, ...]
) -> None:
    await line.connect()
    message = line.message(LONG)
    await line.leg(message)
    await line.carrier.send(message)
    session = await line.smsc.session()
    for number in order:
        assert line.host.reports == []
        assert await session.deliver(receipt(f"m{number}", "ACCEPTD")) == 0
        assert await session.deliver(receipt(f"m{number}")) == 0
    assert [(one.message_sid, one.status) for one in line.host.reports] == [
        (message.reference, "delivered")
    ]


async def test_one_lost_part_is_a_lost_message_also_after_a_restart(line: Line) -> None:
    await line.connect()
    message = line.message(LONG)
    await line.leg(message)
    await line.carrier.send(message)
    session = await line.smsc.session()
    assert await session.deliver(receipt("m3")) == 0
    await line.carrier.close()
    await line.smsc.until(lambda: not line.smsc.sessions)
    await line.connect()
    session = await line.smsc.session()
    assert await session.deliver(receipt("m2", "EXPIRED")) == 0
    assert await session.deliver(receipt("m1")) == 0
    reports = [(one.message_sid, one.status, one.error_code) for one in line.host.reports]
    # Said again with the last receipt, which changes nothing: a leg keeps its first outcome.
    assert reports == [(message.reference, "undelivered", 30003)] * 2


async def test_receipts_of_parts_that_overtake_the_last_answer_are_kept(line: Line) -> None:
    waiting: list[asyncio.Future[Pdu]] = []

    def answer(session: Session, one: Pdu) -> None:
        provider_id = line.smsc.accept(session, one)
        waiting.append(session.request(pdu.DELIVER_SM, pdu.write_message(receipt(provider_id))))

    line.smsc.on_submit = answer
    await line.connect(window=1)
    message = line.message(LONG)
    await line.leg(message)
    await line.carrier.send(message)
    assert {one.status for one in await asyncio.gather(*waiting)} == {0}
    assert [(one.message_sid, one.status) for one in line.host.reports] == [
        (message.reference, "delivered")
    ]


async def test_a_bug_leaves_the_receipt_with_the_smsc(
    line: Line, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(reports: Any) -> None:
        raise KeyError("a bug")

    await line.connect()
    await line.carrier.send(line.message("hi"))
    session = await line.smsc.session()
    monkeypatch.setattr(line.host, "receipts", broken)
    assert await session.deliver(receipt("m1")) == 0x64
    assert "KeyError" in caplog.text


async def test_the_store_s_absence_is_the_server_s(line: Line) -> None:
    await line.connect()
    await line.carrier.close()
    await line.store.close()
    with pytest.raises(HostUnavailable):
        await line.ledger.sent("smpp", ["m1"])
