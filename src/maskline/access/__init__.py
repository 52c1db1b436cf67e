"""Who may use the console: users, passwords, sign-ins, and the log of what was done."""

from __future__ import annotations
