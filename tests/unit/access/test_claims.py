"""What a provider says of somebody, as a user and a role."""

from __future__ import annotations

from typing import Any

import pytest

from maskline.access import users
from maskline.access.audit import COMMAND_LINE
from maskline.access.claims import role_of, user_of
from maskline.model.console import Role
from maskline.settings.tree import OidcSettings
from tests.support.memory import World

SETTINGS = OidcSettings(
    admin_values=("ops",), support_values=("help", "desk"), viewer_values=("staff",)
)


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        (["ops"], Role.ADMIN),
        ("desk", Role.SUPPORT),
        (["staff", "help"], Role.SUPPORT),
        (["staff", "ops", "help"], Role.ADMIN),
        (["staff"], Role.VIEWER),
        (["others"], None),
        ([], None),
        (None, None),
        ([1, None, {"ops": 1}], None),
        ({"ops": True}, None),
    ],
)
def test_the_highest_role_counts(groups: Any, role: Role | None) -> None:
    assert role_of(SETTINGS, {"groups": groups}) == role


def test_nobody_has_a_role_by_default() -> None:
    assert role_of(OidcSettings(), {"groups": ["admin", ""]}) is None
    assert role_of(SETTINGS, {}) is None


def claims(**more: Any) -> dict[str, Any]:
    return {"iss": "https://login.example", "sub": "42", "preferred_username": "ann", **more}


def test_a_subject_is_one_user_whatever_it_is_called(world: World) -> None:
    env, tx = world.env, world.tx
    first = world.do(user_of(env, tx, claims(), Role.VIEWER, "192.0.2.1"))
    again = world.do(user_of(env, tx, claims(preferred_username="anna"), Role.ADMIN, "192.0.2.1"))
    assert (again.sid, again.name, again.role) == (first.sid, "ann", "admin")
    other = world.do(user_of(env, tx, claims(iss="https://b.example"), Role.VIEWER, "192.0.2.1"))
    assert (other.sid != first.sid, other.name) == (True, "ann (2)")


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("Ann", "Ann"),
        (None, "42"),
        ("", "42"),
        (7, "42"),
        ("\u202e\n", "user"),
        ("x" * 99, "x" * 58),
    ],
)
def test_a_name_is_made_fit(world: World, told: Any, name: str) -> None:
    made = user_of(world.env, world.tx, claims(preferred_username=told), Role.VIEWER, "192.0.2.1")
    assert world.do(made).name == name


def test_a_name_that_somebody_has_stays_theirs(world: World) -> None:
    local = world.do(users.create(world.env, world.tx, COMMAND_LINE, "ann", Role.ADMIN, None))
    told = world.do(user_of(world.env, world.tx, claims(), Role.VIEWER, "192.0.2.1"))
    assert (told.name, told.sid != local.sid) == ("ann (2)", True)
