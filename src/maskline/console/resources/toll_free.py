"""Toll-free verification: which numbers have one, and what the networks still have to be told."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from maskline.a2p import life_cycle, manual, tollfree, tollfree_form
from maskline.a2p.hand_in import registrar_of
from maskline.access.audit import record
from maskline.console import registration_forms, show
from maskline.console.context import StoreResource
from maskline.console.gate import Ask, Handler, WrongFields
from maskline.console.shapes.common import Done
from maskline.console.shapes.toll_free import (
    CorrectedVerification,
    HandedIn,
    NewVerification,
    PersonalField,
    RejectionView,
    TollFreePage,
    UnverifiedNumber,
    VerificationDetail,
    VerificationReport,
    VerificationRow,
)
from maskline.env import Env
from maskline.model.a2p import MANUAL
from maskline.model.console import Deed, Role
from maskline.model.errors import MORE_INFO, Fault
from maskline.model.form import Form
from maskline.model.number import Number
from maskline.model.tollfree import PERSONAL, TollfreeStatus, TollfreeVerification
from maskline.numbers.e164 import TOLL_FREE
from maskline.store.contract import Transaction
from maskline.store.repositories.tollfree import TollfreeFilter

_PATH: Final = "/messaging/v1/Tollfree/Verifications"
#: Numbers without one that are shown.
_MOST: Final = 100
#: Fields of the console's by the API's parameters.
_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **tollfree_form.PARAMETERS,
        "TollfreePhoneNumberSid": "number_sid",
        "CustomerProfileSid": "customer_profile_sid",
        "ExternalReferenceId": "external_reference_id",
        "EditReason": "edit_reason",
    }
)


class TollFreeResource(StoreResource):
    """`/toll-free`."""

    def handlers(self) -> Mapping[str, Handler]:
        """Its endpoints."""
        return {
            "GET /toll-free": self.page,
            "POST /toll-free": self.add,
            "GET /toll-free/{sid}": self.detail,
            "POST /toll-free/{sid}/correct": self.correct,
            "POST /toll-free/{sid}/report": self.report,
            "POST /toll-free/{sid}/delete": self.delete,
        }

    async def page(self, ask: Ask) -> TollFreePage:
        """An account's verifications, in a state or in any, and the numbers that have none."""
        env, request, status = self._env, ask.page(), ask.query("status")
        if status and status not in set(TollfreeStatus):
            raise Fault(20001, "`status` is none")

        async def read(tx: Transaction) -> TollFreePage:
            account = await ask.account(tx)
            narrow = TollfreeFilter(status=status)
            page = await tx.tollfree_verifications.page(account, narrow, request)
            found = await tx.tollfree_verifications.unverified(account, TOLL_FREE, _MOST + 1)
            registrar = registrar_of(env)
            return TollFreePage(
                verifications=[_row(env, one) for one in page.records],
                unverified=await _unverified(tx, found[:_MOST]),
                more_unverified=len(found) > _MOST,
                registrar=registrar,
                by_hand=registrar == MANUAL,
                may_change=ask.role.may(Role.ADMIN),
                after=page.following,
                before=page.preceding,
            )

        return await self._store.read(read)

    async def add(self, ask: Ask) -> VerificationDetail:
        """A new one is handed in."""
        given: NewVerification = ask.body
        form, env = registration_forms.verification(given, _FIELDS), self._env
        _check(form, new=True)

        async def add(tx: Transaction) -> tuple[str, VerificationDetail]:
            account = await ask.account(tx)
            made = await tollfree.create(env, tx, account, form)
            deed = Deed.TOLL_FREE_HANDED_IN
            await record(env, tx, ask.actor, deed, made.sid, "", account)
            return account, await _detail(env, tx, ask, made)

        account, made = await self._store.transact(add)
        self._context.did(ask, account, "POST", _PATH, form.pairs())
        return made

    async def detail(self, ask: Ask) -> VerificationDetail:
        """One with what was handed in."""
        env = self._env

        async def read(tx: Transaction) -> VerificationDetail:
            return await _detail(env, tx, ask, await _find(tx, ask))

        return await self._store.read(read)

    async def correct(self, ask: Ask) -> VerificationDetail:
        """One that was rejected is handed in again."""
        given: CorrectedVerification = ask.body
        form, env = registration_forms.verification(given, _FIELDS), self._env
        _check(form, new=False)

        async def correct(tx: Transaction) -> tuple[str, VerificationDetail]:
            held = await _find(tx, ask)
            account = held.account_sid
            done = await tollfree.update(env, tx, account, held.sid, form)
            deed = Deed.TOLL_FREE_HANDED_IN
            await record(env, tx, ask.actor, deed, held.sid, "again", account)
            return account, await _detail(env, tx, ask, done)

        account, done = await self._store.transact(correct)
        path = f"{_PATH}/{ask.params['sid']}"
        self._context.did(ask, account, "POST", path, form.pairs())
        return done

    async def report(self, ask: Ask) -> VerificationDetail:
        """An operator says what came of one."""
        given: VerificationReport = ask.body
        form, env = registration_forms.tollfree_report(given), self._env

        async def report(tx: Transaction) -> VerificationDetail:
            held = await _find(tx, ask)
            done = await manual.verification(env, tx, held.account_sid, held.sid, form)
            deed = Deed.REGISTRATION_REPORTED
            await record(env, tx, ask.actor, deed, held.sid, done.status, held.account_sid)
            return await _detail(env, tx, ask, done)

        return await self._store.transact(report)

    async def delete(self, ask: Ask) -> Done:
        """Deletes one, which takes it back."""
        env = self._env

        async def delete(tx: Transaction) -> TollfreeVerification:
            held = await _find(tx, ask)
            await tollfree.delete(env, tx, held.account_sid, held.sid)
            deed = Deed.TOLL_FREE_DELETED
            await record(env, tx, ask.actor, deed, held.sid, "", held.account_sid)
            return held

        gone = await self._store.transact(delete)
        self._context.did(ask, gone.account_sid, "DELETE", f"{_PATH}/{gone.sid}", [])
        return Done()


async def _find(tx: Transaction, ask: Ask) -> TollfreeVerification:
    return ask.seen(await tx.tollfree_verifications.peek(ask.params["sid"]), "TollfreeVerification")


def _check(form: Form, *, new: bool) -> None:
    """Raises WrongFields: a form of so many fields is answered of all of them at once."""
    wrong = tollfree.mistakes(form, new=new)
    if wrong:
        raise WrongFields(
            {
                _FIELDS[name]: (fault.code, fault.detail.removeprefix(f"{name} "))
                for name, fault in wrong.items()
            }
        )


def _row(env: Env, one: TollfreeVerification) -> VerificationRow:
    return VerificationRow(
        sid=one.sid,
        number=one.tollfree_phone_number,
        status=TollfreeStatus(one.status),
        business_name=one.details.get("business_name", ""),
        rejections=[
            RejectionView(
                each.code,
                each.reason,
                tollfree_form.REJECTED.get(each.code),
                f"{MORE_INFO}{each.code}",
            )
            for each in one.rejections
        ],
        may_correct=tollfree.may_change(one, env.clock()),
        correct_until=one.edit_expiration,
        date_created=one.date_created,
        date_updated=one.date_updated,
    )


async def _unverified(tx: Transaction, numbers: list[Number]) -> list[UnverifiedNumber]:
    names: dict[str, str | None] = {}
    for sid in {one.service_sid for one in numbers if one.service_sid is not None}:
        names[sid] = await _pool(tx, sid)
    return [
        UnverifiedNumber(one.sid, one.number, one.service_sid, names.get(one.service_sid or ""))
        for one in numbers
    ]


async def _pool(tx: Transaction, service_sid: str | None) -> str | None:
    service = None if service_sid is None else await tx.support.service(service_sid)
    return None if service is None else service.unique_name


async def _detail(
    env: Env, tx: Transaction, ask: Ask, one: TollfreeVerification
) -> VerificationDetail:
    number = await tx.numbers.get(one.tollfree_phone_number_sid, one.account_sid)
    service_sid = None if number is None else number.service_sid
    by_hand = one.registrar == MANUAL
    details: dict[str, Any] = one.details
    edit_reason = details.pop("edit_reason", "")
    return VerificationDetail(
        verification=_row(env, one),
        handed_in=HandedIn(
            **{field: value for field, value in details.items() if field not in PERSONAL}
        ),
        personal=[
            PersonalField(field, show.private(details[field], one.sid, field))
            for field in PERSONAL
            if field in details
        ],
        number_sid=one.tollfree_phone_number_sid,
        held=number is not None,
        service_sid=service_sid,
        service_name=await _pool(tx, service_sid),
        registrar=one.registrar,
        by_hand=by_hand,
        underway=not by_hand and one.submitted < one.submissions,
        submissions=one.submissions,
        next=sorted(map(TollfreeStatus, life_cycle.TOLLFREE[one.status])) if by_hand else [],
        edit_reason=edit_reason,
        customer_profile_sid=one.customer_profile_sid or "",
        external_reference_id=one.external_reference_id or "",
        may_change=ask.role.may(Role.ADMIN),
    )
