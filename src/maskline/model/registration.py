"""What is registered of senders in the United States, as those who send look at it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Terms(msgspec.Struct, frozen=True):
    """What carriers allow a campaign. `sms_tpm` and `mms_tpm` are segments a minute to AT&T, of
    each number where they are `per_number`, else of the campaign. `daily_cap` is how many segments
    T-Mobile takes of the brand in a Pacific day: of all brands with that `brand_key`, since it
    counts by the tax number. `brand_sid` is null where the brand was registered elsewhere."""

    account_sid: str
    campaign_sid: str
    brand_sid: str | None
    brand_key: str
    sms_tpm: int
    mms_tpm: int
    per_number: bool
    daily_cap: int


class Registration(msgspec.Struct, frozen=True):
    """A long code that is bound to a campaign. `code` is what carriers answer to its messages until
    all is registered: 30033 for a suspended campaign, 30035 while the number is on its way, 30034
    where that failed; 0 when it may send."""

    terms: Terms
    code: int = 0


class Registry:
    """All registrations by number, as they were read last."""

    __slots__ = ("_by_number",)

    def __init__(self) -> None:
        self._by_number: Mapping[str, Registration] = {}

    def of(self, number: str) -> Registration | None:
        """A number's; null for one that is bound to no campaign."""
        return self._by_number.get(number)

    def replace(self, registrations: Mapping[str, Registration]) -> None:
        """Knows these from now on, and no others."""
        self._by_number = registrations

    def __len__(self) -> int:
        """How many numbers are bound."""
        return len(self._by_number)
