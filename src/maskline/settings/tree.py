"""The tree of settings: every key, its type, its bounds and its default."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct, inspect

from maskline.model.opt_out import OptOutScope
from maskline.settings.a2p import A2pSettings
from maskline.settings.carriers import CarriersSettings, CredentialsKey, KeyFile
from maskline.settings.console import ConsoleSettings, OidcSettings
from maskline.settings.kinds import (
    AccountSid,
    AuthToken,
    Bytes,
    Concurrency,
    Countries,
    DatabaseUrl,
    Days,
    Delays,
    Folder,
    Host,
    Keywords,
    Languages,
    PageSize,
    PoolLimit,
    PostgresUrl,
    PublicUrl,
    Reply,
    Seconds,
    Written,
)
from maskline.settings.media_links import MediaLinksSettings
from maskline.settings.pacing import PacingSettings
from maskline.settings.registrar import RegistrarSettings
from maskline.settings.tracing import TracingSettings
from maskline.settings.voice import VoiceSettings

PREFIX: Final = "MASKLINE_"
_SQLITE: Final = "sqlite:///"


class LimitsSettings(Struct, frozen=True):
    """What one request, list or service may ask for."""

    max_body_bytes: Bytes = 1_048_576
    max_page_size: PageSize = 100
    default_page_size: PageSize = 50
    reserved_numbers: PoolLimit = 5000
    unreserved_numbers: PoolLimit = 500
    messaging_service_numbers: PoolLimit = 400
    media_per_message: Annotated[int, Meta(ge=0, le=100)] = 10
    body_characters: Annotated[int, Meta(ge=1, le=65_536)] = 1600
    requests_per_second: Annotated[int, Meta(ge=0, le=1_000_000)] = 30
    rate_window_seconds: Annotated[float, Meta(ge=0.1, le=3600)] = 5.0


class NumbersSettings(Struct, frozen=True):
    """Which phone numbers are taken for real."""

    validity: Literal["twilio", "strict", "lenient"] = "twilio"
    cooldown_seconds: Annotated[int, Meta(ge=0, le=31_536_000)] = 0


class WebhooksSettings(Struct, frozen=True):
    """Calls to the programs' callbacks; times in seconds."""

    connect_timeout: Seconds = 5.0
    read_timeout: Seconds = 15.0
    total_timeout: Seconds = 15.0
    intercept_timeout: Seconds = 5.0
    out_of_session_timeout: Seconds = 10.0
    schedule: Literal["standard", "twilio"] = "standard"
    retry_delays: Delays = (1.0, 5.0, 30.0, 120.0, 600.0, 3600.0)
    out_of_session_retry_delays: Delays = (1.0, 5.0, 30.0, 120.0)
    standard_headers: bool = False
    gone_seconds: Annotated[float, Meta(ge=0, le=86_400)] = 600.0
    max_response_bytes: Bytes = 65_536
    record: Literal["all", "failures", "none"] = "all"

    @property
    def retries_at_once(self) -> int:
        """How often a connection that did not come about is tried again at once."""
        return 1 if self.schedule == "twilio" else 0

    @property
    def delays(self) -> Delays:
        """Seconds before each later retry."""
        return () if self.schedule == "twilio" else self.retry_delays

    @property
    def out_of_session_delays(self) -> Delays:
        """The same of the out-of-session callback."""
        return () if self.schedule == "twilio" else self.out_of_session_retry_delays


class DeliverySettings(Struct, frozen=True):
    """The outbox; times in seconds."""

    concurrency: Concurrency = 64
    memory_jobs: Annotated[int, Meta(ge=1, le=1_000_000)] = 2000
    queue_jobs: Annotated[int, Meta(ge=0, le=100_000_000)] = 1_000_000
    lease_seconds: Seconds = 60.0
    poll_seconds: Seconds = 1.0
    send_retry_delays: Delays = (1.0, 5.0, 30.0, 120.0, 600.0)
    drain_seconds: Annotated[float, Meta(ge=0, le=86_400)] = 10.0
    validity_seconds: Annotated[int, Meta(ge=1, le=604_800)] = 36_000


class DebuggerSettings(Struct, frozen=True):
    """Alerts of one code and account, so many a minute."""

    alerts_per_minute: Annotated[int, Meta(ge=1, le=1_000_000)] = 3000
    alerts_per_resource: Annotated[int, Meta(ge=1, le=1_000_000)] = 100


class RetentionSettings(Struct, frozen=True):
    """How many days records are kept; 0 keeps them for good."""

    alerts_days: Days = 30
    sessions_days: Days = 90
    dead_jobs_days: Days = 30
    handsets_days: Days = 30
    messages_days: Days = 400
    calls_days: Days = 400
    webhook_attempts_days: Days = 7
    audit_days: Days = 365
    traffic_days: Days = 35


class MessagesSettings(Struct, frozen=True):
    """What senders read when nothing was passed on (times in minutes), and where programs send."""

    reply_no_session: Written = ""
    reply_expired: Written = (
        "Your message was not delivered: this number no longer connects you with anyone."
    )
    reply_no_partner: Written = (
        "Your message was not delivered: there is nobody to receive it yet. Please try again later."
    )
    reply_wrong_mode: Written = "Your message was not delivered: this number takes calls only."
    reply_blocked: Written = ""
    reply_failed: Written = (
        "Sorry, something went wrong and your message was not delivered. Please try again later."
    )
    reply_minutes: Annotated[int, Meta(ge=1, le=44_640)] = 60
    pair_replies: Annotated[int, Meta(ge=0, le=10_000)] = 15
    pair_seconds: Annotated[int, Meta(ge=1, le=86_400)] = 30
    countries: Countries = ()


class OptOutSettings(Struct, frozen=True, cache_hash=True):
    """The STOP filter: which words it knows, what it answers, and what an opt-out holds for."""

    scope: OptOutScope = "number"
    languages: Languages = ("en",)
    words_folder: Folder | None = None
    opt_out_words: Keywords = ()
    opt_in_words: Keywords = ()
    help_words: Keywords = ()
    ignored_words: Keywords = ()
    opt_out_reply: Reply = ""
    opt_in_reply: Reply = ""
    help_reply: Reply = ""
    repeat_reply_seconds: Annotated[int, Meta(ge=0, le=31_536_000)] = 86_400


class SqliteSettings(Struct, frozen=True):
    """The embedded database; sizes in MiB."""

    group_limit: Annotated[int, Meta(ge=1, le=10_000)] = 256
    cache_mb: Annotated[int, Meta(ge=1, le=65_536)] = 64
    mmap_mb: Annotated[int, Meta(ge=0, le=65_536)] = 256
    busy_timeout_ms: Annotated[int, Meta(ge=0, le=600_000)] = 5000
    wal_limit_mb: Annotated[int, Meta(ge=1, le=65_536)] = 64


class PostgresSettings(Struct, frozen=True):
    """The database for many processes; times in seconds."""

    pool_size: Annotated[int, Meta(ge=1, le=1000)] = 10
    pooler_url: PostgresUrl | None = None
    connect_timeout: Seconds = 5.0
    timeout: Seconds = 15.0


class SimulatorSettings(Struct, frozen=True):
    """Phones without a carrier."""

    enabled: bool = True
    history: Annotated[int, Meta(ge=1, le=1_000_000)] = 1000


class MetricsSettings(Struct, frozen=True):
    """Figures for Prometheus."""

    enabled: bool = True
    token: AuthToken | None = None
    host: Host = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 0


class Settings(Struct, frozen=True):
    """The whole tree. `Settings()` has every default; `maskline.settings.load` reads the rest.

    `sources` is no setting: it names, by dotted key, where each value that was set came from.
    """

    database_url: DatabaseUrl = "sqlite:///maskline.db"
    public_url: PublicUrl | None = None
    host: Host = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8080
    account_sid: AccountSid | None = None
    auth_token: AuthToken | None = None
    credentials_key: CredentialsKey | None = None
    credentials_key_file: KeyFile | None = None
    allow_private_webhooks: bool = False
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["text", "json"] = "text"
    limits: LimitsSettings = LimitsSettings()
    numbers: NumbersSettings = NumbersSettings()
    webhooks: WebhooksSettings = WebhooksSettings()
    delivery: DeliverySettings = DeliverySettings()
    pacing: PacingSettings = PacingSettings()
    a2p: A2pSettings = A2pSettings()
    debugger: DebuggerSettings = DebuggerSettings()
    retention: RetentionSettings = RetentionSettings()
    voice: VoiceSettings = VoiceSettings()
    messages: MessagesSettings = MessagesSettings()
    media_links: MediaLinksSettings = MediaLinksSettings()
    carriers: CarriersSettings = CarriersSettings()
    registrar: RegistrarSettings = RegistrarSettings()
    optout: OptOutSettings = OptOutSettings()
    sqlite: SqliteSettings = SqliteSettings()
    postgres: PostgresSettings = PostgresSettings()
    simulator: SimulatorSettings = SimulatorSettings()
    metrics: MetricsSettings = MetricsSettings()
    tracing: TracingSettings = TracingSettings()
    console: ConsoleSettings = ConsoleSettings()
    oidc: OidcSettings = OidcSettings()
    sources: Mapping[str, str] = MappingProxyType({})

    @property
    def sqlite_path(self) -> Path | None:
        """The file of the embedded database; null where another engine keeps the data."""
        if not self.database_url.startswith(_SQLITE):
            return None
        return Path(self.database_url.removeprefix(_SQLITE)).expanduser()

    @property
    def base_url(self) -> str:
        """The address that others call this server by, without a slash at its end."""
        if self.public_url:
            return self.public_url
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def __repr__(self) -> str:
        # A traceback or log line that shows the settings must not show the token with them.
        return f"<Settings {redact_url(self.database_url)} {self.host}:{self.port}>"


class Key(Struct, frozen=True):
    """One setting: its section ("" at the top), its name, its annotation and its default."""

    section: str
    name: str
    type: Any
    default: Any

    @property
    def path(self) -> str:
        """Its dotted path, such as `limits.max_page_size`."""
        return f"{self.section}.{self.name}" if self.section else self.name

    @property
    def variable(self) -> str:
        """The variable that sets it, such as `MASKLINE_LIMITS_MAX_PAGE_SIZE`."""
        return PREFIX + self.path.replace(".", "_").upper()

    @property
    def is_list(self) -> bool:
        """Whether it takes several values."""
        return isinstance(self.default, tuple)

    @property
    def is_secret(self) -> bool:
        """Whether its value is, or may hold, a secret."""
        return self.name in {
            "auth_token",
            "client_secret",
            "credentials_key",
            "database_url",
            "pooler_url",
            "token",
        }

    @property
    def expected(self) -> str:
        """What it takes, in words."""
        return _expected(inspect.type_info(self.type))

    def value_in(self, settings: Settings) -> object:
        """Its value in a tree."""
        home = getattr(settings, self.section) if self.section else settings
        value: object = getattr(home, self.name)
        return value

    def written(self, value: object) -> str:
        """A value of it as the file has it, or "not set"; what is secret in it is hidden."""
        if value is None:
            return "not set"
        if isinstance(value, str) and self.is_secret:
            if "://" not in value:
                return "hidden"
            value = redact_url(value)
        if isinstance(value, tuple):
            return f"[{', '.join(map(_written, value))}]"
        return msgspec.json.encode(value).decode()


def redact_url(url: str) -> str:
    """A database URL without its password, wherever in it that stands."""
    url = re.sub(r"(://[^:/@]*):.*@", r"\1:***@", url)
    return re.sub(r"(?i)([?&][^=&]*(?:pass|secret|token|key)[^=&]*=)[^&]*", r"\1***", url)


def _written(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else msgspec.json.encode(value).decode()


def _expected(kind: inspect.Type) -> str:
    match kind:
        case inspect.Metadata(extra_json_schema={"description": str(words)}):
            return words
        case inspect.BoolType():
            return "true or false"
        case inspect.LiteralType(values=values):
            return "one of " + ", ".join(f'"{value}"' for value in values)
        case inspect.IntType(ge=low, le=high):
            return f"a whole number from {low} to {high}"
        case inspect.FloatType(ge=low, le=high):
            return f"a number from {low:g} to {high:g}"
        case inspect.UnionType(types=types):
            return next(_expected(one) for one in types if not isinstance(one, inspect.NoneType))
    raise TypeError(f"no words for {kind}")


def _keys(kind: type[Struct], section: str = "") -> Iterator[Key]:
    for field in msgspec.structs.fields(kind):
        if isinstance(field.type, type) and issubclass(field.type, Struct):
            yield from _keys(field.type, field.name)
        elif field.name != "sources":
            yield Key(section, field.name, field.type, field.default)


KEYS: Final[Mapping[str, Key]] = MappingProxyType({key.path: key for key in _keys(Settings)})
"""Every setting by its dotted path, in the order of the tree."""
