"""Byte ranges (RFC 9110, 14): players of audio and video ask for a file in parts, and some play
nothing from a server that has none."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from maskline.carriers.request import Answer

#: One range, which is what players ask for. Several are not worth their form: the whole file is
#: always a right answer.
_RANGE: Final = re.compile(r"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.ASCII | re.IGNORECASE)


def ranged(answer: Answer, wanted: str | None, condition: str | None = None) -> Answer:
    """The part of a file that `wanted`, a `Range` header, asks for (206); nothing but its size when
    it has no such part (416); the whole file when there is no range, or none that can be read.
    `condition` is an `If-Range` header: files carry no mark that it could name, so with any the
    answer is the whole."""
    accepts = ("accept-ranges", "bytes")
    found = None if wanted is None or condition is not None else _RANGE.fullmatch(wanted)
    if found is None or found[1] == found[2] == "":
        return msgspec.structs.replace(answer, headers=(*answer.headers, accepts))
    size = len(answer.body)
    if found[1]:
        first = int(found[1])
        last = min(int(found[2]), size - 1) if found[2] else size - 1
        if found[2] and int(found[2]) < first:
            return msgspec.structs.replace(answer, headers=(*answer.headers, accepts))
    else:
        # The last so many bytes.
        first, last = max(size - int(found[2]), 0), size - 1
    if first > last:
        nothing = (*answer.headers, accepts, ("content-range", f"bytes */{size}"))
        return msgspec.structs.replace(answer, body=b"", status=416, headers=nothing)
    shown = (*answer.headers, accepts, ("content-range", f"bytes {first}-{last}/{size}"))
    body = answer.body[first : last + 1]
    return msgspec.structs.replace(answer, body=body, status=206, headers=shown)
