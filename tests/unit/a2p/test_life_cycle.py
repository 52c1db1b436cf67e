from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskline.a2p.life_cycle import (
    BRAND,
    CAMPAIGN,
    NUMBER,
    TOLLFREE,
    UNDECIDED,
    VETTING,
    may_follow,
)
from maskline.model.a2p import BrandStatus, CampaignStatus, NumberStatus, VettingStatus
from maskline.model.tollfree import TollfreeStatus

MACHINES = (
    (BRAND, BrandStatus),
    (CAMPAIGN, CampaignStatus),
    (VETTING, VettingStatus),
    (TOLLFREE, TollfreeStatus),
    (NUMBER, NumberStatus),
)


@pytest.mark.parametrize(("ways", "states"), MACHINES)
def test_every_status_has_its_ways_and_they_lead_to_others(
    ways: Mapping[str, frozenset[str]], states: type
) -> None:
    assert set(ways) == set(states)
    for old, new in ways.items():
        assert new <= set(states)
        assert old not in new


@pytest.mark.parametrize(
    ("ways", "old", "new", "allowed"),
    [
        (BRAND, "PENDING", "APPROVED", True),
        (BRAND, "PENDING", "PENDING", True),
        (BRAND, "FAILED", "PENDING", True),
        (BRAND, "FAILED", "SUSPENDED", False),
        (BRAND, "SUSPENDED", "PENDING", False),
        (BRAND, "DELETION_PENDING", "APPROVED", False),
        (CAMPAIGN, "PENDING", "VERIFIED", True),
        (CAMPAIGN, "VERIFIED", "IN_PROGRESS", False),
        (CAMPAIGN, "VERIFIED", "PENDING", False),
        (CAMPAIGN, "VERIFIED", "SUSPENDED", True),
        (CAMPAIGN, "SUSPENDED", "VERIFIED", True),
        (CAMPAIGN, "FAILED", "PENDING", True),
        (CAMPAIGN, "FAILED", "SUSPENDED", False),
        (VETTING, "SUCCESS", "FAILED", False),
        (TOLLFREE, "TWILIO_APPROVED", "PENDING_REVIEW", False),
        (TOLLFREE, "TWILIO_REJECTED", "PENDING_REVIEW", True),
        (NUMBER, "", "failed", False),
        (NUMBER, "pending", "registered", True),
    ],
)
def test_what_may_follow(
    ways: Mapping[str, frozenset[str]], old: str, new: str, allowed: bool
) -> None:
    assert may_follow(ways, old, new) is allowed


@given(st.lists(st.sampled_from(CampaignStatus), max_size=30))
def test_a_verified_campaign_is_never_reviewed_again_unless_it_failed(
    reports: list[CampaignStatus],
) -> None:
    """Whatever comes, in whatever order: late news undo nothing."""
    status, failed_since = CampaignStatus.PENDING, True
    for new in reports:
        if not may_follow(CAMPAIGN, status, new):
            continue
        if status is not new and new in UNDECIDED:
            assert failed_since
        failed_since = new is CampaignStatus.FAILED or (failed_since and new in UNDECIDED)
        status = new


@given(st.data())
def test_no_status_is_a_dead_end_but_the_end_of_an_examination(data: st.DataObject) -> None:
    ways, _ = data.draw(st.sampled_from([one for one in MACHINES if one[0] is not VETTING]))
    status = data.draw(st.sampled_from(sorted(ways)))
    assert ways[status]
