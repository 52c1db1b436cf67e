"""`maskline backup` and `maskline restore`: copies of an SQLite database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from rich.progress import Progress

from maskline.cli import terminal
from maskline.cli.options import Flag
from maskline.cli.refusal import Refusal
from maskline.cli.where import Where
from maskline.databases import Archive, archive_of

T = TypeVar("T")


def backup(file: Path, /, *, where: Where | None = None) -> None:
    """Copy the database to a new file, beside a running server. SQLite only.

    The copy is of one moment, is checked, and holds all that the database does, tokens and messages
    too: only its owner may read it. What PostgreSQL keeps is saved by pg_dump.

    Parameters
    ----------
    file
        The file to make. One that is there is never overwritten.
    """
    archive = _archive(where, "pg_dump --format=custom --file=FILE DATABASE")
    with _progress("Copying") as tell:
        schema = _refusing(lambda: archive.save(file, tell), "Name a file that is not there yet.")
    size = file.stat().st_size / 1_048_576
    terminal.say(f"{file}: {size:.1f} MiB, schema {schema}, checked")


def restore(file: Path, /, *, replace: Flag = False, where: Where | None = None) -> None:
    """Make a backup the database again. SQLite only, and no server may run on it.

    What was in the outbox when the backup was made is sent again at the next start, and what came
    after it, opt-outs too, is not in it.

    Parameters
    ----------
    file
        The backup.
    replace
        Put a database that is there aside, under a name that is shown.
    """
    archive = _archive(where, "pg_restore --dbname=DATABASE FILE")
    with _progress("Restoring") as tell:
        advice = "Add --replace to put it aside."
        aside = _refusing(lambda: archive.load(file, tell, replace=replace), advice)
    if aside is not None:
        terminal.say(f"what was there is now {aside}")
    terminal.say(f"{archive.name}: restored from {file}")


def _archive(where: Where | None, command: str) -> Archive:
    archive = archive_of((where or Where()).settings())
    if archive is None:
        raise Refusal(
            "PostgreSQL has tools of its own for that", f"{command}: see docs/operations/backup.md"
        )
    return archive


def _refusing(work: Callable[[], T], advice: str) -> T:
    try:
        return work()
    except FileExistsError as error:
        raise Refusal(f"{error.filename} is there already", advice) from error


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar at a terminal; elsewhere nothing."""
    console = terminal.err()
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, whole: bar.update(task, completed=done, total=whole)
