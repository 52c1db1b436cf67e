"""The house's own rules, checked: layers, the size of modules, and known dependencies."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINT_IMPORTS = "from importlinter.cli import lint_imports_command as main; main()"


def test_imports_run_down_the_layers() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LINT_IMPORTS, "--no-cache", "--no-logo"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_modules_are_short() -> None:
    modules = {path: path.read_text("utf-8") for path in (ROOT / "src").rglob("*.py")}
    assert modules
    long = {
        str(path.relative_to(ROOT)): lines
        for path, text in modules.items()
        if (lines := text.count("\n")) > 400
    }
    assert not long


def test_every_dependency_is_accounted_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needed = {re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in project["dependencies"]}
    page = (ROOT / "docs/dependencies.md").read_text("utf-8")
    assert set(re.findall(r"^\| \[?`([\w.-]+)`", page, flags=re.MULTILINE)) >= needed
