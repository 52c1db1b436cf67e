"""Messages as programs ask for them, before a sender is found."""

from __future__ import annotations

import msgspec


class Draft(msgspec.Struct, frozen=True):
    """What is to be sent to `recipient`, who is dialled as `dialled`: text, media (URLs), or both.

    `sender` is null until a Messaging Service has chosen one. `status_url` is told what becomes of
    the message; it may wait `valid_seconds`. With `discards` its text is kept by nobody, with
    `obfuscates` its record does not show the whole recipient. With `expects_feedback` it counts as
    unconfirmed until its program says more. `linked` is how many media its text leads to.
    """

    recipient: str
    dialled: str
    body: str
    media: tuple[str, ...] = ()
    sender: str | None = None
    messaging_service_sid: str | None = None
    status_url: str | None = None
    valid_seconds: int | None = None
    discards: bool = False
    obfuscates: bool = False
    expects_feedback: bool = False
    linked: int = 0
