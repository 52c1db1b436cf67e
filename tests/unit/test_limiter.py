from __future__ import annotations

import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskline.limiter import Key, RateLimiter, SharedWindow, SlidingWindow, Unlimited


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Oracle:
    """The rule itself: remembers every request that was let pass."""

    def __init__(self, most: int, seconds: float, clock: Clock) -> None:
        self.most, self.seconds, self.clock = most, seconds, clock
        self.passed: list[tuple[str, float]] = []

    def take(self, key: str) -> float:
        """Counts those in the window that ends now."""
        now = self.clock()
        inside = [at for one, at in self.passed if one == key and at + self.seconds > now]
        if len(inside) < self.most:
            self.passed.append((key, now))
            return 0.0
        return inside[-self.most] + self.seconds - now


# Steps in eighths of a second, so that sums are exact.
steps = st.lists(st.tuples(st.integers(0, 48), st.sampled_from("abc")), min_size=1, max_size=300)


@given(st.integers(1, 6), st.sampled_from([0.5, 1.0, 5.0]), steps)
def test_it_is_the_rule_to_the_request(
    most: int, seconds: float, requests: list[tuple[int, str]]
) -> None:
    clock = Clock()
    limiter, oracle = SlidingWindow(most, seconds, clock), Oracle(most, seconds, clock)
    for eighths, key in requests:
        clock.now += eighths / 8
        assert limiter.take((key,)) == oracle.take(key)


@given(st.integers(1, 6), steps)
def test_no_window_holds_more(most: int, requests: list[tuple[int, str]]) -> None:
    clock = Clock()
    limiter = SlidingWindow(most, 5.0, clock)
    passed = []
    for eighths, key in requests:
        clock.now += eighths / 8
        if limiter.take((key,)) == 0:
            passed.append((key, clock.now))
    for key, end in passed:
        assert len([1 for one, at in passed if one == key and end - 5 < at <= end]) <= most


@given(st.integers(1, 6), steps)
def test_whoever_waits_as_long_as_told_gets_in(most: int, requests: list[tuple[int, str]]) -> None:
    clock = Clock()
    limiter = SlidingWindow(most, 5.0, clock)
    for eighths, key in requests:
        clock.now += eighths / 8
        wait = limiter.take((key,))
        assert 0 <= wait <= 5
        if wait:
            clock.now += wait
            assert limiter.take((key,)) == 0


def test_twilio_s_rule() -> None:
    """30 requests a second on average over 5 seconds, in bursts of up to five times as many."""
    clock = Clock()
    limiter = SlidingWindow(150, 5.0, clock)
    assert [limiter.take(("a",)) for _ in range(150)] == [0] * 150
    assert limiter.take(("a",)) == 5
    assert limiter.take(("b",)) == 0
    clock.now += 4.5
    assert limiter.take(("a",)) == 0.5
    clock.now += 0.5
    steady = 0
    for _ in range(320):
        clock.now += 1 / 32
        steady += limiter.take(("a",)) == 0
    assert steady == 300


def test_keys_are_forgotten() -> None:
    clock = Clock()
    limiter = SlidingWindow(2, 5.0, clock)
    for second in range(60):
        for caller in range(10):
            limiter.take((f"{second}", f"{caller}"))
        assert len(limiter) <= 10 * 11
        clock.now += 1
    clock.now += 1000
    limiter.take(("a",))
    clock.now += 5
    limiter.take(("b",))
    assert len(limiter) == 2


def test_without_a_limit() -> None:
    limiter: RateLimiter = Unlimited()
    assert {limiter.take(("a",)) for _ in range(1000)} == {0.0}


def test_it_costs_next_to_nothing() -> None:
    limiter: RateLimiter = SlidingWindow(150, 5.0)
    keys: list[Key] = [("AC1", f"KS{i}", "/proxy/v1/Services/{sid}", "GET") for i in range(1000)]

    def ask() -> None:
        for key in keys:
            limiter.take(key)

    per_request = min(timeit.repeat(ask, number=1, repeat=20)) / len(keys)
    assert per_request < 20e-6


@pytest.mark.parametrize("seconds", [0.001, 86_400.0])
def test_windows_of_any_length(seconds: float) -> None:
    clock = Clock()
    clock.now = 0.0
    limiter = SlidingWindow(1, seconds, clock)
    assert limiter.take(("a",)) == 0
    assert 0 < limiter.take(("a",)) <= seconds


# Several processes


class Processes:
    """Some processes that share a limit, and a clock."""

    def __init__(self, count: int, most: int, seconds: float = 5.0) -> None:
        self.clock = Clock()
        self.limiters = [SharedWindow(most, seconds, self.clock) for _ in range(count)]

    def exchange(self) -> None:
        """All tell each other, as through a store."""
        told = [limiter.taken() for limiter in self.limiters]
        for place, limiter in enumerate(self.limiters):
            limiter.learn(told[:place] + told[place + 1 :])


@given(st.integers(1, 6), st.sampled_from([0.5, 1.0, 5.0]), steps)
def test_one_process_alone_counts_to_the_request(
    most: int, seconds: float, requests: list[tuple[int, str]]
) -> None:
    clock = Clock()
    limiter, oracle = SharedWindow(most, seconds, clock), Oracle(most, seconds, clock)
    for eighths, key in requests:
        clock.now += eighths / 8
        assert limiter.take((key,)) == oracle.take(key)


@given(
    st.integers(1, 6),
    st.lists(st.tuples(st.integers(0, 16), st.integers(0, 2), st.booleans()), max_size=200),
)
def test_together_they_pass_no_more_than_came_between_two_exchanges(
    most: int, requests: list[tuple[int, int, bool]]
) -> None:
    """With an exchange after every request they are as exact as one; with fewer, what a process
    lets pass too much came since the others told of theirs."""
    together = Processes(3, most)
    passed: list[float] = []
    unknown: list[float] = []
    for eighths, place, exchanges in requests:
        together.clock.now += eighths / 8
        now = together.clock.now
        if together.limiters[place].take(("a",)) == 0:
            passed.append(now)
            unknown.append(now)
            inside = [at for at in passed if now - 5 < at <= now]
            late = [at for at in unknown if now - 5 < at <= now]
            assert len(inside) <= most + len(late)
        if exchanges:
            together.exchange()
            unknown.clear()


def test_with_an_exchange_after_each_request_none_is_too_much() -> None:
    together = Processes(3, 10)
    passed = 0
    for turn in range(60):
        passed += together.limiters[turn % 3].take(("a",)) == 0
        together.exchange()
    assert passed == 10
    wait = together.limiters[0].take(("a",))
    assert 4.99 < wait <= 5
    together.clock.now += wait + 0.001
    assert [limiter.take(("a",)) for limiter in together.limiters] == [0, 0, 0]


def test_keys_are_counted_apart_and_known_by_their_digest() -> None:
    together = Processes(2, 2)
    one, other = together.limiters
    for key in (("AC1", "KS1", "GET"), ("AC1", None, "GET")):
        assert [one.take(key) for _ in range(2)] == [0, 0]
    together.exchange()
    assert other.take(("AC1", "KS1", "GET")) > 0
    assert other.take(("AC1", None, "GET")) > 0
    assert other.take(("AC1", "KS2", "GET")) == 0
    assert not any("AC1" in digest for digest in one.taken())


def test_what_is_past_is_neither_told_nor_kept() -> None:
    together = Processes(2, 1)
    one, other = together.limiters
    assert one.take(("a",)) == 0
    together.exchange()
    assert other.take(("a",)) == 5
    together.clock.now += 5.001
    assert one.taken() == {}
    assert other.take(("a",)) == 0


def test_a_clock_that_goes_ahead_holds_nobody_up_for_longer() -> None:
    clock, ahead = Clock(), Clock()
    ahead.now += 3600
    one, other = SharedWindow(1, 5.0, ahead), SharedWindow(1, 5.0, clock)
    assert one.take(("a",)) == 0
    other.learn([one.taken()])
    assert other.take(("a",)) == 5
    clock.now += 5
    assert other.take(("a",)) == 0


def test_a_full_window_is_told_in_few_words() -> None:
    clock = Clock()
    limiter = SharedWindow(150, 5.0, clock)
    for _ in range(150):
        assert limiter.take(("a",)) == 0
        clock.now += 1 / 32
    ((parts),) = limiter.taken().values()
    assert len(parts) <= 21
    assert sum(count for _, count in parts) == 150
