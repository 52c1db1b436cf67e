"""Bandwidth's error codes in Twilio's.

4xxx are the sender's, 5xxx the service's; the second digit tells Bandwidth's own from a network's.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from maskline.carriers.outcomes import AUTHENTICATION, OPTED_OUT, UNKNOWN

#: It was given up waiting for a receipt: what became of the message is not known.
RECEIPT_EXPIRED: Final = 9902

_NOT_OURS: Final = 21606
_BLOCKED: Final = 30004
_NO_SUCH_PHONE: Final = 30005
_NO_ROUTE: Final = 30006
_FILTERED: Final = 30007
_TOO_LARGE: Final = 30019
_TOO_MANY: Final = 30022
_UNREGISTERED: Final = 30034

_CODES: Final = MappingProxyType(
    {
        4302: 21212,
        4303: 21211,
        4360: 30036,
        4403: _NOT_OURS,
        4404: _NO_ROUTE,
        4405: _NOT_OURS,
        4406: _NO_SUCH_PHONE,
        4407: _NOT_OURS,
        4408: _NO_SUCH_PHONE,
        4409: _NO_ROUTE,
        4410: 12300,
        4411: _TOO_LARGE,
        4412: 12300,
        4420: _NO_ROUTE,
        4421: _NO_ROUTE,
        4431: _NOT_OURS,
        4432: 21408,
        4433: _NOT_OURS,
        4434: _NO_ROUTE,
        4451: AUTHENTICATION,
        4452: AUTHENTICATION,
        4470: _FILTERED,
        4481: _FILTERED,
        4482: _BLOCKED,
        4492: _NO_ROUTE,
        4493: AUTHENTICATION,
        4700: _NO_ROUTE,
        4701: 30003,
        4702: 30003,
        4711: _TOO_LARGE,
        4712: 12300,
        4720: _NO_SUCH_PHONE,
        4721: _NO_SUCH_PHONE,
        4730: _NO_ROUTE,
        4740: _NOT_OURS,
        4751: _TOO_LARGE,
        4770: _FILTERED,
        4771: _FILTERED,
        4772: _BLOCKED,
        4773: _UNREGISTERED,
        4774: _UNREGISTERED,
        4775: OPTED_OUT,
        4780: 30023,
        4781: _TOO_MANY,
        4785: _TOO_MANY,
        4790: _BLOCKED,
        4791: _BLOCKED,
        4792: _BLOCKED,
        4793: _BLOCKED,
        4795: 30032,
        5600: 30001,
    }
)

#: Which field of a request it could not read.
_FIELDS: Final = MappingProxyType(
    {"from": 21212, "to": 21211, "text": 21617, "media": 12300, "applicationId": AUTHENTICATION}
)


def ours(code: int) -> int:
    """Twilio's code for one of a receipt."""
    return _CODES.get(code, UNKNOWN)


def of_field(name: str) -> int:
    """The code for a field that was refused, such as `from` or `to[0]`."""
    return _FIELDS.get(name.partition("[")[0], UNKNOWN)
