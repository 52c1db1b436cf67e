"""Accounts and keys, as admins of the console keep them."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import pytest

from maskline.access import accounts
from maskline.access.audit import COMMAND_LINE, Actor
from maskline.model.account import Account, AccountStatus, Switch
from maskline.model.console import AuditEntry
from maskline.model.errors import Fault
from maskline.model.page import PageRequest
from maskline.proxy.keys import digest
from tests.support.memory import World


def bound(world: World) -> Actor:
    """An admin of the world's account alone."""
    return Actor("US1", "Bob", "192.0.2.1", world.account.sid)


def log(world: World) -> list[AuditEntry]:
    return list(world.do(world.tx.console_users.audit("", PageRequest(size=50))).records)


def refused(world: World, work: Awaitable[Any]) -> int:
    with pytest.raises(Fault) as error:
        world.do(work)
    return error.value.code


def change(world: World, who: Actor = COMMAND_LINE, sid: str = "", **what: Any) -> Account:
    return world.do(accounts.change(world.env, world.tx, who, sid or world.account.sid, **what))


def test_an_account_is_made_with_a_token_of_its_own(world: World) -> None:
    made = world.do(accounts.create(world.env, world.tx, COMMAND_LINE, "  Acme "))
    again = world.do(accounts.create(world.env, world.tx, COMMAND_LINE, "Acme"))
    assert (made.friendly_name, made.status) == ("Acme", "active")
    assert len(made.auth_token) == 32
    assert made.auth_token != again.auth_token
    assert world.do(world.tx.accounts.get(made.sid)) == made
    entry = log(world)[-1]
    assert (entry.what, entry.subject, entry.detail) == ("account-created", made.sid, "")


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "a\nb", "\u202eAcme"])
def test_a_name_can_be_read(world: World, name: str) -> None:
    assert refused(world, accounts.create(world.env, world.tx, COMMAND_LINE, name)) == 20001
    sid = world.account.sid
    work = accounts.change(world.env, world.tx, COMMAND_LINE, sid, name=name)
    assert refused(world, work) == 20001


def test_an_admin_of_one_account_opens_and_shuts_none(world: World) -> None:
    who, sid = bound(world), world.account.sid
    assert refused(world, accounts.create(world.env, world.tx, who, "Acme")) == 20006
    status = AccountStatus.SUSPENDED
    work = accounts.change(world.env, world.tx, who, sid, status=status)
    assert refused(world, work) == 20006
    assert change(world, who, name="Ours").friendly_name == "Ours"


def test_an_admin_of_one_account_knows_no_other(world: World) -> None:
    who, other = bound(world), world.add_account()
    work = accounts.change(world.env, world.tx, who, other.sid, name="Theirs")
    assert refused(world, work) == 20404
    assert refused(world, accounts.find(world.tx, who, "AC" + "9" * 32)) == 20404
    work = accounts.create_key(world.env, world.tx, who, other.sid, "x")
    assert refused(world, work) == 20404
    key = world.do(accounts.create_key(world.env, world.tx, COMMAND_LINE, other.sid, "x")).key
    assert refused(world, accounts.revoke_key(world.env, world.tx, who, key.sid)) == 20404
    assert world.do(world.tx.accounts.key(key.sid)) == key


def test_a_change_is_written_down_and_leaves_the_rest(world: World) -> None:
    before = world.account
    named = change(world, name="Acme", status=AccountStatus.SUSPENDED)
    assert (named.friendly_name, named.status) == ("Acme", "suspended")
    assert (named.auth_token, named.switches) == (before.auth_token, before.switches)
    on = change(world, switch="legal-hold", on=True)
    both = change(world, switch="stop-filter-off", on=True)
    off = change(world, switch="legal-hold", on=False)
    assert on.switches == Switch.LEGAL_HOLD
    assert both.switches == Switch.LEGAL_HOLD | Switch.STOP_FILTER_OFF
    assert off.switches == Switch.STOP_FILTER_OFF
    told = [one.detail for one in log(world) if one.what == "account-changed"]
    assert sorted(told) == sorted(
        ["name, status suspended", "legal-hold on", "stop-filter-off on", "legal-hold off"]
    )


def test_nothing_to_change_changes_nothing(world: World) -> None:
    assert change(world) == world.account
    assert change(world, switch="legal-hold") == world.account
    assert change(world, on=True) == world.account
    assert log(world) == []


def test_a_switch_is_one_that_there_is(world: World) -> None:
    sid = world.account.sid
    work = accounts.change(world.env, world.tx, COMMAND_LINE, sid, switch="x", on=True)
    assert refused(world, work) == 20001


def test_a_key_is_shown_once_and_revoked(world: World) -> None:
    who, sid = bound(world), world.account.sid
    new = world.do(accounts.create_key(world.env, world.tx, who, sid, " backend "))
    assert new.key.friendly_name == "backend"
    assert new.key.secret_hash == digest(new.secret)
    assert world.do(accounts.revoke_key(world.env, world.tx, who, new.key.sid)) == sid
    assert world.do(world.tx.accounts.key(new.key.sid)) is None
    assert refused(world, accounts.revoke_key(world.env, world.tx, who, new.key.sid)) == 20404
    entries = log(world)
    assert {one.what for one in entries} == {"key-created", "key-revoked"}
    assert not [one for one in entries if new.secret in one.detail]
