# ruff: noqa: RUF001
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskline.messaging.look_alikes import replaced
from maskline.messaging.segments import count


@pytest.mark.parametrize(
    ("body", "plain"),
    [
        ("“Hi” — it\u2019s me…", '"Hi" - it\'s me...'),
        ("a\u00a0b\u200bc\td", "a bc d"),
        ("plain", "plain"),
        # What Twilio's converts too: quotation marks, dashes, dots, fractions, wide forms.
        ("«a» ‹b› „c‟ ‚d‛ ″e′", '"a" <b> "c" \'d\' "e\''),
        ("1–2 — 3 ‐ 4", "1-2 - 3 - 4"),
        ("½ ¼ ¾ 6÷3", "1/2 1/4 3/4 6/3"),
        ("Ｃａｌｌ ０８：３０！", "Call 08:30!"),
        ("｛［＼］｝ （ok）", "{[\\]} (ok)"),
        ("€ {ok}", "€ {ok}"),
        # What has no look-alike keeps the whole text as it is: nothing would be gained.
        ("“Hi” 😀", "“Hi” 😀"),
        ("“čau”", "“čau”"),
        # An emoji that a joiner holds together stays one.
        ("👩\u200d💻", "👩\u200d💻"),
        ("", ""),
    ],
)
def test_replaced(body: str, plain: str) -> None:
    assert replaced(body) == plain


@given(st.text(st.sampled_from("abcäΩ“”’…—\u00a0 €😀č"), max_size=200))
def test_it_never_costs_more_segments_and_is_done_once(body: str) -> None:
    plain = replaced(body)
    assert replaced(plain) == plain
    assert plain == body or count(plain).encoding == "GSM-7"
    assert count(plain).segments <= count(body).segments
