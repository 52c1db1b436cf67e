"""Brands by the command line: their vettings, and the text that confirms a sole proprietor."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from maskline.env import Env
from maskline.store.contract import Transaction
from tests.unit.cli.conftest import CommandLine

NOBODY = "BN" + "0" * 32
TOKEN = "cv|1.0|token"


def made(maskline: CommandLine, *words: str) -> str:
    """The SID of a brand that was entered."""
    typed = maskline("a2p", "brand", *words)
    assert typed.code == 0, typed.err
    return typed.out.partition(":")[0]


@pytest.fixture
def brand(maskline: CommandLine, account: dict[str, str]) -> str:
    return made(maskline, "--tcr-id", "BABC123", "--score", "30")


def vettings(maskline: CommandLine, brand: str) -> Any:
    typed = maskline("a2p", "brand", "vettings", brand, "--json")
    assert typed.code == 0, typed.err
    return typed.json


def test_a_vetting_and_the_score_that_it_gives(maskline: CommandLine, brand: str) -> None:
    found = vettings(maskline, brand)
    assert found == {
        "brand_score": 30,
        "tmobile_tier": "LOW_MID",
        "tmobile_daily_cap": 10_000,
        "vettings": [],
    }
    asked = maskline("a2p", "brand", "vet", brand)
    assert asked.code == 0, asked.err
    # Nobody here can order it: who may is told what to do.
    assert f"maskline a2p brand vetted {brand}" in asked.out
    sid = asked.out.partition(":")[0]
    (one,) = vettings(maskline, brand)["vettings"]
    assert one == {
        "sid": sid,
        "vetting_provider": "aegis",
        "vetting_class": "STANDARD",
        "vetting_status": "IN_PROGRESS",
        "brand_score": None,
        "date_created": one["date_created"],
        "date_updated": one["date_created"],
    }
    said = maskline("a2p", "brand", "vetted", brand, "--status", "SUCCESS", "--score", "76")
    assert (said.code, said.out) == (
        0,
        f"{sid}: SUCCESS\n{brand}: score 76, 200000 segments a day (TOP)\n",
    )
    found = vettings(maskline, brand)
    assert (found["brand_score"], found["tmobile_tier"]) == (76, "TOP")
    assert found["vettings"][0]["brand_score"] == 76
    shown = maskline("a2p", "brand", "vettings", brand).out.splitlines()
    assert shown[0] == f"{brand}: score 76, T-Mobile's tier TOP, 200000 segments a day"
    assert shown[2].split("\t")[:5] == [sid, "aegis", "STANDARD", "SUCCESS", "76"]


def test_one_among_several(maskline: CommandLine, brand: str) -> None:
    assert maskline("a2p", "brand", "vet", brand).code == 0
    words = ("--by", "campaign-verify", "--token", TOKEN)
    political = maskline("a2p", "brand", "vet", brand, *words).out.partition(":")[0]
    typed = maskline("a2p", "brand", "vetted", brand, "--status", "FAILED")
    assert typed.code == 1
    assert "several vettings" in typed.err
    said = maskline("a2p", "brand", "vetted", brand, political, "--status", "FAILED")
    assert (said.code, said.out) == (0, f"{political}: FAILED\n")
    states = [one["vetting_status"] for one in vettings(maskline, brand)["vettings"]]
    assert states == ["FAILED", "IN_PROGRESS"]
    assert maskline("a2p", "brand", "vetted", brand, "--status", "SUCCESS").code == 0
    typed = maskline("a2p", "brand", "vetted", brand, "--status", "SUCCESS")
    assert typed.code == 1
    assert "no vetting" in typed.err
    assert vettings(maskline, brand)["brand_score"] == 30


def test_a_brand_without_a_score(maskline: CommandLine, account: dict[str, str]) -> None:
    sid = made(maskline)
    assert f"{sid}: no score" in maskline("a2p", "brand", "vettings", sid).out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("vettings", NOBODY), "not found"),
        (("vet", NOBODY), "not found"),
        (("vet", "{brand}", "--by", "campaign-verify"), "token"),
        (("vetted", "{brand}", "VT" + "0" * 32, "--status", "FAILED"), "not found"),
        (("vetted", "{brand}", "--status", "FAILED"), "no vetting"),
        (("passcode", NOBODY), "not found"),
        (("passcode", "{brand}"), "registered by hand"),
    ],
)
def test_what_makes_no_sense(
    maskline: CommandLine, brand: str, words: tuple[str, ...], says: str
) -> None:
    typed = maskline("a2p", "brand", *(word.format(brand=brand) for word in words))
    assert typed.code == 1
    assert says in typed.err.lower()
    assert vettings(maskline, brand)["vettings"] == []


def test_a_text_to_a_sole_proprietor(maskline: CommandLine, account: dict[str, str]) -> None:
    sid = made(maskline, "--kind", "SOLE_PROPRIETOR", "--identity", "UNVERIFIED")

    async def elsewhere(_: Env, tx: Transaction) -> None:
        brand = await tx.brands.peek(sid)
        assert brand is not None
        await tx.brands.update(msgspec.structs.replace(brand, registrar="main"))

    maskline.transact(elsewhere)
    typed = maskline("a2p", "brand", "passcode", sid)
    assert typed.code == 0, typed.err
    assert "YES" in typed.out

    async def asked(_: Env, tx: Transaction) -> tuple[int | None, int]:
        brand = await tx.brands.peek(sid)
        assert brand is not None
        return brand.date_passcode, brand.date_created

    at, created = maskline.transact(asked)
    assert at >= created
    # A vetting of it is somebody else's to order, too.
    vetted = maskline("a2p", "brand", "vet", sid)
    assert (vetted.code, len(vetted.out.splitlines())) == (0, 1)
