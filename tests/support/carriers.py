"""A second server that plays a Twilio-shaped carrier, and the one that masks behind it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from maskline.vault import new_key
from tests.support.process import ServerProcess
from tests.support.world import ALICE, BOB, POOL, STRANGER, Handset

NETWORK_SID = "AC" + "2" * 32
NETWORK_TOKEN = "the-network-s-token-0123456789abcdef"


class Masked:
    """`network` has the phones and numbers, and speaks Twilio's 2010 API; `mask` has an account
    there named `name`, and Alice and Bob in a Proxy Service of its own."""

    def __init__(self, network: ServerProcess, mask: ServerProcess, kind: str, name: str) -> None:
        self.network = network
        self.mask = mask
        self.kind = kind
        self.name = name
        self.here: Any = None
        self.alice = Handset(network, ALICE)
        self.bob = Handset(network, BOB)
        self.stranger = Handset(network, STRANGER)

    def cli(self, *words: str) -> str:
        """A command of the mask's; its output."""
        done = self.run(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run(self, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """The same, whatever comes of it."""
        return self.mask.command(*words, **environ)

    def add_carrier(self) -> None:
        """Adds the account at the network."""
        own = "account_sid" if self.kind == "twilio" else "project"
        options = [
            f"{own}={NETWORK_SID}",
            f"base_url={self.network.url}/api",
            "allow_private=true",
        ]
        if self.kind == "twilio":
            options.append(f"messaging_url={self.network.url}/messaging")
        words = [word for option in options for word in ("--set", option)]
        secrets = {
            "twilio": {"MASKLINE_TWILIO_AUTH_TOKEN": NETWORK_TOKEN},
            "signalwire": {
                "MASKLINE_SIGNALWIRE_API_TOKEN": NETWORK_TOKEN,
                "MASKLINE_SIGNALWIRE_SIGNING_KEY": NETWORK_TOKEN,
            },
        }[self.kind]
        done = self.run("carriers", "add", self.kind, "--name", self.name, *words, **secrets)
        assert done.returncode == 0, done.stderr

    def furnish(self) -> None:
        """Numbers at the network, synced; a Service here with all of them in its pool."""
        for number in POOL:
            self.network.client.incoming_phone_numbers.create(phone_number=number)
        self.add_carrier()
        self.cli("numbers", "sync", "--carrier", self.name, "--yes")
        client = self.mask.client
        self.service = client.proxy.v1.services.create(unique_name="rides")
        for record in client.incoming_phone_numbers.list():
            client.proxy.v1.services(self.service.sid).phone_numbers.create(sid=record.sid)

    def session(self) -> tuple[str, str]:
        """Alice and Bob meet, and only here; the numbers that each of them dials."""
        if self.here is not None:
            self.here.update(status="closed")
        here = self.mask.client.proxy.v1.services(self.service.sid).sessions
        session = here.create()
        self.here = here(session.sid)
        made = [self.here.participants.create(identifier=who) for who in (ALICE, BOB)]
        return made[0].proxy_identifier, made[1].proxy_identifier


@contextmanager
def masked(
    tmp: pytest.TempPathFactory | Path, kind: str, name: str, **environ: str
) -> Iterator[Masked]:
    """Both servers, running."""
    base = tmp if isinstance(tmp, Path) else tmp.mktemp(kind)
    folders = [base / "network", base / "mask"]
    for folder in folders:
        folder.mkdir()
    network = ServerProcess(
        folders[0], MASKLINE_ACCOUNT_SID=NETWORK_SID, MASKLINE_AUTH_TOKEN=NETWORK_TOKEN
    )
    network.account_sid, network.auth_token = NETWORK_SID, NETWORK_TOKEN
    mask = ServerProcess(
        folders[1],
        MASKLINE_CREDENTIALS_KEY=new_key(),
        MASKLINE_CARRIERS_RELOAD_SECONDS="0.1",
        MASKLINE_SIMULATOR_ENABLED="false",
        **environ,
    )
    with network, mask:
        yield Masked(network, mask, kind, name)
