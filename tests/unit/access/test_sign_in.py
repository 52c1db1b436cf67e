"""Signing in: bounds on attempts, cookies, links and their ends."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.access import sign_in, users
from maskline.access.audit import COMMAND_LINE
from maskline.access.sign_in import SPAN, Locked, csrf_of, hash_of
from maskline.model.console import Deed, Role, User
from maskline.model.errors import Fault
from maskline.model.page import PageRequest
from tests.support.memory import World

HERE, THERE = "192.0.2.1", "192.0.2.2"
MINUTE = 60_000


@pytest.fixture
def ann(world: World) -> User:
    """A user."""
    return world.do(users.create(world.env, world.tx, COMMAND_LINE, "Ann", Role.VIEWER, None))


def attempt(world: World, name: str = "Ann", address: str = HERE) -> User | None:
    return world.do(sign_in.attempt(world.env, world.tx, name, address))


def begin(world: World, user: User, token: str, before: str = "") -> sign_in.Seat:
    return world.do(sign_in.begin(world.env, world.tx, user, token, before, HERE, "password"))


def seated(world: World, token: str) -> Any:
    return world.do(sign_in.seat(world.env, world.tx, token))


def deeds(world: World) -> list[str]:
    page = world.do(world.tx.console_users.audit("", PageRequest()))
    return [one.what for one in page.records]


def test_an_attempt_finds_the_user_whatever_the_case(world: World, ann: User) -> None:
    assert attempt(world, "aNN") == ann
    assert attempt(world, "nobody") is None


@pytest.mark.parametrize("name", ["Ann", "nobody"])
def test_one_address_gets_so_many_attempts_at_one_name(world: World, ann: User, name: str) -> None:
    for _ in range(10):
        attempt(world, name)
    world.clock.advance(1000)
    with pytest.raises(Locked) as locked:
        attempt(world, name)
    assert locked.value.status == 429
    assert locked.value.retry_after == SPAN // 1000 - 1
    # The other name and the other address are not concerned.
    attempt(world, "somebody")
    attempt(world, name, THERE)
    world.clock.advance(SPAN)
    attempt(world, name)


def test_one_address_gets_five_times_as_many_for_all_names(world: World) -> None:
    for number in range(50):
        attempt(world, f"name {number}")
    with pytest.raises(Locked):
        attempt(world, "another")
    attempt(world, "another", THERE)


def test_one_name_gets_ten_times_as_many_from_everywhere(world: World) -> None:
    for number in range(100):
        attempt(world, "Ann", f"192.0.2.{number}")
    with pytest.raises(Locked):
        attempt(world, "Ann", "198.51.100.1")


def test_a_sign_in_ends_what_its_attempts_counted(world: World, ann: User) -> None:
    for _ in range(10):
        attempt(world)
    begin(world, ann, "token")
    attempt(world)


def test_a_cookie_opens_until_its_hours_are_over(world: World, ann: User) -> None:
    seat = begin(world, ann, "token")
    assert seat.expires_at == world.clock() + 12 * 60 * MINUTE
    for _ in range(12):
        world.clock.advance(59 * MINUTE)
        found = seated(world, "token")
        assert found is not None
        assert found[1]
        world.do(world.tx.console_users.seen(hash_of("token"), world.clock()))
    world.clock.advance(12 * MINUTE)
    assert seated(world, "token") is None


def test_a_cookie_opens_until_nothing_was_done_for_an_hour(world: World, ann: User) -> None:
    begin(world, ann, "token")
    assert seated(world, "token")[1] is False
    world.clock.advance(60 * MINUTE)
    assert seated(world, "token") is not None
    world.clock.advance(1)
    assert seated(world, "token") is None


def test_a_cookie_of_nobody_opens_nothing(world: World, ann: User) -> None:
    begin(world, ann, "token")
    assert seated(world, "other") is None
    assert seated(world, hash_of("token")) is None


def test_a_new_sign_in_ends_the_one_of_the_same_browser(world: World, ann: User) -> None:
    begin(world, ann, "first")
    begin(world, ann, "second", before="first")
    assert seated(world, "first") is None
    assert seated(world, "second") is not None


def test_who_is_disabled_has_no_seat_and_gets_none(world: World, ann: User) -> None:
    begin(world, ann, "token")
    disabled = msgspec.structs.replace(ann, disabled=1)
    world.do(world.tx.console_users.update(disabled))
    assert seated(world, "token") is None
    with pytest.raises(Fault) as refused:
        begin(world, disabled, "another")
    assert refused.value.code == 20003


def test_signing_out_ends_one_browser(world: World, ann: User) -> None:
    seat = begin(world, ann, "one")
    begin(world, ann, "two")
    world.do(sign_in.out(world.env, world.tx, seat, HERE))
    assert seated(world, "one") is None
    assert seated(world, "two") is not None
    assert deeds(world)[0] == Deed.SIGN_OUT


def test_a_link_works_once(world: World, ann: User) -> None:
    token, expires_at = world.do(sign_in.new_link(world.env, world.tx, ann))
    assert expires_at == world.clock() + 60 * MINUTE
    assert world.do(sign_in.by_link(world.env, world.tx, token)) == ann
    assert world.do(sign_in.by_link(world.env, world.tx, token)) is None


def test_a_link_ends_with_its_time_and_with_the_next(world: World, ann: User) -> None:
    first, _ = world.do(sign_in.new_link(world.env, world.tx, ann))
    second, _ = world.do(sign_in.new_link(world.env, world.tx, ann))
    assert world.do(sign_in.by_link(world.env, world.tx, first)) is None
    world.clock.advance(60 * MINUTE)
    assert world.do(sign_in.by_link(world.env, world.tx, second)) is None


def test_a_failure_is_logged_without_what_was_typed(world: World, ann: User) -> None:
    world.do(sign_in.failed(world.env, world.tx, None, HERE, "password"))
    world.do(sign_in.failed(world.env, world.tx, ann, HERE, "password"))
    page = world.do(world.tx.console_users.audit("", PageRequest()))
    latest, earlier, _ = page.records
    assert (latest.user_name, latest.subject) == ("Ann", ann.sid)
    assert (earlier.user_name, earlier.subject, earlier.address) == ("unknown", None, HERE)


def test_secrets_are_kept_as_digests(world: World, ann: User) -> None:
    begin(world, ann, "a-secret-token")
    link, _ = world.do(sign_in.new_link(world.env, world.tx, ann))
    kept = "\n".join(world.connection.iterdump())
    assert "a-secret-token" not in kept
    assert link not in kept
    assert csrf_of("a") != csrf_of("b")
    assert csrf_of("a") != hash_of("a")
    assert len({sign_in.new_token() for _ in range(100)}) == 100
