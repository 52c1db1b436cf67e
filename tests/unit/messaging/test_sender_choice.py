from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskline.messaging.sender_choice import (
    STICKY_FOR,
    Candidate,
    SenderClass,
    Sticky,
    Wish,
    choose,
    next_use,
)
from maskline.numbers.overlays import together

NOW = 10**12
LONG, FREE, SHORT, NAME = (
    SenderClass.LONG_CODE,
    SenderClass.TOLL_FREE,
    SenderClass.SHORT_CODE,
    SenderClass.ALPHA,
)
AMERICAN, CANADIAN, GERMAN = Wish("US"), Wish("CA"), Wish("DE")


def sender(sid: str, **changes: Any) -> Candidate:
    one = Candidate(sid, f"+1{sid}", LONG, "US", "415", True)
    return msgspec.structs.replace(one, **changes)


US, US_2 = sender("us"), sender("us2", area="212", used_at=5)
CA = sender("ca", country="CA", area="604")
DE = sender("de", country="DE", area="")
GB = sender("gb", country="GB", area="")
TOLL_FREE = sender("free", kind=FREE, area="888")
CODE = sender("code", kind=SHORT, area="")
CODE_CA = sender("code-ca", kind=SHORT, country="CA", area="")
ACME = sender("acme", kind=NAME, country="", area="", takes_media=False)
ACME_DE = msgspec.structs.replace(ACME, sid="acme-de", country="DE", used_at=9)
ACME_BR = msgspec.structs.replace(ACME, sid="acme-br", country="BR")
ACME_CA = msgspec.structs.replace(ACME, sid="acme-ca", country="CA")


@pytest.mark.parametrize(
    ("pool", "wish", "chosen"),
    [
        # The recipient's country, then the United States, then any.
        ([GB, US, DE], GERMAN, DE),
        ([GB, US], GERMAN, US),
        ([GB], GERMAN, GB),
        # Short codes go before all, in their own country alone.
        ([US, CODE, CODE_CA], AMERICAN, CODE),
        ([US, CODE], GERMAN, US),
        ([CODE], GERMAN, None),
        # Names go before numbers where networks let them through.
        ([DE, ACME], GERMAN, ACME),
        ([US, ACME], AMERICAN, US),
        ([ACME], CANADIAN, None),
        ([ACME], Wish("DE", needs_media=True), None),
        # The country's own name first, however busy; no other country's.
        ([ACME, ACME_DE], GERMAN, ACME_DE),
        ([ACME, ACME_DE], Wish("FR"), ACME),
        ([ACME_DE], Wish("FR"), None),
        # Where names are replaced or refused, one that is registered alone; never in North America.
        ([ACME, DE], Wish("BR"), DE),
        ([ACME, ACME_BR, DE], Wish("BR"), ACME_BR),
        ([ACME_CA], CANADIAN, None),
        ([ACME], Wish("GU"), None),
        # Toll-free before long codes in Canada alone, and in North America alone.
        ([CA, TOLL_FREE], CANADIAN, TOLL_FREE),
        ([msgspec.structs.replace(US, used_at=9), TOLL_FREE], AMERICAN, TOLL_FREE),
        ([US, msgspec.structs.replace(TOLL_FREE, used_at=9)], AMERICAN, US),
        ([TOLL_FREE], GERMAN, None),
        ([TOLL_FREE], Wish("PR"), TOLL_FREE),
        ([TOLL_FREE], Wish("MX"), None),
        # The area code, where it counts, and its overlays.
        ([US, US_2], Wish("US", together("646")), US_2),
        ([US, US_2], Wish("US", together("628")), US),
        ([US_2], Wish("US", together("628")), US_2),
        ([US, US_2], AMERICAN, US),
        # Media.
        ([msgspec.structs.replace(US, takes_media=False)], Wish("US", needs_media=True), None),
        ([], AMERICAN, None),
    ],
)
def test_choose(pool: list[Candidate], wish: Wish, chosen: Candidate | None) -> None:
    assert choose(pool, wish, None, NOW) == chosen
    assert choose(pool[::-1], wish, None, NOW) == chosen


@pytest.mark.parametrize(
    ("pool", "wish", "sticky", "chosen"),
    [
        ([US, US_2], AMERICAN, Sticky("us2", NOW), US_2),
        ([US, US_2], AMERICAN, Sticky("us2", NOW - STICKY_FOR + 1), US_2),
        # Forgotten, gone from the pool, or unable.
        ([US, US_2], AMERICAN, Sticky("us2", NOW - STICKY_FOR), US),
        ([US], AMERICAN, Sticky("us2", NOW), US),
        ([US, TOLL_FREE], GERMAN, Sticky("free", NOW), US),
        # A sender of the recipient's own country is there now.
        ([US, DE], GERMAN, Sticky("us", NOW), DE),
        # Another class alone is no reason to change the number that a person knows.
        ([US, CODE], AMERICAN, Sticky("us", NOW), US),
    ],
)
def test_sticky(
    pool: list[Candidate], wish: Wish, sticky: Sticky, chosen: Candidate | None
) -> None:
    assert choose(pool, wish, sticky, NOW) == chosen


@given(
    size=st.integers(1, 12),
    messages=st.integers(1, 200),
    used=st.lists(st.integers(0, 9), min_size=12, max_size=12),
)
def test_the_load_is_spread_evenly(size: int, messages: int, used: list[int]) -> None:
    """All in one millisecond, whatever was before."""
    pool = [sender(f"n{i}", used_at=used[i]) for i in range(size)]
    counts: Counter[str] = Counter({one.sid: 0 for one in pool})
    for _ in range(messages):
        found = choose(pool, AMERICAN, None, NOW)
        assert found is not None
        counts[found.sid] += 1
        used_at = next_use(pool, NOW)
        pool = [
            msgspec.structs.replace(one, used_at=used_at) if one.sid == found.sid else one
            for one in pool
        ]
    assert max(counts.values()) - min(counts.values()) <= 1


CANDIDATES = st.builds(
    Candidate,
    sid=st.uuids().map(str),
    sender=st.just("+1"),
    kind=st.sampled_from(SenderClass),
    country=st.sampled_from(["US", "CA", "DE"]),
    area=st.sampled_from(["", "415", "212"]),
    takes_media=st.booleans(),
    used_at=st.integers(0, 3),
)
WISHES = st.builds(
    Wish,
    country=st.sampled_from(["US", "CA", "DE", "FR"]),
    areas=st.sampled_from([frozenset(), frozenset({"415"})]),
    needs_media=st.booleans(),
)


@given(st.lists(CANDIDATES, max_size=8), WISHES, st.data())
def test_geography_is_kept(pool: list[Candidate], wish: Wish, data: st.DataObject) -> None:
    """No long code of another country while the pool has one of the recipient's; media goes by
    who takes it; and who has a sender keeps it unless one is nearer."""
    found = choose(pool, wish, None, NOW)
    if found is None:
        assert not any(
            one.kind == LONG and (one.takes_media or not wish.needs_media) for one in pool
        )
        return
    assert found.takes_media or not wish.needs_media
    able = [one for one in pool if one.takes_media or not wish.needs_media]
    if found.kind == LONG and found.country != wish.country:
        assert not any(one.kind == LONG and one.country == wish.country for one in able)
    kept = choose(pool, wish, Sticky(found.sid, NOW), NOW)
    assert kept == found
    other = data.draw(st.sampled_from(pool))
    moved = choose(pool, wish, Sticky(other.sid, NOW), NOW)
    assert moved in (other, found)
