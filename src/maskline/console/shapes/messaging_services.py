"""Messaging Services: their settings and their senders."""

from __future__ import annotations

from typing import Literal

import msgspec

SenderKind = Literal["phone", "short-code", "name"]


class MessagingServiceView(msgspec.Struct, frozen=True):
    """A Messaging Service. `diverted` are its numbers that are in a Proxy pool while it keeps their
    inbound messages to itself: what people write to them is not masked."""

    sid: str
    name: str
    inbound_request_url: str | None
    use_inbound_webhook_on_number: bool
    sticky_sender: bool
    advanced_opt_out: bool
    numbers: int
    diverted: int
    date_created: int


class MessagingServicePage(msgspec.Struct, frozen=True):
    """Newest first."""

    services: list[MessagingServiceView]
    next: str | None
    previous: str | None


class MessagingServiceDetail(msgspec.Struct, frozen=True):
    """One of them with all that can be set. Addresses are shown without the secrets that stand in
    them. `may_change` is for whoever asks."""

    service: MessagingServiceView
    account_sid: str
    inbound_method: str
    fallback_url: str | None
    fallback_method: str
    status_callback: str | None
    mms_converter: bool
    smart_encoding: bool
    area_code_geomatch: bool
    validity_period: int
    usecase: str
    senders: int
    most_senders: int
    may_change: bool


class NewMessagingService(msgspec.Struct, frozen=True):
    """A name is enough. It defers to each number's own handling, as Proxy needs it."""

    name: str


class MessagingServiceChange(msgspec.Struct, frozen=True):
    """What is to be changed; null leaves it. An empty address removes it."""

    name: str | None = None
    inbound_request_url: str | None = None
    fallback_url: str | None = None
    status_callback: str | None = None
    use_inbound_webhook_on_number: bool | None = None
    sticky_sender: bool | None = None
    mms_converter: bool | None = None
    smart_encoding: bool | None = None
    area_code_geomatch: bool | None = None
    validity_period: int | None = None
    usecase: str | None = None


class SenderView(msgspec.Struct, frozen=True):
    """A sender of the pool: a number, a short code or a name. `country` is an ISO code, "" for a
    name that goes everywhere. `capabilities` are bits: 1 voice, 2 SMS, 4 MMS. `proxy_service_sid`
    is the Proxy Service whose pool a number is in; `diverted` says that what people write to it is
    not masked. `carrier` "" is that of most numbers; `used_at` (ms) when it last sent for the
    service, null for never."""

    sid: str
    kind: SenderKind
    sender: str
    country: str
    capabilities: int
    carrier: str
    proxy_service_sid: str | None
    diverted: bool
    used_at: int | None


class Senders(msgspec.Struct, frozen=True):
    """The whole pool: it has a few hundred at the most. Those that were used last stand first."""

    senders: list[SenderView]


class FreeSender(msgspec.Struct, frozen=True):
    """A number or short code of the account that takes messages and is in no Messaging Service."""

    sid: str
    number: str
    country: str
    in_proxy: bool


class FreeSenders(msgspec.Struct, frozen=True):
    """The latest of them. `more`: there are others, to be named by their number."""

    numbers: list[FreeSender]
    more: bool


class NewSenders(msgspec.Struct, frozen=True):
    """What is to join the pool, all or none: numbers and short codes (themselves, or their SIDs),
    or one name, for the recipients of a country or of all."""

    numbers: list[str] = []
    name: str = ""
    country: str = ""
