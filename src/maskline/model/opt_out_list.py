"""Advanced Opt-Out: the words that a Messaging Service knows, and what it answers, by language and
country."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Language(StrEnum):
    """The languages of Twilio's lists, by its names. ALL is any."""

    ALL = "ALL"
    AFRIKAANS = "AFRIKAANS"
    ARABIC = "ARABIC"
    BENGALI = "BENGALI"
    CHINESE = "CHINESE"
    CROATIAN = "CROATIAN"
    CZECH = "CZECH"
    DANISH = "DANISH"
    DUTCH = "DUTCH"
    ENGLISH = "ENGLISH"
    ESTONIAN = "ESTONIAN"
    FINNISH = "FINNISH"
    FRENCH = "FRENCH"
    GERMAN = "GERMAN"
    GREEK = "GREEK"
    HEBREW = "HEBREW"
    HINDI = "HINDI"
    HUNGARIAN = "HUNGARIAN"
    ITALIAN = "ITALIAN"
    JAPANESE = "JAPANESE"
    KOREAN = "KOREAN"
    LATVIAN = "LATVIAN"
    LITHUANIAN = "LITHUANIAN"
    MALAY = "MALAY"
    MALAYSIAN = "MALAYSIAN"
    NORWEGIAN = "NORWEGIAN"
    POLISH = "POLISH"
    PORTUGUESE = "PORTUGUESE"
    RUSSIAN = "RUSSIAN"
    SLOVAK = "SLOVAK"
    SLOVENE = "SLOVENE"
    SPANISH = "SPANISH"
    SOUTHERN_NDEBELE = "SOUTHERN_NDEBELE"
    SOUTHERN_SOTHO = "SOUTHERN_SOTHO"
    SWATI = "SWATI"
    SWEDISH = "SWEDISH"
    TAMIL = "TAMIL"
    TSWANA = "TSWANA"
    TSONGA = "TSONGA"
    VENDA = "VENDA"
    XHOSA = "XHOSA"
    ZULU = "ZULU"


class OptOutType(StrEnum):
    """What a webhook says that a message was taken for."""

    STOP = "STOP"
    START = "START"
    HELP = "HELP"


class OptOutList(msgspec.Struct, frozen=True):
    """A language's words and answers, for people of `iso_country`, "" for those of all countries.
    Words are as they were written, with a blank between two."""

    sid: str
    account_sid: str
    messaging_service_sid: str
    iso_country: str
    language: str
    opt_out_keywords: str
    opt_in_keywords: str
    help_keywords: str
    opt_out_message: str
    opt_in_message: str
    help_message: str
    date_created: int
    date_updated: int


class ListedWord(msgspec.Struct, frozen=True):
    """A word of a list as it is compared (`word_of`), and what it does (`Keyword`)."""

    messaging_service_sid: str
    iso_country: str
    word: str
    keyword: str
    list_sid: str
