"""Passwords: argon2id, with as much work for a user that does not exist."""

from __future__ import annotations

import asyncio
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from maskline.model.errors import Fault

MIN_LENGTH: Final = 10
MAX_LENGTH: Final = 256

#: What OWASP asks for at least, with 46 MiB and one pass: tens of milliseconds, and memory that a
#: few sign-ins at once can have.
_MEMORY_KIB: Final = 47_104
_PASSES: Final = 1
#: Checks at the same time: each takes the memory above.
_AT_ONCE: Final = 2


class Passwords:
    """Makes and checks hashes, on threads: a check would hold up all traffic."""

    def __init__(self, memory_kib: int = _MEMORY_KIB) -> None:
        self._hasher = PasswordHasher(_PASSES, memory_kib, 1, type=Type.ID)
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._nobody = ""

    async def hash(self, password: str) -> str:
        """The hash of a password, with its salt and parameters. Raises 20001 for a weak one."""
        check_strength(password)
        async with self._room:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def fits(self, known: str | None, password: str) -> bool:
        """Whether it is the one of the hash; without a hash it takes as long, and never fits."""
        async with self._room:
            return await asyncio.to_thread(self._fits, known, password)

    def _fits(self, known: str | None, password: str) -> bool:
        if not self._nobody:
            self._nobody = self._hasher.hash("nobody's password")
        # A longer one was never taken, and would only cost time.
        given = password[: MAX_LENGTH + 1]
        try:
            self._hasher.verify(known or self._nobody, given)
        except (VerificationError, InvalidHashError):
            return False
        return bool(known)


def check_strength(password: str) -> None:
    """Raises 20001 for a password that is too short, or longer than anybody types."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise Fault(20001, f"a password has {MIN_LENGTH} to {MAX_LENGTH} characters")
    if len(set(password)) < 4:
        raise Fault(20001, "a password needs at least four different characters")
