"""Media that carriers keep: addresses of our own for them, which can't be guessed and end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from maskline.carriers.contract import Inbound, Media, Medium, Webhooks
from maskline.carriers.request import Answer
from maskline.model.clock import Clock
from maskline.model.traffic import DocumentWanted, InboundMessage, Told
from maskline.settings import Settings
from maskline.vault import Tickets, Vault

_HOUR: Final = 3_600_000
#: Whatever else a carrier says a file is, a browser must not take it for a page of ours.
_SAFE: Final = re.compile(
    r"(image/(?!svg)|audio/|video/|text/(vcard|x-vcard|calendar|plain)\b|application/(pdf|ogg)\b)"
)
_ANY: Final = "application/octet-stream"
#: Of all files that others made.
HEADERS: Final = (
    ("cache-control", "private, no-store"),
    ("content-security-policy", "default-src 'none'; sandbox"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
)

#: Where a recording is, as programs are told.
_RECORDING: Final = "RecordingUrl"

Pairs = tuple[tuple[str, str], ...]


class MediaDesk:
    """Gives out addresses below `base`, each good for so many hours."""

    def __init__(self, base: str, tickets: Tickets | None, hours: int, clock: Clock) -> None:
        self._base = base
        self._tickets = tickets
        self._life = hours * _HOUR
        self._clock = clock

    def covered(self, carrier: Webhooks, inbound: Sequence[Inbound]) -> Sequence[Inbound]:
        """What came in, its media under our own addresses where the carrier keeps them."""
        if not any(_has_media(one) for one in inbound):
            return inbound
        return [self._covered(carrier, one) if _has_media(one) else one for one in inbound]

    def _covered(self, carrier: Webhooks, one: Inbound) -> Inbound:
        match one:
            case InboundMessage():
                return self._message(carrier, one)
            case Told(params=params):
                return msgspec.structs.replace(one, params=self._recording(carrier, params))
            case DocumentWanted(details=details):
                return msgspec.structs.replace(one, details=self._recording(carrier, details))
        return one

    def _recording(self, carrier: Webhooks, pairs: Pairs) -> Pairs:
        return tuple(
            (name, self.address(carrier, value) if name == _RECORDING else value)
            for name, value in pairs
        )

    def address(self, carrier: Webhooks | None, url: str) -> str:
        """Our own address of a file, where the carrier keeps it."""
        if self._tickets is None or carrier is None:
            return url
        if not isinstance(carrier, Media) or not carrier.keeps(url):
            return url
        return self._address(self._tickets, carrier.name, url, self._clock() + self._life)

    def _message(self, carrier: Webhooks, one: InboundMessage) -> InboundMessage:
        if self._tickets is None or not isinstance(carrier, Media):
            return one
        until = self._clock() + self._life
        media = tuple(
            (self._address(self._tickets, carrier.name, url, until), content_type)
            if carrier.keeps(url)
            else (url, content_type)
            for url, content_type in one.media
        )
        return msgspec.structs.replace(one, media=media)

    def _address(self, tickets: Tickets, name: str, url: str, until: int) -> str:
        return f"{self._base}/carriers/{name}/media/{tickets.issue(url, name, until)}"

    def url_of(self, name: str, ticket: str) -> str | None:
        """Where the carrier keeps the file of an address; null for one that is none of ours, or has
        ended."""
        if self._tickets is None:
            return None
        # Programs ask for a recording in the form that they append to its address.
        ticket = ticket.removesuffix(".mp3").removesuffix(".wav")
        return self._tickets.read(ticket, name, self._clock())

    def answer(self, medium: Medium) -> Answer:
        """The file, for a browser too."""
        return harmless(medium)


def _has_media(one: Inbound) -> bool:
    """Whether it names a file."""
    match one:
        case InboundMessage(media=media):
            return bool(media)
        case Told(params=pairs) | DocumentWanted(details=pairs):
            return any(name == _RECORDING for name, _ in pairs)
    return False


def media_desk(settings: Settings, vault: Vault | None, clock: Clock) -> MediaDesk:
    """The desk as the settings have it; without a vault it gives out no addresses."""
    tickets = None if vault is None else Tickets(vault.derived("media"))
    return MediaDesk(settings.base_url, tickets, settings.carriers.media_hours, clock)


def harmless(medium: Medium) -> Answer:
    """A file that others made, as a browser may show it: what could be a page of ours, with scripts
    in it, is only to be saved."""
    kind = medium.content_type.strip()
    if _SAFE.match(kind.lower()):
        return Answer(medium.body, kind, 200, HEADERS)
    return Answer(medium.body, _ANY, 200, (*HEADERS, ("content-disposition", "attachment")))
