from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maskline.messaging import opt_out_lists, senders, services
from maskline.messaging.opt_out_lists import FIXED, MAX_WORDS
from maskline.messaging.words import Keyword, shipped, words_of
from maskline.model.errors import Fault
from maskline.model.messaging_service import MessagingService
from maskline.model.number import NumberKind
from maskline.model.opt_out_list import Language, OptOutList
from maskline.model.page import PageRequest
from maskline.model.word import word_of
from maskline.settings import OptOutSettings
from tests.support.memory import World, form

OURS = "+14158670001"
ALL = PageRequest(size=1000)
LANGUAGES = {
    "da": "DANISH",
    "de": "GERMAN",
    "en": "ENGLISH",
    "es": "SPANISH",
    "fi": "FINNISH",
    "fr": "FRENCH",
    "it": "ITALIAN",
    "nb": "NORWEGIAN",
    "nl": "DUTCH",
    "pl": "POLISH",
    "pt": "PORTUGUESE",
    "sv": "SWEDISH",
}


@pytest.fixture
def service(world: World) -> MessagingService:
    """A service with a number."""
    return world.add_messaging_service(world.add_number(OURS))


def turn(world: World, service: MessagingService, on: bool = True) -> MessagingService:
    """Turns it on or off."""
    asked = form({"Enabled": str(on).lower()})
    return world.do(
        opt_out_lists.switch(world.env, world.tx, world.account.sid, service.sid, asked)
    )


def create(world: World, service: MessagingService, **values: Any) -> OptOutList:
    """A new list."""
    return world.do(
        opt_out_lists.create(world.env, world.tx, world.account.sid, service.sid, form(values))
    )


def update(world: World, one: OptOutList, **values: Any) -> OptOutList:
    """Writes what is sent."""
    return world.do(
        opt_out_lists.update(
            world.env,
            world.tx,
            world.account.sid,
            one.messaging_service_sid,
            one.sid,
            form(values),
        )
    )


def lists(world: World, service: MessagingService, **query: str) -> list[OptOutList]:
    """The service's lists, oldest first."""
    page = world.do(opt_out_lists.page(world.tx, world.account.sid, service.sid, form(query), ALL))
    return list(page.records)[::-1]


def known(
    world: World, service: MessagingService, word: str, country: str = ""
) -> tuple[str, str] | None:
    """What a word does, and the answer."""
    return world.do(world.tx.opt_out_lists.find(service.sid, word, country))


def refused(work: Any, *args: Any, **values: Any) -> int:
    with pytest.raises(Fault) as caught:
        work(*args, **values)
    return caught.value.code


# On and off


def test_it_begins_with_the_servers_words(world: World, service: MessagingService) -> None:
    assert turn(world, service).advanced_opt_out == 1
    (english,) = lists(world, service)
    assert english.sid.startswith("OL")
    assert (english.language, english.iso_country) == ("ENGLISH", "")
    assert english.opt_out_keywords.split() == [
        *("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT")
    ]
    assert english.opt_in_keywords == "START YES UNSTOP"
    assert english.help_keywords == "HELP INFO"
    words = words_of(OptOutSettings())
    for word, one in words.items():
        assert known(world, service, word) == (one.keyword.value, one.reply)
    assert known(world, service, "hello") is None


def test_it_begins_with_a_list_for_each_language(world: World, service: MessagingService) -> None:
    world.change("optout", languages=("fr", "da"), ignored_words=("YES", "STOP"))
    turn(world, service)
    assert [one.language for one in lists(world, service)] == ["ENGLISH", "FRENCH", "DANISH"]
    assert known(world, service, "yes") is None
    # What is fixed can't be ignored, and stands in one list alone.
    assert [one.opt_out_keywords.count("STOP ") for one in lists(world, service)] == [1, 0, 0]
    assert known(world, service, "arrêt") is not None


def test_a_language_that_twilio_has_no_name_for_is_left_out(
    world: World, service: MessagingService, tmp_path: Path
) -> None:
    list_ = Path(str(opt_out_lists.__file__)).parent / "word_lists" / "en.toml"
    for name in ("tlh", "el"):
        (tmp_path / f"{name}.toml").write_text(list_.read_text("utf-8"), "utf-8")
    world.change("optout", words_folder=tmp_path, languages=("tlh", "el"))
    turn(world, service)
    english, greek = lists(world, service)
    assert (english.language, greek.language) == ("ENGLISH", "GREEK")
    # Each word is in English already.
    assert greek.opt_out_keywords == ""


def test_the_settings_own_words_and_answers(world: World, service: MessagingService) -> None:
    world.change(
        "optout", opt_out_words=("BASTA", "STOP", "YES"), help_words=("SOS",), help_reply="Call us."
    )
    turn(world, service)
    assert known(world, service, "basta") == (
        "opt-out",
        words_of(OptOutSettings())["stop"].reply,
    )
    # Where lists disagree, stopping wins.
    assert (known(world, service, "yes") or ("",))[0] == "opt-out"
    assert known(world, service, "sos") == ("help", "Call us.")


def test_off_keeps_the_lists(world: World, service: MessagingService) -> None:
    turn(world, service)
    (english,) = lists(world, service)
    update(world, english, HelpKeywords="")
    assert turn(world, service, on=False).advanced_opt_out == 0
    assert turn(world, service).advanced_opt_out == 1
    assert [one.help_keywords for one in lists(world, service)] == ["HELP"]


def test_the_numbers_follow(world: World, service: MessagingService) -> None:
    def flags() -> list[int]:
        return [world.number(number).advanced_opt_out for number in (OURS, later.number)]

    later = world.add_number("+14158670002")
    assert flags() == [0, 0]
    turn(world, service)
    assert flags() == [1, 0]
    asked = form({"PhoneNumberSid": later.sid})
    account, kind = world.account.sid, NumberKind.PHONE
    joined = senders.add(world.env, world.tx, account, service.sid, kind, asked)
    assert world.do(joined).advanced_opt_out == 1
    turn(world, service, on=False)
    assert flags() == [0, 0]
    turn(world, service)
    world.do(senders.remove(world.env, world.tx, account, service.sid, kind, later.sid))
    assert flags() == [1, 0]
    world.do(services.delete(world.env, world.tx, account, service.sid))
    assert flags() == [0, 0]
    assert world.rows("SELECT * FROM opt_out_lists") == []
    assert world.rows("SELECT * FROM opt_out_keywords") == []


def test_what_the_switch_refuses(world: World, service: MessagingService) -> None:
    other = world.add_account()
    for account, values, code in (
        (world.account.sid, {}, 80701),
        (world.account.sid, {"Enabled": "maybe"}, 80701),
        (other.sid, {"Enabled": "true"}, 21701),
    ):
        work = opt_out_lists.switch(world.env, world.tx, account, service.sid, form(values))
        assert refused(world.do, work) == code
    assert world.number(OURS).advanced_opt_out == 0


# Lists


def test_a_list_of_a_country(world: World, service: MessagingService) -> None:
    turn(world, service)
    made = create(
        world,
        service,
        Language="FRENCH",
        IsoCountryCode="CA",
        OptOutKeywords=["ARRET", " Arrêt ", "arret", "STOP"],
        OptInKeywords="DEBUT",
        HelpKeywords="AIDE",
        OptOutMessage="Fini.",
        OptInMessage="Re.",
        HelpMessage="Voici.",
    )
    assert made == OptOutList(
        sid=made.sid,
        account_sid=world.account.sid,
        messaging_service_sid=service.sid,
        iso_country="CA",
        language="FRENCH",
        opt_out_keywords="ARRET Arrêt STOP",
        opt_in_keywords="DEBUT",
        help_keywords="AIDE",
        opt_out_message="Fini.",
        opt_in_message="Re.",
        help_message="Voici.",
        date_created=world.clock(),
        date_updated=world.clock(),
    )
    account = world.account.sid
    assert world.do(opt_out_lists.find(world.tx, account, service.sid, made.sid)) == made
    # The country's own answer, and the one for all where it has none of its own.
    assert known(world, service, "stop", "CA") == ("opt-out", "Fini.")
    assert known(world, service, "arrêt", "CA") == ("opt-out", "Fini.")
    assert known(world, service, "help", "CA") == known(world, service, "help")
    assert known(world, service, "arret", "US") is None
    assert [one.iso_country for one in lists(world, service)] == ["", "CA"]
    assert lists(world, service, IsoCountryCode="CA") == [made]
    assert lists(world, service, IsoCountryCode="FR") == []


def test_a_country_may_mean_something_else_by_a_word(
    world: World, service: MessagingService
) -> None:
    turn(world, service)
    values = {"OptOutKeywords": "INFO", "OptOutMessage": "Bye."}
    create(
        world, service, Language="ZULU", IsoCountryCode="ZA", **values, OptInKeywords="",
        HelpKeywords="",
    )  # fmt: skip
    assert known(world, service, "info", "ZA") == ("opt-out", "Bye.")
    assert (known(world, service, "info", "US") or ("",))[0] == "help"


@pytest.mark.parametrize("name", LANGUAGES)
def test_what_is_not_said_comes_from_the_servers_list(
    world: World, service: MessagingService, name: str
) -> None:
    assert sorted(LANGUAGES) == shipped()
    made = create(world, service, Language=LANGUAGES[name], IsoCountryCode="DK")
    expected = words_of(OptOutSettings(languages=(name,)))
    for word, one in expected.items():
        assert known(world, service, word, "DK") == (one.keyword.value, one.reply)
    listed = f"{made.opt_out_keywords} {made.opt_in_keywords} {made.help_keywords}".split()
    assert {word_of(one) for one in listed} == set(expected)


def test_what_is_said_goes_before_the_servers_list(world: World, service: MessagingService) -> None:
    made = create(
        world,
        service,
        Language="GERMAN",
        HelpKeywords="ENDE",
        OptOutMessage="Aus.",
        HelpMessage="?",
    )
    assert (made.help_keywords, made.opt_out_message, made.help_message) == ("ENDE", "Aus.", "?")
    assert "ENDE" not in made.opt_out_keywords.split()
    assert made.opt_in_message == words_of(OptOutSettings(languages=("de",)))["start"].reply


def test_english_for_all_always_has_the_fixed_words(
    world: World, service: MessagingService
) -> None:
    turn(world, service)
    (english,) = lists(world, service)
    changed = update(
        world, english, OptOutKeywords="ENOUGH", OptInKeywords="", HelpKeywords=["HELP", "ME"]
    )
    assert changed.opt_out_keywords == "STOP ENOUGH"
    assert changed.opt_in_keywords == "START UNSTOP"
    assert changed.help_keywords == "HELP ME"
    assert known(world, service, "quit") is None
    assert known(world, service, "enough") is not None
    remove = opt_out_lists.remove(world.tx, world.account.sid, service.sid, changed.sid)
    assert refused(world.do, remove) == 20001


def test_the_fixed_words_are_there_before_any_other(
    world: World, service: MessagingService
) -> None:
    """Else a list that was made first would have them, and could be deleted."""
    world.change("optout", languages=("en", "da"))
    assert refused(create, world, service, Language="ENGLISH") == 80701
    assert lists(world, service) == []
    create(world, service, Language="FRENCH")
    turn(world, service)
    english, french = lists(world, service)
    assert (english.language, french.language) == ("ENGLISH", "FRENCH")
    assert "STOP" in english.opt_out_keywords.split()
    assert "STOP" not in french.opt_out_keywords.split()


def test_update_writes_what_was_sent(world: World, service: MessagingService) -> None:
    made = create(world, service, Language="GERMAN")
    later = world.clock.advance(1000)
    changed = update(world, made, OptOutKeywords=["AUS"], HelpMessage="Hilfe?")
    assert (changed.opt_out_keywords, changed.help_message) == ("AUS", "Hilfe?")
    assert (changed.opt_in_keywords, changed.date_updated) == (made.opt_in_keywords, later)
    assert known(world, service, "aus") == ("opt-out", made.opt_out_message)
    assert known(world, service, "abmelden") is None


def test_remove(world: World, service: MessagingService) -> None:
    made = create(world, service, Language="GERMAN")
    account = world.account.sid
    world.do(opt_out_lists.remove(world.tx, account, service.sid, made.sid))
    assert known(world, service, "abmelden") is None
    assert [one.language for one in lists(world, service)] == ["ENGLISH"]
    for work in (opt_out_lists.find, opt_out_lists.remove):
        assert refused(world.do, work(world.tx, account, service.sid, made.sid)) == 20404


LONG = "x" * 35


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"Language": "KLINGON"},
        {"Language": "english"},
        {"Language": "GERMAN", "IsoCountryCode": "XX"},
        {"Language": "GERMAN", "IsoCountryCode": "de"},
        {"Language": "GERMAN", "OptOutKeywords": "STOP IT"},
        {"Language": "GERMAN", "OptOutKeywords": " "},
        {"Language": "GERMAN", "OptOutKeywords": LONG},
        {"Language": "GERMAN", "OptOutKeywords": "a\u200bb"},
        {"Language": "GERMAN", "OptOutKeywords": [f"W{i}" for i in range(MAX_WORDS + 1)]},
        {"Language": "GERMAN", "HelpMessage": "x" * 321},
        # A word once for a country.
        {"Language": "GERMAN", "OptOutKeywords": "quit"},
        {"Language": "GERMAN", "OptOutKeywords": "AUS", "HelpKeywords": "aus"},
        # Nor under another meaning, wherever.
        {"Language": "GERMAN", "IsoCountryCode": "DE", "HelpKeywords": "stop"},
        {"Language": "GERMAN", "IsoCountryCode": "DE", "OptOutKeywords": "START"},
        # Who is stopped must be told.
        {"Language": "GERMAN", "OptOutMessage": ""},
        {"Language": "GERMAN", "OptOutMessage": " "},
        {"Language": "ARABIC", "OptOutKeywords": "توقف"},
        # A list that there is.
        {"Language": "ENGLISH"},
    ],
)
def test_what_create_refuses(
    world: World, service: MessagingService, values: dict[str, Any]
) -> None:
    turn(world, service)
    before = lists(world, service)
    assert refused(create, world, service, **values) == 80701
    assert lists(world, service) == before


def test_a_language_without_a_shipped_list(world: World, service: MessagingService) -> None:
    made = create(world, service, Language="ARABIC", OptOutKeywords="توقف", OptOutMessage="تم")
    assert (made.opt_in_keywords, made.help_message) == ("", "")
    assert known(world, service, "توقف") == ("opt-out", "تم")
    assert known(world, service, word_of("ﺗﻮﻗﻒ")) == ("opt-out", "تم")
    empty = create(world, service, Language="ALL")
    assert (empty.opt_out_keywords, empty.opt_out_message) == ("", "")


def test_nobody_elses(world: World, service: MessagingService) -> None:
    other = world.add_account()
    one = create(world, service, Language="GERMAN")
    asked = form({"Language": "GERMAN"})
    env, tx, sid = world.env, world.tx, service.sid
    for work in (
        opt_out_lists.create(env, tx, other.sid, sid, asked),
        opt_out_lists.find(tx, other.sid, sid, one.sid),
        opt_out_lists.page(tx, other.sid, sid, form({}), ALL),
        opt_out_lists.update(env, tx, other.sid, sid, one.sid, asked),
        opt_out_lists.remove(tx, other.sid, sid, one.sid),
    ):
        assert refused(world.do, work) == 21701
    second = world.add_messaging_service()
    work = opt_out_lists.find(tx, world.account.sid, second.sid, one.sid)
    assert refused(world.do, work) == 20404


# Whatever is written


WORDS = st.lists(
    st.sampled_from(["STOP", "stop", "START", "UNSTOP", "HELP", "AUS", "aus", "AN", "WAS", "quit"]),
    max_size=4,
)
FORMS = st.fixed_dictionaries(
    {},
    optional={
        "OptOutKeywords": WORDS,
        "OptInKeywords": WORDS,
        "HelpKeywords": WORDS,
        "OptOutMessage": st.sampled_from(["", "Out."]),
        "HelpMessage": st.sampled_from(["", "Help."]),
    },
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["create", "update", "remove"]),
        st.sampled_from([Language.ENGLISH, Language.GERMAN, Language.ALL]),
        st.sampled_from(["", "DE"]),
        FORMS,
    ),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(steps=STEPS)
def test_there_is_always_a_way_out(steps: list[tuple[str, Language, str, dict[str, Any]]]) -> None:
    """Whatever is written and refused: the fixed words do what they should for people of every
    country, a word stands once in a country, and what is shown is what is looked up."""
    world = World()
    service = world.add_messaging_service()
    turn(world, service)
    for what, language, country, values in steps:
        held = world.do(world.tx.opt_out_lists.of(service.sid, country, language.value))
        try:
            if what == "create":
                create(world, service, Language=language.value, IsoCountryCode=country, **values)
            elif held is not None and what == "update":
                update(world, held, **values)
            elif held is not None:
                account = world.account.sid
                world.do(opt_out_lists.remove(world.tx, account, service.sid, held.sid))
        except Fault:
            pass
        for keyword, fixed in FIXED.items():
            for word in fixed:
                for where in ("", "DE", "US"):
                    found = known(world, service, word_of(word), where)
                    assert found is not None
                    assert found[0] == keyword.value
                    assert found[1]
        for where in ("", "DE"):
            shown = [
                (word_of(word), kind.value, one.sid)
                for one in lists(world, service)
                if one.iso_country == where
                for kind, words in (
                    (Keyword.OPT_OUT, one.opt_out_keywords),
                    (Keyword.OPT_IN, one.opt_in_keywords),
                    (Keyword.HELP, one.help_keywords),
                )
                for word in words.split()
            ]
            looked = world.do(world.tx.opt_out_lists.words(service.sid, where))
            assert sorted(shown) == sorted((one.word, one.keyword, one.list_sid) for one in looked)
            assert len({word for word, *_ in shown}) == len(shown)
    world.close()
