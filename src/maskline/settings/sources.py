"""Reading the settings from a TOML file, `MASKLINE_*` variables and the command line."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import msgspec
from msgspec import Struct, structs

from maskline.settings.places import places
from maskline.settings.tree import KEYS, PREFIX, Key, Settings

CONFIG_VARIABLE: Final = "MASKLINE_CONFIG"
DEFAULT_FILE: Final = "maskline.toml"

_VARIABLES: Final[Mapping[str, Key]] = MappingProxyType({k.variable: k for k in KEYS.values()})
_SECTIONS: Final = frozenset(key.section for key in KEYS.values() if key.section)
_NONE: Final[Mapping[str, Any]] = MappingProxyType({})


class Problem(Struct, frozen=True):
    """What is wrong with one setting, and what to do. Never holds a value, which may be secret.

    `source` is a file with its line, a variable, or "command line"; `key` is dotted.
    """

    source: str
    key: str
    what: str
    advice: str

    def __str__(self) -> str:
        return f"{self.source}: {self.key} {self.what}. {self.advice}"


class SettingsError(ValueError):
    """The settings can't be used. `problems` has all that is wrong, the text one a line."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class _Given(Struct, frozen=True):
    key: Key
    value: object
    source: str
    textual: bool = False


def load(
    path: Path | None = None,
    environ: Mapping[str, str] = _NONE,
    overrides: Mapping[str, object] = _NONE,
) -> Settings:
    """Read the settings from all their sources, the stronger over the weaker.

    `path` is the file of --config; without it the one that `MASKLINE_CONFIG` names, else
    maskline.toml in the current folder where there is one. `overrides` are the command line's
    values by dotted key, None for what was not given. Raises `SettingsError`.
    """
    found = [
        *_from_file(path, environ),
        *_from_environ(environ),
        *_from_command_line(overrides),
    ]
    problems = [one for one in found if isinstance(one, Problem)]
    given = {one.key.path: one for one in found if isinstance(one, _Given)}
    tree: dict[str, dict[str, object]] = {}
    for one in given.values():
        try:
            value = _convert(one)
        except msgspec.ValidationError:
            problems.append(_refusal(one))
        else:
            tree.setdefault(one.key.section, {})[one.key.name] = value
    if problems:
        raise SettingsError(*problems)
    settings = Settings(
        **tree.pop("", {}),  # type: ignore[arg-type]  # each was converted to its key's type
        sources={path: one.source for path, one in given.items()},
    )
    for section, values in tree.items():
        part = structs.replace(getattr(settings, section), **values)
        settings = structs.replace(settings, **{section: part})
    if problems := list(_clashes(settings)):
        raise SettingsError(*problems)
    return settings


def _convert(given: _Given) -> object:
    value = given.value
    if given.textual and given.key.is_list:
        inner = str(value).strip("[]").strip()
        value = [part.strip(" \"'") for part in inner.split(",")] if inner else []
    converted: object = msgspec.convert(value, given.key.type, strict=not given.textual)
    # A slash at the end would double in every address that is made from this one.
    if given.key.path == "public_url" and isinstance(converted, str):
        return converted.rstrip("/")
    return converted


def _from_file(path: Path | None, environ: Mapping[str, str]) -> Iterator[_Given | Problem]:
    variable = environ.get(CONFIG_VARIABLE)
    file = path or Path(variable or DEFAULT_FILE)
    if path is None and not variable and not file.exists():
        return
    try:
        text = file.read_text("utf-8")
        tree = tomllib.loads(text)
    except OSError as error:
        why = error.strerror or "the system refused"
        named = "--config" if path else CONFIG_VARIABLE if variable else "the current folder"
        advice = f"It comes from {named}: correct the path, or who may read it."
        yield Problem(str(file), "the file", f"can't be read: {why}", advice)
    except tomllib.TOMLDecodeError as error:
        yield Problem(str(file), "the file", f"is not TOML: {error}", "Correct it there.")
    except UnicodeDecodeError:
        yield Problem(str(file), "the file", "is not UTF-8", "Save it with that encoding.")
    else:
        lines = {place.name: place.line for place in places(text) if place.active}
        for name, value in _leaves(tree):
            source = f"{file}:{lines[name]}" if name in lines else str(file)
            yield _give(name, value, source)


def _leaves(tree: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for name, value in tree.items():
        if isinstance(value, dict) and name in _SECTIONS:
            yield from ((f"{name}.{inner}", leaf) for inner, leaf in value.items())
        else:
            yield name, value


def _from_environ(environ: Mapping[str, str]) -> Iterator[_Given | Problem]:
    for variable, value in environ.items():
        if key := _VARIABLES.get(variable):
            # Empty is unset: Compose and systemd files pass variables on so.
            if value.strip():
                yield _Given(key, value.strip(), variable, textual=True)
        elif variable.startswith(PREFIX) and variable != CONFIG_VARIABLE:
            # Others may use the prefix, as Kubernetes does for a Service named maskline. Only what
            # is a setting's name but for a letter or two is taken for a slip.
            bare = [name.removeprefix(PREFIX) for name in _VARIABLES]
            for near in difflib.get_close_matches(variable.removeprefix(PREFIX), bare, 1, 0.88):
                advice = f"Did you mean {PREFIX}{near}?"
                yield Problem(variable, "the variable", "is not a setting", advice)


def _from_command_line(overrides: Mapping[str, object]) -> Iterator[_Given | Problem]:
    for name, value in overrides.items():
        if value is not None:
            yield _give(name, value, "command line")


def _give(name: str, value: object, source: str) -> _Given | Problem:
    if key := KEYS.get(name):
        return _Given(key, value, source)
    if name in _SECTIONS:
        advice = f"Write [{name}] on a line of its own and its keys below."
        return Problem(source, name, "is a section, not a key", advice)
    near = difflib.get_close_matches(name, [*KEYS, *_SECTIONS], 1)
    if not near:
        advice = "docs/reference/settings.md lists every key."
    elif near[0] in _SECTIONS:
        advice = f"Did you mean [{near[0]}]?"
    else:
        key = KEYS[near[0]]
        where = f"under [{key.section}]" if key.section else "above the first section"
        advice = f"Did you mean {key.name}, {where}?"
    return Problem(source, name, "is not a setting", advice)


def _refusal(given: _Given) -> Problem:
    key = given.key
    leave = "leave it out"
    if key.default is not None:
        leave += f" for the default, {key.written(key.default)}"
    advice = f"Correct it, or {leave}."
    if given.textual:
        if str(given.value).startswith("tcp://"):
            advice = (
                "Kubernetes sets it for a Service named maskline: set enableServiceLinks: false."
            )
        elif key.is_list:
            advice = f"Put commas between the values, or {leave}."
    elif isinstance(given.value, str) and not isinstance(key.default, str | None):
        advice = f"Write it without quotation marks, or {leave}."
    return Problem(given.source, key.path, f"must be {key.expected}", advice)


def _clashes(settings: Settings) -> Iterator[Problem]:
    limits, lease = settings.limits, settings.delivery.lease_seconds
    if limits.default_page_size > limits.max_page_size:
        yield _clash(
            settings, "limits.default_page_size", "must not exceed", "limits.max_page_size"
        )
    if lease <= settings.webhooks.total_timeout:
        yield _clash(settings, "delivery.lease_seconds", "must exceed", "webhooks.total_timeout")


def _clash(settings: Settings, name: str, relation: str, other: str) -> Problem:
    source = settings.sources.get(name) or settings.sources[other]
    one, two = KEYS[name], KEYS[other]
    shown = one.written(one.value_in(settings)), two.written(two.value_in(settings))
    advice = f"They are {shown[0]} and {shown[1]}: change either."
    return Problem(source, name, f"{relation} {other}", advice)
