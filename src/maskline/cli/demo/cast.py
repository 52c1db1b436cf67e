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

#: What Alice sends: the parcel at the door.
PICTURE: Final = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 160" width="480" height="320">'
    b'<path fill="#dcecf2" d="M0 0h240v160H0z"/><path fill="#c9b8a0" d="M0 122h240v38H0z"/>'
    b'<path fill="#7c5a3c" d="M18 20h62v102H18z"/><path fill="#936b48" d="M26 28h46v94H26z"/>'
    b'<circle cx="64" cy="78" r="3.5" fill="#f3d58a"/>'
    b'<path fill="#c8935a" d="M104 70h98v62h-98z"/>'
    b'<path fill="#dbab74" d="m104 70 12-16h74l12 16z"/>'
    b'<path fill="#b27c45" d="M146 54h14v78h-14z"/>'
    b'<path fill="#fff" d="M168 98h26v22h-26z"/>'
    b'<path stroke="#777" stroke-width="2" d="M172 104h18M172 109h14M172 114h16"/></svg>'
)
