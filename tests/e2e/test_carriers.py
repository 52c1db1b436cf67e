"""Several accounts at carriers: processes that agree on them, and one that is not well."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import requests

from maskline import app
from maskline.delivery.carriers import owner_of
from maskline.model.carrier import CarrierAccount
from maskline.model.number import ALL_CAPABILITIES
from maskline.model.signature import sign
from maskline.proxy.inventory import Offer, new_number
from maskline.vault import Vault, new_key, read_keys
from tests.support.engines import PostgresEngine
from tests.support.postgres import Cluster
from tests.support.process import ServerProcess
from tests.support.receiver import Receiver, Reply
from tests.support.server import RunningServer
from tests.support.world import ALICE, eventually

KEY = new_key()
AC = "AC" + "a" * 32
TOKEN = "a-token-of-the-carrier"
SICK, WELL = "+14158675310", "+14158675311"


def account(name: str, at: int = 1, **settings: Any) -> CarrierAccount:
    """An account at a carrier of Twilio's shape."""
    secret = msgspec.json.encode({"auth_token": TOKEN})
    sealed = Vault(read_keys(KEY)).seal(secret, owner_of(name, "twilio"))
    given = msgspec.json.encode({"account_sid": AC, "allow_private": True, **settings}).decode()
    return CarrierAccount(name, "twilio", given, sealed, at, at)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningServer]:
    """A server that soon gives a carrier up, and moves people off it."""
    monkeypatch.setattr(app, "_MOVES_PAUSE", 0.05)
    environ = {
        "MASKLINE_CREDENTIALS_KEY": KEY,
        "MASKLINE_CARRIERS_RELOAD_SECONDS": "0.1",
        "MASKLINE_CARRIERS_BREAKER_FAILURES": "1",
        "MASKLINE_CARRIERS_MOVE_AFTER_SECONDS": "1",
        "MASKLINE_CARRIERS_MOVED_TEXT": "By this number from now on.",
    }
    with RunningServer(tmp_path, **environ) as running:
        yield running


@pytest.mark.covers("carrier:accounts.move")
def test_people_leave_a_carrier_that_is_not_well(server: RunningServer) -> None:
    messages = f"/2010-04-01/Accounts/{AC}/Messages.json"
    with Receiver() as network:
        network.pages[f"/sick{messages}"] = Reply("down", "text/plain", 503)
        taken = msgspec.json.encode({"sid": "SM1", "status": "queued"})
        network.pages[f"/well{messages}"] = Reply(taken, "application/json", 201)
        for name, number in (("sick", SICK), ("well", WELL)):
            url = f"{network.url}/{name}"
            server.transact(lambda tx, n=name, u=url: tx.carriers.add(account(n, base_url=u)))
            row = new_number(
                server.server.env, server.account_sid, Offer(number, name, ALL_CAPABILITIES)
            )
            assert server.transact(lambda tx, row=row: tx.numbers.add(row))
        # Who names a number goes before who is put beside it.
        eventually(lambda: {"sick", "well"} <= server.server._carriers.keys())
        proxy = server.client.proxy.v1
        here = proxy.services(proxy.services.create(unique_name="rides").sid)
        for record in server.client.incoming_phone_numbers.list():
            here.phone_numbers.create(sid=record.sid)
        session = here.sessions(here.sessions.create().sid)
        person = session.participants.create(identifier=ALICE, proxy_identifier=SICK)
        session.participants(person.sid).message_interactions.create(body="hello")
        eventually(
            lambda: session.participants(person.sid).fetch().proxy_identifier == WELL, within=20
        )
        told = eventually(lambda: [one for one in network.posted if "/well/" in one.url])
        assert (told[0].form["From"], told[0].form["To"]) == (WELL, ALICE)
        assert told[0].form["Body"] == "By this number from now on."
        text = requests.get(f"{server.url}/metrics", timeout=5).text
        assert 'maskline_carrier_turns_total{carrier="sick",to="open"} 1.0' in text
        assert 'maskline_carrier_seconds_count{carrier="well"} 1.0' in text


@pytest.fixture
def postgres(cluster: Cluster) -> Iterator[str]:
    """The address of an empty database."""
    engine = PostgresEngine(cluster)
    yield engine.url
    engine.end_connections()
    engine.close()


@pytest.mark.covers("carrier:accounts.processes")
def test_processes_agree_on_their_carriers(tmp_path: Path, postgres: str) -> None:
    environ = {
        "MASKLINE_DATABASE_URL": postgres,
        "MASKLINE_CREDENTIALS_KEY": KEY,
        "MASKLINE_CARRIERS_RELOAD_SECONDS": "0.1",
        "MASKLINE_TWILIO_AUTH_TOKEN": TOKEN,
    }
    with ServerProcess(tmp_path, "--workers", "2", **environ) as server:
        words = ("carriers", "add", "twilio", "--name", "one", "--set", f"account_sid={AC}")
        done = server.command(*words)
        assert done.returncode == 0, done.stderr
        url = f"{server.url}/carriers/one/Call/Status"
        form = {"CallSid": "CA1", "CallStatus": "completed"}
        headers = {"X-Twilio-Signature": sign(TOKEN, url, form)}

        def statuses() -> set[int]:
            # A connection each, so that all processes are asked.
            return {
                requests.post(url, data=form, headers=headers, timeout=5).status_code
                for _ in range(8)
            }

        eventually(lambda: statuses() == {200})
        assert server.command("carriers", "remove", "one", "--keep-hooks").returncode == 0
        eventually(lambda: statuses() == {404})
