"""What the networks of North America do by themselves on toll-free numbers: they block who sends
STOP, and answer."""

from __future__ import annotations

from typing import Final

from maskline.model.word import word_of
from maskline.numbers.e164 import is_toll_free

_STOPPED: Final = (
    "NETWORK MSG: You replied STOP and will get no more texts from this number. "
    "Text UNSTOP to get them again."
)
_BACK: Final = "NETWORK MSG: You will get texts from this number again. Text STOP to end them."


class TollFree:
    """Which phones are blocked from which toll-free numbers, up to `most` of them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._blocked: dict[tuple[str, str], None] = {}

    def hears(self, number: str, handset: str, body: str) -> str:
        """A handset texts one of our numbers: the network's answer, "" for none."""
        if not is_toll_free(number):
            return ""
        pair, word = (number, handset), word_of(body)
        if word == "stop":
            self._blocked[pair] = None
            if len(self._blocked) > self._most:
                del self._blocked[next(iter(self._blocked))]
            return _STOPPED
        if word in ("start", "unstop") and pair in self._blocked:
            del self._blocked[pair]
            return _BACK
        return ""

    def blocks(self, number: str, handset: str) -> bool:
        """Whether the network keeps the number's texts from the handset."""
        return (number, handset) in self._blocked
