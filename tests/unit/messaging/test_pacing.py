"""Which buckets a message counts in, and how long it may queue for them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.messaging.buckets import Budget, Rate
from maskline.messaging.pacing import (
    Pace,
    Pacing,
    Sender,
    Waiting,
    carrier_of,
    country_of,
    is_full,
    is_number,
    kind_of,
    line_up,
    pace_of,
)
from maskline.model.job import Callback, Job, Relay
from maskline.settings import PacingSettings
from tests.support.memory import World

LONG = "+14158670001"
TOLL_FREE = "+18005551234"
BRITISH = "+447911123456"
HOUR = 3_600_000


@pytest.mark.parametrize(
    ("sender", "kind", "country"),
    [
        (LONG, Sender.LONG_CODE, "US"),
        ("+16135550100", Sender.LONG_CODE, "US"),
        (TOLL_FREE, Sender.TOLL_FREE, "US"),
        ("12345", Sender.SHORT_CODE, ""),
        (BRITISH, Sender.INTERNATIONAL, "GB"),
        ("+525512345678", Sender.INTERNATIONAL, "MX"),
        ("Parcels", Sender.INTERNATIONAL, ""),
        ("\N{ARABIC-INDIC DIGIT ONE}" * 5, Sender.INTERNATIONAL, ""),
    ],
)
def test_kinds_of_senders(sender: str, kind: Sender, country: str) -> None:
    assert (kind_of(sender), country_of(sender)) == (kind, country)


@pytest.mark.parametrize(
    ("rates", "carrier", "sender", "rate"),
    [
        ((), "telnyx", LONG, 1.0),
        ((), "telnyx", TOLL_FREE, 3.0),
        ((), "telnyx", "12345", 100.0),
        ((), "telnyx", BRITISH, 10.0),
        ((), "telnyx", "Parcels", 10.0),
        (("GB=2",), "telnyx", BRITISH, 2.0),
        (("US=2",), "telnyx", LONG, 2.0),
        (("US=2",), "telnyx", TOLL_FREE, 3.0),
        (("telnyx/long-code=6",), "telnyx", LONG, 6.0),
        (("telnyx/long-code=6",), "vonage", LONG, 1.0),
        (("telnyx/international=6", "GB=2"), "telnyx", BRITISH, 6.0),
        (("telnyx/international=6", "telnyx/GB=0.5"), "telnyx", BRITISH, 0.5),
        (("toll-free=0",), "telnyx", TOLL_FREE, 0.0),
    ],
)
def test_rates(rates: tuple[str, ...], carrier: str, sender: str, rate: float) -> None:
    assert Pacing(PacingSettings(rates=rates)).rate(carrier, sender) == rate


@pytest.mark.covers("carrier:accounts.rate")
@pytest.mark.parametrize(
    ("rates", "limit", "rate"),
    [
        ((), None, 1.0),
        ((), 5.0, 5.0),
        # What is said of all says nothing of this carrier.
        (("US=2", "long-code=3"), 5.0, 5.0),
        (("vonage/long-code=6",), 5.0, 5.0),
        # The operator knows better.
        (("telnyx/long-code=6",), 5.0, 6.0),
        (("telnyx/US=0",), 5.0, 0.0),
        (("telnyx/toll-free=6",), 5.0, 5.0),
    ],
)
def test_a_carrier_s_own_limit_holds_unless_the_settings_name_it(
    rates: tuple[str, ...], limit: float | None, rate: float
) -> None:
    pacing = Pacing(PacingSettings(rates=rates))
    assert pacing.rate("telnyx", LONG, limit) == rate
    # And one that changes is taken up.
    pacing.buckets("telnyx", LONG)
    own = [one.per_second for one in pacing.buckets("telnyx", LONG, limit) if isinstance(one, Rate)]
    assert own == ([rate] if rate else [])


@pytest.mark.parametrize(
    ("settings", "carrier", "expected"),
    [
        ({}, "telnyx", [("number:telnyx:12345", 100.0, 100)]),
        ({"burst_seconds": 0.0}, "telnyx", [("number:telnyx:12345", 100.0, 1)]),
        ({"burst_seconds": 2.5}, "telnyx", [("number:telnyx:12345", 100.0, 250)]),
        (
            {"carrier_rates": ("telnyx=50", "vonage=2")},
            "telnyx",
            [("number:telnyx:12345", 100.0, 100), ("carrier:telnyx", 50.0, 50)],
        ),
        (
            {"carrier_rates": ("telnyx=50",), "short_code": 0.0},
            "telnyx",
            [("carrier:telnyx", 50.0, 50)],
        ),
        ({"short_code": 0.0}, "telnyx", []),
        ({}, "simulator", []),
        ({"off": ()}, "simulator", [("number:simulator:12345", 100.0, 100)]),
    ],
)
def test_buckets(
    settings: dict[str, Any], carrier: str, expected: list[tuple[str, float, int]]
) -> None:
    buckets = Pacing(PacingSettings(**settings)).buckets(carrier, "12345")
    assert buckets == tuple(Rate(*one) for one in expected)
    assert {carrier_of(one.name) for one in buckets} <= {carrier}
    assert [is_number(one.name) for one in buckets] == [
        name != "carrier:telnyx" for name, *_ in expected
    ]


def test_buckets_of_very_many_senders_are_not_all_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maskline.messaging.pacing._KEPT", 3)
    pacing = Pacing(PacingSettings())
    made = [pacing.buckets("telnyx", f"1234{i}") for i in range(9)]
    assert len(pacing._kept) <= 3
    assert [one[0].name for one in made] == [f"number:telnyx:1234{i}" for i in range(9)]


def relay(**changes: Any) -> Relay:
    one = Relay("SM1", None, "AC1", None, "telnyx", LONG, BRITISH, "hi", (), "outbound-api", None)
    return msgspec.structs.replace(one, **changes)


def job(now: int) -> Job:
    return Job("JB1", "relay", "AC1", "", b"", "pending", 0, 0, "", "", now)


@pytest.mark.parametrize(
    ("changes", "segments"),
    [
        ({}, 1),
        ({"body": "x" * 161}, 2),
        ({"body": "🙂" * 70}, 3),
        ({"body": "x" * 161, "media": (("https://m.example/1", ""),)}, 1),
    ],
)
def test_what_a_message_takes(world: World, changes: dict[str, Any], segments: int) -> None:
    now = world.clock()
    pace = pace_of(world.env, job(now), relay(**changes))
    bucket = Rate(f"number:telnyx:{LONG}", 1.0)
    assert pace == Pace("telnyx", (bucket,), segments, now + 10 * HOUR, 10 * HOUR)
    assert (pace.own, pace.whole) == (bucket.name, "carrier:telnyx")
    assert (pace.seconds, pace.lasting, pace.rates) == (segments, False, {bucket.name: bucket})


def test_a_message_may_say_how_long_it_may_wait(world: World) -> None:
    pace = pace_of(world.env, job(5), relay(valid_seconds=60))
    assert pace is not None
    assert pace.until == 60_005


def test_what_is_not_paced(world: World) -> None:
    assert pace_of(world.env, job(0), relay(carrier="simulator")) is None
    asked = Callback("https://a.example", None)  # type: ignore[arg-type]  # nobody looks into it
    assert pace_of(world.env, job(0), relay(intercept=asked)) is None


def pace(*buckets: Rate | Budget, segments: int = 1, until: int = 1 << 60) -> Pace:
    return Pace("telnyx", buckets, segments, until, HOUR)


class TestQueue:
    def test_each_gets_the_place_behind_the_last(self, world: World) -> None:
        one, now = Rate("one", 2.0), world.clock()
        waiting = [Waiting(0, pace(one, segments=3)), Waiting(0, pace(one)), Waiting(0, pace(one))]
        assert world.do(line_up(world.tx, waiting, now)) == [now, now + 1500, now + 2000]
        assert world.do(line_up(world.tx, waiting[:1], now + 1000)) == [now + 2500]
        # When the queue was empty for a while it begins anew.
        assert world.do(line_up(world.tx, waiting[:1], now + 9000)) == [now + 9000]

    def test_the_longest_queue_counts_and_each_is_its_own(self, world: World) -> None:
        quick, slow, whole = Rate("quick", 10.0), Rate("slow", 0.1), Rate("whole", 5.0)
        now = world.clock()
        waiting = [
            Waiting(0, pace(slow, whole)),
            Waiting(0, pace(slow, whole)),
            Waiting(0, pace(quick, whole)),
        ]
        # The second one's wait for its number does not take the carrier from others meanwhile.
        expected = [now, now + 10_000, now + 400]
        assert world.do(line_up(world.tx, waiting, now)) == expected

    def test_one_that_is_told_when_needs_no_place(self, world: World) -> None:
        one, now = Rate("one", 1.0), world.clock()
        waiting = [Waiting(now + 7), Waiting(now + 5000, pace(one)), Waiting(0, pace(one))]
        assert world.do(line_up(world.tx, waiting, now)) == [now + 7, now + 5000, now + 1000]
        assert world.do(line_up(world.tx, [Waiting(9)], now)) == [9]

    def test_a_budget_has_no_queue_of_its_own(self, world: World) -> None:
        now = world.clock()
        waiting = [Waiting(now + 9, pace(Budget("brand", 5, 1)))]
        assert pace(Budget("brand", 5, 1)).lasting
        assert world.do(line_up(world.tx, waiting, now)) == [now + 9]

    def test_a_queue_is_only_so_long(self, world: World) -> None:
        one, now = Rate("one", 1.0), world.clock()
        whole = Waiting(0, pace(one, segments=3600))
        assert world.do(line_up(world.tx, [whole] * 3, now)) == [now, now + HOUR, None]
        # What found no place took none.
        assert world.do(line_up(world.tx, [whole], now + HOUR)) == [now + 2 * HOUR]

    def test_one_whose_time_is_over_before_its_turn_takes_no_place(self, world: World) -> None:
        one, now = Rate("one", 1.0), world.clock()
        waiting = [
            Waiting(0, pace(one, segments=60)),
            Waiting(0, pace(one, until=now + 5000)),
            Waiting(0, pace(one)),
        ]
        assert world.do(line_up(world.tx, waiting, now)) == [now, now + 5000, now + 60_000]

    def test_a_sender_s_queue_is_full(self, world: World) -> None:
        def full(carrier: str = "telnyx") -> bool:
            return world.do(is_full(world.env, world.tx, carrier, LONG))

        assert not full()
        bucket = Pacing(world.env.settings.pacing).buckets("telnyx", LONG)[0]
        assert isinstance(bucket, Rate)
        waiting = [Waiting(0, Pace("telnyx", (bucket,), 36_000, 1 << 60, 10 * HOUR))]
        world.do(line_up(world.tx, waiting, world.clock()))
        assert not full()
        world.do(line_up(world.tx, waiting, world.clock()))
        assert full()
        assert not full("vonage")
        assert not full("simulator")
        world.clock.advance(10 * HOUR)
        assert not full()
