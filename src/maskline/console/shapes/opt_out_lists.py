"""Advanced Opt-Out: words and answers of a Messaging Service, by language and country."""

from __future__ import annotations

import msgspec


class OptOutSwitch(msgspec.Struct, frozen=True):
    """Whether the service has words and answers of its own."""

    enabled: bool


class OptOutListView(msgspec.Struct, frozen=True):
    """The words of a language, and the answers to them, for people of a country, "" being those of
    all. `fixed` says that it always holds STOP, START, UNSTOP and HELP and can't be removed."""

    sid: str
    country: str
    language: str
    opt_out_keywords: list[str]
    opt_in_keywords: list[str]
    help_keywords: list[str]
    opt_out_message: str
    opt_in_message: str
    help_message: str
    fixed: bool
    date_updated: int


class OptOutLists(msgspec.Struct, frozen=True):
    """A service's lists: those for all countries first, then by country and language. `enabled`:
    whether it has them answer. `languages` are the names that a list may have."""

    enabled: bool
    lists: list[OptOutListView]
    languages: list[str]


class NewOptOutList(msgspec.Struct, frozen=True):
    """A list that begins with what the server knows of the language."""

    language: str
    country: str = ""


class OptOutListChange(msgspec.Struct, frozen=True):
    """The whole of a list anew."""

    opt_out_keywords: list[str]
    opt_in_keywords: list[str]
    help_keywords: list[str]
    opt_out_message: str
    opt_in_message: str
    help_message: str
