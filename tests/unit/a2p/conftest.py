"""Brands and campaigns in a world in memory."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.a2p import brands, campaigns, tollfree
from maskline.model.a2p import Brand, Campaign
from maskline.model.messaging_service import MessagingService
from maskline.model.registrar import Registration
from maskline.model.tollfree import TollfreeVerification
from tests.support.memory import World, form
from tests.support.registration import CAMPAIGN_FORM, CUSTOMER, PROFILE, TOLLFREE_FORM


class Registry:
    """Makes what is registered, by the API's parameters."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.account = world.account.sid

    def brand(self, **params: Any) -> Brand:
        """A new brand."""
        values = {"CustomerProfileBundleSid": CUSTOMER, "A2PProfileBundleSid": PROFILE, **params}
        return self.world.do(
            brands.create(self.world.env, self.world.tx, self.account, form(values))
        )

    def approved(self, **params: Any) -> Brand:
        """One that is approved, however that came."""
        return self.put(self.brand(**params), status="APPROVED")

    def put(self, record: Any, **changes: Any) -> Any:
        """Writes a brand or campaign as it is not by itself."""
        new = msgspec.structs.replace(record, **changes)
        tx = self.world.tx
        repository = {
            Brand: tx.brands,
            Campaign: tx.campaigns,
            TollfreeVerification: tx.tollfree_verifications,
        }[type(record)]
        self.world.do(repository.update(new))
        return new

    def campaign(
        self, brand: Brand | None = None, service: MessagingService | None = None, **params: Any
    ) -> Campaign:
        """A new campaign of an approved brand."""
        brand = brand or self.approved()
        service = service or self.world.add_messaging_service()
        values = {**CAMPAIGN_FORM, "BrandRegistrationSid": brand.sid, **params}
        env, tx = self.world.env, self.world.tx
        return self.world.do(campaigns.create(env, tx, self.account, service.sid, form(values)))

    def verification(self, **params: Any) -> TollfreeVerification:
        """A new toll-free verification."""
        number = self.world.add_number("+18005550100")
        values = {**TOLLFREE_FORM, "TollfreePhoneNumberSid": number.sid, **params}
        env, tx = self.world.env, self.world.tx
        return self.world.do(tollfree.create(env, tx, self.account, form(values)))

    def jobs(self) -> list[Registration]:
        """What registrars are to be told, oldest first."""
        found = [job for job in self.world.jobs() if job.kind == "registration"]
        return [msgspec.json.decode(job.payload, type=Registration) for job in found]


@pytest.fixture
def registry(world: World) -> Registry:
    """An empty one."""
    return Registry(world)
