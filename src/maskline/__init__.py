"""Maskline: a self-hosted number-masking server that speaks the Twilio Proxy API."""

from __future__ import annotations

__version__ = "0.1.0"
