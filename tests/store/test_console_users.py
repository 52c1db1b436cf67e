from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.model.console import AuditEntry, SignedIn, User
from maskline.model.page import PageRequest
from tests.support.records import Records


def user_of(records: Records, name: str = "Ann", **changes: Any) -> User:
    now = records.clock()
    made = User(records.sids.new("US"), name, "admin", None, None, None, 0, None, now, now)
    return msgspec.structs.replace(made, **changes)


async def test_add_get_and_update(db: Any, records: Records) -> None:
    user = user_of(records)
    assert await db.console_users.add(user)
    assert await db.console_users.get(user.sid) == user
    changed = msgspec.structs.replace(
        user,
        role="viewer",
        account_sid="AC1",
        password_hash="h",
        disabled=1,
        last_sign_in=5,
        date_updated=6,
    )
    await db.console_users.update(changed)
    assert await db.console_users.get(user.sid) == changed
    assert await db.console_users.get(records.sids.new("US")) is None


@pytest.mark.parametrize(
    ("name", "same"), [("Ann", "aNN"), ("Ünïcode", "ÜNÏCODE"), ("Straße", "STRASSE"), ("Σ", "ς")]
)
async def test_a_name_is_one_users_whatever_its_case(
    db: Any, records: Records, name: str, same: str
) -> None:
    user = user_of(records, name)
    assert await db.console_users.add(user)
    assert await db.console_users.by_name(same) == user
    assert not await db.console_users.add(user_of(records, same))
    assert await db.console_users.by_name(name + "x") is None


async def test_a_subject_is_one_users(db: Any, records: Records) -> None:
    user = user_of(records, oidc_subject="a|1")
    assert await db.console_users.add(user)
    assert not await db.console_users.add(user_of(records, "Bob", oidc_subject="a|1"))
    assert await db.console_users.by_subject("a|1") == user
    assert await db.console_users.by_subject("a|2") is None


async def test_all_are_listed_by_name_and_admins_counted(db: Any, records: Records) -> None:
    for changes in (
        {"name": "bob"},
        {"name": "Ann"},
        {"name": "carol", "disabled": 1},
        {"name": "dave", "role": "viewer"},
        {"name": "eve", "account_sid": "AC1"},
    ):
        await db.console_users.add(user_of(records, **changes))
    listed = [one.name for one in await db.console_users.all()]
    assert listed == ["Ann", "bob", "carol", "dave", "eve"]
    assert await db.console_users.admins() == 2


async def test_sign_ins_begin_are_seen_and_end(db: Any, records: Records) -> None:
    user = user_of(records)
    await db.console_users.add(user)
    for token in ("one", "two", "three"):
        await db.console_users.begin(SignedIn(token, user.sid, 10, 10))
    await db.console_users.seen("one", 20)
    assert await db.console_users.session("one") == (SignedIn("one", user.sid, 20, 10), user)
    await db.console_users.end("one")
    assert await db.console_users.session("one") is None
    await db.console_users.end_all(user.sid, "three")
    assert await db.console_users.session("two") is None
    assert await db.console_users.session("three") is not None
    await db.console_users.expire(10)
    assert await db.console_users.session("three") is not None
    await db.console_users.expire(11)
    assert await db.console_users.session("three") is None


async def test_a_link_is_taken_once(db: Any, records: Records) -> None:
    await db.console_users.add_link("hash", "US1", 50)
    found = await db.console_users.take_link("hash")
    assert (found.user_sid, found.expires_at) == ("US1", 50)
    assert await db.console_users.take_link("hash") is None
    for token, user, at in (("a", "US1", 50), ("b", "US2", 50), ("c", "US2", 10)):
        await db.console_users.add_link(token, user, at)
    await db.console_users.drop_links("US1", 20)
    assert await db.console_users.take_link("a") is None
    assert await db.console_users.take_link("c") is None
    assert await db.console_users.take_link("b") is not None


async def test_attempts_are_counted_from_a_moment_on(db: Any, records: Records) -> None:
    clock: Any = records.clock
    begun = clock()
    for _ in range(3):
        await db.console_users.count_attempt(records.sids.new("SI"), "key")
        clock.advance(10)
    await db.console_users.count_attempt(records.sids.new("SI"), "other")
    assert await db.console_users.attempts("key", begun) == (3, begun)
    assert await db.console_users.attempts("key", begun + 1) == (2, begun + 10)
    assert await db.console_users.attempts("none", begun) == (0, 0)
    await db.console_users.expire_attempts(begun + 11)
    assert await db.console_users.attempts("key", begun) == (1, begun + 20)
    await db.console_users.forget_attempts("key")
    assert await db.console_users.attempts("key", begun) == (0, 0)
    assert (await db.console_users.attempts("other", begun))[0] == 1


async def test_the_audit_log_is_paged_and_removed_by_age(db: Any, records: Records) -> None:
    clock: Any = records.clock
    made = []
    for number in range(4):
        account = "AC1" if number % 2 else None
        made.append(
            AuditEntry(
                records.sids.new("AU"),
                "US1",
                "Ann",
                "reveal",
                "KP1",
                "identifier",
                "192.0.2.1",
                account,
                clock(),
            )
        )
        await db.console_users.log(made[-1])
        clock.advance(1)
    page = await db.console_users.audit("", PageRequest(size=3))
    assert page.records == made[:0:-1]
    assert page.has_next
    rest = await db.console_users.audit("", PageRequest(size=3, after=page.last))
    assert rest.records == made[:1]
    own = await db.console_users.audit("AC1", PageRequest())
    assert own.records == [made[3], made[1]]
    assert await db.console_users.remove_audit(clock() - 1, 2) == 2
    assert await db.console_users.remove_audit(clock() - 1, 2) == 1
    assert await db.console_users.remove_audit(clock() - 1, 2) == 0
    assert (await db.console_users.audit("", PageRequest())).records == made[3:]
