"""The console's endpoints: one module per resource, each a class that lists its handlers."""

from __future__ import annotations
