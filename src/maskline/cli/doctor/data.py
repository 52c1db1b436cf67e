"""What the doctor says of the database and what is in it. It only ever reads."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from maskline.cli import database
from maskline.cli.doctor.finding import Finding, bad, ok, warn
from maskline.delivery.guard import HttpFailure, UrlGuard
from maskline.proxy.own_address import is_own
from maskline.settings import Settings
from maskline.store.contract import StoreUnavailable

_MIB: Final = 1_048_576
#: Below these the disk counts as nearly full, and as full.
_LITTLE: Final = 1024 * _MIB
_TOO_LITTLE: Final = 100 * _MIB
_ADVISED_MODE: Final = 0o600

_NEWEST: Final = "SELECT MAX(date_updated) FROM {table}"
_ACCOUNTS: Final = "SELECT status, COUNT(*) FROM accounts GROUP BY status ORDER BY status"
#: A Service's numbers by dialling class, and how many of them its busiest person is using.
_POOLS: Final = """
SELECT s.sid, s.unique_name, n.dial_class,
    COUNT(n.sid), COALESCE(SUM(n.is_reserved = 0), 0),
    COALESCE((SELECT MAX(c) FROM (
        SELECT COUNT(*) AS c FROM affinities a JOIN numbers m ON m.sid = a.number_sid
        WHERE a.service_sid = s.sid AND a.active > 0 AND m.dial_class = n.dial_class
            AND m.is_reserved = 0
        GROUP BY a.identifier)), 0)
FROM services s LEFT JOIN numbers n ON n.service_sid = s.sid
GROUP BY s.sid, n.dial_class ORDER BY s.sid, n.dial_class
"""
_DIVERTED: Final = """
SELECT s.unique_name, m.sid, m.friendly_name, COUNT(*)
FROM numbers n JOIN services s ON s.sid = n.service_sid
JOIN messaging_services m ON m.sid = n.messaging_service_sid
WHERE n.diverted = 1 GROUP BY s.sid, m.sid ORDER BY s.sid, m.sid
"""
_CALLBACKS: Final = """
SELECT sid, unique_name, callback_url, intercept_callback_url, out_of_session_callback_url
FROM services ORDER BY sid
"""
_DEAD: Final = """
SELECT kind, last_error, COUNT(*) FROM outbox WHERE state = 'dead'
GROUP BY kind, last_error ORDER BY COUNT(*) DESC LIMIT 5
"""
_WAITING: Final = "SELECT COUNT(*) FROM outbox WHERE state = 'pending'"


def file(path: Path) -> Iterator[Finding]:
    """Where the database is: whether it can be read and written, by whom, and room for more."""
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    if not os.access(folder, os.W_OK | os.X_OK):
        yield bad(
            "database",
            f"this user can't write in {folder}",
            "Change who owns the folder, or give another with --database sqlite:///PATH.",
        )
    elif not path.exists():
        yield ok("database", f"{path} does not exist yet: the first start makes it")
    else:
        yield _access(path)
        yield from _mode(path)
    yield _space(folder)


def _access(path: Path) -> Finding:
    size = f"{path.stat().st_size / _MIB:.1f} MiB"
    served = "a server runs on it" if database.is_served(path) else "no server runs on it"
    try:
        database.schema_version(path)
    except StoreUnavailable as error:
        return bad("database", str(error), "Restore a backup, or name another file.")
    if reason := database.why_not_writable(path):
        return bad(
            "database",
            f"{path} takes no writes: {reason}",
            "Close other programs that hold it, or change who may write it.",
        )
    return ok("database", f"{path}, {size}, {served}")


def _mode(path: Path) -> Iterator[Finding]:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & ~_ADVISED_MODE:
        yield warn(
            "file mode",
            f"others may read the database (mode {mode:03o}), which holds tokens and messages",
            f"chmod 600 {path}",
        )


def _space(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    says = f"{free / _MIB / 1024:.1f} GiB free"
    if free < _TOO_LITTLE:
        return bad("disk", says, "Free some space: without it nothing can be stored.")
    if free < _LITTLE:
        return warn("disk", says, "Free some space: when it is full nothing can be stored.")
    return ok("disk", says)


def schema(path: Path) -> Finding:
    """Whether this program can work on it."""
    found, newest = database.schema_version(path), database.newest_schema()
    if found > newest:
        return bad(
            "schema",
            f"{found}, but this program knows {newest}",
            "Start the newer version, or restore a backup made before the upgrade.",
        )
    if found < newest:
        return warn(
            "schema",
            f"{found}, and the newest is {newest}",
            "Make a backup; then the next start, or maskline migrate up, brings it up to date.",
        )
    return ok("schema", str(found))


def newest_record(path: Path) -> int | None:
    """When the latest change was made, in ms."""
    tables = ("accounts", "sessions", "numbers")
    found = [database.query(path, _NEWEST.format(table=table))[0][0] for table in tables]
    return max((at for at in found if at is not None), default=None)


def accounts(path: Path) -> Finding:
    """Whether there is one that may be used."""
    counts = {str(status): int(count) for status, count in database.query(path, _ACCOUNTS)}
    told = ", ".join(f"{count} {status}" for status, count in counts.items())
    if not counts:
        return warn("accounts", "none yet", "The first start makes one and shows its token.")
    if "active" not in counts:
        return bad("accounts", told, "Open one again: maskline accounts set SID --status active")
    return ok("accounts", told)


def pools(path: Path) -> Iterator[Finding]:
    """Whether each Service has numbers, and enough for its busiest person."""
    services: set[str] = set()
    for sid, name, dial_class, total, free, busiest in database.query(path, _POOLS):
        services.add(sid)
        if not total:
            yield warn(
                "pool",
                f"the Service {name} has no numbers: nobody can join a session",
                f"maskline numbers add NUMBER --service {sid}",
            )
        elif not free:
            yield warn(
                "pool",
                f"all {total} numbers of the Service {name} in +{dial_class} are reserved",
                f"maskline pool reserve {sid} NUMBER --release",
            )
        elif busiest >= free:
            yield warn(
                "pool",
                f"a person uses all {free} numbers of the Service {name} in +{dial_class}: "
                "their next session will be refused",
                f"Add as many as one person has sessions at once: "
                f"maskline numbers add NUMBER --service {sid}",
            )
    if not services:
        yield ok("pools", "no Services yet")
    else:
        yield ok("pools", f"{len(services)} Services looked at")


def diverted(path: Path) -> Iterator[Finding]:
    """Whether Messaging Services take the messages of numbers that are to mask people."""
    for name, sid, texts, count in database.query(path, _DIVERTED):
        yield warn(
            "pool",
            f"messages to {count} numbers of the Service {name} are not masked: they go to the "
            f"Messaging Service {texts} ({sid})",
            "Update the Messaging Service with UseInboundWebhookOnNumber=true.",
        )


def callbacks(path: Path, settings: Settings) -> Iterator[Finding]:
    """Whether Services have callbacks that the server will never call."""
    guard = UrlGuard(settings.allow_private_webhooks)
    for sid, name, *urls in database.query(path, _CALLBACKS):
        for url in filter(None, urls):
            try:
                guard.check_url(url)
            except HttpFailure as failure:
                yield warn(
                    "callback",
                    f"a callback of the Service {name} ({sid}) is never called: {failure.reason}",
                    "Correct it, or set allow_private_webhooks for development.",
                )
            else:
                if is_own(url, settings):
                    yield warn(
                        "callback",
                        f"a callback of the Service {name} ({sid}) is this server's own address",
                        "Have it lead to your program.",
                    )


def outbox(path: Path) -> Iterator[Finding]:
    """What could not be delivered, and what waits."""
    waiting = database.query(path, _WAITING)[0][0]
    dead = [
        f"{count} of kind {kind}: {error}" for kind, error, count in database.query(path, _DEAD)
    ]
    if dead:
        yield warn(
            "outbox",
            "there are jobs that were given up",
            "The debugger's alerts name them; correct the cause. They are kept.",
            *dead,
        )
    elif waiting and not database.is_served(path):
        yield warn("outbox", f"{waiting} jobs wait", "They are done when a server is started.")
    else:
        yield ok("outbox", f"{waiting} jobs wait, none was given up")
