"""The command line as a process: the server it starts, and the numbers that it imports."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).parents[2]
MASKLINE = (sys.executable, "-m", "maskline")


def environ(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if "MASKLINE" not in name}
    return {**kept, "PYTHONPATH": str(ROOT / "src"), **more}


def maskline(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*MASKLINE, *words],
        cwd=folder,
        env=environ(**more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


class Serving:
    """A server that is up. `out` is what it printed until then."""

    def __init__(self, process: subprocess.Popen[str], out: str) -> None:
        self.process = process
        self.out = out
        found = re.search(r"^Proxy API: (http://\S+)/proxy$", out, re.MULTILINE)
        assert found, out
        self.url = found[1]

    def end(self, how: signal.Signals = signal.SIGINT) -> tuple[int, str, str]:
        """Its exit code, and all that it printed since."""
        self.process.send_signal(how)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err


@contextmanager
def serve(folder: Path, *words: str, **more: str) -> Iterator[Serving]:
    process = subprocess.Popen(
        [*MASKLINE, "serve", "--port", "0", *words],
        cwd=folder,
        env=environ(**more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines = []
    try:
        for line in process.stdout:
            lines.append(line)
            if line.startswith("To stop"):
                break
        yield Serving(process, "".join(lines))
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_serve_says_where_it_is_and_ends_cleanly(tmp_path: Path, how: signal.Signals) -> None:
    with serve(tmp_path) as server:
        assert requests.get(f"{server.url}/readyz", timeout=5).json() == {"status": "ready"}
        answer = requests.get(f"{server.url}/healthz", timeout=5)
        assert "server" not in answer.headers
        assert "Simulator: on" in server.out
        assert server.end(how)[0] == 0


def test_a_listener_to_events_does_not_hold_up_the_end(tmp_path: Path) -> None:
    with (
        serve(tmp_path) as server,
        requests.get(f"{server.url}/simulator/events", stream=True, timeout=20) as events,
    ):
        assert events.raw.readline()
        before = time.monotonic()
        assert server.end()[0] == 0
        assert time.monotonic() - before < 4


def test_a_token_that_was_made_up_is_shown_once_and_opens_the_api(tmp_path: Path) -> None:
    with serve(tmp_path) as server:
        sid = re.search(r"^Account SID: (AC\w{32})$", server.out, re.MULTILINE)
        token = re.search(r"^Auth token: (\w{32})$", server.out, re.MULTILINE)
        assert sid
        assert token
        url = f"{server.url}/proxy/v1/Services"
        assert requests.get(url, auth=(sid[1], token[1]), timeout=5).status_code == 200
        assert requests.get(url, auth=(sid[1], "wrong"), timeout=5).status_code == 401
        code, out, err = server.end()
        assert code == 0
        assert token[1] not in out + err
        assert server.out.count(token[1]) == 1
    with serve(tmp_path) as server:
        assert sid[1] in server.out
        assert "Auth token" not in server.out
        _, out, err = server.end()
        assert token[1] not in server.out + out + err
    shown = maskline(tmp_path, "accounts", "show").stdout + maskline(tmp_path, "doctor").stdout
    assert sid[1] in shown
    assert token[1] not in shown


def test_a_token_of_the_settings_is_never_shown(tmp_path: Path) -> None:
    token = "a-token-of-the-settings"
    with serve(tmp_path, MASKLINE_AUTH_TOKEN=token) as server:
        _, out, err = server.end()
    assert token not in server.out + out + err


def test_two_servers_do_not_share_a_database_or_a_port(tmp_path: Path) -> None:
    with serve(tmp_path) as server:
        port = server.url.rpartition(":")[2]
        other = maskline(tmp_path, "serve", "--port", port, "--database", "sqlite:///other.db")
        assert other.returncode == 1
        assert f"port {port} of 127.0.0.1 is taken by another Maskline server" in other.stderr
        assert "--port" in other.stderr
        same = maskline(tmp_path, "serve", "--port", "0")
        assert same.returncode == 1
        assert "another server runs on this database file" in same.stderr
        assert "--database" in same.stderr
        assert maskline(tmp_path, "doctor", "--json").returncode == 0
        for refused in (other, same):
            assert refused.stdout == ""
            assert "Traceback" not in refused.stderr


def test_a_port_of_another_program(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        refused = maskline(tmp_path, "serve", "--port", port)
    assert refused.returncode == 1
    assert f"port {port} of 127.0.0.1 is taken by another program" in refused.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"MASKLINE_PORT": "http"}, "MASKLINE_PORT: port must be a whole number"),
        ({"MASKLINE_DATABASE_URL": "sqlite:////dev/null/x.db"}, "can't create the database file"),
        ({"MASKLINE_CONFIG": "none.toml"}, "none.toml: the file can't be read"),
        ({"MASKLINE_HOST": "192.0.2.1"}, "192.0.2.1 is no address of this machine"),
    ],
)
def test_what_keeps_it_from_starting_is_one_line(
    tmp_path: Path, variables: dict[str, str], says: str
) -> None:
    refused = maskline(tmp_path, "serve", **{"MASKLINE_PORT": "0", **variables})
    assert (refused.returncode, refused.stdout) == (1, "")
    first, *rest = refused.stderr.splitlines()
    assert first.startswith(f"error: {says}")
    assert len(rest) == 1


def test_a_newer_database_is_not_started_on(tmp_path: Path) -> None:
    assert maskline(tmp_path, "migrate", "up").returncode == 0
    connection = sqlite3.connect(tmp_path / "maskline.db")
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    refused = maskline(tmp_path, "serve", "--port", "0")
    assert refused.returncode == 1
    assert "the database has schema 999" in refused.stderr
    assert "Start the newer version" in refused.stderr


def test_ten_thousand_numbers_are_imported_beside_a_running_server(tmp_path: Path) -> None:
    numbers = [f"+1{area}555{last:04}" for area in (415, 628) for last in range(5000)]
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    # As a spreadsheet saves it.
    good.write_bytes("number;friendly_name\r\n".encode("utf-8-sig"))
    with good.open("a", encoding="utf-8", newline="") as file:
        file.writelines(f"{number};Line {at}\r\n" for at, number in enumerate(numbers))
    lines = [*numbers, "+1415", numbers[0]]
    bad.write_text("number\n" + "\n".join(lines) + "\n")
    with serve(tmp_path) as server:
        refused = maskline(tmp_path, "numbers", "import", str(bad))
        assert refused.returncode == 1
        assert "line 10002: the number is not valid" in refused.stderr
        assert f"line 10003: {numbers[0]} stands in line 2 already" in refused.stderr
        assert maskline(tmp_path, "numbers", "list", "--json").stdout.count('"number":') == 0
        done = maskline(tmp_path, "numbers", "import", str(good))
        assert (done.returncode, done.stdout) == (0, "imported 10000 numbers\n"), done.stderr
        again = maskline(tmp_path, "numbers", "import", str(good))
        assert again.returncode == 1, again.stderr[-1000:]
        assert "10000 bad rows" in again.stderr, again.stderr[-1000:]
        assert requests.get(f"{server.url}/readyz", timeout=5).status_code == 200
