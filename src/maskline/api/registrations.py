"""Where brands, campaigns and toll-free verifications answer."""

from __future__ import annotations

import falcon.asgi
from falcon.asgi import Request, Response

from maskline.api.brands import BrandOtp, BrandReports, Brands, VettingReports, Vettings
from maskline.api.campaigns import (
    CampaignReports,
    Campaigns,
    CampaignUsecases,
    NumberReports,
    Preregistered,
    ServiceUsecases,
)
from maskline.api.readiness import Readiness
from maskline.api.tollfree_verifications import TollfreeReports, TollfreeVerifications
from maskline.env import Env
from maskline.store.contract import Store


def add_routes(app: falcon.asgi.App[Request, Response], env: Env, store: Store) -> None:
    """Adds them."""
    brand = "/messaging/v1/a2p/BrandRegistrations/{brand_sid}"
    services = "/messaging/v1/Services"
    campaign = f"{services}/{{service_sid}}/Compliance/Usa2p/{{sid}}"
    tollfree = "/messaging/v1/Tollfree/Verifications/{sid}"
    for path, resource in (
        (brand, Brands(env, store)),
        (f"{brand}/Vettings/{{sid}}", Vettings(env, store)),
        (campaign, Campaigns(env, store)),
        (tollfree, TollfreeVerifications(env, store)),
    ):
        app.add_route(path, resource)
        app.add_route(path.rpartition("/")[0], resource, suffix="list")
    for path, single in (
        ("/messaging/v1/a2p/Readiness", Readiness(env, store)),
        (f"{brand}/SmsOtp", BrandOtp(env, store)),
        (f"{brand}/Report", BrandReports(env, store)),
        (f"{brand}/Vettings/{{sid}}/Report", VettingReports(env, store)),
        (f"{services}/Usecases", ServiceUsecases(env, store)),
        (f"{services}/PreregisteredUsa2p", Preregistered(env, store)),
        (f"{campaign.rpartition('/')[0]}/Usecases", CampaignUsecases(env, store)),
        (f"{campaign}/Report", CampaignReports(env, store)),
        (f"{campaign}/PhoneNumbers/{{number_sid}}/Report", NumberReports(env, store)),
        (f"{tollfree}/Report", TollfreeReports(env, store)),
    ):
        app.add_route(path, single)
