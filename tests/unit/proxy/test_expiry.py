from __future__ import annotations

import pytest

from maskline.proxy.expiry import expires_at

CREATED = 1_000_000
LATER = 1_500_000
DATE = 9_999_999


@pytest.mark.parametrize(
    ("date_expiry", "ttl", "default_ttl", "last", "expected"),
    [
        (None, 0, 0, None, None),
        (None, 0, 0, LATER, None),
        (None, 60, 0, None, CREATED + 60_000),
        (None, 60, 0, LATER, LATER + 60_000),
        (None, 60, 30, LATER, LATER + 60_000),
        (None, 0, 30, None, CREATED + 30_000),
        (None, 0, 30, LATER, LATER + 30_000),
        (None, 60, 0, CREATED - 1, CREATED + 60_000),
        (DATE, 0, 0, None, DATE),
        (DATE, 60, 30, LATER, DATE),
        (0, 60, 30, LATER, 0),
    ],
)
def test_expires_at(
    date_expiry: int | None, ttl: int, default_ttl: int, last: int | None, expected: int | None
) -> None:
    found = expires_at(
        date_expiry=date_expiry,
        ttl=ttl,
        default_ttl=default_ttl,
        date_created=CREATED,
        date_last_interaction=last,
    )
    assert found == expected
