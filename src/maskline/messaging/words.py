"""Word lists: which words opt out, opt in or ask for help, and what each is answered."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec

from maskline.messaging.segments import count
from maskline.model.word import LONGEST, word_of
from maskline.settings import OptOutSettings, Problem, SettingsError


class Keyword(StrEnum):
    """What a word does. Where lists disagree, the first of these wins: to stop is safest."""

    OPT_OUT = "opt-out"
    OPT_IN = "opt-in"
    HELP = "help"


class Known(msgspec.Struct, frozen=True):
    """A word that we know: what it does, and the answer in its language."""

    keyword: Keyword
    reply: str


class WordList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A language's file."""

    opt_out: tuple[str, ...]
    opt_in: tuple[str, ...]
    help: tuple[str, ...]
    opt_out_reply: str
    opt_in_reply: str
    help_reply: str


#: Words as `word_of` has them.
Words = Mapping[str, Known]

_SHIPPED: Final = files("maskline.messaging").joinpath("word_lists")


def shipped() -> list[str]:
    """The languages that come with the program."""
    names = (one.name for one in _SHIPPED.iterdir())
    return sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))


def languages(settings: OptOutSettings) -> set[str]:
    """The languages that there are lists of, shipped or the operator's own."""
    own: set[str] = set()
    if settings.words_folder is not None:
        own = {path.stem for path in Path(settings.words_folder).glob("*.toml")}
    return {*shipped(), *own}


# A file is read once for each set of settings, and a batch of messages asks many times a second.
@lru_cache(maxsize=16)
def words_of(settings: OptOutSettings) -> Words:
    """The words that count. Of two lists with one word, the earlier one's answer is given.

    Raises SettingsError for a language without a file, or with one that can't be used.
    """
    lists = [read_list(settings, language) for language in settings.languages]
    first = lists[0] if lists else read_list(settings, "en")
    known: dict[str, Known] = {}
    for keyword in Keyword:
        name = keyword.value.replace("-", "_")
        reply = getattr(settings, f"{name}_reply")
        for one in lists:
            own = reply or getattr(one, f"{name}_reply")
            for word in getattr(one, name):
                known.setdefault(word_of(word), Known(keyword, own))
        for word in getattr(settings, f"{name}_words"):
            known.setdefault(
                word_of(word), Known(keyword, reply or getattr(first, f"{name}_reply"))
            )
    for word in settings.ignored_words:
        known.pop(word_of(word), None)
    return MappingProxyType(known)


def read_list(settings: OptOutSettings, language: str) -> WordList:
    """A language's list: the operator's, else the shipped one. Raises SettingsError."""
    name = f"{language}.toml"
    source = _SHIPPED.joinpath(name)
    if settings.words_folder is not None:
        own = Path(settings.words_folder, name)
        source = own if own.is_file() else source
    if not source.is_file():
        raise _problem(
            language,
            "names a language without a word list",
            f"There is {', '.join(shipped())}; optout.words_folder may hold more.",
        )
    try:
        found = msgspec.convert(tomllib.loads(source.read_text("utf-8")), WordList)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise _problem(language, f"has a word list that can't be read: {error}") from error
    for word in (*found.opt_out, *found.opt_in, *found.help):
        if not 0 < len(word) <= LONGEST or word.split() != [word]:
            raise _problem(language, f"has a word that is empty, too long or several: {word}")
    for reply in (found.opt_out_reply, found.opt_in_reply, found.help_reply):
        if not reply or count(reply).segments > 1:
            raise _problem(language, f"has a reply that is not one segment: {reply}")
    return found


def _problem(
    language: str, what: str, advice: str = "Correct the file, or leave the language out."
) -> SettingsError:
    return SettingsError(Problem("the word lists", f"optout.languages ({language})", what, advice))
