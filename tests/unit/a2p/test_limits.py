"""The carriers' figures as data: shipped, replaced in part, and refused when they can't be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from maskline.a2p import limits
from maskline.a2p.limits import Limits, limits_of, shipped
from maskline.a2p.throughput import throughput
from maskline.settings import A2pSettings, SettingsError
from tests.support.records import Records


def given(tmp_path: Path, text: str) -> Limits:
    path = tmp_path / "limits.toml"
    path.write_text(text)
    return limits_of(A2pSettings(limits_file=str(path)))


def test_what_is_shipped_is_whole() -> None:
    assert shipped().fault() == ""
    assert limits_of(A2pSettings()) is shipped()
    assert "sms_tpm" in limits.text()


def test_a_file_replaces_the_tables_that_it_has(tmp_path: Path) -> None:
    mine = given(
        tmp_path,
        """
        tiers = [{ least = 51, tier = "TOP" }, { least = 0, tier = "LOW" }]
        [tmobile]
        TOP = 500
        LOW = 50
        SOLE_PROPRIETOR = 5
        """,
    )
    assert mine.att == shipped().att
    records = Records()
    account = "AC" + "0" * 32
    for score, cap in ((51, 500), (50, 50), (None, 50)):
        brand = records.brand(account, brand_score=score)
        campaign = records.campaign(records.messaging_service(account), brand)
        assert throughput(campaign, brand, mine).tmobile_daily_cap == cap
    # The shipped file, changed in one line, works as a whole.
    text = limits.text().replace("TOP = 200_000", "TOP = 300_000")
    assert given(tmp_path.parent, text).tmobile["TOP"] == 300_000


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[att", "is not TOML"),
        ("[att.A]\nsms_tpm = 0\nmms_tpm = 1", "can't be used"),
        ("[att.A]\nsms_tpm = 1\nmms_tpm = 1", "has no att.B"),
        ("[tmobile]\nLOW = 1", "has no tmobile.HIGH_MID"),
        ("tmobil = 1", "can't be used"),
        ("scores = []", "needs scores"),
        ('tiers = [{ least = 1, tier = "LOW" }]', "needs tiers"),
        (
            'tiers = [{ least = 0, tier = "LOW" }, { least = 9, tier = "TOP" }]',
            "needs tiers",
        ),
        ('[classes]\nPROXY = "Q"', "has no att.Q"),
    ],
)
def test_what_can_t_be_used_is_refused(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(SettingsError, match=f"limits_file.*{what}"):
        given(tmp_path, text)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="can't be read"):
        limits_of(A2pSettings(limits_file=str(tmp_path / "none.toml")))
