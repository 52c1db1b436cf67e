from __future__ import annotations

import pytest

from maskline.proxy.optout import DROPPED, is_dropped


@pytest.mark.parametrize("word", sorted(DROPPED))
@pytest.mark.parametrize("form", ["{}", " {}\n", "\u00a0{}\t"])
def test_a_word_alone_is_dropped_in_any_case(word: str, form: str) -> None:
    for spelling in (word, word.upper(), word.capitalize()):
        assert is_dropped(form.format(spelling))


def test_full_width_letters_are_the_same_word() -> None:
    assert is_dropped("\uff33\uff34\uff2f\uff30")


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
        "stop" + " " * 61,
    ],
)
def test_everything_else_passes(body: str) -> None:
    assert not is_dropped(body)
