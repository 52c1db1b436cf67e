"""`/messaging/v1/Tollfree/Verifications`."""

from __future__ import annotations

from typing import Any, Final

from falcon.asgi import Request, Response

from maskline.a2p import manual, tollfree
from maskline.a2p.tollfree_form import FIELDS
from maskline.api.brands import switch
from maskline.api.paging import kept, listed
from maskline.api.resource import MessagingResource, answer, created, gone
from maskline.model.clock import iso
from maskline.model.tollfree import TollfreeStatus, TollfreeVerification
from maskline.store.repositories.tollfree import TollfreeFilter

_TRUST_HUB: Final = "https://trusthub.twilio.com/v1"


class TollfreeResource(MessagingResource):
    """What belongs to verifications of toll-free numbers."""

    def verifications_url(self, req: Request) -> str:
        """The address of the list."""
        return f"{self.base(req)}/v1/Tollfree/Verifications"


class TollfreeVerifications(TollfreeResource):
    """The account's verifications of toll-free numbers."""

    async def on_get_list(self, req: Request, resp: Response) -> None:
        """Lists them. `IncludeSubAccounts` is taken, and changes nothing: there are none."""
        account, request, query = self.account(req), self.page_request(req), self.query(req)
        query.boolean("IncludeSubAccounts")
        status = query.choice("Status", TollfreeStatus)
        narrow = TollfreeFilter(
            phone_number_sid=query.text("TollfreePhoneNumberSid", 255) or "",
            status="" if status is None else status.value,
            external_reference_id=query.text("ExternalReferenceId", 255) or "",
            trust_product_sids=tuple(query.many("TrustProductSid")),
        )
        page = await self.store.read(
            lambda tx: tx.tollfree_verifications.page(account, narrow, request)
        )
        url = self.verifications_url(req)
        filters = [
            *kept(query, "TollfreePhoneNumberSid", "Status", "ExternalReferenceId"),
            *(("TrustProductSid", one) for one in narrow.trust_product_sids),
        ]
        answer(
            resp,
            listed(page, request, url, "verifications", lambda one: shown(one, url), filters),
        )

    async def on_post_list(self, req: Request, resp: Response) -> None:
        """Has a number verified."""
        account, form = self.account(req), await self.form(req)
        made = await self.store.transact(lambda tx: tollfree.create(self.env, tx, account, form))
        created(resp, shown(made, self.verifications_url(req)))

    async def on_get(self, req: Request, resp: Response, sid: str) -> None:
        """Fetches one."""
        account = self.account(req)
        found = await self.store.read(lambda tx: tollfree.find(tx, account, sid))
        answer(resp, shown(found, self.verifications_url(req)))

    async def on_post(self, req: Request, resp: Response, sid: str) -> None:
        """Corrects one that was rejected, and hands it in again."""
        account, form = self.account(req), await self.form(req)
        found = await self.store.transact(
            lambda tx: tollfree.update(self.env, tx, account, sid, form)
        )
        resp.status = 202
        answer(resp, shown(found, self.verifications_url(req)))

    async def on_delete(self, req: Request, resp: Response, sid: str) -> None:
        """Deletes one."""
        account = self.account(req)
        await self.store.transact(lambda tx: tollfree.delete(self.env, tx, account, sid))
        gone(resp)


class TollfreeReports(TollfreeResource):
    """Ours: what an operator says came of a verification."""

    async def on_post(self, req: Request, resp: Response, sid: str) -> None:
        """Takes it in."""
        account, form = self.account(req), await self.form(req)
        found = await self.store.transact(
            lambda tx: manual.verification(self.env, tx, account, sid, form)
        )
        answer(resp, shown(found, self.verifications_url(req)))


def shown(one: TollfreeVerification, verifications_url: str) -> dict[str, Any]:
    """The resource. `resource_links` lead to Twilio, which has the documents."""
    details, rejections = one.details, one.rejections
    first = rejections[0] if rejections else None
    return {
        "sid": one.sid,
        "account_sid": one.account_sid,
        "customer_profile_sid": one.customer_profile_sid,
        "trust_product_sid": one.trust_product_sid,
        "date_created": iso(one.date_created),
        "date_updated": iso(one.date_updated),
        "regulated_item_sid": one.regulated_item_sid,
        **{field: details.get(field) for field in FIELDS},
        "tollfree_phone_number_sid": one.tollfree_phone_number_sid,
        "tollfree_phone_number": one.tollfree_phone_number,
        "status": one.status,
        "url": f"{verifications_url}/{one.sid}",
        "rejection_reason": first and first.reason,
        "error_code": first and first.code,
        "edit_expiration": None if one.edit_expiration is None else iso(one.edit_expiration),
        "edit_allowed": switch(one.edit_allowed),
        "rejection_reasons": [
            {"code": reason.code, "reason": reason.reason} for reason in rejections
        ]
        or None,
        "resource_links": _links(one),
        "external_reference_id": one.external_reference_id,
        "vetting_id_expiration": None,
    }


def _links(one: TollfreeVerification) -> dict[str, str]:
    links = {}
    if one.customer_profile_sid is not None:
        links["customer_profile"] = f"{_TRUST_HUB}/CustomerProfiles/{one.customer_profile_sid}"
    if one.trust_product_sid is not None:
        product = f"{_TRUST_HUB}/TrustProducts/{one.trust_product_sid}"
        links["trust_product"] = product
        if one.regulated_item_sid is not None:
            item = one.regulated_item_sid
            links["channel_endpoint_assignment"] = f"{product}/ChannelEndpointAssignments/{item}"
    return links
