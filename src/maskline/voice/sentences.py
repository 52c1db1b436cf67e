"""Sentences: what callers hear who are not connected."""

from __future__ import annotations

from maskline.env import Env
from maskline.proxy.routing import Reason
from maskline.settings import VoiceSettings
from maskline.voice.instructions import Hangup, Response, Say


def whispered(voice: VoiceSettings) -> Response | None:
    """What somebody who is called hears before they are joined to the caller; null for nothing."""
    if not voice.whisper:
        return None
    return Response((Say(voice.whisper, language=voice.language),))


def wanted(voice: VoiceSettings) -> frozenset[str]:
    """The instructions that masked calls need, as carriers' kinds name them."""
    needs = {"Dial", "Hangup", "Say"}
    return frozenset(needs | {"Number.url"} if voice.whisper else needs)


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
