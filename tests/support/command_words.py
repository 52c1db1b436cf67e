"""The commands that the documentation names, held against the command line."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from cyclopts import App

from maskline.cli.program import program

ROOT = Path(__file__).parents[2]

#: Every page that is written by hand.
PAGES = [
    page
    for page in (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md")))
    if "<!-- Written by" not in page.read_text("utf-8")[:400]
]

_BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
_FENCED = re.compile(r"```.*?```", re.DOTALL)
_IN_BLOCK = re.compile(r"(?:^|[\s/(|])maskline ([a-z][^|)#]*)")
_IN_TEXT = re.compile(r"`(?:\w+=\S+ )?maskline\s+([a-z][^`]*)`")
_CHOICE = re.compile(r"[a-z-]+(\|[a-z-]+)+")


def commands(text: str) -> Iterator[list[str]]:
    """The words after `maskline` of each command: those in blocks, then those in sentences."""
    for block in _BLOCK.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            # The Kubernetes namespace has the program's name too.
            if "kubectl" not in line:
                for found in _IN_BLOCK.findall(line):
                    yield shlex.split(re.sub("[\"']", " ", found))
    for found in _IN_TEXT.findall(_FENCED.sub("", text)):
        yield from _ways(found.split())


def fault(words: list[str]) -> str | None:
    """What is wrong with a command, if anything: no such command, or no such option."""
    chain, apps, rest = _app().parse_commands(words)
    command = apps[-1]
    known = {"--help", "--debug", "--version"}
    if command.default_command is not None:
        known |= {name for one in command.assemble_argument_collection() for name in one.names}
    elif rest and not rest[0].startswith("-"):
        return f"no command {' '.join([*chain, rest[0]])}"
    for word in rest:
        name = word.partition("=")[0].strip("[],.")
        if name.startswith("--") and name not in known:
            return f"no option {name}"
    return None


def _ways(words: list[str]) -> Iterator[list[str]]:
    """`numbers add|list` names two commands."""
    for at, word in enumerate(words):
        if _CHOICE.fullmatch(word):
            for one in word.split("|"):
                yield [*words[:at], one, *words[at + 1 :]]
            return
    yield words


@cache
def _app() -> App:
    return program()
