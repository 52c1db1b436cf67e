"""Where log lines go: to standard error, as one line each, for people or for programs."""

from __future__ import annotations

import logging
import time
from typing import Final

import msgspec

from maskline.settings import Settings

_LINE: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"


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
        return msgspec.json.encode(fields).decode()


def formatter_of(settings: Settings) -> logging.Formatter:
    """What the settings ask for."""
    if settings.log_format == "json":
        return JsonLines()
    formatter = logging.Formatter(_LINE, _TIME)
    formatter.converter = time.gmtime
    return formatter


def log_to_stderr(settings: Settings) -> None:
    """Begins."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter_of(settings))
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler])
    # Its notes on starting and stopping say nothing that ours do not.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
