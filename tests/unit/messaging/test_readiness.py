"""What a campaign's registration says of opting in and out, beside what its numbers do."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.a2p import readiness as registrations
from maskline.messaging import opt_out_lists, readiness, registered_answers
from maskline.messaging.words import words_of
from maskline.model.a2p import Campaign
from maskline.model.account import Switch
from maskline.model.finding import State
from maskline.model.messaging_service import MessagingService
from maskline.model.number import NumberHooks
from tests.support.memory import World, form

TEXT = "Rides: you get no more messages from us. Reply START to go on."


def add(world: World, **fields: Any) -> Campaign:
    """A campaign with a Messaging Service of its own."""
    service = world.add_messaging_service()
    brand = world.records.brand(world.account.sid)
    made = world.records.campaign(service, brand, **fields)
    world.do(world.tx.brands.add(brand))
    world.do(world.tx.campaigns.add(made))
    return made


def found(world: World) -> list[tuple[str, tuple[str, ...]]]:
    """What only this check finds, each with its details."""
    every = world.do(readiness.check(world.env, world.tx, world.account.sid))
    known = world.do(registrations.check(world.env, world.tx, world.account.sid))
    assert every[: len(known)] == known
    own = every[len(known) :]
    assert all(one.state is State.WARN and one.advice for one in own)
    return [(one.check, one.details) for one in own]


def reply(world: World, word: str) -> str:
    return words_of(world.env.settings.optout)[word].reply


@pytest.mark.parametrize(
    ("fields", "details"),
    [
        ({}, None),
        ({"opt_out_keywords_json": '["STOP","stopall","Revoke"]'}, None),
        ({"opt_in_keywords_json": '["START"]', "help_keywords_json": '["HELP","INFO"]'}, None),
        ({"opt_out_keywords_json": '["STOP","LEAVE"]'}, ("OptOutKeywords: LEAVE",)),
        # A word that does something else is none either.
        ({"opt_in_keywords_json": '["STOP"]'}, ("OptInKeywords: STOP",)),
        ({"help_keywords_json": '["AIDE","QUE"]'}, ("HelpKeywords: AIDE", "HelpKeywords: QUE")),
    ],
)
def test_words(world: World, fields: dict[str, str], details: tuple[str, ...] | None) -> None:
    add(world, **fields)
    assert found(world) == ([] if details is None else [("keywords", details)])
    world.change(
        "optout", opt_out_words=("LEAVE",), opt_in_words=("STOP",), help_words=("AIDE", "QUE")
    )
    # STOP stays what it is, whatever somebody writes.
    assert found(world) == ([("keywords", details)] if details == ("OptInKeywords: STOP",) else [])


@pytest.mark.parametrize(
    ("fields", "details"),
    [
        ({"opt_out_message": TEXT}, ("OptOutMessage",)),
        ({"help_message": TEXT, "opt_out_message": TEXT}, ("OptOutMessage", "HelpMessage")),
        ({"opt_in_message": TEXT, "opt_in_keywords_json": '["START"]'}, ("OptInMessage",)),
        # Who opts in on a page is written to by the program.
        ({"opt_in_message": TEXT}, ()),
        # A word that nobody knows has no answer to compare.
        ({"opt_in_message": TEXT, "opt_in_keywords_json": '["JOIN"]'}, None),
    ],
)
def test_answers(world: World, fields: dict[str, str], details: tuple[str, ...] | None) -> None:
    add(world, **fields)
    if details is None:
        assert found(world) == [("keywords", ("OptInKeywords: JOIN",))]
        return
    assert found(world) == ([("answers", details)] if details else [])
    world.change("optout", opt_out_reply=TEXT, opt_in_reply=TEXT, help_reply=TEXT)
    assert found(world) == []


def test_white_space_is_no_difference(world: World) -> None:
    text = reply(world, "stop").replace(". ", ".\n ")
    add(world, opt_out_message=text)
    assert found(world) == []


def test_a_service_s_own_lists(world: World) -> None:
    made = add(world, opt_out_message=TEXT, opt_out_keywords_json='["STOP","ARRET"]')
    assert [check for check, _ in found(world)] == ["keywords", "answers"]
    env, tx, account, sid = world.env, world.tx, world.account.sid, made.messaging_service_sid
    world.do(opt_out_lists.switch(env, tx, account, sid, form({"Enabled": "true"})))
    values = {
        "Language": "FRENCH",
        "IsoCountryCode": "US",
        "OptOutKeywords": ["ARRET"],
        "OptOutMessage": TEXT,
    }
    world.do(opt_out_lists.create(env, tx, account, sid, form(values)))
    # STOP is answered by the list of English still.
    assert found(world) == [("answers", ("OptOutMessage",))]
    (english,) = [
        one
        for one in world.do(tx.opt_out_lists.page(sid, "", readiness._ALL)).records
        if one.language == "ENGLISH"
    ]
    change = form({"OptOutMessage": TEXT})
    world.do(opt_out_lists.update(env, tx, account, sid, english.sid, change))
    assert found(world) == []


def test_what_nobody_knows_here(world: World) -> None:
    add(world, opt_out_message=TEXT, is_externally_registered=1)
    assert found(world) == []


def test_a_service_that_is_gone_by_now(world: World) -> None:
    made = add(world, opt_out_message=TEXT)
    world.connection.execute("PRAGMA foreign_keys = OFF")
    world.connection.execute(
        "DELETE FROM messaging_services WHERE sid = ?", (made.messaging_service_sid,)
    )
    assert found(world) == []


def test_a_program_that_answers_by_itself(world: World) -> None:
    made = add(world, opt_out_message=TEXT)
    account = msgspec.structs.replace(world.account, switches=int(Switch.STOP_FILTER_OFF))
    world.do(world.tx.accounts.update(account))
    assert found(world) == []
    # Its own lists hold all the same.
    asked = form({"Enabled": "true"})
    args = (world.env, world.tx, world.account.sid, made.messaging_service_sid, asked)
    service: MessagingService = world.do(opt_out_lists.switch(*args))
    assert service.advanced_opt_out
    assert found(world) == [("answers", ("OptOutMessage",))]


def test_numbers_whose_own_filter_is_off(world: World) -> None:
    made = add(world, opt_out_message=TEXT)
    sid = made.messaging_service_sid
    toll_free = world.add_number("+18005550100")
    world.do(world.tx.messaging_services.join(toll_free.sid, sid, world.clock()))
    # It has no campaign: of long codes to come it says nothing.
    world.do(world.tx.numbers.set_hooks(toll_free.sid, NumberHooks(sms_stop_filter=False)))
    assert found(world) == [("answers", ("OptOutMessage",))]
    numbers = [world.add_number() for _ in range(2)]
    for one in numbers:
        world.do(world.tx.messaging_services.join(one.sid, sid, world.clock()))
        world.do(world.tx.numbers.set_hooks(one.sid, NumberHooks(sms_stop_filter=False)))
    assert found(world) == []
    world.do(world.tx.numbers.set_hooks(numbers[1].sid, NumberHooks(sms_stop_filter=True)))
    assert found(world) == [("answers", ("OptOutMessage",))]


def test_an_account_that_is_gone_by_now(world: World) -> None:
    made = add(world)
    service = world.do(world.tx.messaging_services.peek(made.messaging_service_sid))
    assert service is not None
    gone = msgspec.structs.replace(service, account_sid="AC" + "0" * 32)
    assert world.do(registered_answers.known(world.env, world.tx, gone))


def test_of_others_campaigns_nothing_is_said(world: World) -> None:
    other = world.add_account()
    add(world, opt_out_message=TEXT)
    assert world.do(readiness.check(world.env, world.tx, other.sid)) == world.do(
        registrations.check(world.env, world.tx, other.sid)
    )
