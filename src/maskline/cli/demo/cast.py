"""Who plays in the demo, and with which numbers. All are valid, and kept for fiction."""

from __future__ import annotations

from typing import Final

import msgspec

from maskline.numbers.e164 import friendly


class Person(msgspec.Struct, frozen=True):
    """Somebody with a phone. `number` is their real one."""

    name: str
    number: str

    @property
    def spellings(self) -> tuple[str, ...]:
        """The ways in which the number could show: E.164, bare, national, as people write it."""
        national = self.number.removeprefix("+1")
        return (self.number, self.number.removeprefix("+"), national, friendly(self.number))


ALICE: Final = Person("Alice", "+14155550142")
BOB: Final = Person("Bob", "+12125550187")
STRANGER: Final = Person("A stranger", "+13105550177")

POOL: Final = ("+16285550110", "+16285550121", "+16285550132", "+16285550143")
