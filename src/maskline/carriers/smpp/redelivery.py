"""What the SMSC may hand over again, because our answer to it got lost.

SMPP gives an inbound message no name, so that a second one that is the same to the octet may be the
same person's second "ok" as well as the first one once more. Only what we know decides: whether we
answered the first, and whether the connection held after that.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Iterable
from typing import Final

from maskline.carriers.smpp.pdu import RECEIPTED_MESSAGE_ID, USER_MESSAGE_REFERENCE, ShortMessage
from maskline.carriers.smpp.segments import Place

#: Ends the id of a message that may be a message's second copy.
AGAIN: Final = "-again"
#: Memory's bound; what is beyond it is taken for new.
_MOST: Final = 100_000


def fingerprint(message: ShortMessage, place: Place | None) -> str:
    """The same for the same message; hexadecimal."""
    digest = hashlib.blake2b(digest_size=12)
    options = message.options
    for part in (
        message.source.encode("latin-1"),
        message.destination.encode("latin-1"),
        repr((message.esm_class, message.data_coding, place)).encode(),
        options.get(RECEIPTED_MESSAGE_ID, b""),
        options.get(USER_MESSAGE_REFERENCE, b""),
        message.octets,
    ):
        digest.update(len(part).to_bytes(4, "big"))
        digest.update(part)
    return digest.hexdigest()


class Redelivery:
    """Names inbound messages, each once. `window` in seconds."""

    def __init__(self, window: float) -> None:
        self._window = window
        self._unanswered: dict[str, tuple[float, list[str]]] = {}
        self._doubtful: Counter[str] = Counter()
        self._until = 0.0
        self._began = time.monotonic()

    @property
    def is_fresh(self) -> bool:
        """Whether an earlier process may have left messages that it took and did not answer."""
        return time.monotonic() - self._began < self._window

    def name(self, mark: str, *, is_known: bool) -> str:
        """An id for the message that just came. One that was taken before, and certainly not
        answered, has its first id, so that it is taken once; one that may be a copy says so.
        `is_known`: the store has one that an earlier process took."""
        now = time.monotonic()
        at, ids = self._unanswered.get(mark, (0.0, []))
        if ids and now - at < self._window:
            found = ids.pop(0)
            if not ids:
                del self._unanswered[mark]
            return found
        new = f"{mark}-{time.time_ns():x}"
        if is_known:
            return new + AGAIN
        if self._doubtful[mark] > 0 and now < self._until:
            self._doubtful[mark] -= 1
            return new + AGAIN
        return new

    def unanswered(self, mark: str, provider_id: str) -> None:
        """The message was taken, and the connection ended before it could be answered."""
        if len(self._unanswered) < _MOST:
            _, ids = self._unanswered.get(mark, (0.0, []))
            self._unanswered[mark] = (time.monotonic(), [*ids, provider_id])

    def lost(self, marks: Iterable[str]) -> None:
        """A connection ended soon after these were answered."""
        now = time.monotonic()
        if now >= self._until:
            self._doubtful.clear()
        self._doubtful.update(marks)
        self._until = now + self._window

    @property
    def began(self) -> int:
        """When this process began, in ms since 1970: what an earlier one took is older."""
        return int((time.time() - (time.monotonic() - self._began)) * 1000)

    @property
    def since(self) -> int:
        """How far back an earlier process's are looked for, in ms since 1970."""
        return self.began - int(self._window * 1000)
