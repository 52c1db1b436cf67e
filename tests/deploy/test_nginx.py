"""nginx before a server, as deploy/ configures it: TLS outside, plain HTTP inside."""

from __future__ import annotations

import socket
import ssl
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import pytest
import requests
from twilio.request_validator import RequestValidator

from tests.support.process import ServerProcess
from tests.support.programs import find
from tests.support.receiver import Receiver
from tests.support.server import ACCOUNT_SID, AUTH_TOKEN
from tests.support.world import ALICE, World, eventually

CONF = Path(__file__).parents[2] / "deploy/nginx/maskline.conf"
PEM = Path(__file__).parents[1] / "unit/delivery/localhost.pem"

pytestmark = pytest.mark.needs("nginx")

_AROUND = """
daemon off;
master_process off;
pid {here}/nginx.pid;
error_log {here}/error.log;
events {{}}
http {{
    access_log {here}/access.log;
    client_body_temp_path {here}/body;
    proxy_temp_path {here}/proxy;
    fastcgi_temp_path {here}/fastcgi;
    uwsgi_temp_path {here}/uwsgi;
    scgi_temp_path {here}/scgi;
    include {here}/maskline.conf;
}}
"""


class Front(NamedTuple):
    """The proxy's address, and the server behind it."""

    url: str
    server: ServerProcess


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def written(directory: Path, inside: int, outside: int) -> list[str]:
    """Writes the configuration with this machine's ports and certificate; the command for it."""
    text = CONF.read_text("utf-8")
    for old, new, times in (
        ("server 127.0.0.1:8080", f"server 127.0.0.1:{inside}", 1),
        ("    listen [::]:80;\n", "", 1),
        ("    listen [::]:443 ssl;\n", "", 1),
        ("listen 80;", f"listen 127.0.0.1:{free_port()};", 1),
        ("listen 443 ssl", f"listen 127.0.0.1:{outside} ssl", 1),
        ("server_name masking.example.com", "server_name localhost", 2),
        ("/etc/ssl/maskline/fullchain.pem", str(PEM), 1),
        ("/etc/ssl/maskline/privkey.pem", str(PEM), 1),
    ):
        assert text.count(old) == times, old
        text = text.replace(old, new)
    (directory / "maskline.conf").write_text(text)
    (directory / "nginx.conf").write_text(_AROUND.format(here=directory))
    program = find("nginx")
    assert program is not None
    return [program, "-p", str(directory), "-c", str(directory / "nginx.conf")]


def test_nginx_finds_nothing_wrong(tmp_path: Path) -> None:
    command = [*written(tmp_path, 8080, free_port()), "-t"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    tmp_path = tmp_path_factory.mktemp("front")
    outside = free_port()
    url = f"https://localhost:{outside}"
    environ = {"MASKLINE_PUBLIC_URL": url, "MASKLINE_LOG_FORMAT": "json"}
    with ServerProcess(tmp_path, MASKLINE_LOG_LEVEL="debug", **environ) as server:
        place = tmp_path / "nginx"
        place.mkdir()
        nginx = subprocess.Popen(written(place, server.port, outside))
        try:
            eventually(lambda: answers(outside))
            yield Front(url, server)
        finally:
            nginx.terminate()
            nginx.wait(10)


def answers(port: int) -> bool:
    context = ssl.create_default_context(cafile=str(PEM))
    try:
        with (
            socket.create_connection(("127.0.0.1", port), 1) as wire,
            context.wrap_socket(wire, server_hostname="localhost"),
        ):
            return True
    except OSError:
        return False


def test_a_masked_message_through_tls_with_signatures_both_ways(front: Front) -> None:
    with Receiver() as receiver:
        world = World(front.server, callback_url=f"{receiver.url}/callback")
        session = world.session()
        path = f"/webhooks/v1/Accounts/{ACCOUNT_SID}/Proxy/{world.service.sid}/Webhooks/Message"
        form = {
            "MessageSid": f"SM{uuid.uuid4().hex}",
            "From": ALICE,
            "Body": "hello",
            "To": session.a.proxy_identifier,
            "NumMedia": "0",
        }
        sign = RequestValidator(AUTH_TOKEN).compute_signature
        answer = posted(front, path, form, sign(f"{front.url}{path}", form))
        assert answer.status_code == 200
        # The address inside is not what the carrier signed.
        other = {**form, "MessageSid": f"SM{uuid.uuid4().hex}"}
        inside = sign(f"{front.server.url}{path}", other)
        assert posted(front, path, other, inside).status_code == 403
        session.settles("delivered")
        (first, *_) = eventually(lambda: receiver.at("/callback"))
        signature = first.headers["X-Twilio-Signature"]
        assert RequestValidator(AUTH_TOKEN).validate(first.url, first.form, signature)
        assert first.form["inboundResourceUrl"].startswith(f"{front.url}/api/")
        # One name for the request in the answer, and in both logs.
        name = answer.headers["Twilio-Request-Id"]
        assert len(name) == 32
        assert f'"request_id":"{name}"' in front.server.log


def posted(front: Front, path: str, form: dict[str, str], signature: str) -> requests.Response:
    headers = {
        "X-Twilio-Signature": signature,
        "Content-Type": "application/x-www-form-urlencoded",
    }
    return requests.post(
        f"{front.url}{path}", data=urlencode(form), headers=headers, verify=str(PEM), timeout=10
    )


def test_the_inside_stays_inside(front: Front) -> None:
    for path, status in (
        ("/metrics", 404),
        ("/simulator/phones/%2B12125551234/messages", 404),
        ("/proxy/v1/Services", 401),
        ("/healthz", 200),
    ):
        assert requests.get(f"{front.url}{path}", verify=str(PEM), timeout=10).status_code == status


def test_links_name_the_address_outside(front: Front) -> None:
    found = requests.get(
        f"{front.url}/proxy/v1/Services",
        auth=(ACCOUNT_SID, AUTH_TOKEN),
        verify=str(PEM),
        timeout=10,
    ).json()
    assert found["meta"]["url"].startswith(f"{front.url}/proxy/v1/Services")
