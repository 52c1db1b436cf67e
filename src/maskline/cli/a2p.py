"""`maskline a2p`: brands and campaigns of A2P 10DLC, and what came of those registered by hand."""

from __future__ import annotations

from cyclopts import App

from maskline.a2p import manual
from maskline.a2p.limits import limits_of
from maskline.a2p.throughput import throughput
from maskline.cli import brands, stock, terminal, tollfree
from maskline.cli.options import Flag
from maskline.cli.readiness import check, limits
from maskline.cli.refusal import Refusal
from maskline.cli.reports import Failure, form_of
from maskline.cli.where import Where, account_of
from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.a2p import (
    Brand,
    Campaign,
    CampaignStatus,
    CampaignUsecase,
)
from maskline.model.page import PageRequest
from maskline.model.tollfree import TollfreeVerification
from maskline.settings import A2pSettings
from maskline.store.contract import Transaction

app = App(
    name="a2p",
    help="A2P 10DLC: who is registered to send messages in the United States, and for what.",
)
app.command(check)
app.command(limits)
app.command(brands.app)
app.command(tollfree.tollfree)

_ALL = PageRequest(size=1000)


@app.command(name="list")
def list_(*, account: str | None = None, json: Flag = False, where: Where | None = None) -> None:
    """List an account's brands and campaigns, newest first, with what carriers allow them, and its
    toll-free verifications.

    Parameters
    ----------
    account
        The account's SID or name [default: the only or oldest].
    json
        Print JSON: `brands`, `campaigns` and `tollfree`.
    """

    async def work(
        _: Env, tx: Transaction
    ) -> tuple[list[Brand], list[tuple[Campaign, int]], list[TollfreeVerification]]:
        owner = (await account_of(tx, account)).sid
        registered = (await tx.brands.page(owner, _ALL)).records
        campaigns = (await tx.campaigns.page(owner, _ALL)).records
        bound = [(one, await tx.campaigns.bound(one)) for one in campaigns]
        return registered, bound, await tollfree.verifications(tx, owner)

    place = where or Where()
    registered, campaigns, verified = place.transact(work)
    known, settings = {one.sid: one for one in registered}, place.settings().a2p
    rows = [
        _shown(one, known.get(one.brand_registration_sid), count, settings)
        for one, count in campaigns
    ]
    if json:
        terminal.document(
            {
                "brands": [brands.shown(one) for one in registered],
                "campaigns": rows,
                "tollfree": [tollfree.shown(one) for one in verified],
            }
        )
        return
    terminal.table(
        ("brand", "type", "status", "score", "TCR id", "registrar"),
        (
            (
                one.sid,
                one.brand_type,
                one.status,
                "" if one.brand_score is None else str(one.brand_score),
                one.tcr_id or "",
                one.registrar,
            )
            for one in registered
        ),
    )
    terminal.table(
        ("campaign", "Messaging Service", "for", "status", "TCR id", "AT&T", "T-Mobile", "numbers"),
        (
            (
                str(one["sid"]),
                str(one["messaging_service_sid"]),
                str(one["usecase"]),
                str(one["status"]),
                str(one["campaign_id"] or ""),
                f"{one['att_class']}: {one['att_tpm']}/min"
                + (" per number" if one["att_per_number"] else ""),
                f"{one['tmobile_daily_cap']}/day",
                str(one["numbers"]),
            )
            for one in rows
        ),
    )
    if verified:
        terminal.table(tollfree.COLUMNS, (tollfree.row(one) for one in verified))


@app.command
def campaign(
    sid: str,
    *,
    status: CampaignStatus | None = None,
    campaign_id: str | None = None,
    usecase: CampaignUsecase | None = None,
    brand: str | None = None,
    att_class: str | None = None,
    att_tpm: int | None = None,
    tier: str | None = None,
    daily_cap: int | None = None,
    why: Failure | None = None,
    account: str | None = None,
    where: Where | None = None,
) -> None:
    """Enter a campaign that was registered elsewhere, or say what came of one registered by hand.

    Parameters
    ----------
    sid
        The campaign's SID (QE…); or a Messaging Service's (MG…), for which one is entered that is
        verified.
    status
        How far it is.
    campaign_id
        The Campaign Registry's id of it.
    usecase
        What it is for: PROXY for masked numbers. Only of one that was registered elsewhere.
    brand
        The SID of its brand. Only of a new one.
    att_class
        AT&T's message class, where the use case and the brand's score do not tell: a letter.
    att_tpm
        Segments a minute to AT&T, where the class does not tell.
    tier
        T-Mobile's tier: TOP, HIGH_MID, LOW_MID, LOW or SOLE_PROPRIETOR.
    daily_cap
        Segments a day to T-Mobile, where the tier does not tell.
    account
        The account's SID or name [default: the only or oldest].
    """
    is_new = sids.is_sid(sid, sids.MESSAGING_SERVICE)
    form = form_of(
        MessagingServiceSid=sid if is_new else None,
        Status=status,
        CampaignId=campaign_id,
        UsAppToPersonUsecase=usecase,
        BrandRegistrationSid=brand,
        AttClass=att_class,
        AttTpm=att_tpm,
        TmobileTier=tier,
        TmobileDailyCap=daily_cap,
        **(why or Failure()).parameters,
    )

    async def work(env: Env, tx: Transaction) -> Campaign:
        owner = (await account_of(tx, account)).sid
        if is_new:
            return await manual.enter_campaign(env, tx, owner, form)
        if brand is not None:
            raise Refusal("a campaign's brand does not change", code=2)
        service = await _service_of(tx, owner, sid)
        return await manual.campaign(env, tx, owner, service, sid, form)

    made = (where or Where()).transact(work)
    terminal.say(f"{made.sid}: {made.campaign_status}")


@app.command
def number(
    *numbers: str,
    status: manual.NumberWord,
    reason: str | None = None,
    account: str | None = None,
    where: Where | None = None,
) -> None:
    """Say how far numbers are registered under their campaign: of all, or none.

    Parameters
    ----------
    numbers
        The numbers, such as +14155550100, or their SIDs.
    status
        How far they are.
    reason
        Why that failed.
    account
        The account's SID or name [default: the only or oldest].
    """
    if not numbers:
        raise Refusal("no number was given", "Name one or more: +14155550100", code=2)
    form = form_of(Status=status, ErrorDescription=reason)

    async def work(env: Env, tx: Transaction) -> None:
        owner = (await account_of(tx, account)).sid
        for text in numbers:
            found = (
                await tx.numbers.get(text, owner)
                if sids.is_sid(text, sids.PHONE_NUMBER)
                else await tx.numbers.by_number(stock.written(text))
            )
            if found is None or found.account_sid != owner or found.campaign_sid is None:
                raise Refusal("a number is in no campaign", "Nothing was changed.")
            service = found.messaging_service_sid or ""
            args = (env, tx, owner, service, found.campaign_sid, found.sid)
            await manual.number(*args, form)

    (where or Where()).transact(work)
    terminal.say(f"{len(numbers)} {status.value}")


async def _service_of(tx: Transaction, account_sid: str, sid: str) -> str:
    found = await tx.campaigns.get(sid, account_sid)
    if found is None:
        raise Refusal("there is no such campaign", "maskline a2p list")
    return found.messaging_service_sid


def _shown(
    one: Campaign, brand: Brand | None, count: int, settings: A2pSettings
) -> dict[str, object]:
    allowed = throughput(one, brand, limits_of(settings))
    return {
        "sid": one.sid,
        "messaging_service_sid": one.messaging_service_sid,
        "brand_registration_sid": one.brand_registration_sid or None,
        "usecase": one.us_app_to_person_usecase,
        "status": one.campaign_status,
        "campaign_id": one.campaign_id,
        "registrar": one.registrar,
        "att_class": allowed.att_class,
        "att_tpm": allowed.att_tpm,
        "att_per_number": allowed.att_per_number,
        "tmobile_tier": allowed.tmobile_tier,
        "tmobile_daily_cap": allowed.tmobile_daily_cap,
        "numbers": count,
    }
