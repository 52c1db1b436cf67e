"""The demo, as a person or a script runs it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
import requests

from maskline.cli.demo.cast import ALICE, BOB, STRANGER
from tests.support.world import eventually

ROOT = Path(__file__).parents[2]


class Demo:
    """A demo that keeps serving. `out` is what it printed until then."""

    def __init__(self, process: subprocess.Popen[str], out: str, folder: Path) -> None:
        self.process = process
        self.out = out
        self.folder = folder

    def end(self, how: signal.Signals) -> int:
        """Its exit code."""
        self.process.send_signal(how)
        self.process.communicate(timeout=30)
        return self.process.returncode


def environ(folder: Path) -> dict[str, str]:
    # What an operator has set for a server of theirs must not reach the demo.
    kept = {name: value for name, value in os.environ.items() if "MASKLINE" not in name}
    return {
        **kept,
        "PYTHONPATH": str(ROOT / "src"),
        "TMPDIR": str(folder),
        "MASKLINE_DATABASE_URL": "sqlite:////dev/null/never.db",
        "MASKLINE_SIMULATOR_ENABLED": "false",
    }


def demo(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "maskline", "demo", *words],
        cwd=folder,
        env=environ(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


@contextmanager
def kept(folder: Path, *words: str) -> Iterator[Demo]:
    process = subprocess.Popen(
        [sys.executable, "-m", "maskline", "demo", "--port", "0", *words],
        cwd=folder,
        env=environ(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    lines = []
    try:
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Serving at"):
                break
        yield Demo(process, "".join(lines), folder)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def columns(out: str) -> tuple[str, str]:
    """All that stands in Alice's column, and in Bob's, but their own numbers at the top."""
    rows = [line.split("│") for line in out.splitlines() if line.count("│") == 2]
    assert len(rows) > 20
    return "\n".join(row[0] for row in rows), "\n".join(row[2] for row in rows)


def test_the_play_is_played_nothing_leaks_and_nothing_is_left(tmp_path: Path) -> None:
    for _ in range(2):
        done = demo(tmp_path, "--no-keep", "--port", "0")
        assert (done.returncode, done.stderr) == (0, "")
        assert "✗" not in done.stdout
        assert done.stdout.count("✓") == 4
        assert "\x1b" not in done.stdout
        alices, bobs = columns(done.stdout)
        assert ALICE.number in alices
        assert BOB.number in bobs
        for theirs, other in ((alices, BOB), (bobs, ALICE)):
            assert other.number not in theirs
            assert STRANGER.number not in theirs
        seconds = re.search(r"^Played in ([\d.]+) s\.$", done.stdout, re.MULTILINE)
        assert seconds
        assert float(seconds[1]) < 10
        assert "until Ctrl-C" not in done.stdout
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_keeps_serving_without_a_terminal_until_it_is_told(
    tmp_path: Path, how: signal.Signals
) -> None:
    with kept(tmp_path) as running:
        assert list(tmp_path.iterdir()) != []
        assert running.process.poll() is None
        assert running.end(how) == 0
    assert list(tmp_path.iterdir()) == []


def test_an_end_in_the_middle_of_the_play_leaves_nothing(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "maskline", "demo", "--port", "0"],
        cwd=tmp_path,
        env=environ(tmp_path),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "A masked call" in line:
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
    assert "Serving at" not in out
    assert list(tmp_path.iterdir()) == []


def test_a_shell_that_ignores_sigint_can_still_end_it(tmp_path: Path) -> None:
    # A shell starts what it puts in the background with SIGINT ignored.
    ignored = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with kept(tmp_path) as running:
            signal.signal(signal.SIGINT, ignored)
            assert running.end(signal.SIGINT) == 0
    finally:
        signal.signal(signal.SIGINT, ignored)


def test_a_taken_port_is_no_obstacle(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = demo(tmp_path, "--no-keep", "--port", str(port))
    assert done.returncode == 0
    assert f"Port {port} is taken, so the demo takes " in done.stdout


def test_without_the_sdk_it_says_what_to_install(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['twilio'] = None\n"
        "from maskline.cli.program import run; sys.exit(run(['demo', '--no-keep']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environ(tmp_path),
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "pip install 'maskline[demo]'" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.needs("curl")
def test_the_lines_to_paste_work(tmp_path: Path) -> None:
    with kept(tmp_path) as running:
        lines = running.out.partition("Go on by hand")[2].splitlines()
        commands = [line for line in lines if line.startswith("curl ")]
        assert len(commands) == 6
        answers = [json.loads(_paste(command)) for command in commands]
        sent, _, call, on_alices, interactions, messages = answers
        assert sent["body"] == "By hand"
        # It may still have been on its way when the line was pasted.
        assert eventually(lambda: "By hand" in _paste(commands[1]))
        assert call["direction"] == "outbound"
        assert on_alices["calls"][-1]["direction"] == "inbound"
        assert len(interactions["interactions"]) >= 5
        assert len(messages["messages"]) >= 8
        start = next(at for at, line in enumerate(lines) if line.endswith("<<'EOF'"))
        end = lines.index("EOF")
        printed = _paste("\n".join(lines[start : end + 1]))
        assert printed.count("KI") >= 5
        assert '{"body":"By hand"}' in printed


def test_it_ends_with_a_link_that_opens_the_handsets(tmp_path: Path) -> None:
    with kept(tmp_path) as running:
        link = next(line for line in running.out.splitlines() if "#token=" in line)
        page, _, token = link.partition("#token=")
        assert urlsplit(page).path == "/console/sign-in"
        assert urlsplit(page).query == "next=/handsets"
        assert requests.get(page, timeout=5).headers["Content-Type"].startswith("text/html")
        api = page.partition("/sign-in")[0] + "/api"
        browser = requests.Session()
        browser.headers["Origin"] = api.partition("/console")[0]
        me = browser.post(f"{api}/sign-in/link", json={"token": token}, timeout=5)
        assert (me.status_code, me.json()["role"]) == (200, "admin")
        scene = browser.get(f"{api}/handsets", timeout=5).json()["scenes"][0]
        assert [one["number"] for one in scene["people"]] == [ALICE.number, BOB.number]
        path = f"{api}/handsets/{quote(BOB.number, safe='')}/messages"
        sources = [
            medium["src"]
            for message in browser.get(path, timeout=5).json()["messages"]
            for medium in message["media"]
        ]
        picture = browser.get(api.partition("/console")[0] + sources[0], timeout=5)
        assert picture.headers["Content-Type"] == "image/svg+xml"
        again = requests.post(f"{api}/sign-in/link", json={"token": token}, timeout=5)
        assert again.status_code == 401


def _paste(command: str) -> str:
    shell = shutil.which("bash") or "sh"
    done = subprocess.run(
        [shell, "-c", command], capture_output=True, text=True, timeout=30, check=True
    )
    return done.stdout
