"""The pages on operations: what they tell to run is run, and what they name is there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from maskline.cli.program import program
from maskline.settings import KEYS
from tests.support.pages import DOCS, commands

ROOT = DOCS.parent
PAGES = ("operations.md", *(f"operations/{name}.md" for name in
         ("backup", "deploy", "tracing", "upgrade")))  # fmt: skip


def text_of(page: str) -> str:
    return (DOCS / page).read_text("utf-8")


def lines_to_run(page: str) -> list[str]:
    """The lines of its blocks for a shell, with those that go on put together."""
    blocks = re.findall(r"```sh\n(.*?)```", text_of(page), re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for path, anchor in re.findall(r"\]\(([^)#:]*)(#[^)]*)?\)", text_of(page)):
        target = (DOCS / page).parent / path if path else DOCS / page
        assert target.exists(), path
        if anchor:
            headings = re.findall(r"^#+ (.*)$", target.read_text("utf-8"), re.MULTILINE)
            names = {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings}
            assert anchor[1:] in names, f"{path}{anchor}"


@pytest.mark.parametrize("page", PAGES)
def test_commands_and_settings_are_there(page: str) -> None:
    app = program()
    ours = [words for line in lines_to_run(page) if (words := ours_in(line))]
    assert ours or page == "operations/tracing.md"
    for words in ours:
        names, _, _ = app.parse_commands(words)
        assert names, words
    settings = {one.variable for one in KEYS.values()}
    others = {"MASKLINE_CONFIG"}
    assert set(re.findall(r"MASKLINE_[A-Z_]+", text_of(page))) <= settings | others


def ours_in(line: str) -> list[str]:
    """What a line gives to our own program. Elsewhere its name is a unit's, or a user's."""
    words = shlex.split(line, comments=True)
    for place, word in enumerate(words):
        before = words[place - 1] if place else ""
        if word.endswith("/bin/maskline") or (word == "maskline" and before in {"", "--", "serve"}):
            return words[place + 1 :]
    return []


@pytest.mark.parametrize("page", PAGES)
def test_files_that_are_named_are_there(page: str) -> None:
    for line in lines_to_run(page):
        for word in shlex.split(line, comments=True):
            if word.startswith("deploy/") and word != "deploy/maskline.env":
                assert list(ROOT.glob(word)), word


def test_names_in_kubernetes_are_those_of_the_manifests() -> None:
    found = {
        f"{one['kind'].lower()}/{one['metadata']['name']}"
        for path in (ROOT / "deploy/kubernetes").glob("*.yaml")
        for one in yaml.safe_load_all(path.read_text("utf-8"))
        if "name" in one.get("metadata", {})
    }
    for page in ("operations/deploy.md", "operations/upgrade.md"):
        named = set(re.findall(r"\b(?:deployment|job|service)/[a-z-]+", text_of(page)))
        assert named
        assert named <= found


def run(script: str, directory: Path) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if "MASKLINE" not in name}
    path = f"{Path(sys.executable).parent}{os.pathsep}{environ['PATH']}"
    return subprocess.run(
        ["sh", "-euc", script],
        cwd=directory,
        env=environ | {"PATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_an_upgrade_on_sqlite_as_it_is_written(tmp_path: Path) -> None:
    assert run("maskline migrate up", tmp_path).returncode == 0
    assert run(commands("operations/upgrade.md", "status"), tmp_path).returncode == 0
    done = run(commands("operations/upgrade.md", "sqlite"), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "before-upgrade.db").exists()
