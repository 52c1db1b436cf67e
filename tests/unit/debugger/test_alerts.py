from __future__ import annotations

from typing import Any, cast

import msgspec
import pytest

from maskline.debugger.alerts import new_alert, raise_alerts, raise_alone
from maskline.model.account import Account
from maskline.model.alert import Alert
from maskline.model.errors import CATALOGUE
from maskline.model.job import Notice
from maskline.store.contract import Store
from tests.support.memory import World

DEBUGGER = "https://debug.example.com/alerts"


@pytest.mark.covers("says:changelog.levels")
def test_every_code_of_proxy_is_a_warning_or_an_error(world: World) -> None:
    levels = {
        new_alert(world.env, code, "AC1", None, None).log_level
        for code in CATALOGUE
        if 80100 <= code < 81000
    }
    assert levels == {"warning", "error"}


def test_an_alert_has_the_dictionary_s_level_and_text(world: World) -> None:
    alert = new_alert(world.env, 80903, "AC1", "KS1", "SM1")
    assert alert == Alert(
        sid=alert.sid,
        account_sid="AC1",
        service_sid="KS1",
        resource_sid="SM1",
        error_code=80903,
        log_level="warning",
        alert_text=CATALOGUE[80903].text,
        date_generated=world.clock(),
        date_created=world.clock(),
        request_method=None,
        request_url=None,
        request_variables=None,
        request_headers=None,
        response_headers=None,
        response_body=None,
        response_status=None,
    )
    assert alert.sid.startswith("NO")


def test_a_detail_follows_the_text(world: World) -> None:
    alert = new_alert(world.env, 80902, "AC1", None, None, "HTTP 500")
    assert alert.alert_text == f"{CATALOGUE[80902].text}: HTTP 500"
    assert alert.log_level == "error"


def test_a_code_that_is_in_no_dictionary(world: World) -> None:
    with pytest.raises(KeyError):
        new_alert(world.env, 1, "AC1", None, None)


def test_the_request_behind_it(world: World) -> None:
    answered = new_alert(world.env, 80908, "AC1", None, "KI1", "", world.records.exchange(502))
    assert (answered.request_method, answered.response_status) == ("POST", 502)
    assert answered.request_url == "https://app.example.com/callback"
    assert answered.request_variables == "interactionSid=KI1&interactionData=%5Bredacted%5D"
    assert answered.request_headers == "X-Twilio-Signature=%5Bredacted%5D"
    assert answered.response_headers == "content-type=text%2Fplain"
    assert answered.response_body == "well"
    silent = new_alert(world.env, 80908, "AC1", None, "KI1", "", world.records.exchange(None))
    assert (silent.request_method, silent.response_body) == ("POST", None)


def alert(world: World, resource: str | None = "SM1", code: int = 80903) -> Alert:
    return new_alert(world.env, code, world.account.sid, None, resource)


def notices(world: World) -> list[Notice]:
    jobs = [job for job in world.jobs() if job.kind == "debugger"]
    assert all((job.ordering_key, job.account_sid) == ("", world.account.sid) for job in jobs)
    return [msgspec.json.decode(job.payload, type=Notice) for job in jobs]


def set_debugger(world: World, account: Account, url: str | None) -> None:
    changed = msgspec.structs.replace(account, debugger_url=url)
    world.do(world.tx.accounts.update(changed))


class TestRaise:
    def test_it_is_kept_and_told_to_nobody(self, world: World) -> None:
        one = alert(world)
        world.do(raise_alerts(world.env, world.tx, [one]))
        assert world.alerts() == [one]
        assert world.jobs() == []

    def test_it_is_kept_and_told_where_the_account_says(self, world: World) -> None:
        other = world.add_account()
        set_debugger(world, world.account, DEBUGGER)
        mine = [alert(world, "SM1"), alert(world, "SM2")]
        theirs = new_alert(world.env, 80902, other.sid, None, "CA1")
        world.do(raise_alerts(world.env, world.tx, [mine[0], theirs, mine[1]]))
        assert world.alerts() == mine
        assert world.alerts(other) == [theirs]
        assert notices(world) == [Notice(DEBUGGER, one) for one in mine]

    def test_an_address_that_was_taken_away(self, world: World) -> None:
        set_debugger(world, world.account, DEBUGGER)
        set_debugger(world, world.account, None)
        world.do(raise_alerts(world.env, world.tx, [alert(world)]))
        assert len(world.alerts()) == 1
        assert world.jobs() == []

    def test_an_account_that_is_not_there(self, world: World) -> None:
        world.do(raise_alerts(world.env, world.tx, [new_alert(world.env, 80903, "AC1", None, "")]))
        assert world.rows("SELECT COUNT(*) FROM alerts") == [(1,)]

    def test_none(self, world: World) -> None:
        world.do(raise_alerts(world.env, world.tx, []))
        assert world.jobs() == []

    def test_it_leaves_with_the_transaction_that_fails(self, world: World) -> None:
        set_debugger(world, world.account, DEBUGGER)

        async def work() -> None:
            await raise_alerts(world.env, world.tx, [alert(world)])
            raise ValueError("full")

        with pytest.raises(ValueError, match="full"):
            world.do(work())
        assert world.alerts() == []
        assert world.jobs() == []


class TestBounds:
    def raised(self, world: World, *alerts: Alert) -> list[Alert]:
        before = len(world.alerts())
        world.do(raise_alerts(world.env, world.tx, alerts))
        return world.alerts()[before:]

    @pytest.mark.parametrize("together", [True, False])
    def test_of_one_resource(self, world: World, together: bool) -> None:
        set_debugger(world, world.account, DEBUGGER)
        world.change("debugger", alerts_per_resource=3)
        many = [alert(world, "KC1") for _ in range(5)]
        groups = [many] if together else [[one] for one in many]
        told = [one for group in groups for one in self.raised(world, *group)]
        assert [one.sid for one in told] == [one.sid for one in many[:3]]
        assert ["left out" in one.alert_text for one in told] == [False, False, True]
        assert [one.alert for one in notices(world)] == told
        code = str(many[0].error_code)
        assert world.env.meter.alerts == {(code, "kept"): 3, (code, "left-out"): 2}
        # Others are heard.
        assert len(self.raised(world, alert(world, "KC2"))) == 1
        assert len(self.raised(world, alert(world, "KC1", 80904))) == 1

    def test_of_one_account(self, world: World) -> None:
        world.change("debugger", alerts_per_minute=3)
        told = self.raised(world, *(alert(world, f"SM{i}") for i in range(5)))
        assert [one.resource_sid for one in told] == ["SM0", "SM1", "SM2"]
        assert "left out" in told[-1].alert_text
        code = str(alert(world, "SM9").error_code)
        assert world.env.meter.alerts == {(code, "kept"): 3, (code, "left-out"): 2}
        assert len(self.raised(world, alert(world, "KC1", 80904))) == 1
        other = world.add_account()
        world.do(
            raise_alerts(world.env, world.tx, [new_alert(world.env, 80903, other.sid, None, "SM9")])
        )
        assert len(world.alerts(other)) == 1

    def test_a_minute_later_they_are_heard_again(self, world: World) -> None:
        world.change("debugger", alerts_per_resource=1)
        assert len(self.raised(world, alert(world))) == 1
        world.clock.advance(59_999)
        assert self.raised(world, alert(world)) == []
        world.clock.advance(1)
        assert len(self.raised(world, alert(world))) == 1

    def test_what_is_left_out_for_its_resource_takes_nothing_from_others(
        self, world: World
    ) -> None:
        world.change("debugger", alerts_per_resource=1, alerts_per_minute=2)
        assert len(self.raised(world, *(alert(world, "KC1") for _ in range(5)))) == 1
        (other,) = self.raised(world, *(alert(world, f"KC{i}") for i in range(2, 5)))
        assert other.resource_sid == "KC2"

    async def test_beyond_them_the_store_is_not_asked(self, world: World) -> None:
        asked: list[object] = []

        class Counted:
            async def transact(self, use_case: Any) -> None:
                asked.append(await use_case(world.tx))

        world.change("debugger", alerts_per_resource=2)
        for _ in range(5):
            await raise_alone(world.env, cast(Store, Counted()), alert(world))
        assert len(asked) == len(world.alerts()) == 2

    def test_of_no_resource(self, world: World) -> None:
        world.change("debugger", alerts_per_resource=2)
        assert len(self.raised(world, *(alert(world, None) for _ in range(3)))) == 2
