"""The parts of the demo that need no server: what it prints, and that its checks can fail."""

from __future__ import annotations

import io
import shlex
from typing import Any

import phonenumbers
import pytest
import requests
from rich.console import Console
from twilio.request_validator import RequestValidator

from maskline.cli.demo import manual
from maskline.cli.demo.cast import ALICE, BOB, POOL, STRANGER
from maskline.cli.demo.handset import Handset
from maskline.cli.demo.play import Theatre, verdicts
from maskline.cli.demo.program import Masked, Setting
from maskline.cli.demo.receiver import Callback, Receiver
from maskline.cli.demo.screen import Screen
from maskline.model.account import Account

SETTING = Setting("KS1", "KC1", Masked(ALICE, "KP1", POOL[0]), Masked(BOB, "KP2", POOL[1]))


class FakeHandset(Handset):
    """A handset whose memory is given."""

    def __init__(self, number: str, texts: list[dict[str, Any]], calls: list[dict[str, Any]]):
        super().__init__("127.0.0.1", 1, number)
        self._texts = texts
        self._calls = calls

    def messages(self) -> list[dict[str, Any]]:
        return self._texts

    def calls(self) -> list[dict[str, Any]]:
        return self._calls

    def everything(self) -> str:
        return f"{self._texts} {self._calls}"


class FakeReceiver:
    """A receiver with callbacks."""

    def __init__(self, *signed: bool) -> None:
        self._callbacks = [Callback({}, one) for one in signed]

    def arrived(self) -> list[Callback]:
        return self._callbacks


def text(sender: str, body: str = "hi") -> dict[str, Any]:
    return {"direction": "inbound", "from": sender, "body": body}


def theatre(
    alice: list[dict[str, Any]] | None = None,
    stranger: list[dict[str, Any]] | None = None,
    receiver: FakeReceiver | None = None,
) -> Theatre:
    return Theatre(
        screen=Screen(Console(file=io.StringIO()), {}),
        client=None,
        receiver=receiver or FakeReceiver(True),  # type: ignore[arg-type]
        setting=SETTING,
        alice=FakeHandset(ALICE.number, alice or [text(POOL[0])], [{"peer": POOL[0]}]),
        bob=FakeHandset(BOB.number, [text(POOL[1])] * 2, [{"peer": POOL[1]}]),
        stranger=FakeHandset(STRANGER.number, stranger or [], []),
        picture="",
    )


def test_the_numbers_are_valid_and_differ() -> None:
    numbers = [ALICE.number, BOB.number, STRANGER.number, *POOL]
    assert len(set(numbers)) == len(numbers)
    for number in numbers:
        assert phonenumbers.is_valid_number(phonenumbers.parse(number))


def test_all_is_well() -> None:
    assert [well for well, _ in verdicts(theatre())] == [True] * 4


@pytest.mark.parametrize("spelling", BOB.spellings)
def test_a_real_number_on_the_other_phone_is_found(spelling: str) -> None:
    leaky = theatre(alice=[text(POOL[0], f"call me at {spelling}")])
    results = list(verdicts(leaky))
    assert [well for well, _ in results] == [False, True, True, True]
    assert "Bob's real number is on it" in results[0][1]


def test_a_text_that_did_not_come_from_the_proxy_number_is_found() -> None:
    assert next(well for well, _ in verdicts(theatre(alice=[text(POOL[3])]))) is False


def test_a_stranger_who_gets_through_is_found() -> None:
    reached = theatre(alice=[text(POOL[0]), text(STRANGER.number)])
    assert [well for well, _ in verdicts(reached)][2] is False
    answered = theatre(stranger=[text(POOL[0])])
    assert [well for well, _ in verdicts(answered)][2] is False


@pytest.mark.parametrize("signed", [(), (True, False)])
def test_callbacks_that_are_missing_or_not_signed_are_found(signed: tuple[bool, ...]) -> None:
    results = list(verdicts(theatre(receiver=FakeReceiver(*signed))))
    assert results[3][0] is False


def test_the_receiver_checks_signatures() -> None:
    token = "a-token-of-the-demo"
    receiver = Receiver()
    receiver.start(RequestValidator(token).validate)
    form = {"interactionSid": "KI1", "outboundResourceStatus": "sent"}
    good = RequestValidator(token).compute_signature(receiver.url, form)
    try:
        for signature in (good, "bad"):
            headers = {"X-Twilio-Signature": signature}
            assert requests.post(receiver.url, form, headers=headers, timeout=5).status_code == 204
        assert [one.signed for one in receiver.arrived("KI1")] == [True, False]
        assert receiver.arrived("KI2") == []
        assert receiver.arrived()[0].status == "sent"
    finally:
        receiver.close()


def test_a_receiver_that_never_started_closes() -> None:
    Receiver().close()


def test_three_columns_stand_side_by_side() -> None:
    console = Console(file=(out := io.StringIO()))
    Screen(console, {ALICE.number: "red"}).row(["left", "two"], [f"from {ALICE.number}"], ["right"])
    lines = out.getvalue().splitlines()
    assert [cell.strip() for cell in lines[0].split("│")] == [
        "left",
        f"from {ALICE.number}",
        "right",
    ]
    assert [cell.strip() for cell in lines[1].split("│")] == ["two", "", ""]
    assert "\x1b" not in out.getvalue()


def test_lines_to_paste_are_shell() -> None:
    account = Account("AC" + "1" * 32, "First", "it's $(secret)", "active", 0, 0)
    base = "http://127.0.0.1:8080"
    lines = [one for one in manual.lines(base, account, SETTING) if one.startswith("curl")]
    words = [shlex.split(line) for line in lines]
    assert words[0] == [
        "curl",
        "-sS",
        f"{base}/simulator/phones/%2B14155550142/messages",
        "-d",
        f'{{"to":"{POOL[0]}","body":"By hand"}}',
    ]
    logins = [line[line.index("-u") + 1] for line in words if "-u" in line]
    assert logins == [f"{account.sid}:{account.auth_token}"] * 2
    compile("\n".join(manual.sdk(base, account, SETTING)), "sdk", "exec")
