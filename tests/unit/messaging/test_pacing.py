"""Which buckets a message counts in, and how long it may queue for them."""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

import msgspec
import pytest

from maskline.messaging.buckets import Budget, Rate, take
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
from maskline.model.registration import Registration, Terms
from maskline.settings import A2pSettings, PacingSettings
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
    assert Pacing(PacingSettings(rates=rates), A2pSettings()).rate(carrier, sender) == rate


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
    buckets = Pacing(PacingSettings(**settings), A2pSettings()).buckets(carrier, "12345")
    assert buckets == tuple(Rate(*one) for one in expected)
    assert {carrier_of(one.name) for one in buckets} <= {carrier}
    assert [is_number(one.name) for one in buckets] == [
        name != "carrier:telnyx" for name, *_ in expected
    ]


def test_buckets_of_very_many_senders_are_not_all_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maskline.messaging.pacing._KEPT", 3)
    pacing = Pacing(PacingSettings(), A2pSettings())
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
        waiting = [Waiting(now + 9, pace(Budget("brand", 5)))]
        assert pace(Budget("brand", 5)).lasting
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
        bucket = Pacing(world.env.settings.pacing, world.env.settings.a2p).buckets("telnyx", LONG)[
            0
        ]
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


AMERICAN = "+12125551234"


def terms(**changes: Any) -> Terms:
    blank = Terms("AC1", "QE1", "BN1", "B1", 2400, 1200, per_number=False, daily_cap=40_000)
    return msgspec.structs.replace(blank, **changes)


class TestRegistered:
    """Buckets of long codes that are bound to a campaign."""

    def buckets(
        self,
        pacing: dict[str, Any] | None = None,
        a2p: dict[str, Any] | None = None,
        *,
        media: bool = False,
        carrier: str = "telnyx",
        **changes: Any,
    ) -> tuple[Any, ...]:
        one = Pacing(PacingSettings(**(pacing or {})), A2pSettings(**(a2p or {})))
        found = one.buckets(carrier, LONG, terms(**changes), media=media)
        assert one.buckets(carrier, LONG, terms(**changes), media=media) == found
        return found

    def test_campaign_and_brand(self) -> None:
        own, campaign, brand = self.buckets()
        # A burst and a minute's worth together are what AT&T takes in a minute.
        assert campaign == Rate("campaign:QE1:sms", (2400 - 40) / 60, 40)
        assert campaign.per_second * 60 + campaign.burst == pytest.approx(2400)
        # The number alone may send what the campaign may.
        assert own == Rate(f"number:telnyx:{LONG}", campaign.per_second, 39)
        assert (brand.name, brand.amount) == ("brand:B1", 40_000)
        assert (brand.account_sid, brand.resource_sid) == ("AC1", "BN1")

    def test_media_have_a_bucket_of_their_own_and_the_same_day(self) -> None:
        _, campaign, brand = self.buckets(media=True)
        assert campaign == Rate("campaign:QE1:mms", (1200 - 24) / 60, 24)
        assert brand.name == "brand:B1"

    def test_a_class_may_hold_for_each_number(self) -> None:
        _, campaign, _ = self.buckets(per_number=True, sms_tpm=60)
        assert campaign == Rate(f"campaign:QE1:sms:{LONG}", 48 / 60, 12)

    def test_a_brand_that_is_not_known(self) -> None:
        assert self.buckets(brand_sid=None)[2].resource_sid == "QE1"

    @pytest.mark.parametrize(
        ("rates", "rate"),
        [
            ((), 2360 / 60),
            (("GB=3",), 2360 / 60),
            (("telnyx/long-code=3",), 3.0),
            (("long-code=3",), 3.0),
            (("US=3",), 3.0),
            (("vonage/US=3",), 2360 / 60),
        ],
    )
    def test_what_is_set_for_the_number_goes_before(
        self, rates: tuple[str, ...], rate: float
    ) -> None:
        own, *_ = self.buckets({"rates": rates})
        assert own.per_second == rate

    def test_a_number_that_has_no_rate_keeps_none(self) -> None:
        names = [one.name for one in self.buckets({"long_code": 0.0})]
        assert names == ["campaign:QE1:sms", "brand:B1"]

    def test_carriers_that_are_not_paced(self) -> None:
        assert self.buckets(carrier="simulator") == ()

    def test_shares(self) -> None:
        _, campaign, brand = self.buckets(None, {"att_share": 0.5, "tmobile_share": 0.34})
        assert campaign.per_second * 60 + campaign.burst == pytest.approx(4800)
        assert brand.amount == int(40_000 / 0.34)
        (own,) = self.buckets(None, {"att_share": 0.0, "tmobile_share": 0.0})
        assert own == Rate(f"number:telnyx:{LONG}", 1.0)

    @pytest.mark.parametrize("limit", [1, 2, 15, 60, 75, 240, 2400, 4500, 9000])
    def test_no_minute_sees_more_than_its_segments(self, limit: int) -> None:
        """At its fastest, with the burst at once and then evenly; for messages no longer than a
        fifth of it."""
        _, campaign, _ = self.buckets(sms_tpm=limit)
        levels: dict[str, Any] = {}
        now, sent = 0, []
        while now <= 180_000_000:
            turn = take([campaign], levels, 1, now)
            if turn.wait:
                now += turn.wait
            else:
                sent.append(now)
        most = max(
            bisect_left(sent, begin + 60_000_000) - place for place, begin in enumerate(sent)
        )
        assert most <= limit
        assert most >= limit * 0.8 or limit < 5

    def test_only_messages_within_the_country_count(self, world: World) -> None:
        world.env.registry.replace({LONG: Registration(terms())})
        for recipient, lasts in (
            (AMERICAN, True),
            ("+17872345678", True),
            ("+18005551234", True),
            ("+16135550100", False),
            (BRITISH, False),
        ):
            pace = pace_of(world.env, job(0), relay(recipient=recipient))
            assert pace is not None
            assert pace.lasting is lasts
            assert [*pace.budgets] == (["brand:B1"] if lasts else [])
        one = pace_of(world.env, job(0), relay(recipient=AMERICAN, sender="+14158670002"))
        assert one is not None
        assert not one.lasting

    def test_the_same_terms_make_the_same_buckets(self, world: World) -> None:
        world.env.registry.replace({LONG: Registration(terms())})
        paces = [pace_of(world.env, job(0), relay(recipient=AMERICAN)) for _ in "ab"]
        assert paces[0] is not None
        assert paces[1] is not None
        assert paces[0].buckets is paces[1].buckets
        world.env.registry.replace({LONG: Registration(terms(daily_cap=7))})
        changed = pace_of(world.env, job(0), relay(recipient=AMERICAN))
        assert changed is not None
        assert changed.budgets["brand:B1"].amount == 7

    def test_a_campaign_s_queue_fills_the_sender_s(self, world: World) -> None:
        world.env.registry.replace({LONG: Registration(terms(sms_tpm=60))})

        def full(recipient: str) -> bool:
            return world.do(is_full(world.env, world.tx, "telnyx", LONG, recipient))

        assert not full(AMERICAN)
        end = (world.clock() + 11 * HOUR) * 1000
        world.do(world.tx.paces.queues(["campaign:QE1:sms"]))
        world.do(world.tx.paces.set_queues({"campaign:QE1:sms": end}))
        assert full(AMERICAN)
        assert not full(BRITISH)
