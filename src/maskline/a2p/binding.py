"""Numbers and campaigns: a long code of the United States is bound to its Messaging Service's
campaign, and may send once it is registered under it."""

from __future__ import annotations

from maskline.a2p import hand_in
from maskline.env import Env
from maskline.model.a2p import MANUAL, MOCK, Campaign, CampaignStatus, NumberStatus
from maskline.model.number import Number, NumberKind
from maskline.numbers.e164 import is_toll_free
from maskline.store.contract import Transaction

_VERIFIED = CampaignStatus.VERIFIED


def is_long_code(number: Number) -> bool:
    """Whether it needs a campaign: a phone number of the United States that is not toll-free."""
    return (
        number.kind == NumberKind.PHONE
        and number.iso_country == "US"
        and not is_toll_free(number.number)
    )


def status_under(campaign: Campaign, number: Number) -> NumberStatus:
    """How far a number is once its campaign is as it is now. Where a carrier registers, it has to
    make each number known to the networks after that; one that failed there has to leave the
    Messaging Service and join it anew."""
    if campaign.campaign_status != _VERIFIED:
        return NumberStatus.PENDING
    if number.campaign_sid == campaign.sid and number.a2p_status != NumberStatus.PENDING:
        return NumberStatus(number.a2p_status)
    return NumberStatus.REGISTERED if campaign.registrar in (MANUAL, MOCK) else NumberStatus.PENDING


async def join(env: Env, tx: Transaction, number: Number, messaging_service_sid: str) -> None:
    """Binds a number to the campaign of the Messaging Service that it has just joined, if that has
    one, and has it registered there."""
    campaign = await tx.campaigns.of_service(messaging_service_sid)
    if campaign is not None and is_long_code(number):
        await tx.campaigns.bind(number.sid, campaign.sid, status_under(campaign, number))
        if campaign.campaign_status == _VERIFIED:
            await hand_in.number(env, tx, number, campaign)


async def leave(env: Env, tx: Transaction, number: Number) -> None:
    """Has a number taken out of its campaign, before it leaves the Messaging Service."""
    if number.campaign_sid is not None:
        campaign = await tx.campaigns.peek(number.campaign_sid)
        if campaign is not None:
            await hand_in.number_left(env, tx, number, campaign)


async def follow(env: Env, tx: Transaction, campaign: Campaign) -> None:
    """Binds the long codes of its Messaging Service to a campaign that is new or has changed, and
    has them registered once it is verified."""
    for number in await tx.campaigns.numbers(campaign.messaging_service_sid):
        if is_long_code(number):
            status = status_under(campaign, number)
            if (number.campaign_sid, number.a2p_status) != (campaign.sid, status):
                await tx.campaigns.bind(number.sid, campaign.sid, status)
            if status is NumberStatus.PENDING and campaign.campaign_status == _VERIFIED:
                await hand_in.number(env, tx, number, campaign)
