"""The vault: secrets that are kept in the database, sealed.

Each secret has a key of its own, and that key is wrapped by the operator's, which is never in the
database (AES-256-GCM, both). So rotating the operator's key wraps small keys anew and touches no
secret. What a secret belongs to is bound into it: one that is copied to another row does not open.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_FORM: Final = "v1"
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12


class BadKey(ValueError):
    """The operator's key can't be used. The text holds none of it."""


class CannotOpen(Exception):
    """A secret was sealed with a key that is not here, for another row, or was changed."""


def new_key() -> str:
    """A new key, as operators write it."""
    return base64.urlsafe_b64encode(os.urandom(_KEY_BYTES)).decode()


def read_keys(text: str) -> list[bytes]:
    """Keys between commas or line ends, `#` lines left out. Raises BadKey."""
    lines = [line.strip() for line in text.replace(",", "\n").splitlines()]
    return [_key(line) for line in lines if line and not line.startswith("#")]


def read_key_file(path: Path) -> list[bytes]:
    """The keys in a file. Raises BadKey, and OSError."""
    return read_keys(path.read_text("utf-8"))


def _key(text: str) -> bytes:
    try:
        key = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_BYTES:
        raise BadKey(f"a credentials key is {_KEY_BYTES} bytes in base64")
    return key


class Vault:
    """Seals with the first of its keys and opens with any, so that one can be replaced while
    several processes run."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys:
            raise BadKey("there is no credentials key")
        self._keys = {_name(key): key for key in keys}
        self._first = _name(keys[0])

    def seal(self, secret: bytes, owner: str) -> str:
        """The secret as text for the database, to be opened for the same `owner` alone."""
        inner = os.urandom(_KEY_BYTES)
        return self._written(inner, _locked(inner, secret, owner), owner)

    def open(self, sealed: str, owner: str) -> bytes:
        """The secret. Raises CannotOpen."""
        inner, body = self._read(sealed, owner)
        return _opened(inner, body, owner)

    def is_current(self, sealed: str) -> bool:
        """Whether it was sealed with the first key."""
        return sealed.split(".")[1:2] == [self._first]

    def rewrapped(self, sealed: str, owner: str) -> str:
        """The same secret, its key wrapped by the first key. Raises CannotOpen."""
        inner, body = self._read(sealed, owner)
        _opened(inner, body, owner)
        return self._written(inner, body, owner)

    def derived(self, purpose: str) -> list[bytes]:
        """Keys for another purpose, one for each key, the first first."""
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        return [
            HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=purpose.encode()).derive(
                key
            )
            for key in self._keys.values()
        ]

    def _written(self, inner: bytes, body: bytes, owner: str) -> str:
        wrapped = _locked(self._keys[self._first], inner, owner)
        return ".".join((_FORM, self._first, _text(wrapped), _text(body)))

    def _read(self, sealed: str, owner: str) -> tuple[bytes, bytes]:
        try:
            form, name, wrapped, body = sealed.split(".")
            if form != _FORM:
                raise CannotOpen("it was sealed by a newer version of the program")
            return _opened(self._keys[name], _bytes(wrapped), owner), _bytes(body)
        except KeyError:
            raise CannotOpen("it was sealed with another credentials key") from None
        except ValueError:
            raise CannotOpen("it was changed") from None


def _name(key: bytes) -> str:
    """What tells keys apart and says nothing of them."""
    return hashlib.sha256(b"maskline credentials key" + key).hexdigest()[:12]


# The library is imported where it is used: it takes 14 MB and 80 ms that a server without carriers'
# accounts can spare.


def _locked(key: bytes, secret: bytes, owner: str) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, secret, owner.encode())


def _opened(key: bytes, locked: bytes, owner: str) -> bytes:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(key).decrypt(locked[:_NONCE_BYTES], locked[_NONCE_BYTES:], owner.encode())
    except (InvalidTag, ValueError):
        raise CannotOpen("it was changed, or belongs to another row") from None


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Tickets:
    """Texts for addresses that nobody can guess or change and that end by themselves."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = list(keys)

    def issue(self, subject: str, owner: str, until: int) -> str:
        """A ticket for `subject`, good until a time (ms)."""
        plain = until.to_bytes(8, "big") + subject.encode()
        return _text(_locked(self._keys[0], plain, owner))

    def read(self, ticket: str, owner: str, now: int) -> str | None:
        """What a ticket is for; null for one that is not ours, or has ended."""
        try:
            data = _bytes(ticket)
        except ValueError:
            return None
        for key in self._keys:
            try:
                plain = _opened(key, data, owner)
            except CannotOpen:
                continue
            return plain[8:].decode() if int.from_bytes(plain[:8], "big") > now else None
        return None
