"""The guide to registering a masking campaign does what it says, as it is written."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.process import ServerProcess
from tests.support.registration import CAMPAIGN, CUSTOMER, PROFILE
from tests.support.world import POOL, eventually

PAGE = (Path(__file__).parents[2] / "docs/how-to/a2p-with-proxy.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def commands(*parts: str) -> list[str]:
    """Lines of `maskline a2p` that have one of these parts, in their order."""
    return [
        line
        for block in blocks("sh")
        for line in block.splitlines()
        if line.startswith("maskline a2p") and any(part in line for part in parts)
    ]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """With a Service that has numbers in its pool."""
    with ServerProcess(tmp_path) as server:
        client = server.client
        rides = client.proxy.v1.services.create(unique_name="rides")
        for number in POOL:
            bought = client.incoming_phone_numbers.create(phone_number=number)
            rides.phone_numbers.create(sid=bought.sid)
        yield server


def test_the_program(server: ServerProcess, capsys: pytest.CaptureFixture[str]) -> None:
    program, vetting, _ = blocks("python")
    place: dict[str, Any] = {"client": server.client}
    (rides,) = server.client.proxy.v1.services.list()
    program = program.replace("http://localhost:8080", server.url).replace("KS…", rides.sid)
    exec(program, place)
    assert capsys.readouterr().out == "VERIFIED []\n"
    texts = server.client.messaging.v1.services(place["texts"].sid).fetch()
    assert texts.us_app_to_person_registered
    assert texts.use_inbound_webhook_on_number
    assert {one.phone_number for one in texts.phone_numbers.list()} == set(POOL)
    exec(vetting, place)
    vettings = place["brands"](place["brand"].sid).brand_vettings
    eventually(lambda: {one.vetting_status for one in vettings.list()} == {"SUCCESS"})
    assert {one.vetting_provider for one in vettings.list()} == {"aegis", "campaign-verify"}


def test_a_vetting_and_a_sole_proprietor(server: ServerProcess) -> None:
    brands = server.client.messaging.v1.brand_registrations
    company = brands.create(CUSTOMER, PROFILE).sid
    person = brands.create(CUSTOMER, PROFILE, brand_type="SOLE_PROPRIETOR").sid
    lines = commands("brand vet", "--identity")
    assert len(lines) == 5
    for line in lines:
        asked = brands(company).brand_vettings.list("aegis")
        words = line.replace("BN…", person if "--identity" in line else company)
        words = words.replace("VT…", asked[0].brand_vetting_sid if asked else "")
        done = server.command(*shlex.split(words, comments=True)[1:])
        assert done.returncode == 0, f"{line}: {done.stderr}"
        if "vetted" in line:
            assert line.partition("#")[2].strip() in done.stdout
    assert brands(company).fetch().brand_score == 76
    assert brands(person).fetch().identity_status == "VERIFIED"


def test_the_commands(server: ServerProcess) -> None:
    client = server.client
    services = client.messaging.v1.services
    first, second = (services.create(friendly_name=name) for name in ("Rides", "More rides"))
    for number in client.incoming_phone_numbers.list():
        second.phone_numbers.create(phone_number_sid=number.sid)
    brand = client.messaging.v1.brand_registrations.create(CUSTOMER, PROFILE)
    campaign = ""
    others = commands("tollfree", "brand vet", "--identity")
    lines = [line for line in commands("") if line not in others]
    assert len(lines) == 7
    for line in lines:
        if "QE…" in line and not campaign:
            made = first.us_app_to_person.create(brand_registration_sid=brand.sid, **CAMPAIGN)
            campaign = made.sid
        named = line.replace("BN…", brand.sid).replace("QE…", campaign).replace("MG…", second.sid)
        done = server.command(*named.split()[1:])
        assert done.returncode == 0, f"{line}: {done.stderr}"
    found = first.us_app_to_person(campaign).fetch()
    assert (found.campaign_status, found.campaign_id) == ("SUSPENDED", "CABC123")
    assert not services(first.sid).fetch().us_app_to_person_registered
    assert services(second.sid).fetch().us_app_to_person_registered
    (entered,) = second.us_app_to_person.list()
    assert (entered.campaign_id, entered.us_app_to_person_usecase) == ("CXYZ789", "PROXY")


def test_a_toll_free_number(server: ServerProcess) -> None:
    client = server.client
    number = client.incoming_phone_numbers.create(phone_number="+18005550100")
    *_, program = blocks("python")
    exec(program.replace("PN…", number.sid), {"client": client})
    found = []
    for line in reversed(commands("tollfree")):
        done = server.command(*shlex.split(line)[1:])
        assert done.returncode == 0, f"{line}: {done.stderr}"
        (one,) = client.messaging.v1.tollfree_verifications.list()
        found.append((one.status, one.rejection_reasons))
    (rejected, why), (approved, _) = found
    assert (rejected, approved) == ("TWILIO_REJECTED", "TWILIO_APPROVED")
    assert [(one["code"], one["reason"]) for one in why] == [(30445, "the form shows no box")]
