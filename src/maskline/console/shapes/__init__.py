"""The shapes of the console's API: what is sent, and what the TypeScript types are made from."""

from __future__ import annotations
