"""The console: the pages at `/console` and the API behind them.

`contract` lists every endpoint with who may call it; `shapes` holds what they take and answer.
"""

from __future__ import annotations
