"""The default alphabet of text messages (GSM 03.38)."""

from __future__ import annotations

from typing import Final

#: One septet each. The escape character itself cannot be sent.
BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: Two septets each: the escape and a code.
EXTENSION: Final = "\f^{}\\[~]|€"
