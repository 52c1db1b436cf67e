"""`/messaging/v1/a2p/BrandRegistrations`, with their `Vettings`, `SmsOtp` and, ours, `Report`."""

from __future__ import annotations

from typing import Any

from falcon.asgi import Request, Response

from maskline.a2p import brands, manual
from maskline.api.paging import kept, listed
from maskline.api.resource import MessagingResource, answer, created
from maskline.model.a2p import Brand, RegistrationError, Vetting, VettingProvider
from maskline.model.clock import iso
from maskline.model.errors import MORE_INFO


class BrandsResource(MessagingResource):
    """What belongs to brands."""

    def brands_url(self, req: Request) -> str:
        """The address of the brands."""
        return f"{self.base(req)}/v1/a2p/BrandRegistrations"

    def vettings_url(self, req: Request, brand_sid: str) -> str:
        """The address of a brand's examinations."""
        return f"{self.brands_url(req)}/{brand_sid}/Vettings"


class Brands(BrandsResource):
    """The account's brands."""

    async def on_get_list(self, req: Request, resp: Response) -> None:
        """Lists them."""
        account, request, url = self.account(req), self.page_request(req), self.brands_url(req)
        page = await self.store.read(lambda tx: tx.brands.page(account, request))
        answer(resp, listed(page, request, url, "data", lambda one: shown(one, url)))

    async def on_post_list(self, req: Request, resp: Response) -> None:
        """Creates one, and has it registered."""
        account, form = self.account(req), await self.form(req)
        brand = await self.store.transact(lambda tx: brands.create(self.env, tx, account, form))
        created(resp, shown(brand, self.brands_url(req)))

    async def on_get(self, req: Request, resp: Response, brand_sid: str) -> None:
        """Fetches one."""
        account = self.account(req)
        brand = await self.store.read(lambda tx: brands.find(tx, account, brand_sid))
        answer(resp, shown(brand, self.brands_url(req)))

    async def on_post(self, req: Request, resp: Response, brand_sid: str) -> None:
        """Has one that failed registered again."""
        account = self.account(req)
        await self.form(req)
        brand = await self.store.transact(
            lambda tx: brands.resubmit(self.env, tx, account, brand_sid)
        )
        resp.status = 202
        answer(resp, shown(brand, self.brands_url(req)))


class BrandOtp(BrandsResource):
    """The code that confirms a sole proprietor."""

    async def on_post(self, req: Request, resp: Response, brand_sid: str) -> None:
        """Has it sent anew."""
        account = self.account(req)
        await self.form(req)
        brand = await self.store.transact(
            lambda tx: brands.send_passcode(self.env, tx, account, brand_sid)
        )
        created(resp, {"account_sid": brand.account_sid, "brand_registration_sid": brand.sid})


class BrandReports(BrandsResource):
    """Ours: what an operator says came of a brand that is registered by hand."""

    async def on_post(self, req: Request, resp: Response, brand_sid: str) -> None:
        """Takes it in."""
        account, form = self.account(req), await self.form(req)
        brand = await self.store.transact(
            lambda tx: manual.brand(self.env, tx, account, brand_sid, form)
        )
        answer(resp, shown(brand, self.brands_url(req)))


class Vettings(BrandsResource):
    """A brand's examinations by third parties."""

    async def on_get_list(self, req: Request, resp: Response, brand_sid: str) -> None:
        """Lists them."""
        account, request, query = self.account(req), self.page_request(req), self.query(req)
        provider = query.choice("VettingProvider", VettingProvider) or ""
        page = await self.store.read(
            lambda tx: brands.vettings(tx, account, brand_sid, str(provider), request)
        )
        url, filters = self.vettings_url(req, brand_sid), kept(query, "VettingProvider")
        answer(
            resp, listed(page, request, url, "data", lambda one: shown_vetting(one, url), filters)
        )

    async def on_post_list(self, req: Request, resp: Response, brand_sid: str) -> None:
        """Has the brand examined."""
        account, form = self.account(req), await self.form(req)
        vetting = await self.store.transact(
            lambda tx: brands.examine(self.env, tx, account, brand_sid, form)
        )
        created(resp, shown_vetting(vetting, self.vettings_url(req, brand_sid)))

    async def on_get(self, req: Request, resp: Response, brand_sid: str, sid: str) -> None:
        """Fetches one."""
        account = self.account(req)
        vetting = await self.store.read(lambda tx: brands.find_vetting(tx, account, brand_sid, sid))
        answer(resp, shown_vetting(vetting, self.vettings_url(req, brand_sid)))


class VettingReports(BrandsResource):
    """Ours: what an operator says came of an examination."""

    async def on_post(self, req: Request, resp: Response, brand_sid: str, sid: str) -> None:
        """Takes it in."""
        account, form = self.account(req), await self.form(req)
        vetting = await self.store.transact(
            lambda tx: manual.vetting(self.env, tx, account, brand_sid, sid, form)
        )
        answer(resp, shown_vetting(vetting, self.vettings_url(req, brand_sid)))


def shown(brand: Brand, brands_url: str) -> dict[str, Any]:
    """The resource. `failure_reason` and `brand_feedback` are former words for `errors`."""
    url = f"{brands_url}/{brand.sid}"
    errors = shown_errors(brand.errors)
    return {
        "sid": brand.sid,
        "account_sid": brand.account_sid,
        "customer_profile_bundle_sid": brand.customer_profile_bundle_sid,
        "a2p_profile_bundle_sid": brand.a2p_profile_bundle_sid,
        "date_created": iso(brand.date_created),
        "date_updated": iso(brand.date_updated),
        "brand_type": brand.brand_type,
        "status": brand.status,
        "tcr_id": brand.tcr_id,
        "failure_reason": errors[0]["description"] if errors else None,
        "errors": errors,
        "url": url,
        "brand_score": brand.brand_score,
        "brand_feedback": None,
        "identity_status": brand.identity_status,
        "russell_3000": switch(brand.russell_3000),
        "government_entity": switch(brand.government_entity),
        "tax_exempt_status": brand.tax_exempt_status,
        "skip_automatic_sec_vet": bool(brand.skip_automatic_sec_vet),
        "mock": bool(brand.mock),
        "links": {
            "brand_vettings": f"{url}/Vettings",
            "brand_registration_otps": f"{url}/SmsOtp",
        },
    }


def shown_vetting(vetting: Vetting, vettings_url: str) -> dict[str, Any]:
    """The resource."""
    return {
        "account_sid": vetting.account_sid,
        "brand_sid": vetting.brand_sid,
        "brand_vetting_sid": vetting.sid,
        "date_updated": iso(vetting.date_updated),
        "date_created": iso(vetting.date_created),
        "vetting_id": vetting.vetting_id,
        "vetting_class": vetting.vetting_class,
        "vetting_status": vetting.vetting_status,
        "vetting_provider": vetting.vetting_provider,
        "url": f"{vettings_url}/{vetting.sid}",
    }


def shown_errors(errors: list[RegistrationError]) -> list[dict[str, Any]]:
    """Why a registration failed."""
    return [
        {
            "error_code": one.error_code,
            "description": one.description,
            "fields": list(one.fields),
            "url": f"{MORE_INFO}{one.error_code}",
        }
        for one in errors
    ]


def switch(value: int | None) -> bool | None:
    """A switch that may not be known."""
    return None if value is None else bool(value)
