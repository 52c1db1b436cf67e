"""Refusals: what went wrong in one line, and what to do about it in another."""

from __future__ import annotations

from maskline.console.oidc import NotInstalled
from maskline.model.errors import Fault
from maskline.settings import SettingsError
from maskline.store.contract import SchemaTooNew, StoreUnavailable
from maskline.tracing import TracingMissing


class Refusal(Exception):
    """A command can't do what it was asked. Neither text holds a secret or a person's number.

    `code` is the exit code: 1, or 2 for a command line that makes no sense.
    """

    def __init__(self, what: str, advice: str = "", *, code: int = 1) -> None:
        super().__init__(what)
        self.what = what
        self.advice = advice
        self.code = code


def refusal_of(error: Exception) -> Refusal | None:
    """The refusal that an error of the parts below amounts to; null for a bug."""
    match error:
        case Refusal():
            return error
        case SettingsError(problems=problems):
            lines = [f"{one.source}: {one.key} {one.what}" for one in problems]
            advice = (
                problems[0].advice
                if len(problems) == 1
                else "\n".join(f"{one.key}: {one.advice}" for one in problems)
            )
            return Refusal("\n".join(lines), advice)
        case SchemaTooNew() | TracingMissing():
            what, _, advice = str(error).partition(": ")
            return Refusal(what, _sentence(advice))
        case NotInstalled():
            return Refusal(str(error), "pip install 'maskline[oidc]'")
        case StoreUnavailable():
            return _of_store(str(error))
        case Fault():
            return Refusal(f"{error.message} (error {error.code})")
        case OSError():
            reason = error.strerror or type(error).__name__
            where = f"{error.filename}: " if error.filename else ""
            return Refusal(f"{where}{reason}", "Correct the path, or who may read and write it.")
    return None


def _of_store(text: str) -> Refusal:
    what, _, advice = text.partition(": ")
    if what.startswith("another server"):
        return Refusal(what, _sentence(advice))
    if "locked" in text or "busy" in text:
        return Refusal(text, "Another program holds the database: wait until it is done.")
    if "full" in text:
        return Refusal(text, "Free some space on the disk, then try again.")
    if "can't be reached" in text:
        return Refusal(text, "Start the database's server, or correct database_url.")
    if "malformed" in text or "not a database" in text:
        return Refusal(text, "Restore a backup, or name another file with --database.")
    return Refusal(
        text, "Name a file in a folder that can be written, with --database sqlite:///PATH."
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""
