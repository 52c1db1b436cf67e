"""The program of an earlier schema, from the repository's history."""

from __future__ import annotations

import hashlib
import io
import subprocess
import zipfile
from pathlib import Path

import msgspec
import pytest

from tests.support.programs import find

ROOT = Path(__file__).resolve().parents[2]
_MIGRATIONS = "src/maskline/store/migrations"


class Earlier(msgspec.Struct, frozen=True):
    """A tree of sources, and the newest schema that it knows."""

    sources: Path
    schema: int


def check_out(folder: Path) -> Earlier:
    """The newest code there was before the last migrations came, with those before them as they
    are today. Skips the test where there is no history, as in a source archive."""
    ours = _blobs_here()
    for commit in _candidates():
        theirs = _blobs(commit)
        if theirs and len(theirs) < len(ours) and ours[: len(theirs)] == theirs:
            with zipfile.ZipFile(
                io.BytesIO(_git("archive", "--format=zip", commit, "src"))
            ) as zipped:
                zipped.extractall(folder / "earlier")
            return Earlier(folder / "earlier" / "src", len(theirs))
    pytest.skip("needs the repository's history: there is no code of an earlier schema here")


def _candidates() -> list[str]:
    """What is committed, then what there was before each change of the migrations, newest first."""
    if find("git") is None:
        return []
    try:
        changes = _git("log", "--format=%H", "--max-count=100", "--", _MIGRATIONS).decode().split()
    except subprocess.CalledProcessError:
        return []
    return ["HEAD", *(commit for change in changes for commit in (f"{change}^", change))]


def _blobs(commit: str) -> list[str]:
    """The contents of a commit's migrations, in their order, as git names them."""
    try:
        listed = _git("ls-tree", "-r", commit, "--", _MIGRATIONS).decode().splitlines()
    except subprocess.CalledProcessError:
        # Before the first commit, or cut off by a shallow clone.
        return []
    return [line.split()[2] for line in listed]


def _blobs_here() -> list[str]:
    found = []
    for path in sorted((ROOT / _MIGRATIONS).glob("*.sql")):
        text = path.read_bytes()
        found.append(hashlib.sha1(b"blob %d\0" % len(text) + text).hexdigest())
    return found


def _git(*words: str) -> bytes:
    return subprocess.run(["git", "-C", ROOT, *words], capture_output=True, check=True).stdout
