"""What an attempt at a webhook came to, and whether another is made at once."""

from __future__ import annotations

from collections.abc import Container
from typing import Final

from maskline.delivery.http import (
    BadRequest,
    BadUrl,
    ConnectFailed,
    ForbiddenAddress,
    HttpFailure,
    ReadTimeout,
    TotalTimeout,
)
from maskline.model.overrides import Trouble

#: "Gone": whoever says so does not want to be asked again.
GONE: Final = 410


def trouble_of(status: int, settled: Container[int]) -> Trouble | None:
    """What is wrong with an answer; null where another attempt would not help, or where the status
    is one of those that are `settled`, being an answer and no failure."""
    if status == GONE or status in settled:
        return None
    if 400 <= status < 500:
        return Trouble.CLIENT_ERROR
    return Trouble.SERVER_ERROR if status >= 500 else None


def trouble_with(failure: HttpFailure) -> Trouble | None:
    """The same of a request that got no answer."""
    match failure:
        case ConnectFailed():
            return Trouble.CONNECT
        case ReadTimeout() | TotalTimeout():
            return Trouble.READ
        case BadRequest() | BadUrl() | ForbiddenAddress():
            return None
    # The connection was lost, or what came back is no HTTP: only "all" says that.
    return Trouble.ALL
