"""What may be registered of a Messaging Service's answers, so that it is true."""

from __future__ import annotations

from typing import Any

import pytest

from maskline.a2p.campaign_form import KEYWORDS
from maskline.messaging import opt_out_lists
from maskline.messaging.registered_answers import Registered, beside, by_answer, known, to_register
from maskline.messaging.words import Keyword, Words
from maskline.model.messaging_service import MessagingService
from tests.support.memory import World, form


def words(world: World, service: MessagingService) -> Words:
    found = world.do(known(world.env, world.tx, service))
    assert found is not None
    return found


def listed(world: World) -> MessagingService:
    """A service with lists of its own."""
    service = world.add_messaging_service()
    args = (world.env, world.tx, world.account.sid, service.sid)
    return world.do(opt_out_lists.switch(*args, form({"Enabled": "true"})))


def put(world: World, service: MessagingService, **values: Any) -> None:
    args = (world.env, world.tx, world.account.sid, service.sid)
    world.do(opt_out_lists.create(*args, form(values)))


@pytest.mark.parametrize(
    ("keyword", "named"),
    [
        (
            Keyword.OPT_OUT,
            ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"],
        ),
        (Keyword.OPT_IN, ["START", "YES", "UNSTOP"]),
        (Keyword.HELP, ["HELP", "INFO"]),
    ],
)
def test_of_the_server_s_words(world: World, keyword: Keyword, named: list[str]) -> None:
    found = words(world, world.add_messaging_service())
    chosen, answer = to_register(found, keyword)
    assert chosen == named
    assert by_answer(found, keyword) == {answer: named}
    assert len(answer) > 20


def test_only_what_is_answered_alike(world: World) -> None:
    world.change("optout", languages=("en", "es"))
    found = words(world, world.add_messaging_service())
    chosen, answer = to_register(found, Keyword.OPT_OUT)
    assert chosen[0] == "STOP"
    assert "ALTO" not in chosen
    assert len(by_answer(found, Keyword.OPT_OUT)) == 2
    # Those of two languages with one answer may stand together.
    world.change("optout", opt_out_reply="You get no more messages from this number.")
    found = words(world, world.add_messaging_service())
    chosen, answer = to_register(found, Keyword.OPT_OUT)
    assert answer == "You get no more messages from this number."
    assert "ALTO" in chosen
    assert list(by_answer(found, Keyword.OPT_OUT)) == [answer]


def test_no_more_than_a_campaign_takes(world: World) -> None:
    long = tuple(f"{letter * 30}" for letter in "ABCDEFGHIJ")
    world.change("optout", opt_out_words=("ARRÊT", *long))
    chosen, _ = to_register(words(world, world.add_messaging_service()), Keyword.OPT_OUT)
    assert chosen[0] == "STOP"
    assert "ARRÊT" not in chosen
    assert long[0] in chosen
    assert long[-1] not in chosen
    assert KEYWORDS - 31 < len(",".join(chosen)) <= KEYWORDS


def test_where_the_main_word_does_nothing(world: World) -> None:
    world.change("optout", ignored_words=("HELP",))
    found = words(world, world.add_messaging_service())
    assert to_register(found, Keyword.HELP) == ([], "")
    world.change("optout", ignored_words=(), opt_out_words=("HELP",))
    found = words(world, world.add_messaging_service())
    assert to_register(found, Keyword.HELP) == ([], "")


def test_a_service_s_lists_for_the_united_states_go_first(world: World) -> None:
    service = listed(world)
    text = "Rides: you get no more messages from us."
    put(
        world,
        service,
        Language="SPANISH",
        IsoCountryCode="US",
        OptOutKeywords=["ALTO", "STOPALL"],
        OptOutMessage=text,
    )
    put(world, service, Language="FRENCH", IsoCountryCode="CA")
    found = words(world, service)
    assert (found["alto"].reply, found["stopall"].reply) == (text, text)
    assert "arret" not in found
    chosen, answer = to_register(found, Keyword.OPT_OUT)
    assert chosen[0] == "STOP"
    assert not {"ALTO", "STOPALL"} & set(chosen)
    assert answer != text
    # It is what the lists themselves say.
    for word, one in found.items():
        assert world.do(world.tx.opt_out_lists.find(service.sid, word, "US")) == (
            one.keyword.value,
            one.reply,
        )


def test_a_campaign_beside_it(world: World) -> None:
    service = world.add_messaging_service()
    found = words(world, service)
    brand = world.records.brand(world.account.sid)
    other = "Rides: you are out, and get nothing more."
    campaign = world.records.campaign(
        service,
        brand,
        opt_in_message=other,
        opt_out_message=other,
        opt_out_keywords_json='["STOP","END","LEAVE"]',
    )
    opt_in, opt_out, ask = beside(found, campaign)
    assert opt_in == Registered(Keyword.OPT_IN, (), None, (), ())
    sent = (found["stop"].reply,)
    named = ("STOP", "END", "LEAVE")
    assert opt_out == Registered(Keyword.OPT_OUT, named, other, ("LEAVE",), sent)
    assert ask == Registered(Keyword.HELP, ("HELP",), None, (), ())
