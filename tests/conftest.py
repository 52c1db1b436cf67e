"""What holds for every test: programs that a test needs, and Hypothesis on a busy machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.support.engines import ENGINES, lend_database
from tests.support.postgres import Cluster, make_cluster
from tests.support.programs import require

# A deadline measures the machine, and two test processes share it.
hypothesis.settings.register_profile("maskline", deadline=None)
hypothesis.settings.load_profile("maskline")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose programs are missing; where CI=true nothing may be skipped for that."""
    require(*(program for marker in item.iter_markers("needs") for program in marker.args))


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--engine postgres` runs the tests of whole servers on PostgreSQL."""
    parser.addoption("--engine", choices=ENGINES, default="sqlite", help="servers' database")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests of whole servers run on one engine, and those marked `both_engines` on each."""
    if "server_engine" in metafunc.fixturenames:
        both = metafunc.definition.get_closest_marker("both_engines") is not None
        engines = ENGINES if both else [metafunc.config.getoption("engine")]
        metafunc.parametrize("server_engine", engines, scope="session", ids=engines)


@pytest.fixture
def database(
    server_engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[dict[str, str]]:
    """The variable that has a server keep its data in an empty database of the engine's."""
    with lend_database(server_engine, request, tmp_path) as url:
        yield {"MASKLINE_DATABASE_URL": url}


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server, started by the first test of this process that needs one."""
    require("initdb", "postgres")
    cluster = make_cluster()
    yield cluster
    cluster.remove()
