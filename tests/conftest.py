"""What holds for every test: programs that a test needs, and Hypothesis on a busy machine."""

from __future__ import annotations

import os
import shutil

import hypothesis
import pytest

# A deadline measures the machine, and two test processes share it.
hypothesis.settings.register_profile("maskline", deadline=None)
hypothesis.settings.load_profile("maskline")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose programs are missing; where CI=true nothing may be skipped for that."""
    programs = [program for marker in item.iter_markers("needs") for program in marker.args]
    if missing := [program for program in programs if shutil.which(program) is None]:
        reason = f"needs {', '.join(missing)} on PATH"
        if os.environ.get("CI", "").lower() in {"1", "true"}:
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
