"""Plays a scene on an engine and says what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec

from tests.chaos.ledger import Shown, Verdict
from tests.chaos.scenes import SCENES, Scene
from tests.chaos.stage import Lengths, Stage
from tests.support.postgres import Cluster

#: The share of the rate before the fault that must be back.
BACK: Final = 0.98
#: The share of the rate that is to be there before a fault is worth its name.
_STEADY: Final = 0.9
#: Seconds that a message may be on its way when all is well.
_LATE: Final = 1.0
#: Seconds that are left for the last messages of a window to come in.
_ON_ITS_WAY: Final = 0.2

SHORT: Final = Lengths(
    before=0.7, fault=0.6, after=0.5, outage=1.2, patience=30, rate=100, pairs=15, lease=2
)


class Row(msgspec.Struct):
    """What came of a scene. Rates are in messages per second, times in seconds from the end of the
    fault; `recovery` is null when the rate was never back. `untold` are messages of whose sending
    the program's webhook was not told."""

    scene: str
    title: str
    engine: str
    accepted: int
    delivered: int
    doubled: int
    unmarked: int
    failed: int
    lost: int
    untold: int
    rate_before: float
    ratio: float
    recovery: float | None
    unexpected: list[str]
    others: float | None = None

    @property
    def key(self) -> str:
        """The scene on its engine."""
        return f"{self.scene} {self.engine}"

    def wrong(self) -> list[str]:
        """What must not be, in words, but for the rate."""
        found = [
            f"{count} {what}"
            for count, what in (
                (self.lost, "lost"),
                (self.unmarked, "came twice and are not marked"),
                (self.untold, "sent and not told to the program"),
            )
            if count
        ]
        if self.doubled and not SCENES[self.scene].doubles:
            found.append(f"{self.doubled} came twice, though nothing ended without a word")
        if self.recovery is None:
            found.append(f"{BACK:.0%} of the rate never came back")
        return [*found, *self.unexpected]

    def wrong_at_length(self) -> list[str]:
        """The same, and the rate over all of the time after it."""
        slow = f"only {self.ratio:.1%} of the rate is back"
        return [*self.wrong(), *([slow] if self.ratio < BACK else [])]


def play(
    name: str,
    engine: str,
    lengths: Lengths,
    directory: Path,
    cluster: Cluster | None,
    say: Callable[[str], None] = lambda _: None,
) -> Row:
    """Plays it on a stage of its own. Raises CannotPlay."""
    with set_up(name, engine, lengths, directory, cluster) as stage:
        return play_on(stage, name, say)


@contextmanager
def set_up(
    name: str, engine: str, lengths: Lengths, directory: Path, cluster: Cluster | None
) -> Iterator[Stage]:
    """The stage that a scene needs. Raises CannotPlay."""
    scene = SCENES[name]
    stage = Stage(lengths, engine, cluster)
    processes = scene.processes if engine == "postgres" else 1
    with stage.set_up(directory, processes, scene.words, small_disk=scene.small_disk):
        yield stage


def play_on(stage: Stage, name: str, say: Callable[[str], None] = lambda _: None) -> Row:
    """Plays a scene where others may have been played before: its ledger is its own."""
    scene, lengths, network = SCENES[name], stage.lengths, stage.network
    network.turn_over()
    ledger = network.ledger
    network.begin(stage.routes, lengths.rate)
    # A server that has just started, on a busy machine, is not yet at its rate.
    stage.until(lambda: _lately(stage, 0.5) >= _STEADY * lengths.rate)
    began = time.monotonic()
    say("load")
    time.sleep(lengths.before)
    # Given a little to come, as below. What had been late and was caught up is no rate.
    end = time.monotonic() - _ON_ITS_WAY
    before = min(lengths.rate, ledger.rate(began, end))
    say("fault")
    scene.play(stage)
    over = time.monotonic()
    say("recovery")
    back = _back(stage, over, before)
    after = time.monotonic()
    say("load again")
    time.sleep(lengths.after)
    end = time.monotonic()
    network.end()
    say("what became of it")
    shown = _settled(stage)
    verdict = ledger.verdict(shown)
    untold = _untold(stage, shown)
    return _row(name, scene, stage, verdict, untold, before, ledger.rate(after, end), back)


def _lately(stage: Stage, window: float) -> float:
    """The rate of the last moments, as far as what was given then has had time to come."""
    end = time.monotonic() - _ON_ITS_WAY
    return stage.network.ledger.rate(end - window, end)


def _back(stage: Stage, over: float, before: float) -> float | None:
    """Seconds until as much was accepted as before and nothing was late any more."""
    ledger, window = stage.network.ledger, min(1.0, stage.lengths.after)

    def since() -> float | None:
        end = time.monotonic() - _ON_ITS_WAY
        start = end - window
        back = start >= over and ledger.rate(start, end) >= BACK * before > 0
        return start if back and not ledger.late(_LATE) else None

    with suppress(AssertionError):
        return (stage.until(since) or over) - over
    return None


def _settled(stage: Stage) -> dict[int, Shown]:
    """What the API shows when all has come, or as long as patience lasts."""
    ledger = stage.network.ledger
    with suppress(AssertionError):
        stage.until(lambda: not ledger.missing)
    shown: dict[int, Shown] = {}

    def settled() -> bool:
        shown.update(stage.shown())
        return all(one.status != "queued" for one in shown.values())

    # What came has to be written down yet, and what ended without a word once more.
    with suppress(AssertionError):
        stage.until(settled)
    return shown


def _untold(stage: Stage, shown: dict[int, Shown]) -> int:
    """How many messages were sent without a word to the program."""
    told = stage.network.told

    def untold() -> list[str]:
        sent = (one.leg for one in shown.values() if one.status == "sent")
        return [leg for leg in sent if "sent" not in told.get(leg, ())]

    with suppress(AssertionError):
        stage.until(lambda: not untold())
    return len(untold())


def _row(
    name: str,
    scene: Scene,
    stage: Stage,
    verdict: Verdict,
    untold: int,
    before: float,
    after: float,
    back: float | None,
) -> Row:
    return Row(
        scene=name,
        title=scene.title,
        engine=stage.engine,
        **verdict._asdict(),
        untold=untold,
        rate_before=before,
        ratio=after / before if before else 0.0,
        recovery=back,
        unexpected=sorted(set(stage.network.unexpected)),
    )
