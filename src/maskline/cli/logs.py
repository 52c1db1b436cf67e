"""Where log lines go: to standard error, as one line each."""

from __future__ import annotations

import logging
import time
from typing import Final

from maskline.settings import Settings

_LINE: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def log_to_stderr(settings: Settings) -> None:
    """Begins."""
    formatter = logging.Formatter(_LINE, "%Y-%m-%dT%H:%M:%SZ")
    formatter.converter = time.gmtime
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler])
    # Its notes on starting and stopping say nothing that ours do not.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
