from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from maskline.env import Env
from maskline.messaging import services
from maskline.model.form import Form
from maskline.store.contract import Transaction
from tests.unit.cli.conftest import CommandLine

WORDS = """
opt_out = ["STOP", "수신거부"]
opt_in = ["수신동의"]
help = ["도움말"]
opt_out_reply = "끝."
opt_in_reply = "네."
help_reply = "도움."
"""


@pytest.fixture
def texts(maskline: CommandLine, account: dict[str, str]) -> str:
    """The SID of a Messaging Service."""

    async def work(env: Env, tx: Transaction) -> str:
        owner = (await tx.accounts.all())[0]
        made = await services.create(env, tx, owner.sid, Form({"FriendlyName": ["Texts"]}))
        return made.sid

    sid: str = maskline.transact(work)
    return sid


def lists(maskline: CommandLine, texts: str) -> list[dict[str, Any]]:
    typed = maskline("optouts", "lists", "show", texts, "--json")
    assert typed.code == 0, typed.err
    found: list[dict[str, Any]] = typed.json["lists"]
    return found[::-1]


def test_on_and_off(maskline: CommandLine, texts: str) -> None:
    shown = maskline("optouts", "lists", "show", texts, "--json").json
    assert shown == {"enabled": False, "lists": []}
    typed = maskline("optouts", "lists", "on", texts)
    assert (typed.code, typed.out) == (0, f"{texts} has opt-out lists of its own\n")
    shown = maskline("optouts", "lists", "show", texts, "--json").json
    assert shown["enabled"] is True
    (english,) = shown["lists"]
    assert set(english) == {
        *("sid", "iso_country_code", "language", "opt_out_keywords", "opt_in_keywords"),
        *("help_keywords", "opt_out_message", "opt_in_message", "help_message"),
        *("date_created", "date_updated"),
    }
    assert (english["language"], english["help_keywords"]) == ("ENGLISH", ["HELP", "INFO"])
    table = maskline("optouts", "lists", "show", texts).out
    assert table.startswith("on\n")
    assert "STOP" in table
    typed = maskline("optouts", "lists", "off", texts)
    assert (typed.code, typed.out) == (0, f"{texts} knows the server's opt-out words\n")
    assert maskline("optouts", "lists", "show", texts).out.startswith("off")


def test_a_list_of_ones_own(maskline: CommandLine, texts: str) -> None:
    Path("ko.toml").write_text(WORDS, "utf-8")
    words = ("optouts", "lists", "set", texts, "KOREAN", "--country", "KR")
    typed = maskline(*words, "--file", "ko.toml")
    assert typed.code == 0, typed.err
    (korean,) = lists(maskline, texts)
    assert typed.out == f"{korean['sid']}: KOREAN for KR\n"
    assert korean["opt_out_keywords"] == ["STOP", "수신거부"]
    assert (korean["iso_country_code"], korean["help_message"]) == ("KR", "도움.")
    # The same again replaces it, and must say by what.
    Path("ko.toml").write_text(WORDS.replace("수신거부", "그만"), "utf-8")
    typed = maskline(*words)
    assert (typed.code, typed.out) == (1, "")
    assert maskline(*words, "--file", "ko.toml").code == 0
    (changed,) = lists(maskline, texts)
    assert changed["sid"] == korean["sid"]
    assert changed["opt_out_keywords"] == ["STOP", "그만"]
    typed = maskline("optouts", "lists", "remove", texts, korean["sid"])
    assert (typed.code, typed.out) == (0, f"removed {korean['sid']}\n")
    assert lists(maskline, texts) == []


def test_the_servers_list(maskline: CommandLine, texts: str) -> None:
    typed = maskline("optouts", "lists", "set", texts, "FRENCH")
    assert typed.out.endswith(": FRENCH for all countries\n")
    english, french = lists(maskline, texts)
    assert english["language"] == "ENGLISH"
    assert "ARRÊT" in french["opt_out_keywords"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("on", "MG" + "0" * 32), "there is no Messaging Service"),
        (("show", "MG" + "0" * 32), "there is no Messaging Service"),
        (("set", "{MG}", "KLINGON"), "KLINGON"),
        (("set", "{MG}", "KOREAN", "--country", "XX"), "IsoCountryCode"),
        (("set", "{MG}", "KOREAN", "--file", "bad.toml"), "is no word list"),
        (("set", "{MG}", "KOREAN", "--file", "none.toml"), "none.toml"),
        (("set", "{MG}", "KOREAN", "--file", "wrong.toml"), "OptInKeywords hold STOP"),
        (("remove", "{MG}", "OL" + "0" * 32), "20404"),
    ],
)
def test_what_is_refused(
    maskline: CommandLine, texts: str, words: tuple[str, ...], told: str
) -> None:
    Path("bad.toml").write_text("opt_out = 1", "utf-8")
    wrong = WORDS.replace('["수신동의"]', '["STOP"]').replace(
        '["STOP", "수신거부"]', '["수신거부"]'
    )
    Path("wrong.toml").write_text(wrong, "utf-8")
    typed = maskline("optouts", "lists", *(word.replace("{MG}", texts) for word in words))
    assert typed.code in (1, 2)
    assert told in typed.err
    assert typed.out == ""
    assert lists(maskline, texts) == []
