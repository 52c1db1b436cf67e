"""Documents of programs, made fit to be carried out by whoever did not fetch them. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urljoin

import msgspec

from maskline.voice.instructions import (
    LEG_EVENTS,
    Dial,
    Gather,
    Instruction,
    Number,
    Play,
    Record,
    Response,
)

_URLS: Final = frozenset(
    {"action", "recording_status_callback", "status_callback", "url", "wait_url"}
)
_NESTED: Final = frozenset({"prompts", "targets", "verbs"})


def settled(
    response: Response,
    document: str,
    caller_id: str,
    rewrite: Callable[[str], str] = lambda url: url,
    legs: str | None = None,
) -> Response:
    """The response with absolute URLs, each seen from the URL of its document and then rewritten.

    A Dial that names no caller ID shows `caller_id`: a carrier would show the caller's own number.
    A Number whose leg nobody is told about reports to `legs`.
    Gather and Record that name no action ask the document again, as Twilio does.
    """

    def absolute(url: str) -> str:
        return rewrite(seen_from(document, url))

    def settle(one: Any) -> Any:
        changes: dict[str, Any] = {}
        for name in one.__struct_fields__:
            value = getattr(one, name)
            if name in _NESTED:
                changes[name] = tuple(settle(child) for child in value)
            elif name == "media":
                changes[name] = tuple(seen_from(document, url) for url in value)
            elif name in _URLS and value is not None and not _is_none(one, name, value):
                changes[name] = absolute(value)
        if isinstance(one, Gather | Record) and one.action is None:
            changes["action"] = absolute(document)
        if isinstance(one, Dial) and not one.caller_id:
            changes["caller_id"] = caller_id
        if isinstance(one, Number) and one.status_callback is None and legs is not None:
            changes |= {"status_callback": legs, "status_callback_events": LEG_EVENTS}
        return msgspec.structs.replace(one, **changes) if changes else one

    settled_response: Response = settle(response)
    return settled_response


def seen_from(document: str, url: str) -> str:
    """A URL of a document, absolute. One that is malformed stays as it is, for whoever asks it to
    find out."""
    try:
        return urljoin(document, url)
    except ValueError:
        return url


def _is_none(one: Instruction, name: str, value: str) -> bool:
    """Whether an empty URL means none at all, and not the document itself."""
    if value:
        return False
    return isinstance(one, Play) or name == "wait_url"
