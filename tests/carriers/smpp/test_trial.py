"""`maskline carriers test` at an SMSC, step by step."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from maskline.carriers.contract import Step
from maskline.carriers.smpp import pdu
from maskline.carriers.smpp.pdu import Pdu, ShortMessage
from maskline.cli import trial
from maskline.databases import open_store
from maskline.delivery.carriers import owner_of
from maskline.model.carrier import CarrierAccount
from maskline.model.page import PageRequest
from maskline.settings import Settings
from maskline.store.repositories.messages import MessageFilter
from maskline.vault import Vault, new_key, read_keys
from tests.carriers.smpp.conftest import ALICE, BOB, NUMBER
from tests.carriers.smpp.smsc import Session, Smsc
from tests.support.records import Records

KEY = new_key()


def account(port: int, **settings: Any) -> CarrierAccount:
    given = {"host": "127.0.0.1", "port": port, "reconnect_first": 0.01, **settings}
    secret = Vault(read_keys(KEY)).seal(
        b'{"system_id":"maskline","password":"secret"}', owner_of("smpp", "smpp")
    )
    return CarrierAccount("smpp", "smpp", msgspec.json.encode(given).decode(), secret, 1, 1)


def settings_at(folder: Path) -> Settings:
    return Settings(database_url=f"sqlite:///{folder / 'trial.db'}", credentials_key=KEY)


class Desk:
    """Tries an account out, and keeps what is said."""

    def __init__(self, folder: Path) -> None:
        self.settings = settings_at(folder)
        self.steps: list[Step] = []

    async def furnish(self) -> str:
        """Has an account with the number; its SID."""
        records = Records()
        owner = records.account()
        number = records.number(owner.sid, NUMBER, carrier="smpp")

        async def work(tx: Any) -> None:
            await tx.accounts.add(owner)
            await tx.numbers.add(number)

        store = open_store(self.settings)
        await store.open()
        await store.transact(work)
        await store.close()
        return owner.sid

    async def messages(self, owner: str) -> list[tuple[str, str, str]]:
        """Sender, text and state of the account's messages, oldest first."""
        store = open_store(self.settings)
        await store.open()
        narrow, request = MessageFilter(), PageRequest(size=5)
        page = await store.read(lambda tx: tx.messages.page(owner, narrow, request))
        await store.close()
        return [(one.sender, one.body, one.status) for one in reversed(page.records)]

    async def try_out(
        self, one: CarrierAccount, to: str | None = BOB, wait: float = 5.0
    ) -> list[tuple[str, bool]]:
        await trial._try_connection(self.settings, one, NUMBER, to, self.steps.append, wait)
        return [(step.step, step.ok) for step in self.steps]

    @property
    def last(self) -> str:
        return self.steps[-1].says


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def receipt(smsc: Smsc, stat: str = "DELIVRD", err: str = "000") -> Callable[[Session, Pdu], None]:
    """Takes a submission, and reports on it."""

    def answer(session: Session, one: Pdu) -> None:
        name = smsc.accept(session, one)
        text = f"id:{name} sub:001 dlvrd:001 submit date:2611280100 done date:2611280101 "
        session.request(
            pdu.DELIVER_SM,
            pdu.write_message(
                ShortMessage(
                    source=BOB[1:],
                    destination=NUMBER[1:],
                    esm_class=0x04,
                    short_message=f"{text}stat:{stat} err:{err} text:-".encode(),
                )
            ),
        )

    return answer


@pytest.mark.covers("carrier:smpp.trial")
async def test_every_step_is_told(desk: Desk, smsc: Smsc) -> None:
    smsc.on_submit = receipt(smsc)
    owner = await desk.furnish()
    steps = await desk.try_out(account(smsc.port))
    assert steps == [("connect", True), ("bind", True), ("submit", True), ("receipt", True)]
    assert [step.says for step in desk.steps] == [
        f"127.0.0.1:{smsc.port}",
        "transceiver: 1 bound",
        "accepted as m1",
        "delivered",
    ]
    assert [one.destination for one in smsc.submitted] == [BOB[1:]]
    # The message is in the account's list, as any that it sent.
    assert await desk.messages(owner) == [(NUMBER, trial._TEXT, "delivered")]
    # It took leave.
    assert smsc.requests[-1].command == pdu.UNBIND


@pytest.mark.parametrize(
    ("settings", "statuses", "steps", "says"),
    [
        ({}, (0x0E,), [("connect", True), ("bind", False)], "invalid password (0x0E)"),
        ({"binds": 2}, (0, 0x05), [("connect", True), ("bind", False)], "already bound"),
        ({"tls": True, "connect_timeout": 0.2}, (), [("connect", False)], "127.0.0.1"),
    ],
)
async def test_a_link_that_does_not_come_about(
    desk: Desk,
    smsc: Smsc,
    settings: dict[str, Any],
    statuses: tuple[int, ...],
    steps: list[tuple[str, bool]],
    says: str,
) -> None:
    smsc.bind_statuses = deque(statuses)
    assert await desk.try_out(account(smsc.port, **settings)) == steps
    assert says in desk.last
    assert smsc.submitted == []


async def test_nobody_listens(desk: Desk, smsc: Smsc) -> None:
    port = smsc.port
    await smsc.stop()
    assert await desk.try_out(account(port)) == [("connect", False)]
    assert "refused" in desk.last


async def test_an_smsc_that_does_not_answer_is_waited_for_no_longer_than_was_said(
    desk: Desk, smsc: Smsc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Session, "take", lambda *_: None)
    steps = await desk.try_out(account(smsc.port), wait=0.1)
    assert steps == [("connect", True), ("bind", False)]
    assert desk.last == "no answer within 0.1 s"


async def test_a_submission_that_is_refused(desk: Desk, smsc: Smsc) -> None:
    smsc.refuse(0x0B)
    owner = await desk.furnish()
    steps = await desk.try_out(account(smsc.port))
    assert steps[2:] == [("submit", False)]
    assert desk.last == "refused with 21211"
    assert await desk.messages(owner) == [(NUMBER, trial._TEXT, "failed")]


@pytest.mark.parametrize(
    ("stat", "says"),
    [
        ("UNDELIV", "undelivered (30005)"),
        ("ENROUTE", "none that is final within 0.3 s"),
    ],
)
async def test_a_receipt_that_tells_nothing_good(
    desk: Desk, smsc: Smsc, stat: str, says: str
) -> None:
    await desk.furnish()
    smsc.on_submit = receipt(smsc, stat, "001")
    steps = await desk.try_out(account(smsc.port), wait=0.3)
    assert steps[3:] == [("receipt", False)]
    assert desk.last.partition(" (")[0] == says.partition(" (")[0]


@pytest.mark.parametrize(
    ("settings", "ok", "says"),
    [
        ({}, False, "none that is final within 0.2 s"),
        ({"receipts": False}, True, "not asked for"),
    ],
)
async def test_no_receipt(
    desk: Desk, smsc: Smsc, settings: dict[str, Any], ok: bool, says: str
) -> None:
    await desk.furnish()
    await desk.try_out(account(smsc.port, **settings), wait=0.2)
    assert desk.steps[-1] == Step("receipt", ok, says)


async def test_links_alone_can_be_tried(desk: Desk, smsc: Smsc) -> None:
    assert await desk.try_out(account(smsc.port), to=None) == [("connect", True), ("bind", True)]
    assert smsc.submitted == []


async def test_what_people_write_meanwhile_is_taken_in(desk: Desk, smsc: Smsc) -> None:
    """The SMSC may hand it to any of our links."""
    owner = await desk.furnish()
    told = receipt(smsc)

    def answer(session: Session, one: Pdu) -> None:
        text = ShortMessage(
            source_ton=1,
            source=ALICE[1:],
            destination_ton=1,
            destination=NUMBER[1:],
            short_message=b"are you there?",
        )
        session.request(pdu.DELIVER_SM, pdu.write_message(text))
        told(session, one)

    smsc.on_submit = answer
    await desk.try_out(account(smsc.port))
    assert (ALICE, "are you there?", "received") in await desk.messages(owner)


async def test_a_number_that_is_not_the_account_s_is_not_waited_for(desk: Desk, smsc: Smsc) -> None:
    steps = await desk.try_out(account(smsc.port))
    assert steps[2:] == [("submit", True), ("receipt", False)]
    assert desk.last == f"not waited for: {NUMBER} is not reached by smpp"
