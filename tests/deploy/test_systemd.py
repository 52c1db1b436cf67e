"""The units for systemd, read by systemd itself."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.deploy.test_containers import DRAIN, ROOM, known_variables, variables_of

UNITS = Path(__file__).parents[2] / "deploy/systemd"
PROGRAM = "/opt/maskline/bin/maskline"
NAMES = ("maskline.service", "maskline-worker@.service")


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units with a program that is there."""
    for name in NAMES:
        text = (UNITS / name).read_text("utf-8")
        assert text.count(f"ExecStart={PROGRAM} ") == 1
        (tmp_path / name).write_text(text.replace(PROGRAM, "/bin/true"))
    return tmp_path


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *words], capture_output=True, text=True, timeout=30, check=False
    )


@pytest.mark.needs("systemd-analyze")
def test_systemd_finds_nothing_wrong(units: Path) -> None:
    done = analyze("verify", *(str(units / name.replace("@", "@1")) for name in NAMES))
    found = [line for line in done.stderr.splitlines() if "maskline" in line]
    assert (done.returncode, found) == (0, [])
    broken = units / "maskline.service"
    broken.write_text(broken.read_text().replace("ProtectSystem=strict", "ProtectSistem=strict"))
    assert "ProtectSistem" in analyze("verify", str(broken)).stderr


@pytest.mark.needs("systemd-analyze")
@pytest.mark.parametrize("name", NAMES)
def test_they_may_do_next_to_nothing(units: Path, name: str) -> None:
    # systemd's own measure, from 0 (none) to 100 (all); it calls 20 and less fine.
    path = str(units / name.replace("@", "@1"))
    (units / name).rename(path)
    done = analyze("security", "--offline=true", "--threshold=20", path)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_they_get_the_time_that_they_need_to_end(name: str) -> None:
    found = re.search(r"^TimeoutStopSec=(\d+)$", (UNITS / name).read_text(), re.MULTILINE)
    assert found is not None
    assert int(found[1]) >= DRAIN + ROOM


def test_the_environment_names_settings_that_there_are() -> None:
    assert variables_of(UNITS / "environment.example") <= known_variables()
