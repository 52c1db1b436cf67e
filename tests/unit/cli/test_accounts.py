from __future__ import annotations

import hashlib

import pytest

from maskline.delivery.standard import secret_of
from maskline.env import Env
from maskline.model.account import Account, ApiKey, Switch
from maskline.store.contract import Transaction
from tests.unit.cli.conftest import CommandLine

SID = "AC" + "0123456789abcdef" * 2


def held(maskline: CommandLine, sid: str) -> Account:
    async def work(_: Env, tx: Transaction) -> Account | None:
        return await tx.accounts.get(sid)

    found = maskline.transact(work)
    assert isinstance(found, Account)
    return found


def test_an_account_is_added_and_its_token_shown_once(maskline: CommandLine) -> None:
    answer = maskline("accounts", "add", "Acme", "--sid", SID)
    assert answer.code == 0
    assert SID in answer.out
    token = held(maskline, SID).auth_token
    assert len(token) == 32
    assert answer.out.count(token) == 1
    assert "only this once" in answer.out
    for words in (("accounts", "list"), ("accounts", "show"), ("accounts", "list", "--json")):
        later = maskline(*words)
        assert SID in later.out
        assert token not in later.out


def test_a_sid_is_taken_once(maskline: CommandLine) -> None:
    maskline("accounts", "add", "Acme", "--sid", SID)
    answer = maskline("accounts", "add", "Other", "--sid", SID)
    assert answer.code == 1
    assert "there is an account with that SID" in answer.err


@pytest.mark.parametrize("sid", ["AC12", "KS" + "1" * 32])
def test_a_sid_has_its_form(maskline: CommandLine, sid: str) -> None:
    assert maskline("accounts", "add", "Acme", "--sid", sid).code == 2
    assert not maskline.path.exists()


@pytest.mark.parametrize("name", ["", " ", "x" * 65, "a\nb"])
def test_a_name_is_a_line(maskline: CommandLine, name: str) -> None:
    assert maskline("accounts", "add", name).code == 2


def test_set_changes_name_and_status(maskline: CommandLine, account: dict[str, str]) -> None:
    answer = maskline("accounts", "set", "--name", "New", "--status", "suspended")
    assert answer.out == f"{account['sid']} New: suspended\n"
    found = held(maskline, account["sid"])
    assert (found.friendly_name, found.status) == ("New", "suspended")
    assert found.auth_token == account["auth_token"]
    again = maskline("accounts", "set", "New", "--status", "active", "--json")
    assert again.json["status"] == "active"


def test_switches_are_turned_and_shown(maskline: CommandLine, account: dict[str, str]) -> None:
    sid = account["sid"]
    assert held(maskline, sid).switches == 0
    words = ("--switch", "legal-hold=on", "--switch", "argentina-nine=on")
    turned = maskline("accounts", "set", *words, "--json").json["switches"]
    assert [label for label, on in turned.items() if on] == ["argentina-nine", "legal-hold"]
    assert held(maskline, sid).switches == Switch.LEGAL_HOLD | Switch.ARGENTINA_NINE
    maskline("accounts", "set", "--switch", "legal-hold=off")
    assert held(maskline, sid).switches == Switch.ARGENTINA_NINE
    shown = {
        row[0]: row[1]
        for row in (line.split("\t") for line in maskline("accounts", "show").out.splitlines())
        if len(row) == 3
    }
    assert shown.pop("switch") == "state"
    assert shown.pop("argentina-nine") == "on"
    assert set(shown.values()) == {"off"}
    assert len(shown) == len(Switch) - 1


@pytest.mark.parametrize("word", ["legal-hold", "legal-hold=yes", "=on", "nothing=on"])
def test_a_switch_that_is_none(maskline: CommandLine, account: dict[str, str], word: str) -> None:
    answer = maskline("accounts", "set", "--switch", word)
    assert answer.code == 2
    assert "legal-hold" in answer.err


def test_the_debugger_webhook_is_set_shown_and_removed(
    maskline: CommandLine, account: dict[str, str]
) -> None:
    assert maskline("accounts", "show", "--json").json["debugger_url"] is None
    url = "https://me:pass@debug.example.com/alerts"
    assert maskline("accounts", "set", "--debugger-url", url, "--json").json["debugger_url"] == url
    assert held(maskline, account["sid"]).debugger_url == url
    maskline("accounts", "set", "--name", "New")
    assert url in maskline("accounts", "show").out
    assert maskline("accounts", "set", "--debugger-url", "").code == 0
    assert held(maskline, account["sid"]).debugger_url is None


@pytest.mark.parametrize(
    "url",
    [
        "debug.example.com",
        "ftp://debug.example.com",
        f"https://debug.example.com/{'x' * 4000}",
        "https://debug.example.com/#rp=2xx",
        # The server's own.
        "http://localhost:8080/x",
    ],
)
def test_a_debugger_webhook_that_is_no_address(
    maskline: CommandLine, account: dict[str, str], url: str
) -> None:
    assert maskline("accounts", "set", "--debugger-url", url).code == 2
    assert held(maskline, account["sid"]).debugger_url is None


def test_the_secret_of_standard_webhooks(maskline: CommandLine, account: dict[str, str]) -> None:
    first = maskline("accounts", "webhook-secret").out
    assert first == f"{secret_of(held(maskline, account['sid']).auth_token)}\n"
    maskline("accounts", "set", "--rotate-token")
    assert maskline("accounts", "webhook-secret", account["sid"]).out not in ("", first)


def test_set_rotates_the_token(maskline: CommandLine, account: dict[str, str]) -> None:
    answer = maskline("accounts", "set", account["sid"], "--rotate-token", "--json")
    token = answer.json["auth_token"]
    assert token == held(maskline, account["sid"]).auth_token
    assert token != account["auth_token"]


def test_a_token_of_the_settings_is_not_rotated(
    maskline: CommandLine, account: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MASKLINE_AUTH_TOKEN", "a-token-of-the-settings")
    answer = maskline("accounts", "set", "--rotate-token")
    assert answer.code == 1
    assert "MASKLINE_AUTH_TOKEN" in answer.err
    assert held(maskline, account["sid"]).auth_token == account["auth_token"]
    other = maskline("accounts", "add", "Other", "--json").json
    assert maskline("accounts", "set", other["sid"], "--rotate-token").code == 0


def test_nothing_to_set(maskline: CommandLine, account: dict[str, str]) -> None:
    assert maskline("accounts", "set").code == 2


def test_unknown_and_ambiguous_accounts(maskline: CommandLine, account: dict[str, str]) -> None:
    assert "no such account" in maskline("accounts", "show", "nobody").err
    maskline("accounts", "add", "Acme")
    assert "several accounts" in maskline("accounts", "show", "Acme").err
    assert account["sid"] in maskline("accounts", "show").out


def test_without_an_account_it_says_how_to_get_one(maskline: CommandLine) -> None:
    maskline("migrate", "up")
    answer = maskline("numbers", "list")
    assert answer.code == 1
    assert "maskline accounts add" in answer.err


def test_keys(maskline: CommandLine, account: dict[str, str]) -> None:
    added = maskline("accounts", "keys", "add", "ci", "--json").json

    async def work(_: Env, tx: Transaction) -> ApiKey | None:
        return await tx.accounts.key(added["sid"])

    key = maskline.transact(work)
    assert key.secret_hash == hashlib.sha256(added["secret"].encode()).hexdigest()
    assert (key.account_sid, key.friendly_name) == (account["sid"], "ci")
    listed = maskline("accounts", "keys", "list")
    assert added["sid"] in listed.out
    assert added["secret"] not in listed.out
    assert maskline("accounts", "keys", "delete", added["sid"]).code == 0
    assert maskline("accounts", "keys", "list", "--json").json == []
    assert maskline("accounts", "keys", "delete", added["sid"]).code == 1


def test_a_key_s_secret_is_shown_once(maskline: CommandLine, account: dict[str, str]) -> None:
    answer = maskline("accounts", "keys", "add")
    assert answer.code == 0
    assert "only this once" in answer.out
