"""Options that commands share."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, validators

#: A switch that is off unless it is named.
Flag = Annotated[bool, Parameter(negative=(), show_default=False)]
Port = Annotated[int, Parameter(validator=validators.Number(gte=0, lte=65_535))]
#: A file that is read, or - for standard input, which looks like an option by itself.
Input = Annotated[Path | None, Parameter(allow_leading_hyphen=True)]
Limit = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=1000))]


def read(file: Path) -> bytes:
    """What is in an `Input`. Raises OSError."""
    return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
