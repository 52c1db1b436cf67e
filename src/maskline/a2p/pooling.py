"""Number pooling: T-Mobile takes so many numbers in one campaign, and more only by permission."""

from __future__ import annotations

from typing import Final

from maskline.debugger.alerts import new_alert, raise_alerts
from maskline.env import Env
from maskline.model.a2p import Campaign
from maskline.store.contract import Transaction

CROWDED: Final = 80991
#: Beyond the limit it is told of again at each so many numbers.
_EACH: Final = 50
ADVICE: Final = (
    "Ask your provider for T-Mobile's permission (number pooling), or put further numbers into a "
    "Messaging Service with a campaign of its own."
)


def is_told(count: int, limit: int) -> bool:
    """Whether the debugger says something when a campaign has come to so many numbers: at the last
    one that is taken unasked, at the first beyond it, and now and then after that."""
    return count in (limit, limit + 1) or (count > limit and not count % _EACH)


async def joined(env: Env, tx: Transaction, messaging_service_sid: str) -> None:
    """A number has joined a Messaging Service: warns when that gives reason to."""
    campaign = await tx.campaigns.of_service(messaging_service_sid)
    if campaign is not None:
        count = await tx.campaigns.bound(campaign)
        if is_told(count, env.settings.a2p.warn_numbers):
            await _warn(env, tx, campaign, count)


async def begun(env: Env, tx: Transaction, campaign: Campaign) -> None:
    """A campaign begins with the numbers of its Messaging Service: warns when they are many."""
    count = await tx.campaigns.bound(campaign)
    if count >= env.settings.a2p.warn_numbers:
        await _warn(env, tx, campaign, count)


async def _warn(env: Env, tx: Transaction, campaign: Campaign, count: int) -> None:
    says = f"{count} numbers, where {env.settings.a2p.warn_numbers} go unasked. {ADVICE}"
    alert = new_alert(env, CROWDED, campaign.account_sid, None, campaign.sid, says)
    await raise_alerts(env, tx, [alert])
