"""Auth tokens of accounts, kept in memory for a moment: every webhook needs one."""

from __future__ import annotations

from typing import Final

from maskline.model.clock import SECOND, Clock
from maskline.store.contract import Store

#: A token that was changed is used up to this much longer.
_KEPT_MS: Final = 5 * SECOND
_MOST: Final = 10_000


class Tokens:
    """Looks tokens up."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._kept: dict[str, tuple[int, str | None]] = {}

    async def token(self, account_sid: str) -> str | None:
        """The account's token, whatever its state; null when there is no such account.

        One that is suspended relays nothing, but its callers must hear so, and what was under way
        is still signed.
        """
        now = self._clock()
        kept = self._kept.get(account_sid)
        if kept is not None and kept[0] > now:
            return kept[1]
        account = await self._store.read(lambda tx: tx.accounts.get(account_sid))
        token = None if account is None else account.auth_token
        if len(self._kept) >= _MOST:
            self._kept.clear()
        self._kept[account_sid] = (now + _KEPT_MS, token)
        return token
