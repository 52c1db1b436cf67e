"""Callers who withhold their number, as carriers write them."""

from __future__ import annotations

from typing import Final

#: What stands where a number should, in lower case.
WORDS: Final = frozenset(
    {
        "",
        "anonymous",
        "blocked",
        "no caller id",
        "private",
        "restricted",
        "unavailable",
        "unknown",
        "withheld",
    }
)

_KEYS: Final = str.maketrans("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999")

#: The same words as the keys of a telephone spell them (`+266696687`). They are nobody's numbers:
#: each is too short or too long for its country.
SPELLED: Final = frozenset(f"+{word.translate(_KEYS)}" for word in WORDS if word.isalpha())


def is_withheld(caller: str) -> bool:
    """Whether `caller` names nobody, so that it must never be taken for a person. Of a SIP address
    the user part counts."""
    if caller in SPELLED:
        return True
    word = caller.strip().lower()
    if word.startswith(("sip:", "sips:")):
        word = word.partition(":")[2]
    return word.partition("@")[0].replace("-", " ").replace("_", " ") in WORDS
