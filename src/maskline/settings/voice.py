"""Settings of calls."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from maskline.settings.kinds import Countries, Language, Spoken, Written


class VoiceSettings(Struct, frozen=True):
    """Calls; times in whole seconds, as carriers take them."""

    dial_timeout: Annotated[int, Meta(ge=5, le=600)] = 30
    time_limit: Annotated[int, Meta(ge=1, le=86_400)] = 14_400
    language: Language = "en-US"
    withheld_callers: Literal["reject", "out-of-session"] = "reject"
    countries: Countries = ()
    announcement: Written = ""
    whisper: Written = ""
    say_no_session: Spoken = "Sorry, this number does not connect you with anyone. Goodbye."
    say_wrong_mode: Spoken = "Sorry, this number takes text messages only. Goodbye."
    say_blocked: Spoken = "Sorry, this call cannot be connected. Goodbye."
    say_no_partner: Spoken = (
        "Sorry, there is nobody to connect you with yet. Please try again later. Goodbye."
    )
    say_withheld: Spoken = "Sorry, calls from a withheld number cannot be connected. Goodbye."
    say_expired: Spoken = "Sorry, this number no longer connects you. Goodbye."
    say_failed: Spoken = (
        "Sorry, something went wrong and your call cannot be connected. Please try again later. "
        "Goodbye."
    )
    say_suspended: Spoken = "Sorry, this number is not in service. Goodbye."
