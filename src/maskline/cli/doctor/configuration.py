"""What the doctor says of the settings, the port and how the world reaches the server."""

from __future__ import annotations

import importlib.util
import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from maskline.cli.refusal import Refusal
from maskline.cli.web import is_maskline, listen
from maskline.messaging.words import Keyword, words_of
from maskline.model.finding import Finding, bad, ok, warn
from maskline.settings import Settings, SettingsError, describe


def settings_in_force(settings: Settings) -> Finding:
    """Every setting that is not the default, and where it came from."""
    given = [row for row in describe(settings) if row.source != "default"]
    details = [f"{row.key} = {row.value}  ({row.source})" for row in given]
    count = f"{len(details)} set" if details else "all are the default"
    return ok("settings", count, *details)


def port(settings: Settings) -> Finding:
    """Whether the server can listen, or one answers there already."""
    place = f"port {settings.port} of {settings.host}"
    if settings.port == 0:
        return ok("port", "any that is free")
    try:
        sockets = listen(settings.host, settings.port)
    except Refusal as refusal:
        if is_maskline(settings.host, settings.port):
            return ok("port", f"a Maskline server answers on {place}")
        return bad("port", refusal.what, refusal.advice)
    for one in sockets:
        one.close()
    return ok("port", f"{place} is free")


def keywords(settings: Settings) -> Finding:
    """Whether the STOP filter's word lists can be read, and let people out."""
    try:
        words = words_of(settings.optout)
    except SettingsError as error:
        (problem,) = error.problems
        return bad("opt-out words", f"{problem.key} {problem.what}", problem.advice)
    count = sum(known.keyword is Keyword.OPT_OUT for known in words.values())
    if count == 0:
        return warn(
            "opt-out words",
            "none: nobody can stop messages",
            "Name a language in optout.languages, or words in optout.opt_out_words.",
        )
    return ok("opt-out words", f"{count}, {', '.join(settings.optout.languages) or 'all your own'}")


def public_address(settings: Settings) -> Iterator[Finding]:
    """Whether carriers and programs can reach the server by the address it signs and gives out."""
    if settings.public_url is None:
        if is_local(settings.host):
            yield ok("public_url", "not set: the server is for this machine alone")
        else:
            yield warn(
                "public_url",
                f"not set, though the server listens on {settings.host}",
                "Set it to the address that carriers call: they sign that address, and links in "
                "answers and callbacks begin with it.",
            )
        return
    parts = urlsplit(settings.public_url)
    host = parts.hostname or ""
    if is_local(host):
        yield ok("public_url", f"{settings.public_url}, on this machine or its network")
    elif parts.scheme != "https":
        yield bad(
            "public_url",
            f"{settings.public_url} is not https: tokens and messages would travel in the clear",
            "Put a proxy in front that ends TLS, and set the https address.",
        )
    elif "." not in host:
        yield warn(
            "public_url",
            f"{host} is no name that carriers can look up",
            "Set the full name, such as masking.example.com.",
        )
    else:
        yield ok("public_url", settings.public_url)


def exposure(settings: Settings) -> Iterator[Finding]:
    """What is meant for development and must not be open to the world."""
    public = is_public(settings)
    if not settings.simulator.enabled:
        yield ok("simulator", "off")
    elif public:
        yield bad(
            "simulator",
            "on, and it asks for no password: whoever reaches it can text and call as anybody",
            "Set enabled = false under [simulator] (MASKLINE_SIMULATOR_ENABLED=false).",
        )
    else:
        yield ok("simulator", "on, for this machine and its network alone")
    if not settings.allow_private_webhooks:
        yield ok("private webhooks", "refused")
    elif public:
        yield bad(
            "private webhooks",
            "allowed: who may set a callback can have the server call into your own network",
            "Set allow_private_webhooks = false.",
        )
    else:
        yield ok("private webhooks", "allowed, for development")


def tracing(settings: Settings) -> Finding:
    """Whether spans are sent, and can be."""
    if not settings.tracing.enabled:
        return ok("tracing", "off")
    if importlib.util.find_spec("opentelemetry") is None:
        return bad(
            "tracing",
            "on, and OpenTelemetry is not installed: the server will not start",
            'pip install "maskline[otel]", or set enabled = false under [tracing].',
        )
    return ok("tracing", f"on, to {settings.tracing.endpoint or 'where OTEL_* variables say'}")


def is_public(settings: Settings) -> bool:
    """Whether people from outside can reach the server."""
    if settings.public_url is not None:
        return not is_local(urlsplit(settings.public_url).hostname or "")
    return not is_local(settings.host)


def is_local(host: str) -> bool:
    """Whether a host is this machine, or an address of a private network."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        address = ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return (address.is_private or address.is_loopback) and not address.is_unspecified
