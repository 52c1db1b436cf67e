"""Settings of the links that take the place of media."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from maskline.settings.kinds import Bytes, PublicUrl


class MediaLinksSettings(Struct, frozen=True):
    """Under which address links begin, for how many days they hold, and what they lead to."""

    url: PublicUrl | None = None
    days: Annotated[int, Meta(ge=1, le=3650)] = 365
    max_bytes: Bytes = 5_242_880
