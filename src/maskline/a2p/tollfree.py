"""Verifications of toll-free numbers: made, corrected, and taken back."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from maskline.a2p import hand_in, tollfree_form
from maskline.a2p.brands import sid_of
from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.a2p import written
from maskline.model.errors import Fault, not_found
from maskline.model.form import Form
from maskline.model.tollfree import TollfreeStatus, TollfreeVerification
from maskline.numbers.e164 import is_toll_free
from maskline.store.contract import Transaction

_MAX_REFERENCE = 255
_MAX_REASON = 4096


def mistakes(form: Form, *, new: bool) -> dict[str, Fault]:
    """By parameter, all that is wrong with what a `new` verification says of itself, or with what
    corrects one: whoever fills in so many fields is told of all at once."""
    wrong = (tollfree_form.whole if new else tollfree_form.checked)(form)[1]
    others: list[tuple[str, Callable[[Form], object]]] = [("EditReason", _reason)]
    if new:
        others = [
            ("TollfreePhoneNumberSid", _number_sid),
            ("CustomerProfileSid", _profile),
            ("ExternalReferenceId", _reference),
        ]
    for name, look in others:
        try:
            look(form)
        except Fault as fault:
            wrong[name] = fault
    return wrong


async def create(env: Env, tx: Transaction, account_sid: str, form: Form) -> TollfreeVerification:
    """A new verification, which is handed in. Raises 20404 for a number that the account does not
    have, and 20001 for one that is not toll-free or has a verification already."""
    number_sid, profile = _number_sid(form), _profile(form)
    details, reference = tollfree_form.read(form), _reference(form)
    number = await tx.numbers.get(number_sid, account_sid)
    if number is None:
        raise not_found("PhoneNumber")
    if not is_toll_free(number.number):
        raise form.wrong("TollfreePhoneNumberSid", "is no toll-free number's")
    if await tx.tollfree_verifications.of_number(number_sid) is not None:
        raise Fault(20001, "the number has a verification already")
    now = env.clock()
    verification = TollfreeVerification(
        sid=env.sids.new(sids.TOLLFREE_VERIFICATION),
        account_sid=account_sid,
        tollfree_phone_number_sid=number_sid,
        tollfree_phone_number=number.number,
        status=TollfreeStatus.PENDING_REVIEW.value,
        registrar=hand_in.registrar_of(env),
        details_json=written(details),
        external_reference_id=reference,
        customer_profile_sid=profile,
        date_created=now,
        date_updated=now,
    )
    await tx.tollfree_verifications.add(verification)
    await hand_in.tollfree(env, tx, verification)
    return verification


async def find(tx: Transaction, account_sid: str, sid: str) -> TollfreeVerification:
    """The account's verification with that SID. Raises 20404."""
    found = await tx.tollfree_verifications.get(sid, account_sid)
    if found is None:
        raise not_found("TollfreeVerification")
    return found


def may_change(verification: TollfreeVerification, now: int) -> bool:
    """Whether it may be corrected and handed in again at `now`: it was rejected, for reasons that
    can be mended, and there is time left for it."""
    ends = verification.edit_expiration
    return (
        verification.status == TollfreeStatus.REJECTED
        and verification.edit_allowed != 0
        and (ends is None or now < ends)
    )


async def update(
    env: Env, tx: Transaction, account_sid: str, sid: str, form: Form
) -> TollfreeVerification:
    """Corrects one that was rejected, and hands it in again; `EditReason` goes with it. Raises
    20404, and 20001 for one that is not rejected or may not be changed, or not any more."""
    found = await find(tx, account_sid, sid)
    changes = tollfree_form.sent(form)
    reason = _reason(form)
    now = env.clock()
    if found.status != TollfreeStatus.REJECTED:
        raise Fault(20001, "only a verification that was rejected can be changed")
    if not may_change(found, now):
        raise Fault(20001, "this verification can't be changed any more")
    details = {**found.details, **changes}
    if reason is not None:
        details["edit_reason"] = reason
    again = msgspec.structs.replace(
        found,
        status=TollfreeStatus.PENDING_REVIEW.value,
        details_json=written(details),
        rejections_json="[]",
        edit_allowed=None,
        edit_expiration=None,
        submissions=found.submissions + 1,
        date_updated=now,
    )
    await tx.tollfree_verifications.update(again)
    await hand_in.tollfree(env, tx, again)
    return again


async def delete(env: Env, tx: Transaction, account_sid: str, sid: str) -> None:
    """Deletes one and has it taken back. Raises 20404."""
    found = await find(tx, account_sid, sid)
    await tx.tollfree_verifications.delete(sid)
    await hand_in.tollfree_left(env, tx, found)


def _number_sid(form: Form) -> str:
    return sid_of(form, "TollfreePhoneNumberSid", sids.PHONE_NUMBER)


def _profile(form: Form) -> str | None:
    if not form.has("CustomerProfileSid"):
        return None
    return sid_of(form, "CustomerProfileSid", sids.BUNDLE)


def _reference(form: Form) -> str | None:
    return form.text("ExternalReferenceId", _MAX_REFERENCE)


def _reason(form: Form) -> str | None:
    return form.text("EditReason", _MAX_REASON, lines=True)
