"""What to do about each of the debugger's codes."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import NamedTuple


class Advice(NamedTuple):
    """What is said of a code beside the dictionary: when it arises, and what to do then, both in
    Markdown. `alert` says that no answer of the API has it, only an alert."""

    when: str
    do: str
    alert: bool = False


def advice() -> dict[int, Advice]:
    """By code. It reads a file: ask once."""
    text = files("maskline.debugger").joinpath("codes.toml").read_text("utf-8")
    return {int(code): Advice(**entry) for code, entry in tomllib.loads(text).items()}
