"""Where things stand in a TOML file: `tomllib` gives values, not their lines or comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

_HEADER: Final = re.compile(r"\[\s*([\w.-]+)\s*\]\s*(?:#.*)?$")
_ASSIGNMENT: Final = re.compile(r"(#?)([\w-]+(?:\.[\w-]+)*)\s*=")


class Place(Struct, frozen=True):
    """A key or a section header: its dotted name, its line from 1, the comment right above it.

    `active` is False for a key that is commented out, which is written `#key = value` with no
    space, as `# text` is prose.
    """

    name: str
    line: int
    comment: str
    active: bool


def places(text: str) -> Iterator[Place]:
    """The keys and headers of a TOML file, from the top.

    It reads line by line, so a line inside a multi-line value may be taken for a key, and a quoted
    key is passed over: good enough to point at a line, never to read a value.
    """
    section = ""
    comment: list[str] = []
    for number, line in enumerate(map(str.strip, text.splitlines()), 1):
        if header := _HEADER.match(line):
            section = header[1]
            yield Place(section, number, " ".join(comment), active=True)
        elif assignment := _ASSIGNMENT.match(line):
            name = f"{section}.{assignment[2]}" if section else assignment[2]
            yield Place(name, number, " ".join(comment), active=not assignment[1])
        elif line.startswith("#"):
            comment.append(line[1:].strip())
            continue
        comment = []
