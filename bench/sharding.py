"""What several databases would give, and cost: a calculation for
docs/explanation/beyond-one-postgres.md, with chance from a fixed seed.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Iterator, Sequence
from typing import Final

_SHARDS: Final = (2, 4, 8, 16)
_TRIALS: Final = 200
_SERVICES: Final = 1_000
#: How much more the first Service has than the second, and so on: 1/rank to the power of this.
_SKEWS: Final = (0.0, 0.8, 1.1)
_SESSIONS: Final = (3, 20, 100)
#: Opt-outs among messages.
_STOPS: Final = 0.001


def report() -> str:
    """The three tables, as Markdown."""
    return "\n\n".join((_of_services(), _of_pairs(), _of_stops()))


def speed_up(shards: int, skew: float, trials: int = _TRIALS) -> float:
    """How many times one database's rate so many reach, when each Service is on the one that chance
    gives it: the busiest is the limit. The median of the trials."""
    draw = random.Random(f"{shards} {skew}")
    weights = [rank**-skew for rank in range(1, _SERVICES + 1)]
    total = sum(weights)
    found = []
    for _ in range(trials):
        loads = [0.0] * shards
        for weight in weights:
            loads[draw.randrange(shards)] += weight
        found.append(total / max(loads))
    return statistics.median(found)


def numbers_needed(sessions: int, shards: int, *, by_chance: bool, trials: int = _TRIALS) -> float:
    """How many times as large a pool has to be, when each database has a part of it as large as any
    other's, for one person in so many sessions at once. A person needs as many numbers on a
    database as they have sessions there: the parts follow the fullest. The median of the trials."""
    if not by_chance:
        # Each session goes where its people have the fewest.
        return -(-sessions // shards) * shards / sessions
    draw = random.Random(f"{sessions} {shards}")
    found = []
    for _ in range(trials):
        loads = [0] * shards
        for _ in range(sessions):
            loads[draw.randrange(shards)] += 1
        found.append(max(loads) * shards / sessions)
    return statistics.median(found)


def stop_writes(shards: int) -> float:
    """Writes to other databases per message, when each has all opt-outs of its accounts."""
    return _STOPS * (shards - 1)


def _of_services() -> str:
    rows = [
        (
            f"{shards}",
            *(f"{speed_up(shards, skew):.1f}" for skew in _SKEWS),
        )
        for shards in _SHARDS
    ]
    largest = [1 / sum(rank**-skew for rank in range(1, _SERVICES + 1)) for skew in _SKEWS]
    heads = ("databases", *(f"rate, largest Service has {share:.1%}" for share in largest))
    return _table(heads, rows)


def _of_pairs() -> str:
    rows = [
        (
            f"{sessions}",
            *(
                f"{numbers_needed(sessions, shards, by_chance=True):.1f} / "
                f"{numbers_needed(sessions, shards, by_chance=False):.1f}"
                for shards in _SHARDS[:3]
            ),
        )
        for sessions in _SESSIONS
    ]
    heads = (
        "sessions of the busiest person",
        *(f"{shards} databases, by chance / at best" for shards in _SHARDS[:3]),
    )
    return _table(heads, rows)


def _of_stops() -> str:
    rows = [(f"{shards}", f"{stop_writes(shards):.3f}") for shards in _SHARDS]
    return _table(("databases", "writes elsewhere per message"), rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(_lines(heads, rows))


def _lines(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield "|---" * len(heads) + "|"
    for row in rows:
        yield f"| {' | '.join(row)} |"


if __name__ == "__main__":
    print(report())
