"""The demo's screen: what one phone sees, what the operator sees, what the other phone sees."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from rich import box
from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

#: What a leg with both its numbers and its status takes, with the lines between the columns.
_MIDDLE: Final = 58
_WIDEST: Final = 120
_NARROWEST: Final = 80
#: Seconds in which a person reads a scene.
_PACE: Final = 0.6


class Screen:
    """Prints the play as it goes on. `colours` are styles by text, such as a number."""

    def __init__(self, console: Console, colours: Mapping[str, str]) -> None:
        self._console = console
        self._colours = colours
        wide = console.width if console.is_terminal else _WIDEST
        self._width = max(_NARROWEST, min(wide, _WIDEST))

    def title(self, text: str) -> None:
        """The heading of a part."""
        self._console.print()
        if self._console.is_terminal:
            self._console.print(Rule(Text(text, "bold"), align="left", style="dim"))
        else:
            self._console.print(f"== {text}", markup=False)

    def lines(self, lines: Iterable[str], style: str = "") -> None:
        """Lines over the whole width, never wrapped, so that they can be copied."""
        for line in lines:
            self._console.print(self._painted(line, style), soft_wrap=True)

    def result(self, well: bool, text: str) -> None:
        """What was checked, and how it came out."""
        mark = ("✓ ", "bold green") if well else ("✗ ", "bold red")
        self._console.print(Text.assemble(mark, self._painted(text)), soft_wrap=True)

    def heads(self, left: Sequence[str], middle: Sequence[str], right: Sequence[str]) -> None:
        """What the columns are."""
        self.row(left, middle, right, "bold")

    def row(
        self, left: Sequence[str], middle: Sequence[str], right: Sequence[str], style: str = ""
    ) -> None:
        """What happened, in three columns."""
        phone = min(30, max(24, (self._width - _MIDDLE) // 2))
        table = Table(
            box=box.SQUARE,
            show_header=False,
            show_edge=False,
            border_style="dim",
            padding=(0, 1),
            width=self._width,
        )
        table.add_column(width=phone, overflow="fold")
        table.add_column(ratio=1, overflow="fold")
        table.add_column(width=phone, overflow="fold")
        table.add_row(*(self._painted("\n".join(part), style) for part in (left, middle, right)))
        table.add_row()
        self._console.print(table, soft_wrap=True)

    def pause(self) -> None:
        """Gives a person the time to read. A program needs none."""
        self._console.file.flush()
        if self._console.is_terminal:
            time.sleep(_PACE)

    def _painted(self, text: str, style: str = "") -> Text:
        painted = Text(text, style)
        for words, colour in self._colours.items():
            painted.highlight_regex(re.escape(words), colour)
        return painted
