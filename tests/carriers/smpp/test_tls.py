"""An SMSC behind TLS."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from maskline.model.traffic import Accepted, Refused
from tests.carriers.smpp.conftest import Line
from tests.carriers.smpp.smsc import Smsc

pytestmark = pytest.mark.needs("openssl")


def certificate(directory: Path, name: str) -> Path:
    """A key and a certificate that vouches for itself, for 127.0.0.1 and `name`.example."""
    subject = f"/CN={name} -addext subjectAltName=IP:127.0.0.1,DNS:{name}.example"
    words = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        f"-keyout {name}.key -out {name}.pem -subj {subject}"
    )
    subprocess.run(words.split(), cwd=directory, check=True, capture_output=True)
    return directory / f"{name}.pem"


@pytest_asyncio.fixture
async def smsc(tmp_path: Path) -> AsyncIterator[Smsc]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate(tmp_path, "smsc"), tmp_path / "smsc.key")
    context.load_verify_locations(certificate(tmp_path, "client"))
    context.verify_mode = ssl.CERT_REQUIRED
    smsc = Smsc(context)
    await smsc.start()
    yield smsc
    await smsc.stop()


@pytest.mark.covers("carrier:smpp.tls")
async def test_both_sides_know_each_other(line: Line, tmp_path: Path) -> None:
    await line.connect(
        tls=True,
        tls_ca=str(tmp_path / "smsc.pem"),
        tls_certificate=str(tmp_path / "client.pem"),
        tls_key=str(tmp_path / "client.key"),
        tls_server_name="smsc.example",
    )
    assert await line.carrier.send(line.message("hi")) == Accepted("m1")


@pytest.mark.parametrize(
    ("ca", "name", "client"),
    [
        ("client", "smsc.example", "client"),
        ("smsc", "other.example", "client"),
        ("smsc", "smsc.example", "smsc"),
    ],
)
async def test_a_stranger_is_told_nothing(
    line: Line, tmp_path: Path, ca: str, name: str, client: str, caplog: pytest.LogCaptureFixture
) -> None:
    await line.connect(
        tls=True,
        tls_ca=str(tmp_path / f"{ca}.pem"),
        tls_certificate=str(tmp_path / f"{client}.pem"),
        tls_key=str(tmp_path / f"{client}.key"),
        tls_server_name=name,
        outage=0.2,
    )
    assert await line.carrier.send(line.message("hi")) == Refused(20503, retry=True)
    assert line.smsc.requests == []
    assert "no connection to the SMSC" in caplog.text


async def test_files_that_are_not_there_are_known_at_once(line: Line, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        await line.connect(tls=True, tls_ca=str(tmp_path / "nothing.pem"))
