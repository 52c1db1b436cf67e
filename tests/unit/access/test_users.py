"""Users: made, changed, reset, by whom and for which account."""

from __future__ import annotations

import pytest

from maskline.access import sign_in, users
from maskline.access.audit import COMMAND_LINE, Actor
from maskline.model.account import Account
from maskline.model.console import Deed, Role, User
from maskline.model.errors import Fault
from maskline.model.page import PageRequest
from tests.support.memory import World


def create(
    world: World,
    name: str,
    role: Role = Role.VIEWER,
    account: str | None = None,
    who: Actor = COMMAND_LINE,
) -> User:
    return world.do(users.create(world.env, world.tx, who, name, role, account))


def code(error: pytest.ExceptionInfo[Fault]) -> tuple[int, int]:
    return error.value.code, error.value.status


@pytest.fixture
def other(world: World) -> Account:
    """Another account."""
    return world.add_account()


@pytest.mark.parametrize(
    ("name", "kept"), [("Ann", "Ann"), ("  Ann ", "Ann"), ("Ünï", "Ünï"), ("x" * 64, "x" * 64)]
)
def test_a_name_is_kept_as_it_is_written(world: World, name: str, kept: str) -> None:
    assert create(world, name).name == kept


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "a\nb", "a\x00b", "\u202eAnn"])
def test_a_name_can_be_read(world: World, name: str) -> None:
    with pytest.raises(Fault) as refused:
        create(world, name)
    assert code(refused) == (20001, 400)


@pytest.mark.parametrize("name", ["ann", "ANN", " Ann"])
def test_a_name_is_one_persons(world: World, name: str) -> None:
    create(world, "Ann")
    with pytest.raises(Fault) as refused:
        create(world, name)
    assert code(refused) == (20001, 409)


def test_an_admin_of_one_account_makes_users_of_it(world: World, other: Account) -> None:
    who = Actor("US1", "Bob", "192.0.2.1", world.account.sid)
    assert create(world, "Ann", who=who).account_sid == world.account.sid
    with pytest.raises(Fault) as refused:
        create(world, "Eve", account=other.sid, who=who)
    assert code(refused) == (20404, 404)
    with pytest.raises(Fault):
        create(world, "Eve", account="AC" + "0" * 32)


def test_an_admin_of_one_account_sees_and_changes_its_users_only(
    world: World, other: Account
) -> None:
    who = Actor("US1", "Bob", "192.0.2.1", world.account.sid)
    mine = create(world, "mine", account=world.account.sid)
    theirs = create(world, "theirs", account=other.sid)
    whole = create(world, "whole")
    assert world.do(users.all_of(world.tx, who)) == [mine]
    assert world.do(users.all_of(world.tx, COMMAND_LINE)) == [mine, theirs, whole]
    for user in (theirs, whole):
        with pytest.raises(Fault) as refused:
            world.do(users.change(world.env, world.tx, who, user.sid, Role.ADMIN, None))
        assert code(refused) == (20404, 404)
        with pytest.raises(Fault):
            world.do(users.reset(world.env, world.tx, who, user.sid))
    with pytest.raises(Fault):
        world.do(users.find(world.tx, COMMAND_LINE, "US" + "0" * 32))


def test_a_change_leaves_what_it_does_not_name(world: World) -> None:
    user = create(world, "Ann", Role.SUPPORT)
    changed = world.do(users.change(world.env, world.tx, COMMAND_LINE, user.sid, None, None))
    assert (changed.role, changed.disabled) == ("support", 0)
    changed = world.do(users.change(world.env, world.tx, COMMAND_LINE, user.sid, Role.VIEWER, None))
    assert (changed.role, changed.disabled) == ("viewer", 0)


def test_who_is_disabled_is_signed_out_and_has_no_link(world: World) -> None:
    user = create(world, "Ann")
    world.do(sign_in.begin(world.env, world.tx, user, "token", "", "192.0.2.1", "link"))
    link, _ = world.do(sign_in.new_link(world.env, world.tx, user))
    world.do(users.change(world.env, world.tx, COMMAND_LINE, user.sid, None, True))
    world.do(users.change(world.env, world.tx, COMMAND_LINE, user.sid, None, False))
    assert world.do(sign_in.seat(world.env, world.tx, "token")) is None
    assert world.do(sign_in.by_link(world.env, world.tx, link)) is None


@pytest.mark.parametrize(("role", "disabled"), [(Role.SUPPORT, None), (None, True)])
def test_somebody_stays_to_administer_it_all(
    world: World, role: Role | None, disabled: bool | None
) -> None:
    last = create(world, "last", Role.ADMIN)
    create(world, "of one account", Role.ADMIN, world.account.sid)
    with pytest.raises(Fault) as refused:
        world.do(users.change(world.env, world.tx, COMMAND_LINE, last.sid, role, disabled))
    assert code(refused) == (20001, 409)
    create(world, "next", Role.ADMIN)
    world.do(users.change(world.env, world.tx, COMMAND_LINE, last.sid, role, disabled))


def test_a_reset_takes_password_and_browsers_and_gives_a_link(world: World) -> None:
    user = create(world, "Ann")
    world.do(sign_in.begin(world.env, world.tx, user, "token", "", "192.0.2.1", "link"))
    world.do(users.set_password(world.env, world.tx, COMMAND_LINE, user, "hash", ""))
    changed, link, _ = world.do(users.reset(world.env, world.tx, COMMAND_LINE, user.sid))
    assert changed.password_hash is None
    assert world.do(sign_in.seat(world.env, world.tx, "token")) is None
    found = world.do(sign_in.by_link(world.env, world.tx, link))
    assert found is not None
    assert found.sid == user.sid


def test_a_new_password_leaves_only_the_browser_that_chose_it(world: World) -> None:
    user = create(world, "Ann")
    for token in ("here", "there"):
        world.do(sign_in.begin(world.env, world.tx, user, token, "", "192.0.2.1", "link"))
    kept = sign_in.hash_of("here")
    world.do(users.set_password(world.env, world.tx, COMMAND_LINE, user, "hash", kept))
    seat = world.do(sign_in.seat(world.env, world.tx, "here"))
    assert seat is not None
    assert seat[0].user.password_hash == "hash"
    assert "hash" not in repr(seat[0].user)
    assert world.do(sign_in.seat(world.env, world.tx, "there")) is None


def test_every_change_is_logged(world: World) -> None:
    user = create(world, "Ann", Role.SUPPORT, world.account.sid)
    world.do(users.change(world.env, world.tx, COMMAND_LINE, user.sid, None, True))
    world.do(users.change(world.env, world.tx, COMMAND_LINE, user.sid, Role.ADMIN, False))
    world.do(users.reset(world.env, world.tx, COMMAND_LINE, user.sid))
    world.do(users.set_password(world.env, world.tx, COMMAND_LINE, user, "hash", ""))
    page = world.do(world.tx.console_users.audit("", PageRequest()))
    assert [(one.what, one.detail, one.subject) for one in reversed(page.records)] == [
        (Deed.USER_CREATED, "support", user.sid),
        (Deed.USER_CHANGED, "disabled", user.sid),
        (Deed.USER_CHANGED, "admin", user.sid),
        (Deed.USER_RESET, "", user.sid),
        (Deed.PASSWORD, "", user.sid),
    ]
    own = world.do(world.tx.console_users.audit(world.account.sid, PageRequest()))
    assert len(own.records) == 4
