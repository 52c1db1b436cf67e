"""Every scene in its short form. `make chaos` plays them long, and holds them to the rate too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.play import SHORT, play
from tests.chaos.scenes import SCENES
from tests.chaos.stage import CONNECTIONS, CannotPlay
from tests.support.postgres import Cluster, make_cluster
from tests.support.programs import require


@pytest.fixture(scope="module")
def safe_cluster() -> Iterator[Cluster]:
    """A server that writes to disk what it says it has written."""
    require("initdb", "postgres")
    cluster = make_cluster(
        fsync="on",
        full_page_writes="on",
        synchronous_commit="on",
        max_connections=str(CONNECTIONS),
    )
    yield cluster
    cluster.remove()


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("name", "engine"),
    [(name, engine) for name, scene in SCENES.items() for engine in scene.engines],
)
def test_nothing_is_lost_or_doubled_unmarked_and_the_rate_comes_back(
    name: str, engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    cluster = request.getfixturevalue("safe_cluster") if engine == "postgres" else None
    try:
        row = play(name, engine, SHORT, tmp_path, cluster)
    except CannotPlay as reason:
        pytest.skip(str(reason))
    assert row.wrong() == []
    assert row.accepted > SHORT.rate * (SHORT.before + SHORT.after) / 2
