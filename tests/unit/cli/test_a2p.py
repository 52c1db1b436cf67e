from __future__ import annotations

import tomllib

import pytest

from maskline.a2p import limits
from maskline.env import Env
from maskline.store.contract import Transaction
from tests.unit.cli.conftest import CommandLine

NUMBER = "+14158670100"


@pytest.fixture(autouse=True)
def stocked(maskline: CommandLine, account: dict[str, str]) -> None:
    """A Service of the account."""
    service = maskline.service("rides")
    assert maskline("numbers", "add", NUMBER, "--service", service.sid).code == 0


def test_what_is_to_be_put_right(maskline: CommandLine) -> None:
    typed = maskline("a2p", "check")
    assert typed.code == 1
    assert "1 masked long codes are in no Messaging Service" in typed.out
    assert "→ Put them into the one that has your campaign" in typed.out
    assert "1 wrong" in typed.out
    assert NUMBER not in typed.out


def test_as_json(maskline: CommandLine) -> None:
    typed = maskline("a2p", "check", "--json")
    assert typed.code == 1
    assert not typed.json["ok"]
    assert {one["state"] for one in typed.json["checks"]} == {"ok", "bad"}


def test_when_nothing_is_wrong(maskline: CommandLine) -> None:
    async def free(_: Env, tx: Transaction) -> None:
        (number,) = await tx.registrations.pooled((await tx.accounts.all())[0].sid)
        await tx.numbers.leave(number.sid)

    maskline.transact(free)
    typed = maskline("a2p", "check", "--json")
    assert (typed.code, typed.json["ok"]) == (0, True)


def test_an_account_that_is_not_there(maskline: CommandLine) -> None:
    assert maskline("a2p", "check", "--account", "nobody").code == 1


def test_the_carriers_figures(maskline: CommandLine) -> None:
    typed = maskline("a2p", "limits")
    assert typed.code == 0
    assert typed.out == limits.text()
    assert tomllib.loads(typed.out)["tmobile"]["TOP"] == 200_000
