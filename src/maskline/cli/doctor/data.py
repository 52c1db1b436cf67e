"""What the doctor says of what is in the database. It only ever reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from maskline.delivery.guard import UrlGuard
from maskline.model import sid as sids
from maskline.model.finding import Finding, bad, ok, warn
from maskline.model.http import HttpFailure
from maskline.proxy.own_address import is_own
from maskline.settings import Settings
from maskline.store.look import Look
from maskline.store.migrate import newest_schema

#: The most causes of jobs that were given up.
_MOST: Final = 5


def schema(look: Look) -> Finding:
    """Whether this program can work on it."""
    found, newest = look.schema_version(), newest_schema()
    if found == newest + 1 and look.is_compatible(found):
        return warn(
            "schema",
            f"{found}, a step ahead of this program's {newest}, which may run on it",
            "Start the newer version.",
        )
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


def accounts(look: Look) -> Finding:
    """Whether there is one that may be used."""
    counts = look.ask(lambda overview: overview.accounts())
    told = ", ".join(f"{count} {status}" for status, count in counts.items())
    if not counts:
        return warn("accounts", "none yet", "The first start makes one and shows its token.")
    if "active" not in counts:
        return bad("accounts", told, "Open one again: maskline accounts set SID --status active")
    return ok("accounts", told)


def pools(look: Look) -> Iterator[Finding]:
    """Whether each Service has numbers, and enough for its busiest person."""
    services: set[str] = set()
    for pool in look.ask(lambda overview: overview.pools()):
        services.add(pool.service_sid)
        name = pool.service_name
        if not pool.total:
            yield warn(
                "pool",
                f"the Service {name} has no numbers: nobody can join a session",
                f"maskline numbers add NUMBER --service {pool.service_sid}",
            )
        elif not pool.unreserved:
            yield warn(
                "pool",
                f"all {pool.total} numbers of the Service {name} in +{pool.dial_class} "
                "are reserved",
                f"maskline pool reserve {pool.service_sid} NUMBER --release",
            )
        elif pool.busiest >= pool.unreserved:
            yield warn(
                "pool",
                f"a person uses all {pool.unreserved} numbers of the Service {name} in "
                f"+{pool.dial_class}: their next session will be refused",
                f"Add as many as one person has sessions at once: "
                f"maskline numbers add NUMBER --service {pool.service_sid}",
            )
    if not services:
        yield ok("pools", "no Services yet")
    else:
        yield ok("pools", f"{len(services)} Services looked at")


def diverted(look: Look) -> Iterator[Finding]:
    """Whether Messaging Services take the messages of numbers that are to mask people."""
    for name, sid, texts, count in look.ask(lambda overview: overview.diverted()):
        yield warn(
            "pool",
            f"messages to {count} numbers of the Service {name} are not masked: they go to the "
            f"Messaging Service {texts} ({sid})",
            "Update the Messaging Service with UseInboundWebhookOnNumber=true.",
        )


def callbacks(look: Look, settings: Settings) -> Iterator[Finding]:
    """Whether Services or accounts have callbacks that the server will never call."""
    guard = UrlGuard(settings.allow_private_webhooks)
    for sid, name, urls in look.ask(lambda overview: overview.callbacks()):
        whose = f"the {'account' if sid.startswith(sids.ACCOUNT) else 'Service'} {name} ({sid})"
        for url in urls:
            try:
                guard.check_url(url)
            except HttpFailure as failure:
                yield warn(
                    "callback",
                    f"a callback of {whose} is never called: {failure.reason}",
                    "Correct it, or set allow_private_webhooks for development.",
                )
            else:
                if is_own(url, settings):
                    yield warn(
                        "callback",
                        f"a callback of {whose} is this server's own address",
                        "Have it lead to your program.",
                    )


def outbox(look: Look) -> Iterator[Finding]:
    """What could not be delivered, and what waits."""
    waiting = look.ask(lambda overview: overview.waiting())
    dead = look.ask(lambda overview: overview.given_up(_MOST))
    if dead:
        yield warn(
            "outbox",
            "there are jobs that were given up",
            "The debugger's alerts name them; correct the cause. They are kept.",
            *(f"{count} of kind {kind}: {error}" for kind, error, count in dead),
        )
    elif waiting and not look.is_served():
        yield warn("outbox", f"{waiting} jobs wait", "They are done when a server is started.")
    else:
        yield ok("outbox", f"{waiting} jobs wait, none was given up")
