"""Revealing numbers: whose, to whom, and what is left of it."""

from __future__ import annotations

import pytest

from maskline.access.audit import Actor
from maskline.access.reveal import reveal
from maskline.model.console import Deed
from maskline.model.errors import Fault
from maskline.model.page import PageRequest
from tests.support.memory import ALICE, BOB, World

ANYWHERE = Actor("US1", "Ann", "192.0.2.1")


@pytest.fixture
def refs(world: World) -> dict[str, str]:
    """References to numbers, by the number that each stands for."""
    service = world.add_service()
    world.add_number("+14158670001", service=service)
    session = world.add_session(service, ALICE)
    account = world.account.sid
    message = world.records.message(account, sender=BOB)
    media = world.records.message(
        account, sid=world.records.sids.new("MM"), recipient="+13035551234"
    )
    call = world.records.call(account, caller="+13045551234")
    opt_out = world.records.opt_out(account, "+14158670001", "+13065551234")
    world.do(world.tx.messages.add_many([message, media]))
    world.do(world.tx.calls.add_many([call]))
    world.do(world.tx.opt_outs.add(opt_out))
    verified = world.records.verification(world.add_number("+18005550101"))
    world.do(world.tx.tollfree_verifications.add(verified))
    return {
        f"{world.person(session, ALICE).sid}:identifier": ALICE,
        f"{message.sid}:sender": BOB,
        f"{media.sid}:recipient": "+13035551234",
        f"{call.sid}:caller": "+13045551234",
        f"{opt_out.sid}:identifier": "+13065551234",
        f"{verified.sid}:notification_email": "ops@rides.example",
    }


def test_a_number_is_shown_and_the_log_says_so(world: World, refs: dict[str, str]) -> None:
    for ref, number in refs.items():
        assert world.do(reveal(world.env, world.tx, ANYWHERE, ref)) == number
    page = world.do(world.tx.console_users.audit(world.account.sid, PageRequest()))
    assert [f"{one.subject}:{one.detail}" for one in reversed(page.records)] == list(refs)
    assert {(one.what, one.user_name) for one in page.records} == {(Deed.REVEAL.value, "Ann")}
    kept = "".join(map(str, page.records))
    assert not [number for number in refs.values() if number in kept]


def test_who_has_the_account_may(world: World, refs: dict[str, str]) -> None:
    own = Actor("US1", "Ann", "192.0.2.1", world.account.sid)
    stranger = Actor("US2", "Eve", "192.0.2.1", world.add_account().sid)
    for ref, number in refs.items():
        assert world.do(reveal(world.env, world.tx, own, ref)) == number
        with pytest.raises(Fault) as refused:
            world.do(reveal(world.env, world.tx, stranger, ref))
        assert refused.value.code == 20404


def test_nothing_else_is_shown(world: World, refs: dict[str, str]) -> None:
    sids = [ref.partition(":")[0] for ref in refs]
    wrong = ["", ":", "identifier", f"{world.account.sid}:auth_token"]
    wrong += [f"{sid}:body" for sid in sids] + [f"{sid}:" for sid in sids] + sids
    wrong += [f"{sid[:-1]}x:{ref.partition(':')[2]}" for sid, ref in zip(sids, refs, strict=True)]
    for ref in wrong:
        with pytest.raises(Fault) as refused:
            world.do(reveal(world.env, world.tx, ANYWHERE, ref))
        assert refused.value.code == 20404
