"""Registration through Twilio's API: a second server plays Twilio, whose people decide by hand, and
whatever is down meanwhile, each thing is registered there once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.support.carriers import NETWORK_SID, NETWORK_TOKEN, Masked, masked
from tests.support.registration import CAMPAIGN, CUSTOMER, PROFILE
from tests.support.world import POOL, eventually

BRANDS = "/messaging/v1/a2p/BrandRegistrations"


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Masked]:
    with masked(
        tmp_path_factory,
        "twilio",
        "twilio-one",
        MASKLINE_REGISTRAR_NAME="twilio-one",
        MASKLINE_REGISTRAR_POLL_SECONDS="0.2",
        MASKLINE_REGISTRAR_WATCH_SECONDS="1",
    ) as both:
        both.furnish()
        yield both


def decided(both: Masked, path: str, **form: Any) -> None:
    """What Twilio's people say."""
    url = f"{both.network.url}{path}/Report"
    answer = requests.post(url, data=form, auth=(NETWORK_SID, NETWORK_TOKEN), timeout=10)
    assert answer.status_code == 200, answer.text


def approved(both: Masked) -> Any:
    """A brand here that was approved there."""
    brands = both.mask.client.messaging.v1.brand_registrations
    there = both.network.client.messaging.v1.brand_registrations
    known = {one.sid for one in there.list()}
    made = brands.create(CUSTOMER, PROFILE)
    assert made.status == "PENDING"
    (far,) = eventually(lambda: [one for one in there.list() if one.sid not in known])
    decided(both, f"{BRANDS}/{far.sid}", Status="APPROVED", TcrId="B1", BrandScore="60")
    return eventually(lambda: (one := brands(made.sid).fetch()).status == "APPROVED" and one)


def test_a_masking_campaign_from_the_brand_to_a_masked_text(both: Masked) -> None:
    client, there = both.mask.client, both.network.client
    brand = approved(both)
    assert (brand.tcr_id, brand.brand_score) == ("B1", 60)

    texts = client.messaging.v1.services.create(
        friendly_name="Rides", use_inbound_webhook_on_number=True
    )
    for number in client.incoming_phone_numbers.list():
        texts.phone_numbers.create(phone_number_sid=number.sid)
    campaign = texts.us_app_to_person.create(brand_registration_sid=brand.sid, **CAMPAIGN)
    (service,) = eventually(there.messaging.v1.services.list)
    assert service.friendly_name == f"Maskline {texts.sid}"
    (far,) = eventually(service.us_app_to_person.list)
    assert far.us_app_to_person_usecase == "PROXY"
    assert service.phone_numbers.list() == []
    path = f"/messaging/v1/Services/{service.sid}/Compliance/Usa2p/{far.sid}"

    decided(both, path, Status="IN_PROGRESS")
    eventually(lambda: campaign.fetch().campaign_status == "IN_PROGRESS")
    decided(both, path, Status="VERIFIED", CampaignId="CABC123", TmobileTier="LOW_MID")
    found = eventually(lambda: (one := campaign.fetch()).campaign_status == "VERIFIED" and one)
    assert found.campaign_id == "CABC123"
    assert found.rate_limits["tmobile"] == {"brand_tier": "LOW_MID"}
    assert client.messaging.v1.services(texts.sid).fetch().us_app_to_person_registered

    # The numbers follow, and stay masked: Twilio leaves their messages to us.
    eventually(lambda: {one.phone_number for one in service.phone_numbers.list()} == set(POOL))
    here = f"{both.mask.url}/messaging/v1/Services/{texts.sid}/Compliance/Usa2p/{campaign.sid}"
    auth = (both.mask.account_sid, both.mask.auth_token)
    eventually(
        lambda: (
            [
                one["status"]
                for one in requests.get(f"{here}/Report", auth=auth, timeout=10).json()[
                    "phone_numbers"
                ]
            ]
            == ["registered"] * len(POOL)
        )
    )
    near, far_number = both.session()
    assert both.alice.text(near, "Where are you?").status_code == 201
    (text,) = both.bob.receives(1)
    assert (text["from"], text["body"]) == (far_number, "Where are you?")

    # A number that leaves here leaves there.
    gone = texts.phone_numbers.list()[0]
    texts.phone_numbers(gone.sid).delete()
    eventually(lambda: len(service.phone_numbers.list()) == len(POOL) - 1)

    # What is suspended later is heard of.
    decided(both, path, Status="SUSPENDED")
    eventually(lambda: campaign.fetch().campaign_status == "SUSPENDED")
    (alert,) = [one for one in client.monitor.v1.alerts.list() if one.error_code == "30033"]
    assert (alert.resource_sid, alert.service_sid) == (campaign.sid, texts.sid)
    assert not client.messaging.v1.services(texts.sid).fetch().us_app_to_person_registered

    # With its Messaging Service it goes, there too.
    texts.delete()
    eventually(lambda: there.messaging.v1.services.list() == [])


def test_a_registrar_that_is_down_loses_nothing_and_doubles_nothing(both: Masked) -> None:
    client = both.mask.client
    brands = client.messaging.v1.brand_registrations
    before = len(both.network.client.messaging.v1.brand_registrations.list())
    both.network.kill()
    other = "BU" + "3" * 32
    made = [brands.create(one, PROFILE) for one in (other, "BU" + "4" * 32)]
    both.mask.kill()
    both.mask.start()
    both.network.start()
    there = both.network.client.messaging.v1.brand_registrations
    eventually(lambda: len(there.list()) == before + 2, within=90)
    for far in there.list():
        if far.status == "PENDING":
            decided(both, f"{BRANDS}/{far.sid}", Status="APPROVED")
    for one in made:
        eventually(lambda one=one: brands(one.sid).fetch().status == "APPROVED", within=90)
    assert len(there.list()) == before + 2
