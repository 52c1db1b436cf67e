"""Where log lines go: to standard error, as one line each, for people or for programs."""

from __future__ import annotations

import logging
import re
import time
from typing import Final

import msgspec

from maskline.numbers.e164 import mask
from maskline.settings import Settings

_LINE: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"
#: No line of ours holds one; a library's, or the text of an exception, might.
_NUMBER: Final = re.compile(r"(?<!\d)\+[1-9]\d{6,14}(?!\d)")


class JsonLines(logging.Formatter):
    """One object a line: `time` (ISO 8601, UTC, to the millisecond), `level`, `logger`, `process`
    (its id) and `message`; `request_id` where the line is about a request, as its answer's
    Twilio-Request-Id has it; `error` with the traceback of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        fields: dict[str, object] = {
            "time": f"{seconds}.{int(record.msecs):03}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
        }
        request = getattr(record, "request_id", None)
        if request is not None:
            fields["request_id"] = request
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        return masked(msgspec.json.encode(fields).decode())


class PlainLines(logging.Formatter):
    """A line for people."""

    def __init__(self) -> None:
        super().__init__(_LINE, _TIME)
        self.converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        """The line, and a traceback's behind it."""
        return masked(super().format(record))


def masked(line: str) -> str:
    """The line with its phone numbers masked, whoever wrote them."""
    return _NUMBER.sub(lambda found: mask(found[0]), line) if "+" in line else line


def formatter_of(settings: Settings) -> logging.Formatter:
    """What the settings ask for."""
    return JsonLines() if settings.log_format == "json" else PlainLines()


def log_to_stderr(settings: Settings) -> None:
    """Begins."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter_of(settings))
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler])
    # Its notes on starting and stopping say nothing that ours do not.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
