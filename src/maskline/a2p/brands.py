"""Brands: who sends. Made, handed in again, and examined by third parties."""

from __future__ import annotations

from typing import Final

import msgspec

from maskline.a2p import hand_in
from maskline.a2p.life_cycle import UNDECIDED
from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.a2p import (
    Brand,
    BrandStatus,
    BrandType,
    Vetting,
    VettingProvider,
    VettingStatus,
)
from maskline.model.errors import Fault, not_found
from maskline.model.form import Form
from maskline.model.page import Page, PageRequest
from maskline.store.contract import Transaction

#: A brand may be corrected so often.
MAX_UPDATES: Final = 3
MAX_VETTING_ID: Final = 500
#: A brand whose owner can still confirm it.
_CONFIRMABLE: Final = UNDECIDED | {BrandStatus.APPROVED}
#: What Campaign Verify gives out begins so.
_BY_VERIFY: Final = "cv|"


async def create(env: Env, tx: Transaction, account_sid: str, form: Form) -> Brand:
    """A new brand, which is handed in."""
    now = env.clock()
    mock = bool(form.boolean("Mock"))
    brand = Brand(
        sid=env.sids.new(sids.BRAND),
        account_sid=account_sid,
        customer_profile_bundle_sid=sid_of(form, "CustomerProfileBundleSid", sids.BUNDLE),
        a2p_profile_bundle_sid=sid_of(form, "A2PProfileBundleSid", sids.BUNDLE),
        brand_type=(form.choice("BrandType", BrandType) or BrandType.STANDARD).value,
        status=BrandStatus.PENDING.value,
        registrar=hand_in.registrar_of(env, mock),
        mock=int(mock),
        skip_automatic_sec_vet=int(bool(form.boolean("SkipAutomaticSecVet"))),
        date_created=now,
        date_updated=now,
    )
    await tx.brands.add(brand)
    await hand_in.brand(env, tx, brand)
    return brand


async def find(tx: Transaction, account_sid: str, sid: str) -> Brand:
    """The account's brand with that SID. Raises 20404."""
    brand = await tx.brands.get(sid, account_sid)
    if brand is None:
        raise not_found("BrandRegistration")
    return brand


async def resubmit(env: Env, tx: Transaction, account_sid: str, sid: str) -> Brand:
    """Hands a brand that failed in again, once its profile was corrected. Raises 20404, 21725
    while it has not failed, 21731 while it is suspended, 21724 when that was done too often."""
    brand = await find(tx, account_sid, sid)
    if brand.status == BrandStatus.SUSPENDED:
        raise Fault(21731)
    if brand.status != BrandStatus.FAILED:
        raise Fault(21725)
    if brand.submissions > MAX_UPDATES:
        raise Fault(21724, f"at most {MAX_UPDATES} updates")
    again = msgspec.structs.replace(
        brand,
        status=BrandStatus.PENDING.value,
        errors_json="[]",
        submissions=brand.submissions + 1,
        date_updated=env.clock(),
    )
    await tx.brands.update(again)
    await hand_in.brand(env, tx, again)
    return again


async def send_passcode(env: Env, tx: Transaction, account_sid: str, sid: str) -> Brand:
    """Has the sole proprietor sent a new code by SMS. Raises 20404, and 20001 for another brand,
    one that is confirmed, and one that was turned down."""
    brand = await find(tx, account_sid, sid)
    if brand.brand_type != BrandType.SOLE_PROPRIETOR:
        raise Fault(20001, "only a SOLE_PROPRIETOR brand is confirmed by a code")
    if not awaits_code(brand):
        how = "confirmed" if not brand.is_unconfirmed else brand.status
        raise Fault(20001, f"the brand is {how}: it waits for no code")
    asked = msgspec.structs.replace(brand, date_passcode=env.clock())
    await tx.brands.update(asked)
    await hand_in.passcode(env, tx, asked)
    return asked


def awaits_code(brand: Brand) -> bool:
    """Whether a code may be sent: a registry sends it once it has approved of the brand, or
    before."""
    return brand.is_unconfirmed and brand.status in _CONFIRMABLE


async def examine(
    env: Env, tx: Transaction, account_sid: str, brand_sid: str, form: Form
) -> Vetting:
    """A new examination of a brand. Raises 20404, 21721 for a sole proprietor, 21722 for a token
    that is none of Campaign Verify's, 21723 while another one by it is under way."""
    provider = form.choice("VettingProvider", VettingProvider)
    if provider is None:
        raise form.wrong("VettingProvider", "is required")
    token = form.text("VettingId", MAX_VETTING_ID)
    brand = await find(tx, account_sid, brand_sid)
    by_verify = provider is VettingProvider.CAMPAIGN_VERIFY
    if by_verify:
        if brand.brand_type == BrandType.SOLE_PROPRIETOR:
            raise Fault(21721)
        if token is None or not token.startswith(_BY_VERIFY):
            raise Fault(21722)
        before = await tx.brands.vettings(brand.sid, provider.value, PageRequest(size=1))
        if any(one.vetting_status == VettingStatus.IN_PROGRESS for one in before.records):
            raise Fault(21723)
    now = env.clock()
    vetting = Vetting(
        sid=env.sids.new(sids.VETTING),
        account_sid=account_sid,
        brand_sid=brand.sid,
        vetting_provider=provider.value,
        vetting_id=token,
        vetting_class="POLITICAL" if by_verify else "STANDARD",
        vetting_status=VettingStatus.IN_PROGRESS.value,
        date_created=now,
        date_updated=now,
    )
    await tx.brands.add_vetting(vetting)
    await hand_in.vetting(env, tx, vetting, brand)
    return vetting


async def find_vetting(tx: Transaction, account_sid: str, brand_sid: str, sid: str) -> Vetting:
    """The brand's examination with that SID. Raises 20404."""
    brand = await find(tx, account_sid, brand_sid)
    vetting = await tx.brands.vetting(sid, brand.sid)
    if vetting is None:
        raise not_found("BrandVetting")
    return vetting


async def vettings(
    tx: Transaction, account_sid: str, brand_sid: str, provider: str, request: PageRequest
) -> Page[Vetting]:
    """The brand's examinations. Raises 20404."""
    brand = await find(tx, account_sid, brand_sid)
    return await tx.brands.vettings(brand.sid, provider, request)


def sid_of(form: Form, name: str, prefix: str) -> str:
    """A parameter that has to be a SID of a kind."""
    sid = form.text(name, 255, required=True)
    assert sid is not None
    if not sids.is_sid(sid, prefix):
        raise form.wrong(name, f"must be a SID that starts with {prefix}")
    return sid
