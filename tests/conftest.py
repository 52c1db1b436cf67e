"""What holds for every test: programs that a test needs, and Hypothesis on a busy machine."""

from __future__ import annotations

from collections.abc import Iterator

import hypothesis
import pytest

from tests.support.postgres import Cluster, make_cluster
from tests.support.programs import require

# A deadline measures the machine, and two test processes share it.
hypothesis.settings.register_profile("maskline", deadline=None)
hypothesis.settings.load_profile("maskline")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose programs are missing; where CI=true nothing may be skipped for that."""
    require(*(program for marker in item.iter_markers("needs") for program in marker.args))


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server, started by the first test of this process that needs one."""
    require("initdb", "postgres")
    cluster = make_cluster()
    yield cluster
    cluster.remove()
