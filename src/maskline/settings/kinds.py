"""What settings take: types with their bounds, and with words for those that a type can't say."""

from __future__ import annotations

import re
from typing import Annotated, Final

from msgspec import Meta

from maskline.model.gsm7 import BASIC

_NUMBER: Final = r"[0-9]{1,6}(\.[0-9]{1,6})?"

Seconds = Annotated[float, Meta(ge=0.001, le=86_400)]
Delays = Annotated[
    tuple[Annotated[float, Meta(ge=0, le=604_800)], ...],
    Meta(max_length=100, description="a list of seconds, each from 0 to 604800"),
]
Spoken = Annotated[
    str, Meta(min_length=1, max_length=1500, description="a text of 1 to 1500 characters")
]
Keywords = Annotated[
    tuple[Annotated[str, Meta(pattern=r"^\S{1,34}$")], ...],
    Meta(description="a list of words, each of 1 to 34 characters without white space"),
]
Languages = Annotated[
    tuple[Annotated[str, Meta(pattern=r"^[a-z]{2,3}(-[a-z0-9]{2,8})*$")], ...],
    Meta(description='a list of languages such as ["en", "fr"]'),
]
Reply = Annotated[
    str,
    Meta(
        pattern=f"^[{re.escape(BASIC)}]{{0,160}}$",
        description="at most 160 characters of the GSM-7 alphabet without its extension",
    ),
]
Folder = Annotated[str, Meta(min_length=1, description="the path of a folder")]
Written = Annotated[str, Meta(max_length=1600, description="a text of up to 1600 characters")]
DatabaseUrl = Annotated[
    str,
    Meta(
        pattern=r"^(sqlite:///.+|postgres(ql)?://\S+)$",
        description="sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME",
    ),
]
PostgresUrl = Annotated[
    str,
    Meta(
        pattern=r"^postgres(ql)?://\S+$",
        description="postgresql://USER:PASSWORD@HOST/NAME",
    ),
]
PublicUrl = Annotated[
    str,
    Meta(
        pattern=r"^https?://[^\s/@?#]+(/[^\s?#]*)?$",
        description="an http:// or https:// address without user, query or fragment",
    ),
]
AccountSid = Annotated[
    str, Meta(pattern=r"^AC[0-9a-fA-F]{32}$", description="AC and 32 hexadecimal digits")
]
AuthToken = Annotated[str, Meta(min_length=16, description="16 characters or more")]
Host = Annotated[str, Meta(pattern=r"^\S+$", description="a host name or address")]
Language = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$",
        description="a BCP 47 tag such as en-US",
    ),
]
Concurrency = Annotated[int, Meta(ge=1, le=10_000)]
SegmentRate = Annotated[float, Meta(ge=0, le=100_000)]
CarrierNames = Annotated[
    tuple[Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,63}$")], ...],
    Meta(description='a list of carriers such as ["simulator"]'),
]
SenderRates = Annotated[
    tuple[
        Annotated[
            str,
            Meta(
                pattern=r"^([a-z][a-z0-9_-]{0,63}/)?"
                r"([A-Z]{2}|long-code|toll-free|short-code|international)=" + _NUMBER + "$"
            ),
        ],
        ...,
    ],
    Meta(description='a list of rates such as ["GB=2", "telnyx/long-code=6"]'),
]
CarrierRates = Annotated[
    tuple[Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,63}=" + _NUMBER + "$")], ...],
    Meta(description='a list of rates such as ["telnyx=50"]'),
]
PageSize = Annotated[int, Meta(ge=1, le=1000)]
PoolLimit = Annotated[int, Meta(ge=0, le=1_000_000)]
Days = Annotated[int, Meta(ge=0, le=36_500)]
Bytes = Annotated[int, Meta(ge=1024, le=104_857_600)]
