"""The command `maskline`."""

from __future__ import annotations

import sys


def main() -> None:
    """Runs the command line of this process and ends it with its exit code."""
    # Python would otherwise show a traceback for a Ctrl-C that comes while it imports.
    try:
        from maskline.cli.program import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)
