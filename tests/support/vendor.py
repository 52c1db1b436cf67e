"""A carrier's API, played over real HTTP in its published forms, and a server behind it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qsl

import msgspec
import requests

from maskline.delivery.carriers import owner_of
from maskline.model.carrier import CarrierAccount
from maskline.model.clock import system_clock
from maskline.model.number import Capability
from maskline.proxy import inventory
from maskline.proxy.inventory import Offer
from maskline.vault import Vault, new_key, read_keys
from tests.support.server import ACCOUNT_SID, RunningServer
from tests.support.world import ALICE, BOB, POOL, eventually

_CAN: int = Capability.VOICE | Capability.SMS | Capability.MMS


class Asked(NamedTuple):
    """A request to the API. Header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


def _read(raw: bytes, headers: Mapping[str, str]) -> Any:
    """A body as JSON, as a form, or as it is."""
    if not raw:
        return None
    if headers.get("content-type", "").startswith("application/xml"):
        return raw
    if headers.get("content-type", "").startswith("application/json"):
        return json.loads(raw)
    return dict(parse_qsl(raw.decode(), keep_blank_values=True))


class Told(NamedTuple):
    """What the API answers."""

    status: int
    body: Any = b""
    content_type: str = "application/json"


class Vendor:
    """Answers each request with what `answer` says, and remembers it."""

    def __init__(self, answer: Callable[[Asked], Told]) -> None:
        self.asked: list[Asked] = []
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._serve()

            def do_POST(self) -> None:
                self._serve()

            def do_PUT(self) -> None:
                self._serve()

            def do_DELETE(self) -> None:
                self._serve()

            def do_PATCH(self) -> None:
                self._serve()

            def _serve(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                one = Asked(self.command, self.path, headers, _read(raw, headers))
                told = answer(one)
                vendor.asked.append(one)
                body = told.body if isinstance(told.body, bytes) else json.dumps(told.body).encode()
                self.send_response(told.status)
                self.send_header("Content-Type", told.content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Behind:
    """A Service whose numbers are all at the vendor, by an account named `name`; Alice and Bob are
    in a session. `near` is what Alice writes to, `far` what Bob does."""

    def __init__(
        self, server: RunningServer, name: str, numbers: Sequence[str], **service: str
    ) -> None:
        self.server = server
        self.name = name
        self.door = f"{server.url}/carriers/{name}"
        client = server.client
        made = client.proxy.v1.services.create(unique_name=name, **service)
        proxy = client.proxy.v1.services(made.sid)
        for record in client.incoming_phone_numbers.list():
            if record.phone_number in numbers:
                proxy.phone_numbers.create(sid=record.sid)
        self.session = proxy.sessions(proxy.sessions.create().sid)
        people = [self.session.participants.create(identifier=who) for who in (ALICE, BOB)]
        self.near, self.far = (one.proxy_identifier for one in people)

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> requests.Response:
        """The vendor's hook."""
        return requests.post(f"{self.door}/{path}", data=body, headers=dict(headers), timeout=10)

    def settles(self, kind: str, status: str) -> Any:
        """The newest interaction, once its outbound leg is so."""
        return eventually(
            lambda: next(
                (
                    one
                    for one in self.session.interactions.list()[:1]
                    if (one.type, one.outbound_resource_status) == (kind, status)
                ),
                None,
            )
        )

    def stands(self, sid: str, status: str) -> Any:
        """A call, once it is so."""
        calls = self.server.client.calls
        return eventually(lambda: found if (found := calls(sid).fetch()).status == status else None)


class Account(NamedTuple):
    """An account at a vendor, and the numbers that are reached by it."""

    kind: str
    name: str
    settings: Mapping[str, Any]
    secrets: Mapping[str, Any]
    numbers: Sequence[str] = POOL


@contextmanager
def masking(folder: Path, accounts: Sequence[Account], **environ: str) -> Iterator[RunningServer]:
    """A server with these accounts, once it has their doors."""
    key, now = new_key(), system_clock()
    vault = Vault(read_keys(key))
    environ = {
        "MASKLINE_CREDENTIALS_KEY": key,
        "MASKLINE_CARRIERS_RELOAD_SECONDS": "0.1",
        "MASKLINE_SIMULATOR_ENABLED": "false",
        **environ,
    }
    with RunningServer(folder, **environ) as server:

        async def furnish(tx: Any) -> None:
            for one in accounts:
                secrets = msgspec.json.encode(one.secrets)
                sealed = vault.seal(secrets, owner_of(one.name, one.kind))
                given = msgspec.json.encode({**one.settings, "allow_private": True}).decode()
                await tx.carriers.add(CarrierAccount(one.name, one.kind, given, sealed, now, now))
                for number in one.numbers:
                    offer = Offer(number, one.name, _CAN)
                    record = inventory.new_number(server.server.env, ACCOUNT_SID, offer, None)
                    await tx.numbers.add(record)

        server.transact(furnish)
        for one in accounts:
            door = f"{server.url}/carriers/{one.name}"
            eventually(lambda at=door: requests.post(at, timeout=5).status_code != 404)  # type: ignore[misc]
        yield server


@contextmanager
def behind(
    folder: Path, kind: str, settings: Mapping[str, Any], secrets: Mapping[str, Any], **environ: str
) -> Iterator[Behind]:
    """A server with an account of this kind, and with numbers there."""
    account = Account(kind, f"{kind}-one", settings, secrets)
    with masking(folder, [account], **environ) as server:
        yield Behind(server, account.name, account.numbers)
