from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from maskline.cli import web
from maskline.cli.refusal import Refusal
from maskline.cli.web import PortTaken
from maskline.settings import Settings


def test_port_0_is_any_and_then_known() -> None:
    one = web.Web(Settings(port=0))
    try:
        assert one.settings.port > 0
        assert one.settings.base_url == f"http://127.0.0.1:{one.settings.port}"
    finally:
        one.close()


def test_a_name_is_listened_to_at_all_its_addresses() -> None:
    sockets = web.listen("localhost", 0)
    try:
        assert sockets
        assert all(one.getsockname()[1] for one in sockets)
    finally:
        for one in sockets:
            one.close()


def test_a_taken_port_says_by_whom() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        # It accepts in the backlog and never answers.
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(web, "_ASK_SECONDS", 0.05)
            with pytest.raises(PortTaken, match="taken by another program") as caught:
                web.listen("127.0.0.1", port)
    assert "--port" in caught.value.advice


@pytest.mark.parametrize("host", ["no-such-host.invalid", "192.0.2.1"])
def test_an_address_of_somebody_else(host: str) -> None:
    with pytest.raises(Refusal, match="no address of this machine"):
        web.listen(host, 0)


def test_all_addresses_are_reached_through_the_loopback() -> None:
    assert web.reachable("0.0.0.0") == "127.0.0.1"
    assert web.reachable("::") == "::1"
    assert web.reachable("example.com") == "example.com"


def test_a_started_server_is_passed_over_by_the_collector() -> None:
    # In a process of its own: here it would keep the other tests' garbage for good.
    code = (
        "import gc; from maskline.cli.web import spare_collector; spare_collector(); "
        "print(gc.get_freeze_count() > 0, 700 < gc.get_threshold()[0] <= 10_000, gc.isenabled())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.split() == ["True"] * 3
