"""Operations: pools and their forecast, figures over time, dead letters, opt-outs."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.console.resources import traffic
from maskline.console.roll_up import RollUp
from maskline.delivery.housekeeping import Housekeeper, chores
from maskline.model.clock import DAY, HOUR, MINUTE
from maskline.model.console import Role
from maskline.store.contract import StoreUnavailable
from maskline.store.repositories.series import Count, PoolLevel
from tests.console.conftest import Sign
from tests.console.town import ALICE, BOB, CAROL, Town
from tests.support.records import Records
from tests.support.world import eventually

ELSEWHERE = "+16465551234"


def look(town: Town) -> None:
    """Figures and pools are written down now."""
    roll_up: RollUp = town.server.server.console._roll_up
    town.server.run(roll_up.write_counts)
    town.server.run(roll_up.write_pools)


def deed(browser: Any, what: str) -> dict[str, Any]:
    """The latest of that kind in the audit log."""
    entries = browser.json("/audit")["entries"]
    found: dict[str, Any] = next(one for one in entries if one["what"] == what)
    return found


def test_pools_say_what_they_have_and_what_comes(town: Town, sign_in: Sign) -> None:
    look(town)
    browser = sign_in(Role.VIEWER)
    page = browser.json("/pools")
    (pool,) = page["pools"]
    assert (pool["service_sid"], pool["service_name"]) == (town.service.sid, "rides")
    assert (pool["numbers"], pool["used"]) == (2, 2)
    assert pool["sessions_per_hour"] >= 1
    (one,) = pool["classes"]
    assert (one["dial_class"], one["unreserved"], one["busiest"]) == ("1", 2, 1)
    assert one["forecast"]["outlook"] == "steady"
    assert one["forecast"]["spare"] == 1
    # One more for the same person within an hour, at this rate and at the earliest.
    assert one["forecast"]["not_before"] is not None


def test_the_pool_that_runs_out_first_is_named(town: Town, sign_in: Sign) -> None:
    server, account = town.server, town.other
    now = server.server.env.clock()
    records = Records(server.server.env.clock)
    service = records.service(account, unique_name="filling")
    levels = [
        PoolLevel(service.sid, "1", now // HOUR - back, 30, 30, 20 - back // 4)
        for back in range(24, -1, -1)
    ]
    numbers = [
        records.number(account, f"+1646555{place:04}", service_sid=service.sid)
        for place in range(30)
    ]

    async def add(tx: Any) -> None:
        await tx.services.add(service)
        for one in numbers:
            await tx.numbers.add(one)
        await tx.series.put_levels(levels)

    server.transact(add)
    page = sign_in().json("/pools", account=account)
    first = page["first"]
    assert (first["service_name"], first["dial_class"], first["busiest"]) == ("filling", "1", 20)
    assert first["forecast"]["outlook"] == "soon"
    # Ten are left, and six more are used a day.
    assert 1.3 * DAY < first["forecast"]["runs_out_at"] - now < 2.2 * DAY
    shown = next(one for one in page["pools"] if one["service_name"] == "filling")
    assert shown["classes"][0]["forecast"]["outlook"] == "soon"
    assert [one["service_name"] for one in page["pools"]] == ["filling", "care"]
    assert sign_in().json("/pools", account=account, size=1)["next"] is not None


def test_a_pools_map_has_every_number(town: Town, sign_in: Sign) -> None:
    browser = sign_in(Role.VIEWER)
    found = browser.json(f"/pools/{town.service.sid}/cells")
    assert found["service_name"] == "rides"
    assert found["next"] is None
    cells = {cell[1]: cell for cell in found["cells"]}
    assert set(cells) == {"+14158675310", "+14158675311"}
    sid, number, in_use, capabilities, reserved, area = cells["+14158675310"]
    assert sid.startswith("PN")
    assert (number, in_use, capabilities, reserved) == ("+14158675310", 1, 7, 0)
    assert area == "US 415"
    assert browser.get("/pools/KS0/cells").status_code == 404


def test_what_passed_is_counted_over_time(
    town: Town, sign_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Else all who look within a moment get the same figures.
    monkeypatch.setattr(traffic, "_FRESH", 0)
    look(town)
    browser = sign_in(Role.VIEWER)
    found = browser.json("/traffic")
    assert found["state"] == "recorded"
    assert found["step"] == MINUTE
    assert len(found["times"]) == 60

    def total(lines: list[dict[str, Any]], outcome: str) -> int:
        return sum(sum(one["values"]) for one in lines if one["outcome"] == outcome)

    assert {one["label"] for one in found["reports"]} == {"simulator"}
    assert total(found["reports"], "delivered") >= 3
    assert total(found["received"], "relayed") >= 3
    assert total(found["received"], "refused") >= 1
    assert total(found["calls"], "relayed") == 1
    assert total(found["webhooks"], "2xx") >= 1
    assert total(found["requests"], "2xx") >= 10
    # Nothing is counted twice.
    before = total(found["received"], "relayed")
    look(town)
    assert total(browser.json("/traffic")["received"], "relayed") == before
    for wanted, step in (("6h", 5), ("24h", 15), ("7d", 120), ("30d", 360)):
        longer = browser.json("/traffic", range=wanted)
        assert longer["step"] == step * MINUTE
        assert total(longer["received"], "relayed") == before
        assert longer["times"][-1] <= town.server.server.env.clock()
    assert browser.get("/traffic", range="1y").status_code == 400


def test_the_whole_servers_figures_are_for_who_sees_all(town: Town, sign_in: Sign) -> None:
    found = sign_in(Role.ADMIN, town.account).json("/traffic")
    assert found["state"] == "hidden"
    assert found["reports"] == found["requests"] == []


def test_figures_that_could_not_be_written_are_written_later(town: Town) -> None:
    roll_up = RollUp(town.server.server.env, town.server.server.store)
    store = roll_up._store

    class Away:
        leads = True

        async def read(self, _: Any) -> Any:
            raise StoreUnavailable("away")

    roll_up._store = Away()  # type: ignore[assignment]
    with pytest.raises(StoreUnavailable):
        town.server.run(roll_up.write_counts)
    roll_up._store = store
    assert not roll_up._before

    async def stop() -> None:
        # One that was never begun leaves what it has not counted.
        await roll_up.stop()

    town.server.run(stop)
    assert not roll_up._before


def test_the_most_frequent_errors_come_with_what_to_do(town: Town, sign_in: Sign) -> None:
    found = sign_in(Role.VIEWER).json("/errors")
    one = next(row for row in found["errors"] if row["code"] == 80903)
    assert one["count"] >= 1
    assert one["level"] == "warning"
    assert "OutOfSessionCallbackUrl" in one["do"]
    assert one["when"]
    assert not [row for row in found["errors"] if "](" in row["do"] + row["when"]]
    browser = sign_in()
    assert browser.json("/errors", days="30")["errors"]
    assert browser.get("/errors", days="2").status_code == 400


def dead(town: Town, **changes: Any) -> Any:
    """A dead letter: a callback that was given up."""
    records = Records(town.server.server.env.clock)
    job = records.job(
        town.account,
        kind="debugger",
        state="dead",
        attempts=9,
        last_error="answered with status 503",
        payload=msgspec.json.encode(
            {
                "url": f"{town.receiver.url}/debugger",
                "alert": msgspec.to_builtins(records.alert(town.account)),
            }
        ),
        **changes,
    )
    town.server.transact(lambda tx: tx.outbox.add_many([job]))
    return job


def test_a_dead_letter_is_replayed(town: Town, sign_in: Sign) -> None:
    job, browser = dead(town), sign_in(Role.SUPPORT)
    (shown,) = [one for one in browser.json("/jobs")["jobs"] if one["sid"] == job.sid]
    assert (shown["kind"], shown["attempts"]) == ("debugger", 9)
    assert shown["last_error"] == "answered with status 503"
    assert shown["destination"].startswith("127.0.0.1:")
    assert shown["resource_sid"].startswith("NO")
    town.receiver.status = 200
    answer = browser.post(f"/jobs/{job.sid}/replay")
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "pending"
    eventually(lambda: town.receiver.at("/debugger"))
    town.server.settle()
    assert browser.post(f"/jobs/{job.sid}/replay").status_code == 404
    assert job.sid not in browser.get("/jobs").text
    assert deed(sign_in(), "job-replayed")["subject"] == job.sid
    other = dead(town)
    assert other.sid in browser.get("/jobs", kind="debugger").text
    assert other.sid not in browser.get("/jobs", kind="callback").text
    assert browser.post(f"/jobs/{other.sid}/discard").ok
    assert browser.get("/jobs", kind="nonsense").status_code == 400
    assert browser.get("/jobs", state="nonsense").status_code == 400


def test_a_dead_letter_is_discarded(town: Town, sign_in: Sign) -> None:
    job, browser = dead(town), sign_in(Role.SUPPORT)
    assert browser.post(f"/jobs/{job.sid}/discard").json() == {"ok": True}
    assert browser.post(f"/jobs/{job.sid}/discard").status_code == 404
    assert deed(sign_in(), "job-discarded")["subject"] == job.sid
    waiting = dead(town)
    late = msgspec.structs.replace(
        waiting,
        sid=Records(town.server.server.env.clock).sids.new("JB"),
        state="pending",
        owner="somebody",
        due_at=town.server.server.env.clock() + DAY,
    )
    town.server.transact(lambda tx: tx.outbox.add_many([late]))
    refused = browser.post(f"/jobs/{late.sid}/discard")
    assert refused.status_code == 409
    assert "not a dead letter" in refused.json()["message"]
    shown = browser.json("/jobs", state="pending")["jobs"]
    assert [one["date_due"] for one in shown if one["sid"] == late.sid] == [late.due_at]
    town.server.transact(lambda tx: tx.outbox.finish(late.sid))
    browser.post(f"/jobs/{waiting.sid}/discard")


def test_support_keeps_opt_outs(town: Town, sign_in: Sign) -> None:
    browser = sign_in(Role.SUPPORT)
    sender = town.alice.proxy_identifier
    # As people write numbers.
    body = {"person": "+1 (646) 555-1234", "sender": sender}
    answer = browser.post("/opt-outs", body)
    assert answer.status_code == 200, answer.text
    made = answer.json()
    assert made["added"]
    opt_out = made["opt_out"]
    assert opt_out["person"]["text"] == "+1646555XXXX"
    assert (opt_out["sender"], opt_out["source"]) == (sender, "console")
    again = browser.post("/opt-outs", body).json()
    assert (again["added"], again["opt_out"]["sid"]) == (False, opt_out["sid"])
    whole = browser.post("/opt-outs", {"person": ELSEWHERE, "sender": town.service.sid}).json()[
        "opt_out"
    ]
    found = browser.json("/opt-outs", person="001646 555 1234")["opt_outs"]
    assert [one["sid"] for one in found] == [whole["sid"], opt_out["sid"]]
    found = browser.json("/opt-outs", person=ELSEWHERE, sender=sender)["opt_outs"]
    assert [one["sid"] for one in found] == [opt_out["sid"]]
    found = browser.json("/opt-outs", sender=town.service.sid)["opt_outs"]
    assert [one["sid"] for one in found] == [whole["sid"]]
    assert browser.json("/opt-outs", source="keyword")["opt_outs"] == []
    assert len(browser.json("/opt-outs", source="console")["opt_outs"]) == 2
    revealed = browser.post("/reveal", {"ref": opt_out["person"]["ref"]})
    assert revealed.json() == {"number": ELSEWHERE}
    # The API says the same.
    assert (
        town.server.client.request(
            "GET", f"{town.server.url}/messaging/v1/OptOuts", params={"ContactId": ELSEWHERE}
        ).text.count('"source":"console"')
        == 2
    )
    for one in (opt_out, whole):
        assert browser.post(f"/opt-outs/{one['sid']}/remove").json() == {"ok": True}
    assert browser.post(f"/opt-outs/{whole['sid']}/remove").status_code == 404
    assert browser.json("/opt-outs", person=ELSEWHERE)["opt_outs"] == []
    admin = sign_in()
    assert deed(admin, "opt-out-removed")["subject"] == whole["sid"]
    assert deed(admin, "opt-out-added")["subject"] == whole["sid"]
    assert ELSEWHERE[1:] not in admin.get("/audit").text


@pytest.mark.parametrize(
    "body",
    [
        {"person": "nobody", "sender": "+14158675310"},
        {"person": "", "sender": "+14158675310"},
        {"person": ELSEWHERE, "sender": "+14158675320"},
        {"person": ELSEWHERE, "sender": "KS0"},
        {"person": ELSEWHERE, "sender": ALICE},
    ],
)
def test_an_opt_out_is_somebodys_from_a_number_of_ours(
    town: Town, sign_in: Sign, body: dict[str, str]
) -> None:
    answer = sign_in(Role.SUPPORT).post("/opt-outs", body)
    assert answer.status_code == 400
    assert answer.json()["code"] == 20001


def test_nothing_here_shows_a_whole_number(town: Town, sign_in: Sign) -> None:
    browser = sign_in()
    told = "".join(
        browser.get(path).text
        for path in ("/pools", f"/pools/{town.service.sid}/cells", "/errors", "/jobs", "/opt-outs")
    )
    assert not [one for one in (ALICE, BOB, CAROL) if one[1:] in told]


def test_old_figures_go(town: Town) -> None:
    """What the chores of the housekeeper do."""
    env, store = town.server.server.env, town.server.server.store
    now = env.clock()
    days = (0, 2, 7, 9, 34, 36)
    levels = [PoolLevel("KS0", "1", (now - days * DAY) // HOUR, 1, 1, 1) for days in (31, 29)]

    async def add(tx: Any) -> None:
        await tx.series.add(
            [Count((now - one * DAY) // MINUTE, "in", "old", "x", 1) for one in days]
        )
        await tx.series.put_levels(levels)

    town.server.transact(add)
    chore = next(one for one in chores() if one.name == "removing counts of traffic")
    town.server.run(lambda: Housekeeper(env, store, []).do(chore))
    for width, kept in ((1, 1), (15, 3), (120, 5)):
        left = town.server.transact(lambda tx, width=width: tx.series.since(0, width))
        assert len([one for one in left if one.label == "old"]) == kept
    assert town.server.transact(lambda tx: tx.series.remove_levels(now // HOUR - 28 * 24)) == 1
