"""API keys."""

from __future__ import annotations

import pytest

from maskline.model.errors import Fault
from maskline.model.form import Form
from maskline.proxy import keys
from tests.support.memory import World


def form(**values: str) -> Form:
    return Form({name: [value] for name, value in values.items()}, 20001)


def test_a_key_keeps_only_the_digest_of_its_secret(world: World) -> None:
    new = world.do(keys.create(world.env, world.tx, world.account.sid, form(FriendlyName="a")))
    assert new.key.friendly_name == "a"
    assert len(new.secret) == 32
    assert new.secret.isalnum()
    assert new.key.secret_hash == keys.digest(new.secret)
    assert world.do(keys.find(world.tx, world.account.sid, new.key.sid)) == new.key
    stored = world.rows("SELECT * FROM api_keys")
    assert new.secret not in str(stored)
    other = world.do(keys.create(world.env, world.tx, world.account.sid, form()))
    assert other.secret != new.secret
    assert other.key.friendly_name == ""


def test_a_name_is_changed_when_one_is_sent(world: World) -> None:
    sid = world.do(
        keys.create(world.env, world.tx, world.account.sid, form(FriendlyName="a"))
    ).key.sid
    world.clock.advance(1)
    same = world.do(keys.update(world.env, world.tx, world.account.sid, sid, form()))
    assert (same.friendly_name, same.date_updated) == ("a", world.clock() - 1)
    named = world.do(
        keys.update(world.env, world.tx, world.account.sid, sid, form(FriendlyName="b"))
    )
    assert (named.friendly_name, named.date_updated) == ("b", world.clock())
    bare = world.do(keys.update(world.env, world.tx, world.account.sid, sid, form(FriendlyName="")))
    assert bare.friendly_name == ""


def test_keys_of_others_are_not_found(world: World) -> None:
    stranger = world.add_account()
    sid = world.do(keys.create(world.env, world.tx, stranger.sid, form())).key.sid
    own = world.account.sid
    for work in (
        keys.find(world.tx, own, sid),
        keys.find(world.tx, own, "SK0"),
        keys.update(world.env, world.tx, own, sid, form(FriendlyName="x")),
        keys.delete(world.tx, own, sid),
    ):
        with pytest.raises(Fault) as caught:
            world.do(work)
        assert caught.value.code == 20404
    world.do(keys.delete(world.tx, stranger.sid, sid))
    assert world.rows("SELECT 1 FROM api_keys") == []


def test_a_name_that_is_too_long(world: World) -> None:
    with pytest.raises(Fault) as caught:
        world.do(keys.create(world.env, world.tx, world.account.sid, form(FriendlyName="x" * 65)))
    assert caught.value.code == 20001
