from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.env import Env
from maskline.jobs import new_job
from maskline.model.job import Job, Status
from maskline.store.contract import Transaction
from tests.unit.cli.conftest import CommandLine

PERSON = "+12125551234"


@pytest.fixture
def jobs(maskline: CommandLine, account: dict[str, str]) -> list[Job]:
    """Three dead letters, the last of another kind, and one that waits."""

    async def work(env: Env, tx: Transaction) -> list[Job]:
        told = Status("https://u:p@a.example/x", "POST", "AC", "KS1", "SM1", (("To", PERSON),))
        blank = [new_job(env, "status", told, account["sid"], "k", 1_700_000_000_000)] * 4
        changes: list[dict[str, Any]] = [
            {"state": "dead", "attempts": 7, "last_error": "no connection"},
            {"state": "dead"},
            {"state": "dead", "kind": "relay", "payload": RELAY},
            {"attempts": 1},
        ]
        made = [
            msgspec.structs.replace(job, sid=env.sids.new("JB"), **change)
            for job, change in zip(blank, changes, strict=True)
        ]
        await tx.outbox.add_many(made)
        return made

    found: list[Job] = maskline.transact(work)
    return found


#: A message whose interaction is gone: it can't be replayed.
RELAY = msgspec.json.encode(
    ["SM9", "KI9", "AC", "KP9", "telnyx", "+14155550100", PERSON, "private", [], "x", None]
)


def listed(maskline: CommandLine, *words: str) -> list[str]:
    """The SIDs of a list."""
    typed = maskline("jobs", "list", "--json", *words)
    assert typed.code == 0, typed.err
    return [row["sid"] for row in typed.json["jobs"]]


def test_a_list(maskline: CommandLine, jobs: list[Job]) -> None:
    first, second, relay, waits = (job.sid for job in jobs)
    assert listed(maskline) == [relay, second, first]
    assert listed(maskline, "--kind", "relay") == [relay]
    assert listed(maskline, "--state", "pending") == [waits]
    page = maskline("jobs", "list", "--json", "--limit", "2").json
    assert page["next"] == second
    assert listed(maskline, "--after", second) == [first]
    typed = maskline("jobs", "list", "--limit", "2")
    assert f"--after {second}" in typed.err
    lines = maskline("jobs", "list").out.splitlines()
    assert lines[0].split("\t") == ["kind", "about", "to", "tried", "last error", "made", "SID"]
    assert lines[1].split("\t")[:3] == ["relay", "SM9", "telnyx"]
    assert lines[3].split("\t") == [
        *("status", "SM1", "a.example", "7", "no connection", "2023-11-14T22:13:20Z", first)
    ]


def test_what_a_job_carries_is_shown_only_when_asked_for(
    maskline: CommandLine, jobs: list[Job]
) -> None:
    sid = jobs[2].sid
    for words in ((), ("--json",)):
        hidden = maskline("jobs", "show", sid, *words).out
        assert sid in hidden
        assert "SM9" in hidden
        assert PERSON not in hidden
        assert "private" not in hidden
        shown = maskline("jobs", "show", sid, "--reveal", *words).out
        assert PERSON in shown
        assert "private" in shown
    waits = maskline("jobs", "show", jobs[3].sid, "--json").json
    assert (waits["state"], waits["date_due"]) == ("pending", "2023-11-14T22:13:20Z")
    typed = maskline("jobs", "show", "JB1")
    assert typed.code == 1
    assert "has no job JB1" in typed.err


def test_replay(maskline: CommandLine, jobs: list[Job]) -> None:
    first, second, relay, waits = (job.sid for job in jobs)
    typed = maskline("jobs", "replay", first, relay)
    assert typed.code == 1
    assert f"{relay}: the message was deleted" in typed.err
    assert listed(maskline) == [relay, second, first]
    assert maskline("jobs", "replay", first).out == "replayed 1\n"
    assert listed(maskline) == [relay, second]
    assert listed(maskline, "--state", "pending") == [waits, first]
    again = maskline("jobs", "replay", first)
    assert (again.code, "not a dead letter" in again.err) == (1, True)
    typed = maskline("jobs", "replay", "--all")
    assert typed.out == "replayed 1, 1 can't be and are left\n"
    assert listed(maskline) == [relay]


def test_discard(maskline: CommandLine, jobs: list[Job]) -> None:
    first, second, _, waits = (job.sid for job in jobs)
    assert maskline("jobs", "discard", second).out == "discarded 1\n"
    assert maskline("jobs", "discard", "--all", "--kind", "relay").out == "discarded 1\n"
    assert listed(maskline) == [first]
    assert maskline("jobs", "discard", "--all").out == "discarded 1\n"
    assert listed(maskline) == []
    assert maskline("jobs", "discard", waits).code == 1
    assert listed(maskline, "--state", "pending") == [waits]


@pytest.mark.parametrize(
    "words", [(), ("JB1", "--all"), ("JB1", "--kind", "relay"), ("--kind", "relay")]
)
@pytest.mark.parametrize("command", ["replay", "discard"])
def test_a_line_that_makes_no_sense(
    maskline: CommandLine, jobs: list[Job], command: str, words: tuple[str, ...]
) -> None:
    assert maskline("jobs", command, *words).code == 2
    assert len(listed(maskline)) == 3
