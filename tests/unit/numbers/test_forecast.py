"""When a pool runs out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskline.numbers.forecast import (
    DAY,
    HOUR,
    Forecast,
    Outlook,
    Pool,
    Trend,
    forecast,
    urgency,
)

NOW = 1_720_094_400_000


def trend(*peaks: int, start: int = 0) -> Trend:
    """A line through peaks of consecutive hours."""
    pairs = list(enumerate(peaks, start))
    return Trend(
        samples=len(pairs),
        x=sum(x for x, _ in pairs),
        y=sum(y for _, y in pairs),
        xy=sum(x * y for x, y in pairs),
        xx=sum(x * x for x, _ in pairs),
    )


FLAT = trend(3, 3, 3, 3)

#: What is called what: pool, trend, sessions an hour, and what is foreseen.
CASES = {
    "no number at all": (
        Pool(0, None),
        Trend(),
        0.0,
        Forecast(Outlook.EMPTY, 0, None, NOW, NOW, 1),
    ),
    "all reserved, and still used by sessions of before": (
        Pool(0, 2),
        Trend(),
        0.0,
        Forecast(Outlook.EMPTY, 0, None, NOW, NOW, 2),
    ),
    "nobody has looked": (
        Pool(5, None),
        Trend(),
        9.0,
        Forecast(Outlook.UNKNOWN, 5, None, None, None, 0),
    ),
    "one person uses all": (
        Pool(3, 3),
        FLAT,
        1.0,
        Forecast(Outlook.OUT, 0, 0.0, NOW, NOW, 1),
    ),
    "one person uses more than are unreserved": (
        Pool(2, 3),
        Trend(),
        0.0,
        Forecast(Outlook.OUT, 0, None, NOW, NOW, 2),
    ),
    "nothing grows, and nobody begins sessions": (
        Pool(10, 3),
        FLAT,
        0.0,
        Forecast(Outlook.STEADY, 7, 0.0, None, None, 0),
    ),
    "nothing grows; all new sessions could be one person's": (
        Pool(10, 3),
        FLAT,
        3.5,
        Forecast(Outlook.STEADY, 7, 0.0, None, NOW + 2 * HOUR, 0),
    ),
    "too early to say": (
        Pool(10, 3),
        trend(1, 3),
        0.0,
        Forecast(Outlook.STEADY, 7, None, None, None, 0),
    ),
    "it shrinks": (
        Pool(10, 3),
        trend(9, 7, 5, 3),
        0.0,
        Forecast(Outlook.STEADY, 7, -48.0, None, None, 0),
    ),
    "one more every hour": (
        Pool(10, 4),
        trend(1, 2, 3, 4),
        0.0,
        Forecast(Outlook.SOON, 6, 24.0, NOW + 6 * HOUR, None, 715),
    ),
    "one more every ten hours": (
        Pool(40, 4),
        trend(*(1 + hour // 10 for hour in range(31))),
        0.0,
        None,
    ),
    "so slowly that it is no forecast": (
        Pool(5000, 4),
        trend(*(1 + hour // 10 for hour in range(31))),
        0.0,
        None,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_pool_runs_out_for_its_busiest_person(name: str) -> None:
    pool, line, rate, wanted = CASES[name]
    found = forecast(pool, line, rate, NOW)
    if wanted is not None:
        assert found == wanted
    elif pool.unreserved == 40:
        assert found.outlook is Outlook.GROWING
        assert found.runs_out_at is not None
        assert 14 * DAY < found.runs_out_at - NOW < 17 * DAY
        assert 30 < found.add < 45
    else:
        assert (found.outlook, found.runs_out_at) == (Outlook.STEADY, None)


def test_hours_that_were_missed_change_no_trend() -> None:
    pairs = [(0, 1), (5, 6), (9, 10)]
    sums = Trend(
        3,
        sum(x for x, _ in pairs),
        sum(y for _, y in pairs),
        sum(x * y for x, y in pairs),
        sum(x * x for x, _ in pairs),
    )
    assert sums.per_hour == pytest.approx(1.0)
    assert trend(5, 6, 7, start=1000).per_hour == pytest.approx(1.0)
    # Three looks at the same hour tell nothing of what comes.
    assert Trend(3, 15, 9, 45, 75).per_hour is None


def test_what_runs_out_first_comes_first() -> None:
    def at(outlook: Outlook, when: int | None = None, spare: int = 1) -> Forecast:
        return Forecast(outlook, spare, None, when, None, 0)

    wanted = [
        at(Outlook.EMPTY, NOW),
        at(Outlook.OUT, NOW),
        at(Outlook.SOON, NOW + HOUR),
        at(Outlook.SOON, NOW + DAY),
        at(Outlook.GROWING, NOW + 20 * DAY),
        at(Outlook.STEADY, spare=1),
        at(Outlook.STEADY, spare=9),
        at(Outlook.UNKNOWN),
    ]
    mixed = [wanted[place] for place in (5, 2, 7, 0, 6, 3, 1, 4)]
    assert sorted(mixed, key=urgency) == wanted


@given(
    unreserved=st.integers(0, 6000),
    busiest=st.none() | st.integers(0, 6000),
    peaks=st.lists(st.integers(0, 6000), max_size=48),
    rate=st.floats(0, 1e6),
)
def test_a_forecast_contradicts_nothing(
    unreserved: int, busiest: int | None, peaks: list[int], rate: float
) -> None:
    found = forecast(Pool(unreserved, busiest), trend(*peaks), rate, NOW)
    assert 0 <= found.spare <= unreserved
    assert found.add >= 0
    for when in (found.runs_out_at, found.not_before):
        assert when is None or NOW <= when <= NOW + 91 * DAY
    refuses = busiest is not None and busiest >= unreserved
    assert (found.outlook in (Outlook.EMPTY, Outlook.OUT)) == (refuses or unreserved == 0)
    assert (found.runs_out_at is None) == (found.outlook in (Outlook.STEADY, Outlook.UNKNOWN))
    if refuses:
        # What is proposed is enough for the session that would be refused.
        assert busiest is not None
        assert unreserved + found.add > busiest or unreserved == 0
