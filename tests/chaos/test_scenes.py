"""Every scene in its short form. `make chaos` plays them long, each on a stage of its own, and
holds them to the rate too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.chaos.play import SHORT, Row, play_on, set_up
from tests.chaos.scenes import SCENES, Scene
from tests.chaos.stage import CONNECTIONS, CannotPlay, Stage
from tests.support.postgres import Cluster, make_cluster
from tests.support.programs import require


class Theatre:
    """A stage, which stays for the next scene that needs one like it: servers take longer to start
    than a short scene to play."""

    def __init__(self, factory: pytest.TempPathFactory) -> None:
        self._factory = factory
        self._cluster: Cluster | None = None
        self._stage: Stage | None = None
        self._needs: object = None
        self._stack = ExitStack()

    def play(self, name: str, engine: str) -> Row:
        """Plays a scene. Raises CannotPlay."""
        needs = needs_of(SCENES[name], engine)
        if self._stage is None or needs != self._needs:
            self.clear()
            if engine == "postgres" and self._cluster is None:
                self._cluster = safe_cluster()
            directory = self._factory.mktemp("stage")
            made = set_up(name, engine, SHORT, directory, self._cluster)
            self._stage, self._needs = self._stack.enter_context(made), needs
        try:
            row = play_on(self._stage, name)
        except BaseException:
            self.clear()
            raise
        if row.wrong():
            self.clear()
        return row

    def clear(self) -> None:
        """Ends what is on the stage."""
        self._stage = None
        self._stack.close()

    def close(self) -> None:
        """Ends everything."""
        self.clear()
        if self._cluster is not None:
            self._cluster.remove()


def safe_cluster() -> Cluster:
    """A server that writes to disk what it says it has written."""
    require("initdb", "postgres")
    return make_cluster(
        fsync="on",
        full_page_writes="on",
        synchronous_commit="on",
        max_connections=str(CONNECTIONS),
    )


def needs_of(scene: Scene, engine: str) -> tuple[object, ...]:
    """What a scene needs of its stage; those that need the same stand together."""
    if engine == "sqlite":
        return engine, scene.small_disk
    return engine, scene.small_disk, scene.processes, scene.words


CASES = sorted(
    ((name, engine) for name, scene in SCENES.items() for engine in scene.engines),
    key=lambda case: needs_of(SCENES[case[0]], case[1]),
)


@pytest.fixture(scope="module")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    theatre = Theatre(tmp_path_factory)
    yield theatre
    theatre.close()


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("name", "engine"), CASES)
def test_nothing_is_lost_or_doubled_unmarked_and_the_rate_comes_back(
    name: str, engine: str, theatre: Theatre
) -> None:
    try:
        row = theatre.play(name, engine)
    except CannotPlay as reason:
        pytest.skip(str(reason))
    assert row.wrong() == []
    assert row.accepted > SHORT.rate * (SHORT.before + SHORT.after) / 2
