"""What becomes of tests whose programs are not installed."""

from __future__ import annotations

import pytest
from _pytest.outcomes import Failed, Skipped

from tests.support.programs import find, require


@pytest.mark.parametrize("ci", ["", "false", "0"])
def test_without_its_programs_a_test_is_skipped(monkeypatch: pytest.MonkeyPatch, ci: str) -> None:
    monkeypatch.setenv("CI", ci)
    with pytest.raises(Skipped, match="needs no-such-program: see scripts/install-programs"):
        require("sh", "no-such-program")


@pytest.mark.parametrize("ci", ["true", "1", "TRUE"])
def test_where_all_must_run_it_fails(monkeypatch: pytest.MonkeyPatch, ci: str) -> None:
    monkeypatch.setenv("CI", ci)
    with pytest.raises(Failed, match="needs no-such-program"):
        require("no-such-program")


def test_programs_that_are_there() -> None:
    require("sh")
    assert find("sh") is not None
