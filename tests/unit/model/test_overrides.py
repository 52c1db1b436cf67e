from __future__ import annotations

import pytest

from maskline.model.errors import Fault
from maskline.model.form import Form
from maskline.model.overrides import (
    NONE,
    BadOverride,
    Overrides,
    Trouble,
    check_overrides,
    overrides_of,
)

URL = "https://a.example/cb?x=1"
CONNECT = frozenset({Trouble.CONNECT})


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("", NONE),
        ("section", NONE),
        ("a=b&c", NONE),
        ("e=ashburn&sni=y", NONE),
        ("ct=2000", Overrides(connect_timeout=2.0)),
        ("rt=1", Overrides(read_timeout=0.001)),
        ("tt=15000", Overrides(total_timeout=15.0)),
        ("rc=0", Overrides(retries=0)),
        ("rc=5", Overrides(retries=5, retry_on=CONNECT)),
        ("rp=5xx", Overrides(retries=1, retry_on=frozenset({Trouble.SERVER_ERROR}))),
        ("rp=all&rc=0", Overrides(retries=0, retry_on=frozenset({Trouble.ALL}))),
        (
            "ct=100&rt=200&tt=300&rc=2&rp=4xx,rt,ct&e=dublin",
            Overrides(
                0.1, 0.2, 0.3, 2, frozenset({Trouble.CLIENT_ERROR, Trouble.READ, Trouble.CONNECT})
            ),
        ),
    ],
)
def test_what_a_fragment_says(fragment: str, expected: Overrides) -> None:
    url = f"{URL}#{fragment}" if fragment else URL
    check_overrides(url)
    assert overrides_of(url) == expected


@pytest.mark.parametrize(
    ("fragment", "text"),
    [
        ("ct=0", "#ct must be a whole number from 1 to 15000 (ms)"),
        ("rt=15001", "#rt must be a whole number from 1 to 15000 (ms)"),
        ("tt=1.5", "#tt must be a whole number from 1 to 15000 (ms)"),
        ("tt=", "#tt must be a whole number from 1 to 15000 (ms)"),
        ("ct=-1", "#ct must be a whole number from 1 to 15000 (ms)"),
        ("ct=٣", "#ct must be a whole number from 1 to 15000 (ms)"),
        ("rc=6", "#rc must be a whole number from 0 to 5"),
        ("rc=x", "#rc must be a whole number from 0 to 5"),
        ("rp=3xx", "#rp must be a list of ct, rt, 4xx, 5xx, all"),
        ("rp=5xx,", "#rp must be a list of ct, rt, 4xx, 5xx, all"),
        ("rp=", "#rp must be a list of ct, rt, 4xx, 5xx, all"),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_is_set_and_says_nothing_elsewhere(
    fragment: str, text: str
) -> None:
    url = f"{URL}#{fragment}&rc=3" if not fragment.startswith("rc") else f"{URL}#{fragment}"
    with pytest.raises(BadOverride) as caught:
        check_overrides(url)
    assert str(caught.value) == text
    assert overrides_of(url) == NONE
    with pytest.raises(Fault) as fault:
        Form({"CallbackUrl": [url]}).url("CallbackUrl")
    assert fault.value.detail == f"CallbackUrl has a wrong override: {text}"


def test_a_sound_one_is_kept_in_the_url() -> None:
    url = f"{URL}#rc=3&rp=all"
    assert Form({"CallbackUrl": [url]}).url("CallbackUrl") == url


@pytest.mark.parametrize("trouble", Trouble)
def test_what_an_attempt_is_made_after(trouble: Trouble) -> None:
    every = Overrides(retries=1, retry_on=frozenset({Trouble.ALL}))
    assert every.retry_after(trouble)
    assert NONE.retry_after(trouble) == (trouble is Trouble.CONNECT)
