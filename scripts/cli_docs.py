"""Write docs/reference/cli.md from the command line's own help."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from maskline.cli.program import program

PAGE = Path(__file__).parent.parent / "docs/reference/cli.md"
HEAD = """\
# Command line

<!-- Written by scripts/cli_docs.py (make docs) from the commands of src/maskline/cli: edit it. -->

Every command takes `--help`, and `--debug`, which shows the traceback of an error. Without
`--config`, the settings come from the file that `MASKLINE_CONFIG` names, else from `maskline.toml`
in the current folder where there is one; see [settings](settings.md).

At a terminal there are tables and colour (`NO_COLOR` turns colour off); elsewhere a line per row
with tabs between, and JSON with `--json`. Results go to standard output, errors and notes to
standard error.

| exit code | means |
|---|---|
| 0 | done; a server or demo that was stopped with Ctrl-C or SIGTERM |
| 1 | it could not be done, or `doctor` found something wrong, or `migrate status` steps to take |
| 2 | the command line makes no sense |
| 130 | Ctrl-C in any other command |

Commands other than `serve` work on the database themselves, beside a server that may be running.
Accounts, keys and tokens that they change count in the server within five seconds, the rest at
once.
"""


def page() -> str:
    """The whole page."""
    # cyclopts takes the name of whatever program runs this into the usage lines.
    argv, sys.argv = sys.argv, ["maskline"]
    try:
        text: str = program().generate_docs(output_format="markdown")
    finally:
        sys.argv = argv
    commands = text[text.index("## maskline serve") :]
    # The program itself is the page's title, so each heading moves up to say only its command.
    commands = re.sub(r"^#+ maskline (.*)$", _heading, commands, flags=re.MULTILINE)
    # What there is to a group stands right below it.
    commands = re.sub(r"\*\*Commands\*\*:\n\n(\* .*\n)+\n?", "", commands)
    return f"{HEAD}\n{commands.strip()}\n"


def _heading(match: re.Match[str]) -> str:
    words = match[1].split()
    return f"{'#' * min(len(words) + 1, 3)} `maskline {' '.join(words)}`"


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), "utf-8")
    print(f"wrote {PAGE.name}")
