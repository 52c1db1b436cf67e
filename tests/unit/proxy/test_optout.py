from __future__ import annotations

import pytest

from maskline.model.word import word_of
from maskline.proxy.optout import DROPPED, is_dropped


def dropped(body: str, *, respects: bool = False, filtered: bool = True) -> bool:
    return is_dropped(word_of(body), respects=respects, filtered=filtered)


def test_the_list_is_twilios() -> None:
    words = "STOP REVOKE OPTOUT UNSUBSCRIBE END CANCEL QUIT STOPALL ARRETT ARRET ARRETE UNSTOP"
    assert {word.lower() for word in words.split()} == DROPPED


@pytest.mark.parametrize("word", sorted(DROPPED))
@pytest.mark.parametrize("form", ["{}", " {}\n", "\u00a0{}\t"])
def test_a_word_alone_is_dropped_in_any_case(word: str, form: str) -> None:
    for spelling in (word, word.upper(), word.capitalize()):
        assert dropped(form.format(spelling))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "STOP please",
        "please stop",
        "S T O P",
        "stop.",
        "OPT OUT",
        "START",
        "yes",
        "debut",
        "HELP",
        "info",
        "arrêt",
        "stopped",
    ],
)
def test_everything_else_passes(body: str) -> None:
    assert not dropped(body)


@pytest.mark.parametrize(
    ("respects", "filtered", "drops"),
    [(False, True, True), (False, False, True), (True, True, True), (True, False, False)],
)
def test_the_flag_leaves_the_words_to_the_program_where_nothing_filters(
    respects: bool, filtered: bool, drops: bool
) -> None:
    assert dropped("STOP", respects=respects, filtered=filtered) is drops
