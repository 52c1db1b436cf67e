from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from maskline.messaging.segments import count
from maskline.messaging.words import Keyword, Known, shipped, words_of
from maskline.model.word import word_of
from maskline.settings import OptOutSettings, SettingsError

OUT, IN, HELP = Keyword.OPT_OUT, Keyword.OPT_IN, Keyword.HELP


def kinds(**settings: Any) -> dict[str, Keyword]:
    """What each word does under these settings."""
    return {word: known.keyword for word, known in words_of(OptOutSettings(**settings)).items()}


def replies(**settings: Any) -> dict[str, str]:
    """What each word is answered under these settings."""
    return {word: known.reply for word, known in words_of(OptOutSettings(**settings)).items()}


def write(folder: Path, name: str, **changes: object) -> dict[str, Any]:
    """A word list of the operator's own; the settings that point there."""
    values: dict[str, object] = {
        "opt_out": ["HALT"],
        "opt_in": ["WEITER"],
        "help": ["WAS"],
        "opt_out_reply": "Weg. WEITER",
        "opt_in_reply": "Da. HALT",
        "help_reply": "HALT, WEITER",
        **changes,
    }
    lines = [f"{key} = {value!r}" for key, value in values.items() if value is not None]
    (folder / name).write_text("\n".join(lines), "utf-8")
    return {"words_folder": str(folder), "languages": (name.removesuffix(".toml"),)}


def trouble(**settings: Any) -> str:
    """How settings are refused."""
    with pytest.raises(SettingsError) as caught:
        words_of(OptOutSettings(**settings))
    return str(caught.value)


def test_by_default_the_words_are_twilios() -> None:
    out = "STOP STOPALL UNSUBSCRIBE CANCEL END QUIT REVOKE OPTOUT"
    assert kinds() == {
        **{word.lower(): OUT for word in out.split()},
        **dict.fromkeys(("start", "yes", "unstop"), IN),
        **dict.fromkeys(("help", "info"), HELP),
    }


@pytest.mark.parametrize(
    ("body", "keyword"),
    [
        ("STOP", OUT),
        ("stop", OUT),
        ("Stop", OUT),
        (" stop\n", OUT),
        ("optout", OUT),
        ("Revoke", OUT),
        ("STOP please", None),
        ("S T O P", None),
        ("stop.", None),
        ("OPT OUT", None),
        ("please stop texting me", None),
        ("arret", None),
        ("ARRETT", None),
        ("Arrete", None),
        ("ARRÊT", None),
        ("UNSTOP", IN),
        ("START", IN),
        ("yes", IN),
        ("debut", None),
        ("HELP", HELP),
        ("info", HELP),
        ("", None),
    ],
)
def test_vectors(body: str, keyword: Keyword | None) -> None:
    known = words_of(OptOutSettings()).get(word_of(body))
    assert (known.keyword if known else None) == keyword


def test_the_shipped_languages() -> None:
    expected = ["da", "de", "en", "es", "fi", "fr", "it", "nb", "nl", "pl", "pt", "sv"]
    assert shipped() == expected


@pytest.mark.parametrize("language", shipped())
def test_a_shipped_list_is_whole(language: str) -> None:
    words = words_of(OptOutSettings(languages=(language,)))
    assert words[word_of("stop")].keyword is OUT
    assert words[word_of("start")].keyword is IN
    texts = {one.keyword: one.reply for one in words.values()}
    assert set(texts) == set(Keyword)
    for keyword, names in ((OUT, [IN]), (IN, [OUT, HELP]), (HELP, [OUT, IN])):
        text = texts[keyword]
        assert (count(text).encoding, count(text).segments) == ("GSM-7", 1), text
        # Each answer says in words of its own list what can be done next.
        said = {words[word].keyword for part in text.split() if (word := plain(part)) in words}
        assert said == set(names), text


def plain(part: str) -> str:
    """A word of a text, when it is in capitals."""
    bare = part.strip(",.:")
    return word_of(bare) if bare.isupper() else ""


def test_languages_add_up_and_the_first_answers() -> None:
    english, both = replies(), replies(languages=("en", "fr"))
    assert both["stop"] == english["stop"]
    assert both["arrêt"] == replies(languages=("fr",))["stop"] != english["stop"]
    assert replies(languages=("fr", "en"))["stop"] == both["arrêt"]


def test_where_lists_disagree_to_stop_wins() -> None:
    assert kinds(opt_out_words=("YES",), opt_in_words=("HELP",))["yes"] is OUT
    assert kinds(opt_in_words=("HELP",))["help"] is IN


def test_further_words_and_ignored_ones() -> None:
    found = kinds(
        opt_out_words=("Arrêt",), opt_in_words=("Go",), help_words=("?",), ignored_words=("Yes",)
    )
    assert {found["arrêt"], found["go"], found["?"]} == {OUT, IN, HELP}
    assert found.keys() - kinds().keys() == {"arrêt", "go", "?"}
    assert kinds().keys() - found.keys() == {"yes"}
    assert replies(opt_out_words=("HALT",))["halt"] == replies()["stop"]


def test_without_a_language_only_the_further_words_count() -> None:
    assert replies(languages=(), opt_out_words=("HALT",)) == {"halt": replies()["stop"]}


def test_a_text_of_the_settings_goes_before_all_languages() -> None:
    found = replies(
        languages=("en", "de"),
        opt_out_words=("HALT",),
        opt_out_reply="Gone. START",
        opt_in_reply="Back.",
        help_reply="Help!",
    )
    assert {found[word] for word in ("stop", "stopp", "halt")} == {"Gone. START"}
    assert {found["start"], found["anmelden"], found["hilfe"]} == {"Back.", "Help!"}


def test_lists_of_the_operator_go_before_the_shipped(tmp_path: Path) -> None:
    settings = write(tmp_path, "de.toml")
    assert words_of(OptOutSettings(**settings)) == {
        "halt": Known(OUT, "Weg. WEITER"),
        "weiter": Known(IN, "Da. HALT"),
        "was": Known(HELP, "HALT, WEITER"),
    }
    settings["languages"] = ("en",)
    assert kinds(**settings) == kinds()
    assert kinds(**write(tmp_path, "xx.toml")).keys() == {"halt", "weiter", "was"}


def test_a_language_without_a_list() -> None:
    text = trouble(languages=("en", "xx"))
    assert "optout.languages (xx) names a language without a word list" in text
    assert "da, de, en" in text


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"opt_out": None}, "can't be read"),
        ({"opt_out": "HALT"}, "can't be read"),
        ({"other": 1}, "can't be read"),
        ({"help": ["STOP ALL"]}, "has a word that is empty, too long or several: STOP ALL"),
        ({"help": [""]}, "has a word that is empty"),
        ({"help": ["x" * 35]}, "has a word that is empty, too long"),
        ({"help_reply": ""}, "has a reply that is not one segment"),
        ({"help_reply": "x" * 161}, "has a reply that is not one segment"),
        ({"help_reply": "я" * 71}, "has a reply that is not one segment"),
    ],
)
def test_a_list_that_cannot_be_used(tmp_path: Path, changes: dict[str, object], why: str) -> None:
    assert why in trouble(**write(tmp_path, "xx.toml", **changes))


def test_a_file_that_is_no_toml_or_no_text(tmp_path: Path) -> None:
    settings = write(tmp_path, "xx.toml")
    for data in (b"= 1", b"\xff"):
        words_of.cache_clear()
        (tmp_path / "xx.toml").write_bytes(data)
        assert "can't be read" in trouble(**settings)


def test_a_reply_in_another_script_may_take_seventy(tmp_path: Path) -> None:
    assert replies(**write(tmp_path, "ru.toml", help_reply="я" * 70))["was"] == "я" * 70
