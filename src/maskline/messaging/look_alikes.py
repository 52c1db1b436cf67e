"""Smart encoding: characters that cost a text its short alphabet, and the GSM-7 ones like them.

One curly quotation mark makes a text of 160 characters one of three segments. What has no
look-alike stays, and with it the text as it was: half a replacement saves nothing.
"""
# Look-alikes are what this module is about.
# ruff: noqa: RUF001

from __future__ import annotations

from string import ascii_letters, digits
from types import MappingProxyType
from typing import Final

from maskline.model.gsm7 import BASIC, EXTENSION

_LOOK_ALIKES: Final = MappingProxyType(
    {
        '"': "«»“”„‟″‶❝❞〝〞＂ʺˮ",
        "'": "‘’‚‛′‵❛❜ʹʻʼʽˈ`´＇",
        "-": "‐‑‒–—―−⁃﹘﹣－",
        " ": "\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
        "\u202f\u205f\u3000",
        "": "\u200b\u200c\u2060\ufeff\u00ad",
        "...": "…",
        "1/4": "¼",
        "1/2": "½",
        "3/4": "¾",
        "!": "ǃ！﹗",
        "#": "＃",
        "$": "＄",
        "%": "٪％",
        "&": "＆",
        "(": "（❨﹙",
        ")": "）❩﹚",
        "*": "⁎∗＊•",
        "+": "＋",
        ",": "，﹐",
        ".": "．․",
        "/": "⁄∕÷／",
        ":": "∶：ː",
        ";": "；",
        "<": "‹＜❮",
        "=": "＝",
        ">": "›＞❯",
        "?": "？",
        "@": "＠﹫",
        "[": "［❲",
        "]": "］❳",
        "\\": "＼﹨",
        "_": "＿",
        "{": "｛❴﹛",
        "|": "ǀ｜∣",
        "}": "｝❵﹜",
        "~": "˜∼～",
        "^": "ˆ＾",
        "\n": "\u2028\u2029",
    }
)
#: Digits and letters of the width of ideographs are the same digits and letters.
_WIDE: Final = 0xFEE0
_TABLE: Final = MappingProxyType(
    {ord(odd): plain for plain, odds in _LOOK_ALIKES.items() for odd in odds}
    | {ord(one) + _WIDE: one for one in ascii_letters + digits}
)
_SHORT: Final = frozenset(BASIC + EXTENSION)


def replaced(body: str) -> str:
    """The body in GSM-7, if look-alikes are enough for that; else the body as it is.

    No letter becomes another: an accent may make another word of a word. Joiners without a width
    hold an emoji together, and a text with one stays as it is anyway.
    """
    if body.isascii() and _SHORT.issuperset(body):
        return body
    plain = body.translate(_TABLE)
    return plain if _SHORT.issuperset(plain) else body
