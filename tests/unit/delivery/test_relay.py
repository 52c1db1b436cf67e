"""What a carrier is handed, and what is reported of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import msgspec
import pytest

from maskline.batcher import Batcher
from maskline.delivery.pacer import Pacer
from maskline.delivery.relay import RelayHandler
from maskline.delivery.results import Finished, GiveUp, Retry
from maskline.env import Env
from maskline.model.job import Callback, Job, Relay
from maskline.model.sid import SidFactory
from maskline.model.traffic import (
    Accepted,
    LegReport,
    OutboundMessage,
    Refused,
    SendResult,
    Throttled,
    Unclear,
)
from maskline.settings import PacingSettings, Settings
from maskline.store.contract import StoreUnavailable
from tests.support.records import NOON, Records, StoppedClock

JOB = Job("JB1", "relay", "AC1", "", b"", "pending", 0, 0, "", "", NOON)
RELAY = Relay(
    message_sid="SM1",
    interaction_sid="KI1",
    account_sid="AC1",
    participant_sid="KP1",
    carrier="ours",
    sender="+14158670001",
    recipient="+525512345678",
    body="hi",
    media=(),
    direction="outbound-reply",
    intercept=None,
)

#: Nothing was sent, so that what was booked for it is free again.
UNSENT = Finished(settled=True, unsent=True)


class Ours:
    """A carrier that answers everything alike, or fails at it."""

    name = "ours"

    def __init__(self, answer: SendResult) -> None:
        self.sent: list[OutboundMessage] = []
        self.answer: SendResult | Exception = answer

    async def send(self, message: OutboundMessage) -> SendResult:
        """Takes a message, or not."""
        self.sent.append(message)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Bench:
    """A handler with one carrier, and what it reported."""

    def __init__(
        self,
        answer: SendResult,
        *,
        stopped: bool = False,
        off: tuple[str, ...] = (),
        code: int = 0,
    ) -> None:
        self.carrier = Ours(answer)
        self.reported: list[LegReport] = []
        nothing = cast(Any, None)
        carriers = {"ours": cast(Any, self.carrier)}
        stops = cast(Any, List(holds=stopped))
        guard = cast(Any, Guard(code))
        reports = Batcher(self._report)
        clock = StoppedClock()
        self.ticks = 0
        store = cast(Any, Alone())
        pacer = Pacer(store, clock, lambda: self.ticks)
        self.env = Env(clock, SidFactory(clock), Settings(pacing=PacingSettings(off=off)))
        self.handler = RelayHandler(
            self.env, nothing, nothing, carriers, reports, stops, guard, "me", pacer
        )

    async def _report(self, reports: Sequence[LegReport]) -> Sequence[None]:
        self.reported.extend(reports)
        return [None] * len(reports)


class Alone:
    """A store that no other process shares."""

    shared = False


class Guard:
    """A guard that holds everything with a code, or nothing."""

    def __init__(self, code: int) -> None:
        self.code = code

    def suspects(self, relay: Relay) -> bool:
        """Whether it has one."""
        return bool(self.code)

    async def holds(self, relay: Relay) -> int:
        """The code."""
        return self.code


class List:
    """A list of opt-outs."""

    def __init__(self, *, holds: bool) -> None:
        self.holds = holds

    async def hold(self, since: int, relay: Relay) -> bool:
        """Whether the message is stopped."""
        return self.holds


async def test_what_an_opt_out_holds_is_not_handed_over() -> None:
    bench = Bench(Accepted("P1"), stopped=True)
    assert await bench.handler.run(JOB, RELAY) == UNSENT
    assert bench.carrier.sent == []
    (one,) = bench.reported
    assert (one.message_sid, one.status, one.error_code) == ("SM1", "failed", 21610)
    assert (one.job_sid, one.fault) == (JOB.sid, 21610)


@pytest.mark.parametrize("dialled", [None, "+5215512345678"])
async def test_the_carrier_is_given_the_form_that_is_dialled(dialled: str | None) -> None:
    bench = Bench(Accepted("P1"))
    payload = msgspec.structs.replace(RELAY, dialled=dialled)
    assert await bench.handler.run(JOB, payload) == Finished(settled=True)
    (message,) = bench.carrier.sent
    assert message.recipient == (dialled or RELAY.recipient)
    (one,) = bench.reported
    assert (one.message_sid, one.provider_id, one.status) == ("SM1", "P1", "sent")
    assert one.fault is None


async def test_a_refusal_fails_the_message_and_is_told() -> None:
    bench = Bench(Refused(21211, retry=False))
    assert await bench.handler.run(JOB, RELAY) == UNSENT
    (one,) = bench.reported
    assert (one.status, one.error_code, one.fault) == ("failed", 21211, 80613)


async def test_a_carrier_that_is_not_there_fails_the_message_and_is_told() -> None:
    bench = Bench(Accepted("P1"))
    payload = msgspec.structs.replace(RELAY, carrier="theirs")
    assert await bench.handler.run(JOB, payload) == UNSENT
    (one,) = bench.reported
    assert (one.status, one.error_code, one.fault) == ("failed", 21612, 80613)


async def test_a_carrier_that_is_down_until_the_last_retry_is_told_otherwise() -> None:
    bench = Bench(Refused(30008, retry=True, retry_after=2.0))
    result = await bench.handler.run(JOB, RELAY)
    assert isinstance(result, Retry)
    assert result.after == 2.0
    assert bench.reported == []
    assert await bench.handler.exhausted(JOB, RELAY, result.error) == Finished(settled=True)
    (one,) = bench.reported
    assert (one.status, one.error_code, one.fault) == ("failed", 30008, 80502)


async def test_a_message_whose_time_is_over_fails_unsent() -> None:
    bench = Bench(Accepted("P1"))
    old = msgspec.structs.replace(JOB, date_created=NOON - 36_000_000)
    assert await bench.handler.run(old, RELAY) == UNSENT
    assert bench.carrier.sent == []
    (one,) = bench.reported
    assert (one.status, one.error_code, one.fault) == ("failed", 30036, 80502)
    # A minute earlier it would have gone.
    young = msgspec.structs.replace(old, date_created=old.date_created + 60_000)
    await bench.handler.run(young, RELAY)
    assert len(bench.carrier.sent) == 1


async def test_a_message_may_have_less_time_than_others() -> None:
    bench = Bench(Accepted("P1"))
    payload = msgspec.structs.replace(RELAY, valid_seconds=60)
    job = msgspec.structs.replace(JOB, date_created=NOON - 60_000)
    await bench.handler.run(job, payload)
    assert [one.error_code for one in bench.reported] == [30036]


async def test_a_message_that_finds_no_place_in_the_queue_fails() -> None:
    bench = Bench(Accepted("P1"))
    assert await bench.handler.overflow(JOB, RELAY) == Finished(settled=True)
    (one,) = bench.reported
    assert (one.status, one.error_code, one.fault) == ("failed", 30001, 80502)


@pytest.mark.covers("code:30023")
async def test_a_message_whose_brand_has_spent_its_day_fails_by_another_code() -> None:
    bench = Bench(Accepted("P1"))
    assert await bench.handler.overflow(JOB, RELAY, spent=True) == Finished(settled=True)
    (one,) = bench.reported
    assert (one.status, one.error_code, one.fault) == ("failed", 30023, 30023)


@pytest.mark.parametrize("code", [30033, 30034, 30035])
async def test_what_is_not_registered_is_not_handed_over(code: int) -> None:
    bench = Bench(Accepted("P1"), code=code)
    assert await bench.handler.run(JOB, RELAY) == UNSENT
    assert bench.carrier.sent == []
    (one,) = bench.reported
    assert (one.status, one.error_code, one.fault) == ("failed", code, code)


@pytest.mark.parametrize(
    ("answer", "unsent"),
    [
        (Accepted("P1"), False),
        (Unclear(), False),
        (Unclear(repeatable=True), False),
        (Throttled(), True),
        (Refused(30008, retry=True), True),
        (Refused(21211, retry=False), True),
    ],
)
async def test_what_was_booked_is_given_back_where_no_network_saw_it(
    answer: SendResult, unsent: bool
) -> None:
    bench = Bench(answer)
    assert (await bench.handler.run(JOB, RELAY)).unsent is unsent


@pytest.mark.parametrize(
    ("answer", "seconds"), [(Throttled(), 1.0), (Throttled(7.5), 7.5), (Throttled(40.0), 40.0)]
)
async def test_a_carrier_that_is_handed_too_much_is_left_alone(
    answer: Throttled, seconds: float
) -> None:
    bench = Bench(answer)
    result = await bench.handler.run(JOB, RELAY)
    assert isinstance(result, Retry)
    # It is no failure of the message's: it goes on for as long as it may wait.
    assert (result.after, result.counts) == (seconds, False)
    pace = bench.handler.pace(JOB, RELAY)
    assert pace is not None
    turn = await bench.handler.ask(pace)
    assert (turn.by, turn.wait) == (pace.own, int(seconds * 1_000_000))
    other = bench.handler.pace(JOB, msgspec.structs.replace(RELAY, sender="+14158670002"))
    assert other is not None
    assert not (await bench.handler.ask(other)).wait
    bench.ticks += turn.wait
    assert not (await bench.handler.ask(pace)).wait


async def test_a_limit_of_the_whole_account_holds_for_all_numbers() -> None:
    bench = Bench(Throttled(5.0, whole=True))
    await bench.handler.run(JOB, RELAY)
    other = bench.handler.pace(JOB, msgspec.structs.replace(RELAY, sender="+14158670002"))
    assert other is not None
    assert (await bench.handler.ask(other)).by == "carrier:ours"


async def test_a_carrier_without_pacing_is_left_alone_by_the_message_itself() -> None:
    bench = Bench(Throttled(5.0), off=("ours",))
    result = await bench.handler.run(JOB, RELAY)
    assert isinstance(result, Retry)
    assert bench.handler.pace(JOB, RELAY) is None


async def test_what_was_perhaps_sent_is_sent_once_more_and_no_oftener(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench(Unclear())
    result = await bench.handler.run(JOB, RELAY)
    assert isinstance(result, Retry)
    again = msgspec.structs.replace(JOB, attempts=1, last_error=result.error)
    # What comes between does not make it forgotten.
    bench.carrier.answer = Refused(30008, retry=True)
    result = await bench.handler.run(again, RELAY)
    assert isinstance(result, Retry)
    again = msgspec.structs.replace(JOB, attempts=2, last_error=result.error)
    bench.carrier.answer = Unclear()
    assert await bench.handler.run(again, RELAY) == Finished(settled=True)
    (one,) = bench.reported
    assert (one.status, one.error_code, one.fault) == ("failed", 30008, 80502)
    bench.carrier.answer = Accepted("P1")
    await bench.handler.run(again, RELAY)
    assert "possible_duplicate: message SM1" in caplog.text
    assert bench.reported[-1].possible_duplicate


async def test_a_carrier_that_takes_keys_is_asked_until_it_answers() -> None:
    bench = Bench(Unclear(repeatable=True, code=30003))
    job = JOB
    for attempts in range(1, 5):
        result = await bench.handler.run(job, RELAY)
        assert isinstance(result, Retry)
        job = msgspec.structs.replace(job, attempts=attempts, last_error=result.error)
    assert {one.reference for one in bench.carrier.sent} == {"SM1"}
    bench.carrier.answer = Accepted("P1")
    await bench.handler.run(job, RELAY)
    assert not bench.reported.pop().possible_duplicate
    await bench.handler.exhausted(job, RELAY, job.last_error)
    assert [one.error_code for one in bench.reported] == [30003]


async def test_a_carrier_that_fails_at_a_message_may_have_sent_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench(Accepted("P1"))
    bench.carrier.answer = ValueError("+14158670001")
    result = await bench.handler.run(JOB, RELAY)
    assert isinstance(result, Retry)
    assert "ours failed at message SM1: ValueError" in caplog.text
    assert "+14158670001" not in caplog.text
    again = msgspec.structs.replace(JOB, attempts=1, last_error=result.error)
    bench.carrier.answer = Accepted("P1")
    await bench.handler.run(again, RELAY)
    assert bench.reported[-1].possible_duplicate


async def test_what_was_sent_is_not_sent_again_while_the_database_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("maskline.delivery.insist.PAUSE", 0)
    bench = Bench(Accepted("P1"))
    away = 3

    async def report(reports: Sequence[LegReport]) -> Sequence[None]:
        nonlocal away
        if away:
            away -= 1
            raise StoreUnavailable("the database is away")
        return await bench._report(reports)

    bench.handler._reports = Batcher(report)
    assert await bench.handler.run(JOB, RELAY) == Finished(settled=True)
    assert len(bench.carrier.sent) == len(bench.reported) == 1


@pytest.mark.parametrize(
    ("answer", "counted"),
    [
        (Accepted("P1"), ("ours", "accepted", "")),
        (Refused(30003, retry=True), ("ours", "retry", "30xxx")),
        (Refused(21211, retry=False), ("ours", "failed", "21xxx")),
        (Refused(99, retry=False), ("ours", "failed", "other")),
        (Throttled(), ("ours", "throttled", "20xxx")),
        (Unclear(), ("ours", "unclear", "30xxx")),
    ],
)
async def test_what_a_carrier_answers_is_counted(
    answer: SendResult, counted: tuple[str, str, str]
) -> None:
    bench = Bench(answer)
    await bench.handler.run(JOB, RELAY)
    assert bench.env.meter.sends == {counted: 1}


async def test_a_carrier_that_is_not_there_is_no_label() -> None:
    bench = Bench(Accepted("P1"))
    await bench.handler.run(JOB, msgspec.structs.replace(RELAY, carrier="+14158670001"))
    assert bench.env.meter.sends == {("unknown", "failed", "21xxx"): 1}


async def test_the_time_from_intake_to_acceptance_is_measured() -> None:
    bench = Bench(Accepted("P1"))
    job = msgspec.structs.replace(JOB, date_created=bench.env.clock() - 1500)
    await bench.handler.run(job, RELAY)
    (spread,) = bench.env.meter.relay_seconds.values()
    assert spread.total == 1.5
    assert spread.counts[spread.bounds.index(2.5)] == 1


async def test_a_message_without_a_leg_is_kept_as_a_dead_letter() -> None:
    bench = Bench(Accepted("id-1"))
    asked = msgspec.structs.replace(
        RELAY, intercept=Callback("https://a.example/", cast(Any, None))
    )
    assert await bench.handler.exhausted(JOB, asked, "no") == GiveUp("no")
    assert bench.reported == []


RECORDS = Records()
ASKED = msgspec.structs.replace(
    RELAY,
    intercept=Callback(
        "https://a.example/", RECORDS.interaction(RECORDS.session(RECORDS.service("AC1")))
    ),
)


@pytest.mark.parametrize(
    ("owner", "payload", "answer", "marked"),
    [
        ("", RELAY, Accepted("id-1"), False),
        ("me", RELAY, Accepted("id-1"), False),
        ("gone", RELAY, Accepted("id-1"), True),
        # Whoever held it was still asking a program.
        ("gone", ASKED, Accepted("id-1"), False),
        ("gone", RELAY, Refused(21211, retry=False), False),
    ],
)
async def test_a_message_that_may_have_been_sent_before_is_marked(
    caplog: pytest.LogCaptureFixture, owner: str, payload: Relay, answer: SendResult, marked: bool
) -> None:
    bench = Bench(answer)
    job = msgspec.structs.replace(JOB, owner=owner, payload=msgspec.json.encode(payload))
    await bench.handler.run(job, RELAY)
    found = "possible_duplicate: message SM1" in caplog.text
    (reported,) = bench.reported
    assert found == reported.possible_duplicate == marked
    assert not any(secret in caplog.text for secret in (RELAY.sender, RELAY.recipient))
