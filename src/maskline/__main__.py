"""`python -m maskline` is the command `maskline`."""

from __future__ import annotations

from maskline.cli import main

main()
