"""Sentences: what callers hear who are not connected."""

from __future__ import annotations

from maskline.env import Env
from maskline.proxy.routing import Reason
from maskline.voice.instructions import Hangup, Response, Say


def sentence(env: Env, reason: Reason) -> Response:
    """One sentence, and the end of the call: there is never silence."""
    voice = env.settings.voice
    texts = {
        Reason.NO_SESSION: voice.say_no_session,
        Reason.EXPIRED: voice.say_expired,
        Reason.NO_PARTNER: voice.say_no_partner,
        Reason.WRONG_MODE: voice.say_wrong_mode,
        Reason.WITHHELD: voice.say_withheld,
        Reason.BLOCKED: voice.say_blocked,
        Reason.SUSPENDED: voice.say_suspended,
    }
    text = texts.get(reason, voice.say_failed)
    return Response((Say(text, language=voice.language), Hangup()))
