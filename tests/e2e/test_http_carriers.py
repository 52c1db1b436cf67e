"""Carriers with HTTP APIs of their own, end to end: a server behind a stand-in for each, that
speaks HTTP both ways after the published forms. The real ones can't be had here."""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import requests

from maskline.cli.program import run
from maskline.vault import new_key
from tests.support.server import RunningServer
from tests.support.vendors.plivo import Plivo
from tests.support.vendors.telnyx import CallControl, Telnyx
from tests.support.vendors.vendor import Vendor
from tests.support.vendors.vonage import Sms, Vonage
from tests.support.world import eventually

ALICE, BOB = "+12125551234", "+13055551234"
VENDORS: dict[str, type[Vendor]] = {
    "telnyx": Telnyx,
    "telnyx-call-control": CallControl,
    "plivo": Plivo,
    "vonage": Vonage,
    "vonage-sms": Sms,
}


class Masked:
    """Alice and Bob, masked by numbers at a carrier."""

    def __init__(self, server: RunningServer, vendor: Vendor, environ: dict[str, str]) -> None:
        self.server = server
        self.vendor = vendor
        self._environ = environ
        self.here: Any = None

    def cli(self, *words: str) -> int:
        with mock.patch.dict(os.environ, self._environ | self.vendor.secrets):
            return run(list(words))

    def said(self, *words: str) -> str:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            assert self.cli(*words) == 0
        return out.getvalue()

    def furnish(self) -> None:
        vendor = self.vendor
        options = [f"{name}={value}" for name, value in vendor.settings.items()]
        words = [word for option in options for word in ("--set", option)]
        assert self.cli("carriers", "add", vendor.kind, "--name", "one", *words) == 0
        vendor.door = f"{self.server.url}/carriers/one"
        assert self.cli("numbers", "sync", "--carrier", "one", "--yes") == 0
        client = self.server.client
        service = client.proxy.v1.services.create(unique_name="rides")
        self.service = client.proxy.v1.services(service.sid)
        numbers = client.incoming_phone_numbers.list()
        ours = {vendor.near, vendor.far}
        assert {one.phone_number for one in numbers} == ours | {vendor.spare}
        for one in [one for one in numbers if one.phone_number in ours]:
            self.service.phone_numbers.create(sid=one.sid)
        # The door is open once the account is taken up.
        eventually(lambda: requests.post(f"{vendor.door}/x", timeout=5).status_code == 403)
        self._session()

    def _session(self) -> None:
        vendor = self.vendor
        self.here = self.service.sessions(self.service.sessions.create().sid)
        for who, proxy in ((ALICE, vendor.near), (BOB, vendor.far)):
            self.here.participants.create(identifier=who, proxy_identifier=proxy)

    def newest(self, kind: str, **fields: str) -> Any:
        """The newest interaction, once it is as is said."""

        def look() -> Any:
            (one, *_) = [*self.here.interactions.list(limit=1), None]
            found = one is not None and one.type == kind
            return one if found and all(getattr(one, k) == v for k, v in fields.items()) else None

        return eventually(look)


@pytest.fixture(scope="module", params=list(VENDORS))
def masked(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Masked]:
    folder: Path = tmp_path_factory.mktemp("carrier")
    environ = {
        "MASKLINE_CREDENTIALS_KEY": new_key(),
        "MASKLINE_CARRIERS_RELOAD_SECONDS": "0.1",
        "MASKLINE_SIMULATOR_ENABLED": "false",
        "MASKLINE_DATABASE_URL": f"sqlite:///{folder / 'maskline.db'}",
    }
    with VENDORS[request.param]() as vendor, RunningServer(folder, **environ) as server:
        environ["MASKLINE_PUBLIC_URL"] = server.url
        one = Masked(server, vendor, environ)
        one.furnish()
        yield one


def test_numbers_come_here_until_they_are_released(
    masked: Masked, capsys: pytest.CaptureFixture[str]
) -> None:
    vendor = masked.vendor
    assert masked.cli("numbers", "sync", "--carrier", "one", "--dry-run", "--json") == 0
    assert {step["action"] for step in json.loads(capsys.readouterr().out)} == {"keep"}
    applications = {vendor.application(one) for one in (vendor.near, vendor.far, vendor.spare)}
    assert len(applications - {"", "old"}) == 1
    assert masked.cli("numbers", "release", vendor.spare) == 0
    assert vendor.application(vendor.spare) == "old"


def test_an_operator_tries_it_out(masked: Masked, capsys: pytest.CaptureFixture[str]) -> None:
    vendor, me = masked.vendor, "+12065551234"
    before = len(vendor.sent)
    assert masked.cli("carriers", "test", "one", "--to", me, "--json") == 0
    steps = {one["step"]: one["says"] for one in json.loads(capsys.readouterr().out)}
    assert set(steps) == {"documents", "number", "credentials", "inbound", "text", "call"}
    # What the carrier lacks is said now, and not when somebody calls.
    assert "Dial.record" in steps["documents"]
    assert vendor.sent[before].recipient == me
    assert vendor.sent[before].sender == steps["number"]
    for words in vendor.spoken:
        assert "Maskline can call you" in words
    assert bool(vendor.spoken) is (type(vendor) is not CallControl)


def sent(masked: Masked, count: int) -> Any:
    return eventually(lambda: len(masked.vendor.sent) >= count and masked.vendor.sent[count - 1])


def test_texts_go_both_ways_masked(masked: Masked) -> None:
    vendor = masked.vendor
    before = len(vendor.sent)
    assert vendor.text(ALICE, vendor.near, "Where are you? 👋").status_code == 200
    text = sent(masked, before + 1)
    assert (text.sender, text.recipient) == (vendor.far, BOB)
    assert text.body == "Where are you? 👋"
    assert vendor.report(text, arrived=True).status_code in (200, 204)
    masked.newest("message", outbound_resource_status="delivered")
    assert vendor.text(BOB, vendor.far, "Here").status_code == 200
    reply = sent(masked, before + 2)
    assert (reply.sender, reply.recipient, reply.body) == (vendor.near, ALICE, "Here")
    assert vendor.report(reply, arrived=False).status_code in (200, 204)
    lost = masked.newest("message", outbound_resource_status="undelivered")
    assert masked.server.client.messages(lost.outbound_resource_sid).fetch().error_code == 30006
    assert len(vendor.sent) == before + 2


def test_a_long_text_goes_as_one(masked: Masked) -> None:
    """Some carriers bring it in parts."""
    vendor, long = masked.vendor, " ".join(["parcel"] * 60)
    before = len(vendor.sent)
    assert vendor.text(ALICE, vendor.near, long).status_code == 200
    text = sent(masked, before + 1)
    assert text.body.replace(" ", "") == "parcel" * 60
    # What was taken in can be taken in again, and is not doubled.
    listed = ["carriers", "requests", "list", "--json", "--limit", "20"]
    kept = json.loads(masked.said(*listed))["requests"]
    parts = [one for one in kept if "parcel" in one["body"]]
    assert parts
    for one in parts:
        assert masked.said("carriers", "requests", "replay", one["sid"]).strip() == "duplicate"
    assert len(vendor.sent) == before + 1


def test_pictures_go_on(masked: Masked) -> None:
    vendor = masked.vendor
    before = len(vendor.sent)
    picture = f"{vendor.url}/media/x.png"
    assert vendor.text(ALICE, vendor.near, "look", (picture,)).status_code == 200
    (url,) = sent(masked, before + 1).media
    assert url == picture or requests.get(url, timeout=5).content == b"picture"


def test_calls_are_masked_and_followed_to_their_end(masked: Masked) -> None:
    vendor = masked.vendor
    connected = vendor.call(ALICE, vendor.near)
    assert (connected.caller_id.lstrip("+"), connected.target.lstrip("+")) == (
        vendor.far[1:],
        BOB[1:],
    )
    assert ALICE[1:] not in connected.raw
    assert connected.raw.count(BOB[1:]) == 1
    vendor.leg(connected, "answers")
    masked.newest("voice", outbound_resource_status="in-progress")
    vendor.leg(connected, "ends")
    ended = masked.newest("voice", outbound_resource_status="completed")
    assert ended.inbound_resource_status == "completed"
    vendor.leg(vendor.call(BOB, vendor.far), "busy")
    masked.newest("voice", outbound_resource_status="busy", inbound_resource_status="busy")


@pytest.mark.covers("carrier:telnyx.opt-out", "carrier:vonage.opt-out", "carrier:plivo.opt-out")
def test_who_opted_out_there_is_opted_out_here(masked: Masked) -> None:
    vendor = masked.vendor
    before = len(vendor.sent)
    vendor.opted_out.add(BOB)
    try:
        assert vendor.text(ALICE, vendor.near, "Still there?").status_code == 200
        if vendor.tells_later:
            vendor.report(sent(masked, before + 1), arrived=False)
        lost = masked.newest("message", outbound_resource_status="failed")
        message = masked.server.client.messages(lost.outbound_resource_sid).fetch()
        assert message.error_code == 21610
    finally:
        vendor.opted_out.clear()
    assert vendor.text(BOB, vendor.far, "START").status_code == 200
    # Maskline answers the word itself, unless the carrier does.
    before = len(vendor.sent)
    assert vendor.text(ALICE, vendor.near, "And now?").status_code == 200
    eventually(lambda: "And now?" in [one.body for one in vendor.sent[before:]])


def test_what_is_not_signed_is_refused(masked: Masked) -> None:
    for path in ("Message", "Status", "Call"):
        for headers in ({}, {"authorization": "Bearer x"}):
            answer = masked.vendor.post(path, b'{"x":"y"}', headers)
            assert (answer.status_code, answer.json()["code"]) == (403, 80625)
