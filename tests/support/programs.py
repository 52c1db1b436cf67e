"""Programs that tests need beside Python: where they are, and what to do where they are not."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

#: Debian keeps a version's programs out of PATH; others put some there.
_ELSEWHERE = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")


def find(program: str) -> str | None:
    """The path of a program, of its newest version where there are several."""
    for pattern in _ELSEWHERE:
        folders = sorted(
            Path("/").glob(pattern.lstrip("/")), key=lambda path: [*map(_number, path.parts)]
        )
        for folder in reversed(folders):
            if os.access(folder / program, os.X_OK):
                return str(folder / program)
    return shutil.which(program)


def require(*programs: str) -> None:
    """Skips the test where one is missing; where CI=true nothing may be skipped for that."""
    if missing := [program for program in programs if find(program) is None]:
        reason = f"needs {', '.join(missing)}: see scripts/install-programs"
        if os.environ.get("CI", "").lower() in {"1", "true"}:
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)


def _number(part: str) -> int:
    digits = "".join(filter(str.isdigit, part))
    return int(digits) if digits else 0
