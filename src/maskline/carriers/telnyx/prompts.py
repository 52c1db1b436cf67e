"""What callers hear, type and say, in the fields of Telnyx's commands."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from maskline.carriers.telnyx.events import Payload
from maskline.voice.instructions import Gather, Play, Prompt, Record, Response, Say

_LONGEST_SPEECH: Final = 3000
_LANGUAGE: Final = "en-US"
_MOST_DIGITS: Final = 128
#: How long (ms) somebody may take to type, at least.
_WHOLE: Final = 60_000
#: How long (s) one command waits.
LONGEST_PAUSE: Final = 60
_LONGEST_RECORDING: Final = 14_400


def spoken(say: Say) -> dict[str, Any]:
    """The fields of something said."""
    return {
        "payload": say.text[:_LONGEST_SPEECH],
        "payload_type": "text",
        "voice": voice(say.voice or ""),
        "language": say.language or _LANGUAGE,
    }


def voice(name: str) -> str:
    """A voice as Telnyx names it: those of its engines have a dot, as at Twilio."""
    if "." in name:
        return name
    return "male" if name.lower() in ("man", "male") else "female"


def gathering(gather: Gather) -> tuple[str, dict[str, Any]]:
    """The command that asks for keys, and its fields. It says one thing: texts are said as one, in
    the first one's voice; of an audio file and others the last file is played. Waiting has no place
    in it."""
    wait = gather.timeout * 1000
    most = min(gather.num_digits or _MOST_DIGITS, _MOST_DIGITS)
    fields: dict[str, Any] = {
        "minimum_digits": 1,
        "maximum_digits": most,
        "timeout_millis": wait,
        "inter_digit_timeout_millis": wait,
    }
    keys = gather.finish_on_key
    if keys:
        fields["terminating_digit"] = "#" if "#" in keys else keys[0]
    files = [one.url for one in gather.prompts if isinstance(one, Play) and one.url]
    if files:
        return "gather_using_audio", fields | {"audio_url": files[-1], "maximum_tries": 1}
    said = _together(gather.prompts)
    if said is not None:
        return "gather_using_speak", fields | spoken(said) | {"maximum_tries": 1}
    # Where nothing is said, the time for all of it is another than the one for the first key.
    whole = max(_WHOLE, wait)
    return "gather", fields | {"initial_timeout_millis": wait, "timeout_millis": whole}


def pausing(length: int) -> dict[str, Any]:
    """The fields of `gather` by which a call waits for so many seconds, `LONGEST_PAUSE` at most:
    Telnyx has no command for that. Who types meanwhile does so to nobody, but `#` ends it."""
    wait = min(length, LONGEST_PAUSE) * 1000
    return {
        "minimum_digits": 1,
        "maximum_digits": _MOST_DIGITS,
        "initial_timeout_millis": wait,
        "inter_digit_timeout_millis": wait,
        "timeout_millis": wait,
    }


def _together(prompts: Iterable[Prompt]) -> Say | None:
    texts = [one for one in prompts if isinstance(one, Say)]
    if not texts:
        return None
    text = " ".join(one.text for one in texts for _ in range(max(one.loop, 1)))
    return Say(text, voice=texts[0].voice, language=texts[0].language)


def recording(record: Record) -> dict[str, Any]:
    """The fields of a recording of the caller."""
    return {
        "format": "mp3",
        "channels": "single",
        "recording_track": "inbound",
        "play_beep": record.play_beep,
        "max_length": min(record.max_length, _LONGEST_RECORDING),
        "timeout_secs": record.timeout,
    }


def ends_recording(response: Response, key: str) -> bool:
    """Whether a key ends the recording that a response begins with."""
    verb = response.verbs[0] if response.verbs else None
    return isinstance(verb, Record) and bool(key) and key in verb.finish_on_key


def recorded(call: Payload, recordings: str) -> dict[str, str]:
    """What a program is told of a recording: the address that has it by its id, since the one that
    Telnyx gives ends after some minutes."""
    url = (call.recording_urls or {}).get("mp3", "")
    if call.recording_id:
        url = f"{recordings}/{call.recording_id}"
    told = {"RecordingUrl": url}
    try:
        began, ended = (
            datetime.fromisoformat(one or "")
            for one in (call.recording_started_at, call.recording_ended_at)
        )
        told["RecordingDuration"] = str(max(0, round((ended - began).total_seconds())))
    except (ValueError, TypeError):
        pass
    return told
