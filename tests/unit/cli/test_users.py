"""`maskline accounts create-user` and its like."""

from __future__ import annotations

import pytest

from tests.unit.cli.conftest import CommandLine

BASE = "https://masking.example"


@pytest.fixture(autouse=True)
def account(maskline: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """An account, and the address by which the server is known."""
    monkeypatch.setenv("MASKLINE_PUBLIC_URL", BASE)
    maskline("accounts", "add", "Acme")


def test_a_user_is_made_with_a_link(maskline: CommandLine) -> None:
    answer = maskline("accounts", "create-user", "Ann", "--role", "admin", "--json")
    made = answer.json
    assert (made["name"], made["role"], made["account_sid"]) == ("Ann", "admin", None)
    assert made["link"].startswith(f"{BASE}/console/sign-in#token=")
    other = maskline("accounts", "create-user", "Bob", "--account", "Acme")
    assert other.code == 0
    assert f"{BASE}/console/sign-in#token=" in other.out
    assert "works once" in other.out + other.err
    listed = maskline("accounts", "list-users", "--json").json
    assert [(one["name"], one["role"]) for one in listed] == [("Ann", "admin"), ("Bob", "viewer")]
    assert listed[1]["account_sid"].startswith("AC")
    assert "never" in maskline("accounts", "list-users").out


@pytest.mark.parametrize("name", ["ann", "", "x" * 65])
def test_names_that_are_taken_or_wrong_are_refused(maskline: CommandLine, name: str) -> None:
    maskline("accounts", "create-user", "Ann")
    answer = maskline("accounts", "create-user", name)
    assert answer.code == 1
    assert answer.err.startswith("error: ")
    assert "token" not in answer.out


def test_an_account_that_is_not_there_has_no_user(maskline: CommandLine) -> None:
    assert maskline("accounts", "create-user", "Eve", "--account", "nobody").code == 1


def test_users_are_changed_and_reset(maskline: CommandLine) -> None:
    maskline("accounts", "create-user", "Ann", "--role", "admin")
    maskline("accounts", "create-user", "Bob")
    assert "Bob: support" in maskline("accounts", "set-role", "bob", "support").out
    assert "Bob: disabled" in maskline("accounts", "disable-user", "bob").out
    assert "Bob: support" in maskline("accounts", "disable-user", "bob", "--undo").out
    assert "#token=" in maskline("accounts", "reset-user", "bob").out
    assert maskline("accounts", "reset-user", "bob", "--json").json["link"]


@pytest.mark.parametrize("words", [("set-role", "ann", "viewer"), ("disable-user", "ann")])
def test_somebody_stays_to_administer_it(maskline: CommandLine, words: tuple[str, ...]) -> None:
    maskline("accounts", "create-user", "Ann", "--role", "admin")
    answer = maskline("accounts", *words)
    assert (answer.code, "administer" in answer.err) == (1, True)


@pytest.mark.parametrize(
    "words", [("set-role", "eve", "viewer"), ("disable-user", "eve"), ("reset-user", "eve")]
)
def test_who_is_not_there_is_not_changed(maskline: CommandLine, words: tuple[str, ...]) -> None:
    assert maskline("accounts", *words).code == 1
