"""What campaigns, and what Messaging Services, may be for."""

from __future__ import annotations

from typing import Final

import msgspec

from maskline.model.a2p import Brand, BrandType
from maskline.model.a2p import CampaignUsecase as U
from maskline.model.messaging_service import Usecase


class CampaignKind(msgspec.Struct, frozen=True):
    """A use case of campaigns. `post_approval_required`: carriers look at it after the registry."""

    code: str
    name: str
    description: str
    post_approval_required: bool = False


class ServiceKind(msgspec.Struct, frozen=True):
    """A use case of Messaging Services."""

    usecase: str
    description: str
    purpose: str


#: Those of companies.
CAMPAIGNS: Final = (
    CampaignKind(U.TWO_FACTOR, "Two-factor authentication", "One-time codes and passwords"),
    CampaignKind(
        U.ACCOUNT_NOTIFICATION, "Account notification", "News of a person's own account or order"
    ),
    CampaignKind(
        U.AGENTS_FRANCHISES,
        "Agents and franchises",
        "One brand whose agents or branches each write from a local number",
        True,
    ),
    CampaignKind(U.CHARITY, "Charity", "A registered 501(c)(3) charity, but no religious one"),
    CampaignKind(U.CUSTOMER_CARE, "Customer care", "Support, and help with an account"),
    CampaignKind(U.DELIVERY_NOTIFICATION, "Delivery notification", "Where a delivery is"),
    CampaignKind(U.EMERGENCY, "Emergency", "Public safety and health in an emergency", True),
    CampaignKind(U.FRAUD_ALERT, "Fraud alert", "Suspicious use of a person's account"),
    CampaignKind(
        U.HIGHER_EDUCATION, "Higher education", "Colleges and universities to their people"
    ),
    CampaignKind(U.K12_EDUCATION, "K-12 education", "Schools from kindergarten to grade 12", True),
    CampaignKind(U.LOW_VOLUME, "Low volume mixed", "Several purposes, few messages"),
    CampaignKind(U.MARKETING, "Marketing", "Anything that promotes"),
    CampaignKind(U.MIXED, "Mixed", "Several purposes under one campaign"),
    CampaignKind(U.POLITICAL, "Political", "Whatever seeks to sway a vote or a decision"),
    CampaignKind(U.POLLING_VOTING, "Polling and voting", "Surveys and votes, but no politics"),
    CampaignKind(
        U.PROXY,
        "Proxy",
        "People who write to each other through pooled numbers, so that neither sees the other's",
        True,
    ),
    CampaignKind(
        U.PUBLIC_SERVICE_ANNOUNCEMENT, "Public service announcement", "What the public should know"
    ),
    CampaignKind(U.SECURITY_ALERT, "Security alert", "A system that may have been broken into"),
    CampaignKind(U.SOCIAL, "Social", "Communities and well-known people to those who follow", True),
    CampaignKind(U.SWEEPSTAKE, "Sweepstake", "Games of chance", True),
)
#: The one of people without a tax number.
SOLE_PROPRIETOR: Final = CampaignKind(
    U.SOLE_PROPRIETOR, "Sole proprietor", "Whatever a person in business alone sends, a little"
)

SERVICES: Final = (
    ServiceKind(Usecase.NOTIFICATIONS, "Reminders, alerts, deliveries, orders", "Notify people"),
    ServiceKind(Usecase.MARKETING, "Offers and calls to action", "Promote something"),
    ServiceKind(Usecase.VERIFICATION, "One-time codes", "Verify who somebody is"),
    ServiceKind(Usecase.DISCUSSION, "Conversations in both directions", "Talk with people"),
    ServiceKind(Usecase.POLL, "Surveys and votes", "Ask people"),
    ServiceKind(Usecase.UNDECLARED, "Nothing that was said", "None of these"),
)


def of_brand(brand: Brand | None) -> tuple[CampaignKind, ...]:
    """What a brand may register; all but the sole proprietors' where none is named."""
    if brand is not None and brand.brand_type == BrandType.SOLE_PROPRIETOR:
        return (SOLE_PROPRIETOR,)
    return CAMPAIGNS
