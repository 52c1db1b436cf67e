"""What an SMSC account is: where it is, who we are there, and how it likes things."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, structs

Code = Annotated[int, Meta(ge=0, le=255)]
Positive = Annotated[float, Meta(gt=0, le=86_400)]


class SmppSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One SMSC account; times in seconds.

    `bind` is one connection both ways, or a pair: a transmitter and a receiver. `binds` is how many
    of them each process of the server opens.

    `tls_ca`, `tls_certificate` and `tls_key` are paths of PEM files; without `tls_ca` the system's
    authorities count. `window` is how many submissions wait for their answer on one connection;
    `messages_per_second` the most that one process sends, 0 for what the SMSC takes. `rate` is
    segments a second from one number.

    `default_alphabet` is what the SMSC takes data_coding 0 for; `latin1` sends what GSM-7 has no
    letters for as Latin-1 where that has them, in place of UCS-2. `receipt_ids` says how receipts
    write the id of a message: "dec" where the answer to a submission wrote it in hexadecimal and
    the receipt writes it in decimal, "hex" the other way round, "auto" takes either.

    `country_code` (digits) stands before addresses that come in as national ones. `validity` is how
    long the SMSC tries, 0 for its own time. `concatenation_timeout` is how long the parts of an
    inbound message wait for those that are missing, `redelivery` how long after a lost connection
    the SMSC may hand over again what it had no answer to.

    `opted_out_errors` are what the SMSC's receipts say (`err:`, or network_error_code) and
    `opted_out_statuses` what its answers say (command_status, in hexadecimal) of somebody who opted
    out there: numbers with commas between them.
    """

    host: Annotated[str, Meta(pattern=r"^\S+$")]
    port: Annotated[int, Meta(ge=1, le=65_535)] = 2775
    system_type: Annotated[str, Meta(pattern=r"^[\x20-\x7e]{0,12}$")] = ""
    bind: Literal["transceiver", "pair"] = "transceiver"
    binds: Annotated[int, Meta(ge=1, le=16)] = 1
    address_ton: Code = 0
    address_npi: Code = 0
    address_range: Annotated[str, Meta(pattern=r"^[\x20-\x7e]{0,40}$")] = ""
    tls: bool = False
    tls_ca: str | None = None
    tls_certificate: str | None = None
    tls_key: str | None = None
    tls_server_name: str | None = None
    window: Annotated[int, Meta(ge=1, le=1000)] = 10
    messages_per_second: Annotated[float, Meta(ge=0, le=100_000)] = 0.0
    rate: Annotated[float, Meta(gt=0, le=100_000)] | None = None
    connect_timeout: Positive = 10.0
    response_timeout: Positive = 30.0
    enquire_link: Positive = 30.0
    reconnect_first: Positive = 1.0
    reconnect_most: Positive = 60.0
    outage: Positive = 10.0
    throttled: Positive = 60.0
    default_alphabet: Literal["gsm7", "latin1"] = "gsm7"
    latin1: bool = False
    long_messages: Literal["udh", "sar", "payload"] = "udh"
    receipts: bool = True
    receipt_ids: Literal["auto", "hex", "dec"] = "auto"
    number_ton: Code = 1
    number_npi: Code = 1
    short_code_ton: Code = 3
    short_code_npi: Code = 0
    service_type: Annotated[str, Meta(pattern=r"^[\x20-\x7e]{0,5}$")] = ""
    country_code: Annotated[str, Meta(pattern=r"^[0-9]{0,3}$")] = ""
    validity: Annotated[int, Meta(ge=0, le=2_592_000)] = 0
    opted_out_errors: Annotated[str, Meta(pattern=r"^([0-9A-Za-z]+(,[0-9A-Za-z]+)*)?$")] = ""
    opted_out_statuses: Annotated[
        str, Meta(pattern=r"^((0x)?[0-9A-Fa-f]{1,8}(,(0x)?[0-9A-Fa-f]{1,8})*)?$")
    ] = ""
    concatenation_timeout: Positive = 300.0
    redelivery: Positive = 600.0


class SmppCredentials(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who we are to the SMSC: a name of at most 15 characters and a password of at most 8."""

    system_id: Annotated[str, Meta(pattern=r"^[\x20-\x7e]{1,15}$")]
    password: Annotated[str, Meta(pattern=r"^[\x20-\x7e]{0,8}$")] = ""

    def __repr__(self) -> str:
        # A traceback or log line must not show the password.
        return "<SmppCredentials>"


class Account(SmppSettings, frozen=True, kw_only=True):
    """An account as the adapter has it: its settings, its credentials, and the name that numbers
    carry."""

    name: str
    credentials: SmppCredentials

    def is_opt_out_error(self, error: str) -> bool:
        """Whether a receipt's error says that the person opted out there."""
        told = self.opted_out_errors.split(",")
        return error != "" and error in [one.lstrip("0") for one in told]

    def is_opt_out_status(self, status: int) -> bool:
        """Whether the status of an answer says so."""
        told = filter(None, self.opted_out_statuses.split(","))
        return status in [int(one, 16) for one in told]

    def __repr__(self) -> str:
        return f"<Account {self.name} {self.host}:{self.port}>"


def account(name: str, settings: SmppSettings, credentials: SmppCredentials) -> Account:
    """All of it together."""
    return Account(name=name, credentials=credentials, **structs.asdict(settings))
