"""Protocol data units of SMPP 3.4 as octets: headers, short messages and optional parameters.

Numbers are those of the specification "Short Message Peer to Peer Protocol v3.4", chapters 4 and 5.
"""

from __future__ import annotations

import struct
from typing import Final

import msgspec

GENERIC_NACK: Final = 0x80000000
BIND_RECEIVER: Final = 0x00000001
BIND_TRANSMITTER: Final = 0x00000002
SUBMIT_SM: Final = 0x00000004
DELIVER_SM: Final = 0x00000005
UNBIND: Final = 0x00000006
BIND_TRANSCEIVER: Final = 0x00000009
ENQUIRE_LINK: Final = 0x00000015
ALERT_NOTIFICATION: Final = 0x00000102
DATA_SM: Final = 0x00000103
#: What is set in the command of every response.
RESPONSE: Final = 0x80000000

#: Optional parameters.
RECEIPTED_MESSAGE_ID: Final = 0x001E
USER_MESSAGE_REFERENCE: Final = 0x0204
SAR_MSG_REF_NUM: Final = 0x020C
SAR_TOTAL_SEGMENTS: Final = 0x020E
SAR_SEGMENT_SEQNUM: Final = 0x020F
NETWORK_ERROR_CODE: Final = 0x0423
MESSAGE_PAYLOAD: Final = 0x0424
MESSAGE_STATE: Final = 0x0427

VERSION: Final = 0x34
MAX_SEQUENCE: Final = 0x7FFFFFFF
#: The most octets of `short_message`.
MAX_SHORT: Final = 254
#: The longest PDU that we read: a message_payload of 64 KiB and what stands around it.
MAX_LENGTH: Final = 0x11000

_HEADER: Final = struct.Struct(">IIII")
HEADER_LENGTH: Final = _HEADER.size
_TLV: Final = struct.Struct(">HH")


class PduError(ValueError):
    """Octets that are no PDU. The text holds nothing of them."""


class Header(msgspec.Struct, frozen=True):
    """The sixteen octets that every PDU begins with."""

    length: int
    command: int
    status: int
    sequence: int


class Pdu(msgspec.Struct, frozen=True):
    """A PDU whose body is still to be read."""

    command: int
    status: int
    sequence: int
    body: bytes


class ShortMessage(msgspec.Struct, frozen=True, kw_only=True):
    """The body of submit_sm, deliver_sm and data_sm. `options` are the optional parameters."""

    service_type: str = ""
    source_ton: int = 0
    source_npi: int = 0
    source: str = ""
    destination_ton: int = 0
    destination_npi: int = 0
    destination: str = ""
    esm_class: int = 0
    validity_period: str = ""
    registered_delivery: int = 0
    data_coding: int = 0
    short_message: bytes = b""
    options: dict[int, bytes] = {}

    @property
    def octets(self) -> bytes:
        """The message, wherever it stands."""
        return self.short_message or self.options.get(MESSAGE_PAYLOAD, b"")


def read_header(data: bytes | bytearray | memoryview, offset: int = 0) -> Header:
    """The header at `offset`. Raises PduError for a length that can't be."""
    header = Header(*_HEADER.unpack_from(data, offset))
    if not HEADER_LENGTH <= header.length <= MAX_LENGTH:
        raise PduError(f"a PDU can't be {header.length} octets long")
    return header


def write(command: int, sequence: int, status: int = 0, body: bytes = b"") -> bytes:
    """A whole PDU."""
    return _HEADER.pack(HEADER_LENGTH + len(body), command, status, sequence) + body


def bind_body(
    system_id: str, password: str, system_type: str, ton: int, npi: int, address_range: str
) -> bytes:
    """The body of a bind, of whichever kind."""
    return b"".join(
        (
            _c_string(system_id),
            _c_string(password),
            _c_string(system_type),
            bytes((VERSION, ton, npi)),
            _c_string(address_range),
        )
    )


def write_message(message: ShortMessage) -> bytes:
    """The body of a submit_sm or deliver_sm. Raises PduError where `short_message` is too long."""
    if len(message.short_message) > MAX_SHORT:
        raise PduError("a short message has at most 254 octets")
    parts = [
        _c_string(message.service_type),
        bytes((message.source_ton, message.source_npi)),
        _c_string(message.source),
        bytes((message.destination_ton, message.destination_npi)),
        _c_string(message.destination),
        # protocol_id and priority_flag, then no schedule_delivery_time.
        bytes((message.esm_class, 0, 0, 0)),
        _c_string(message.validity_period),
        # replace_if_present_flag and sm_default_msg_id stand around the data coding.
        bytes((message.registered_delivery, 0, message.data_coding, 0, len(message.short_message))),
        message.short_message,
    ]
    for tag, value in message.options.items():
        parts += (_TLV.pack(tag, len(value)), value)
    return b"".join(parts)


def read_message(body: bytes) -> ShortMessage:
    """The body of a submit_sm or deliver_sm. Raises PduError."""
    reader = _Reader(body)
    service_type = reader.c_string()
    source_ton, source_npi, source = reader.octet(), reader.octet(), reader.c_string()
    ton, npi, destination = reader.octet(), reader.octet(), reader.c_string()
    esm_class = reader.octet()
    reader.skip(2)
    reader.c_string()
    validity_period = reader.c_string()
    registered_delivery = reader.octet()
    reader.skip(1)
    data_coding = reader.octet()
    reader.skip(1)
    short_message = reader.take(reader.octet())
    return ShortMessage(
        service_type=service_type,
        source_ton=source_ton,
        source_npi=source_npi,
        source=source,
        destination_ton=ton,
        destination_npi=npi,
        destination=destination,
        esm_class=esm_class,
        validity_period=validity_period,
        registered_delivery=registered_delivery,
        data_coding=data_coding,
        short_message=short_message,
        options=reader.options(),
    )


def read_data_message(body: bytes) -> ShortMessage:
    """The body of a data_sm, whose text stands in message_payload alone. Raises PduError."""
    reader = _Reader(body)
    service_type = reader.c_string()
    source_ton, source_npi, source = reader.octet(), reader.octet(), reader.c_string()
    ton, npi, destination = reader.octet(), reader.octet(), reader.c_string()
    esm_class, registered_delivery, data_coding = (reader.octet() for _ in range(3))
    return ShortMessage(
        service_type=service_type,
        source_ton=source_ton,
        source_npi=source_npi,
        source=source,
        destination_ton=ton,
        destination_npi=npi,
        destination=destination,
        esm_class=esm_class,
        registered_delivery=registered_delivery,
        data_coding=data_coding,
        options=reader.options(),
    )


def read_message_id(body: bytes) -> str:
    """The message id of a submit_sm_resp; "" where there is none, as in some refusals."""
    return body.partition(b"\0")[0].decode("latin-1").strip()


def c_string(value: bytes) -> str:
    """An optional parameter that is a C string, of which some peers leave the end off."""
    return value.partition(b"\0")[0].decode("latin-1").strip()


def _c_string(text: str) -> bytes:
    return text.encode("latin-1") + b"\0"


class _Reader:
    """Reads a body from its front."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    def octet(self) -> int:
        return self.take(1)[0]

    def skip(self, count: int) -> None:
        self.take(count)

    def take(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._body):
            raise PduError("a PDU ends before its fields do")
        taken = self._body[self._at : end]
        self._at = end
        return taken

    def c_string(self) -> str:
        end = self._body.find(b"\0", self._at)
        if end < 0:
            raise PduError("a string in a PDU has no end")
        text = self._body[self._at : end].decode("latin-1")
        self._at = end + 1
        return text

    def options(self) -> dict[int, bytes]:
        found: dict[int, bytes] = {}
        while self._at < len(self._body):
            tag, length = _TLV.unpack(self.take(_TLV.size))
            found[tag] = self.take(length)
        return found
