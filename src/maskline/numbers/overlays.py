"""Area codes of the North American plan that serve one area together.

An overlay is put on an area whose first code has run out of numbers: people of both live next door
to each other. Kept by hand; a code that is missing here stands alone, which costs a little
nearness and nothing else.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

_COMPLEXES: Final = (
    "201 551",
    "202 771",
    "203 475",
    "204 431 584",
    "205 659",
    "206 564",
    "209 350",
    "210 726",
    "212 646 332 917",
    "213 323 738",
    "214 469 972 945",
    "215 267 445",
    "216 440",
    "217 447",
    "220 740",
    "223 717",
    "224 847",
    "227 240 301",
    "236 250 604 672 778",
    "248 947",
    "249 705",
    "256 938",
    "263 438 514",
    "272 570",
    "274 920",
    "281 346 713 832",
    "289 365 905 742",
    "303 720 983",
    "304 681",
    "305 786 645",
    "306 474 639",
    "309 861",
    "310 424",
    "312 773 872",
    "314 557",
    "315 680",
    "317 463",
    "321 407 689",
    "324 904",
    "326 937",
    "327 870",
    "329 845",
    "330 234",
    "331 630",
    "339 781",
    "341 510",
    "343 613 753",
    "347 718 929",
    "351 978",
    "354 450 579",
    "363 516",
    "367 418 581",
    "368 403 587 780 825",
    "369 707",
    "380 614",
    "382 519 226 548",
    "385 801",
    "404 470 678 770 943",
    "405 572",
    "408 669",
    "410 443 667",
    "412 724 878",
    "415 628",
    "416 437 647 942",
    "419 567",
    "428 506",
    "430 903",
    "442 760",
    "448 850",
    "458 541",
    "464 708",
    "468 819 873",
    "472 910",
    "480 602 623",
    "484 610 835",
    "503 971",
    "508 774",
    "512 737",
    "513 283",
    "518 838",
    "530 837",
    "531 402",
    "534 715",
    "539 918",
    "540 826",
    "559 357",
    "561 728",
    "571 703",
    "582 814",
    "609 640",
    "615 629",
    "617 857",
    "618 730",
    "619 858",
    "631 934",
    "656 813",
    "657 714",
    "679 313",
    "682 817",
    "686 804",
    "702 725",
    "704 980",
    "706 762",
    "709 879",
    "716 624",
    "732 848",
    "743 336",
    "747 818",
    "754 954",
    "757 948",
    "769 601",
    "779 815",
    "782 902",
    "787 939",
    "803 839",
    "805 820",
    "809 829 849",
    "821 864",
    "843 854",
    "860 959",
    "862 973",
    "909 840",
    "916 279",
    "919 984",
)


def _together() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for line in _COMPLEXES:
        codes = frozenset(line.split())
        for code in codes:
            found[code] = found.get(code, frozenset()) | codes
    return found


_TOGETHER: Final = MappingProxyType(_together())


def together(area: str) -> frozenset[str]:
    """The codes of the area that `area` serves, itself among them; none for ""."""
    return _TOGETHER.get(area, frozenset({area})) if area else frozenset()
