"""The word that a message consists of, as opt-out words are compared."""

from __future__ import annotations

import unicodedata
from typing import Final

#: The most characters of a keyword.
LONGEST: Final = 34
#: Composing may shorten a text, at most to half of it where one accent stands on each letter.
_ROOM: Final = 2 * LONGEST


def word_of(body: str) -> str:
    """`body` in one form for all spellings: without the white space around it, case and width set
    aside. "" when it is too long for a keyword, which keeps the hot path short."""
    text = body.strip()
    if len(text) > _ROOM:
        return ""
    # Normalising may bring forth white space at the ends.
    return unicodedata.normalize("NFKC", text).strip().casefold()
