"""The settings in words, for `maskline doctor` and for the reference."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

from msgspec import Struct

from maskline.settings.places import places
from maskline.settings.tree import KEYS, Settings


class Row(Struct, frozen=True):
    """One setting as it is in force, fit to print: what is secret in a value is hidden.

    `value` and `default` are written as in the file, or are "not set"; `source` is "default", a
    file and line, a variable, or "command line".
    """

    key: str
    variable: str
    value: str
    source: str
    default: str
    expected: str
    why: str


def describe(settings: Settings) -> tuple[Row, ...]:
    """Every setting as it is in force, in the order of the tree."""
    whys = documentation()
    return tuple(
        Row(
            key=key.path,
            variable=key.variable,
            value=key.written(key.value_in(settings)),
            source=settings.sources.get(key.path, "default"),
            default=key.written(key.default),
            expected=key.expected,
            why=whys[key.path],
        )
        for key in KEYS.values()
    )


def default_toml() -> str:
    """The text of `maskline.default.toml`: every key, its default and why."""
    file = resources.files("maskline.settings").joinpath("maskline.default.toml")
    return file.read_text("utf-8")


def documentation() -> Mapping[str, str]:
    """The comments of `maskline.default.toml`, by dotted key and by the section's name."""
    return {place.name: place.comment for place in places(default_toml())}
