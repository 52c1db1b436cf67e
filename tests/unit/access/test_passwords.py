"""Passwords: argon2id, and the same work for nobody."""

from __future__ import annotations

import time

import pytest

from maskline.access.passwords import Passwords, check_strength
from maskline.model.errors import Fault


@pytest.fixture
def passwords() -> Passwords:
    """With little memory, to be quick."""
    return Passwords(memory_kib=64)


async def test_a_hash_fits_its_password_alone(passwords: Passwords) -> None:
    known = await passwords.hash("correct horse")
    assert known.startswith("$argon2id$")
    assert await passwords.fits(known, "correct horse")
    assert not await passwords.fits(known, "correct horse ")
    assert known != await passwords.hash("correct horse")


@pytest.mark.parametrize("known", [None, "", "no hash", "$argon2id$v=19$m=64,t=1,p=1$eA$eA"])
async def test_nothing_fits_what_is_no_hash(passwords: Passwords, known: str | None) -> None:
    assert not await passwords.fits(known, "nobody's password")
    assert not await passwords.fits(known, "")


async def test_nobody_takes_as_long_as_somebody() -> None:
    passwords = Passwords(memory_kib=8192)
    known = await passwords.hash("correct horse")
    await passwords.fits(None, "warm")

    async def seconds(hash_: str | None) -> float:
        began = time.process_time()
        await passwords.fits(hash_, "wrong password")
        return time.process_time() - began

    somebody = min([await seconds(known) for _ in range(3)])
    nobody = min([await seconds(None) for _ in range(3)])
    assert 0.5 < nobody / somebody < 2


@pytest.mark.parametrize("password", ["", "short", "x" * 257, "aaaaaaaaaaaa", "ababababab"])
def test_weak_passwords_are_refused(password: str) -> None:
    with pytest.raises(Fault) as refused:
        check_strength(password)
    assert refused.value.code == 20001


@pytest.mark.parametrize("password", ["abcd123456", "пароль-длинный", "x" * 250 + "abcdef"])
def test_others_are_taken(password: str) -> None:
    check_strength(password)


async def test_a_longer_one_than_was_ever_taken_does_not_fit(passwords: Passwords) -> None:
    known = await passwords.hash("abcd" * 64)
    assert await passwords.fits(known, "abcd" * 64)
    assert not await passwords.fits(known, "abcd" * 65)
