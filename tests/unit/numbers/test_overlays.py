from __future__ import annotations

import pytest

from maskline.numbers.overlays import together


@pytest.mark.parametrize(
    ("area", "codes"),
    [
        ("415", {"415", "628"}),
        ("646", {"212", "646", "332", "917"}),
        ("307", {"307"}),
        ("", set()),
    ],
)
def test_together(area: str, codes: set[str]) -> None:
    assert together(area) == codes
    assert all(together(code) == codes for code in codes)
