"""The ways of a registration: which status may follow which.

Brand::

    PENDING ⇄ IN_REVIEW → APPROVED ⇄ SUSPENDED
       ↑  ↘      ↓           ↓
       └── FAILED (handed in again)

Campaign::

    PENDING → IN_PROGRESS → VERIFIED ⇄ SUSPENDED
       ↑ ↘         ↓           ↓
       └── FAILED (handed in again)

A registrar may skip steps that nobody asked about in between, and may take an approval back. A
status that can't follow is not taken: what comes late must not undo what came after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from maskline.model.a2p import BrandStatus as B
from maskline.model.a2p import CampaignStatus as C
from maskline.model.a2p import NumberStatus as N
from maskline.model.a2p import VettingStatus as V
from maskline.model.tollfree import TollfreeStatus as T

BRAND: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        B.PENDING: frozenset({B.IN_REVIEW, B.APPROVED, B.FAILED, B.SUSPENDED}),
        B.IN_REVIEW: frozenset({B.PENDING, B.APPROVED, B.FAILED, B.SUSPENDED}),
        B.APPROVED: frozenset({B.PENDING, B.IN_REVIEW, B.FAILED, B.SUSPENDED, B.DELETION_PENDING}),
        B.FAILED: frozenset({B.PENDING, B.IN_REVIEW, B.APPROVED, B.DELETION_PENDING}),
        B.SUSPENDED: frozenset({B.APPROVED, B.FAILED, B.DELETION_PENDING}),
        B.DELETION_PENDING: frozenset({B.DELETION_FAILED}),
        B.DELETION_FAILED: frozenset({B.DELETION_PENDING, B.APPROVED, B.FAILED}),
    }
)

CAMPAIGN: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        C.PENDING: frozenset({C.IN_PROGRESS, C.VERIFIED, C.FAILED, C.SUSPENDED}),
        C.IN_PROGRESS: frozenset({C.VERIFIED, C.FAILED, C.SUSPENDED}),
        C.VERIFIED: frozenset({C.FAILED, C.SUSPENDED}),
        C.FAILED: frozenset({C.PENDING, C.IN_PROGRESS, C.VERIFIED}),
        C.SUSPENDED: frozenset({C.VERIFIED, C.FAILED}),
    }
)

VETTING: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        V.IN_PROGRESS: frozenset({V.SUCCESS, V.FAILED}),
        V.SUCCESS: frozenset[str](),
        V.FAILED: frozenset[str](),
    }
)

TOLLFREE: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        T.PENDING_REVIEW: frozenset({T.IN_REVIEW, T.APPROVED, T.REJECTED}),
        T.IN_REVIEW: frozenset({T.PENDING_REVIEW, T.APPROVED, T.REJECTED}),
        T.APPROVED: frozenset({T.REJECTED}),
        T.REJECTED: frozenset({T.PENDING_REVIEW, T.IN_REVIEW, T.APPROVED}),
    }
)

NUMBER: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        N.NONE: frozenset({N.PENDING, N.REGISTERED}),
        N.PENDING: frozenset({N.REGISTERED, N.FAILED, N.NONE}),
        N.REGISTERED: frozenset({N.PENDING, N.FAILED, N.NONE}),
        N.FAILED: frozenset({N.PENDING, N.REGISTERED, N.NONE}),
    }
)

#: What a registrar still has to decide: it is asked again.
UNDECIDED: Final = frozenset(
    {B.PENDING, B.IN_REVIEW, C.PENDING, C.IN_PROGRESS, V.IN_PROGRESS, T.PENDING_REVIEW, T.IN_REVIEW}
)


def may_follow(ways: Mapping[str, frozenset[str]], old: str, new: str) -> bool:
    """Whether `new` may follow `old`; a status may always stay."""
    return new == old or new in ways[old]
