"""What carriers take from registered long codes, as data: shipped with the program, and replaced
table by table by a file of the operator's."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from maskline.settings import A2pSettings, Problem, SettingsError

_Figure = Annotated[int, Meta(ge=1, le=100_000_000)]
_Score = Annotated[int, Meta(ge=0, le=100)]

#: What a class or tier that is new to us is taken for: the least of the standard ones.
LEAST_CLASS: Final = "E"
LEAST_TIER: Final = "LOW"
SOLE_PROPRIETOR: Final = "SOLE_PROPRIETOR"
_NEEDED: Final = frozenset({LEAST_TIER, SOLE_PROPRIETOR})


class AttClass(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A message class: segments a minute, of the campaign unless they are `per_number`."""

    sms_tpm: _Figure
    mms_tpm: _Figure
    per_number: bool = False


class Scored(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The classes of dedicated and of mixed content, from a score on."""

    least: _Score
    dedicated: str
    mixed: str


class Tier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """T-Mobile's tier from a score on."""

    least: _Score
    tier: str


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file: AT&T's classes by letter, the classes of use cases that have their own, those of
    the others by score; T-Mobile's segments a day by tier, and the tiers by score."""

    att: dict[str, AttClass]
    classes: dict[str, str]
    scores: tuple[Scored, ...]
    tmobile: dict[str, _Figure]
    tiers: tuple[Tier, ...]

    def fault(self) -> str:
        """What is wrong with it as a whole; "" where nothing is."""
        letters = {
            LEAST_CLASS,
            *self.classes.values(),
            *(letter for one in self.scores for letter in (one.dedicated, one.mixed)),
        }
        if unknown := sorted(letters - self.att.keys()):
            return f"has no att.{unknown[0]}"
        if missing := sorted((_NEEDED | {one.tier for one in self.tiers}) - self.tmobile.keys()):
            return f"has no tmobile.{missing[0]}"
        for name, borders in (
            ("scores", [one.least for one in self.scores]),
            ("tiers", [one.least for one in self.tiers]),
        ):
            if not borders or borders[-1] != 0 or sorted(borders, reverse=True) != borders:
                return f"needs {name} from the highest least score down to 0"
        return ""


def text() -> str:
    """The shipped file, as it may be changed."""
    return files("maskline.a2p").joinpath("limits.toml").read_text("utf-8")


@cache
def shipped() -> Limits:
    """The shipped figures."""
    return msgspec.convert(_shipped(), Limits)


@cache
def limits_of(settings: A2pSettings) -> Limits:
    """The figures that count, read once for each set of settings. Raises SettingsError for a file
    that can't be used."""
    name = settings.limits_file
    if name is None:
        return shipped()
    try:
        given = tomllib.loads(Path(name).expanduser().read_text("utf-8"))
        limits = msgspec.convert(_shipped() | given, Limits)
    except OSError as error:
        raise _wrong(f"can't be read: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _wrong(f"is not TOML: {error}") from None
    except msgspec.ValidationError as error:
        raise _wrong(f"can't be used: {error}") from None
    if fault := limits.fault():
        raise _wrong(fault)
    return limits


def _shipped() -> dict[str, Any]:
    return tomllib.loads(text())


def _wrong(what: str) -> SettingsError:
    advice = "Begin with what this prints: maskline a2p limits"
    return SettingsError(Problem("a2p.limits_file", "a2p.limits_file", what, advice))
