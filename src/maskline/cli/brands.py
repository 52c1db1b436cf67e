"""`maskline a2p brand`: who sends; a brand that is registered by hand, its vettings, and the text
that confirms a sole proprietor."""

from __future__ import annotations

from cyclopts import App

from maskline.a2p import brands, manual
from maskline.a2p.limits import limits_of
from maskline.a2p.throughput import day
from maskline.cli import terminal
from maskline.cli.options import Flag
from maskline.cli.refusal import Refusal
from maskline.cli.reports import Failure, form_of
from maskline.cli.where import Where, account_of
from maskline.env import Env
from maskline.model.a2p import (
    MANUAL,
    Brand,
    BrandStatus,
    BrandType,
    IdentityStatus,
    Vetting,
    VettingProvider,
    VettingStatus,
)
from maskline.model.clock import iso
from maskline.model.page import PageRequest
from maskline.store.contract import Transaction

app = App(
    name="brand",
    help="Enter a brand that was registered elsewhere, or say what came of one registered by hand; "
    "have it vetted, and its owner sent the text that confirms it.",
)

_ALL = PageRequest(size=1000)


@app.default
def brand(
    sid: str | None = None,
    *,
    status: BrandStatus | None = None,
    tcr_id: str | None = None,
    score: int | None = None,
    kind: BrandType | None = None,
    identity: IdentityStatus | None = None,
    daily_cap: int | None = None,
    why: Failure | None = None,
    account: str | None = None,
    where: Where | None = None,
) -> None:
    """Enter a brand that was registered elsewhere, or say what came of one registered by hand.

    Parameters
    ----------
    sid
        The brand's SID (BN…); without one, a brand is entered that is approved.
    status
        How far it is.
    tcr_id
        The Campaign Registry's id of it.
    score
        Its score, 0 to 100.
    kind
        STANDARD, or SOLE_PROPRIETOR for a person without a tax number. Only of a new one.
    identity
        How well it is known who it is.
    daily_cap
        How many segments a day T-Mobile takes of it, where its score does not tell.
    account
        The account's SID or name [default: the only or oldest].
    """
    form = form_of(
        Status=status,
        TcrId=tcr_id,
        BrandScore=score,
        BrandType=kind,
        IdentityStatus=identity,
        TmobileDailyCap=daily_cap,
        **(why or Failure()).parameters,
    )

    async def work(env: Env, tx: Transaction) -> Brand:
        owner = (await account_of(tx, account)).sid
        if sid is None:
            return await manual.enter_brand(env, tx, owner, form)
        if kind is not None:
            raise Refusal("a brand's kind does not change", code=2)
        return await manual.brand(env, tx, owner, sid, form)

    made = (where or Where()).transact(work)
    terminal.say(f"{made.sid}: {made.status}")


@app.command
def vettings(
    sid: str, *, account: str | None = None, json: Flag = False, where: Where | None = None
) -> None:
    """List a brand's vettings, newest first: third parties' examinations, and the scores that they
    gave it.

    Parameters
    ----------
    sid
        The brand's SID (BN…).
    account
        The account's SID or name [default: the only or oldest].
    json
        Print JSON: `brand_score`, `tmobile_tier` and `tmobile_daily_cap` that it has now, and
        `vettings`.
    """

    async def work(env: Env, tx: Transaction) -> tuple[Brand, tuple[str, int], list[Vetting]]:
        owner = (await account_of(tx, account)).sid
        found = await brands.find(tx, owner, sid)
        done = (await brands.vettings(tx, owner, sid, "", _ALL)).records
        return found, await _allowed(env, tx, found), done

    found, (tier, cap), examined = (where or Where()).transact(work)
    if json:
        terminal.document(
            {
                "brand_score": found.brand_score,
                "tmobile_tier": tier,
                "tmobile_daily_cap": cap,
                "vettings": [_shown(one) for one in examined],
            }
        )
        return
    score = "no score" if found.brand_score is None else f"score {found.brand_score}"
    terminal.say(f"{sid}: {score}, T-Mobile's tier {tier}, {cap} segments a day")
    terminal.table(
        ("vetting", "by", "class", "status", "score", "since"),
        (
            (
                one.sid,
                one.vetting_provider,
                one.vetting_class,
                one.vetting_status,
                "" if one.brand_score is None else str(one.brand_score),
                iso(one.date_created) or "",
            )
            for one in examined
        ),
    )


@app.command
def vet(
    sid: str,
    *,
    by: VettingProvider = VettingProvider.AEGIS,
    token: str | None = None,
    account: str | None = None,
    where: Where | None = None,
) -> None:
    """Have a third party examine a brand: a better score lets T-Mobile take more of it in a day.

    Parameters
    ----------
    sid
        The brand's SID (BN…).
    by
        Who examines it: aegis for a score, campaign-verify for political messages.
    token
        What the examiner gave out for the brand; Campaign Verify's begins with cv|.
    account
        The account's SID or name [default: the only or oldest].
    """
    form = form_of(VettingProvider=by, VettingId=token)

    async def work(env: Env, tx: Transaction) -> tuple[Brand, Vetting]:
        owner = (await account_of(tx, account)).sid
        made = await brands.examine(env, tx, owner, sid, form)
        return await brands.find(tx, owner, sid), made

    found, made = (where or Where()).transact(work)
    terminal.say(f"{made.sid}: {made.vetting_status}")
    if found.registrar == MANUAL:
        terminal.say(
            "The brand is registered by hand: order it there, then say what came of it: "
            f"maskline a2p brand vetted {sid} --status SUCCESS --score …"
        )


@app.command
def vetted(
    sid: str,
    vetting: str | None = None,
    *,
    status: VettingStatus,
    score: int | None = None,
    account: str | None = None,
    where: Where | None = None,
) -> None:
    """Say what came of a vetting of a brand that is registered by hand.

    Parameters
    ----------
    sid
        The brand's SID (BN…).
    vetting
        The vetting's SID (VT…) [default: the only one that is under way].
    status
        What came of it.
    score
        The score that it gave the brand, 0 to 100; the brand's from now on.
    account
        The account's SID or name [default: the only or oldest].
    """
    form = form_of(Status=status, BrandScore=score)

    async def work(env: Env, tx: Transaction) -> tuple[Vetting, tuple[str, int]]:
        owner = (await account_of(tx, account)).sid
        wanted = vetting or await _under_way(tx, owner, sid)
        done = await manual.vetting(env, tx, owner, sid, wanted, form)
        return done, await _allowed(env, tx, await brands.find(tx, owner, sid))

    done, (tier, cap) = (where or Where()).transact(work)
    terminal.say(f"{done.sid}: {done.vetting_status}")
    if done.brand_score is not None:
        terminal.say(f"{sid}: score {done.brand_score}, {cap} segments a day ({tier})")


@app.command
def passcode(sid: str, *, account: str | None = None, where: Where | None = None) -> None:
    """Have a sole proprietor sent the text anew that confirms their brand.

    It goes to the mobile number in their profile, and they answer it with YES within a day.

    Parameters
    ----------
    sid
        The brand's SID (BN…).
    account
        The account's SID or name [default: the only or oldest].
    """

    async def work(env: Env, tx: Transaction) -> Brand:
        owner = (await account_of(tx, account)).sid
        if (await brands.find(tx, owner, sid)).registrar == MANUAL:
            raise Refusal(
                "the brand is registered by hand: nobody here can send the text",
                "Have it sent where the brand is registered; once it is answered: "
                f"maskline a2p brand {sid} --identity VERIFIED",
            )
        return await brands.send_passcode(env, tx, owner, sid)

    asked = (where or Where()).transact(work)
    terminal.say(f"{asked.sid}: a text is on its way; its owner answers it with YES within a day")


async def _allowed(env: Env, tx: Transaction, one: Brand) -> tuple[str, int]:
    """A brand's tier with T-Mobile, and its segments a day."""
    campaign = next(iter(await tx.campaigns.of_brand(one.sid)), None)
    return day(one, limits_of(env.settings.a2p), campaign)


async def _under_way(tx: Transaction, account_sid: str, sid: str) -> str:
    found = (await brands.vettings(tx, account_sid, sid, "", _ALL)).records
    waits = [one.sid for one in found if one.vetting_status == VettingStatus.IN_PROGRESS]
    if len(waits) != 1:
        raise Refusal(
            "several vettings are under way" if waits else "no vetting is under way",
            f"maskline a2p brand vettings {sid}",
        )
    return waits[0]


def shown(one: Brand) -> dict[str, object]:
    """A brand as JSON has it."""
    return {
        "sid": one.sid,
        "brand_type": one.brand_type,
        "status": one.status,
        "brand_score": one.brand_score,
        "tcr_id": one.tcr_id,
        "registrar": one.registrar,
    }


def _shown(one: Vetting) -> dict[str, object]:
    return {
        "sid": one.sid,
        "vetting_provider": one.vetting_provider,
        "vetting_class": one.vetting_class,
        "vetting_status": one.vetting_status,
        "brand_score": one.brand_score,
        "date_created": iso(one.date_created),
        "date_updated": iso(one.date_updated),
    }
