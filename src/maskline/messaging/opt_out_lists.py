"""Advanced Opt-Out: a Messaging Service's own words and answers, kept by its operator.

The list for English speakers everywhere is always there, and always holds STOP, START, UNSTOP and
HELP: nobody must be left without a way out. A word stands in one list of a country alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from types import MappingProxyType
from typing import Final

import msgspec

from maskline.env import Env
from maskline.messaging import services
from maskline.messaging.words import Keyword, WordList, languages, read_list
from maskline.model import sid as sids
from maskline.model.clock import iso
from maskline.model.errors import Fault, not_found
from maskline.model.form import Form
from maskline.model.messaging_service import MessagingService
from maskline.model.opt_out_list import Language, ListedWord, OptOutList
from maskline.model.page import Page, PageRequest
from maskline.model.word import LONGEST, word_of
from maskline.numbers.e164 import is_country
from maskline.settings import OptOutSettings
from maskline.store.contract import Transaction

#: Twilio's bounds: characters of an answer; ours: words of a kind in a list.
MAX_MESSAGE: Final = 320
MAX_WORDS: Final = 100

#: What can't be removed, and means the same in every list.
FIXED: Final = MappingProxyType(
    {
        Keyword.OPT_OUT: ("STOP",),
        Keyword.OPT_IN: ("START", "UNSTOP"),
        Keyword.HELP: ("HELP",),
    }
)
_FIXED: Final = MappingProxyType(
    {word_of(word): keyword for keyword, words in FIXED.items() for word in words}
)

#: For each kind its field of words and of the answer, and the parameters that set them.
_KINDS: Final = (
    (Keyword.OPT_OUT, "opt_out_keywords", "opt_out_message", "OptOutKeywords", "OptOutMessage"),
    (Keyword.OPT_IN, "opt_in_keywords", "opt_in_message", "OptInKeywords", "OptInMessage"),
    (Keyword.HELP, "help_keywords", "help_message", "HelpKeywords", "HelpMessage"),
)

#: The languages of word lists by the name of their file.
_FILES: Final = MappingProxyType(
    {
        "af": Language.AFRIKAANS,
        "ar": Language.ARABIC,
        "bn": Language.BENGALI,
        "cs": Language.CZECH,
        "da": Language.DANISH,
        "de": Language.GERMAN,
        "el": Language.GREEK,
        "en": Language.ENGLISH,
        "es": Language.SPANISH,
        "et": Language.ESTONIAN,
        "fi": Language.FINNISH,
        "fr": Language.FRENCH,
        "he": Language.HEBREW,
        "hi": Language.HINDI,
        "hr": Language.CROATIAN,
        "hu": Language.HUNGARIAN,
        "it": Language.ITALIAN,
        "ja": Language.JAPANESE,
        "ko": Language.KOREAN,
        "lt": Language.LITHUANIAN,
        "lv": Language.LATVIAN,
        "ms": Language.MALAY,
        "nb": Language.NORWEGIAN,
        "nl": Language.DUTCH,
        "nr": Language.SOUTHERN_NDEBELE,
        "pl": Language.POLISH,
        "pt": Language.PORTUGUESE,
        "ru": Language.RUSSIAN,
        "sk": Language.SLOVAK,
        "sl": Language.SLOVENE,
        "ss": Language.SWATI,
        "st": Language.SOUTHERN_SOTHO,
        "sv": Language.SWEDISH,
        "ta": Language.TAMIL,
        "tn": Language.TSWANA,
        "ts": Language.TSONGA,
        "ve": Language.VENDA,
        "xh": Language.XHOSA,
        "zh": Language.CHINESE,
        "zu": Language.ZULU,
    }
)


async def find_service(tx: Transaction, account_sid: str, service_sid: str) -> MessagingService:
    """The account's Messaging Service. Raises 21701."""
    service = await tx.messaging_services.get(service_sid, account_sid)
    if service is None:
        raise Fault(21701)
    return service


async def switch(
    env: Env, tx: Transaction, account_sid: str, service_sid: str, form: Form
) -> MessagingService:
    """Turns Advanced Opt-Out on or off (`Enabled`). When first on, the service gets a list for each
    of the server's languages. Off, the lists stay, and so do opt-outs. Raises 21701, 20001."""
    service = await find_service(tx, account_sid, service_sid)
    enabled = form.boolean("Enabled")
    if enabled is None:
        raise form.wrong("Enabled", "is required")
    if enabled:
        chosen = [_FILES[one] for one in env.settings.optout.languages if one in _FILES]
        await _begin(env, tx, service, form, chosen)
    await tx.messaging_services.set_opt_outs(service.sid, enabled, env.clock())
    return await services.find(tx, account_sid, service_sid)


async def create(
    env: Env, tx: Transaction, account_sid: str, service_sid: str, form: Form
) -> OptOutList:
    """A list of `Language`, for people of `IsoCountryCode` or, without one, for all. What is not
    given comes from the server's list of that language, words that the country has set aside.

    Raises 21701 for a service that the account does not have, 20001 for a list that there is, a
    word that another list of the country has or that means something else everywhere, and for a
    kind with words but without an answer.
    """
    service = await find_service(tx, account_sid, service_sid)
    language = form.choice("Language", Language)
    if language is None:
        raise form.wrong("Language", "is required")
    country = country_named(form) or ""
    if not country:
        await _begin(env, tx, service, form, ())
    blank = _blank(env, service, country, language)
    if await tx.opt_out_lists.of(service.sid, country, blank.language) is not None:
        raise form.wrong("Language", "has a list for that country already")
    seed = _seed(env.settings.optout, language, country)
    return await _put(env, tx, _changed(blank, form), form, seed)


async def find(tx: Transaction, account_sid: str, service_sid: str, sid: str) -> OptOutList:
    """The service's list with that SID. Raises 21701, 20404."""
    await find_service(tx, account_sid, service_sid)
    found = await tx.opt_out_lists.get(sid, service_sid)
    if found is None:
        raise not_found("OptOutList")
    return found


async def page(
    tx: Transaction, account_sid: str, service_sid: str, query: Form, request: PageRequest
) -> Page[OptOutList]:
    """The service's lists, of one country where `IsoCountryCode` names it. Raises 21701."""
    await find_service(tx, account_sid, service_sid)
    return await tx.opt_out_lists.page(service_sid, country_named(query), request)


async def update(
    env: Env, tx: Transaction, account_sid: str, service_sid: str, sid: str, form: Form
) -> OptOutList:
    """Writes what was sent; empty words remove those of their kind, the fixed ones apart. Raises as
    `create` does, and 20404."""
    held = await find(tx, account_sid, service_sid, sid)
    return await _put(env, tx, _changed(held, form), form, None)


async def remove(tx: Transaction, account_sid: str, service_sid: str, sid: str) -> None:
    """Deletes a list. Raises 21701, 20404, and 20001 for the one that holds the fixed words."""
    found = await find(tx, account_sid, service_sid, sid)
    if is_first(found):
        raise Fault(20001, "the list holds words that can't be removed")
    await tx.opt_out_lists.delete(sid)


def country_named(form: Form) -> str | None:
    """The country that `IsoCountryCode` names; null without one."""
    code = form.text("IsoCountryCode", 2)
    if code is not None and not is_country(code):
        raise form.wrong("IsoCountryCode", "must be a country's two letters, as FR")
    return code


def is_first(one: OptOutList) -> bool:
    """Whether it is the list that always holds the fixed words."""
    return one.language == Language.ENGLISH and not one.iso_country


async def _begin(
    env: Env, tx: Transaction, service: MessagingService, form: Form, more: Sequence[Language]
) -> None:
    """Gives a service the list that holds the fixed words, and those of languages more, unless it
    has begun: what was deleted since stays away."""
    if await tx.opt_out_lists.of(service.sid, "", Language.ENGLISH.value) is not None:
        return
    for language in dict.fromkeys([Language.ENGLISH, *more]):
        seed = _seed(env.settings.optout, language, "")
        await _put(env, tx, _blank(env, service, "", language), form.over({}), seed)


def _blank(env: Env, service: MessagingService, country: str, language: Language) -> OptOutList:
    now = env.clock()
    return OptOutList(
        sid=env.sids.new(sids.OPT_OUT_LIST),
        account_sid=service.account_sid,
        messaging_service_sid=service.sid,
        iso_country=country,
        language=language.value,
        opt_out_keywords="",
        opt_in_keywords="",
        help_keywords="",
        opt_out_message="",
        opt_in_message="",
        help_message="",
        date_created=now,
        date_updated=now,
    )


def _seed(settings: OptOutSettings, language: Language, country: str) -> WordList | None:
    """The server's list of a language, with the words that the settings add and without those that
    they leave out; null when there is none."""
    name = next((name for name, known in _FILES.items() if known is language), "")
    if name not in languages(settings):
        return None
    found = read_list(settings, name)
    ignored = {word_of(word) for word in settings.ignored_words}
    adds = language is Language.ENGLISH and not country
    changes: dict[str, object] = {}
    for kind in ("opt_out", "opt_in", "help"):
        own = getattr(settings, f"{kind}_words") if adds else ()
        words = [*getattr(found, kind), *own]
        changes[kind] = tuple(word for word in words if word_of(word) not in ignored)
        changes[f"{kind}_reply"] = getattr(settings, f"{kind}_reply") or getattr(
            found, f"{kind}_reply"
        )
    return msgspec.structs.replace(found, **changes)


def _changed(held: OptOutList, form: Form) -> OptOutList:
    """The list with what was sent."""
    changes: dict[str, object] = {}
    for _, words, answer, words_parameter, answer_parameter in _KINDS:
        if form.has(words_parameter):
            changes[words] = " ".join(_words(form, words_parameter))
        if form.has(answer_parameter):
            changes[answer] = form.text(answer_parameter, MAX_MESSAGE, lines=True) or ""
    return msgspec.structs.replace(held, **changes)


def _words(form: Form, parameter: str) -> list[str]:
    found: dict[str, str] = {}
    for text in form.many(parameter):
        written = text.strip()
        word = word_of(written)
        if not 0 < len(word) <= LONGEST or len(word.split()) != 1 or not word.isprintable():
            raise form.wrong(parameter, f"must be words of at most {LONGEST} characters")
        found.setdefault(word, written)
    if len(found) > MAX_WORDS:
        raise form.wrong(parameter, f"are more than {MAX_WORDS}")
    return list(found.values())


async def _put(
    env: Env, tx: Transaction, wanted: OptOutList, form: Form, seed: WordList | None
) -> OptOutList:
    """Writes the list and its words. With a `seed`, what was not sent comes from it."""
    held = await tx.opt_out_lists.words(wanted.messaging_service_sid, wanted.iso_country)
    taken = {one.word for one in held if one.list_sid != wanted.sid}
    given = {kind: getattr(wanted, words).split() for kind, words, *_ in _KINDS}
    changes: dict[str, object] = {"date_updated": env.clock()}
    if seed is not None:
        # Where lists disagree, the first kind wins: to stop is safest.
        said = taken.union(word_of(word) for words in given.values() for word in words)
        for kind, _, answer, words_parameter, answer_parameter in _KINDS:
            name = kind.value.replace("-", "_")
            if not form.has(words_parameter):
                given[kind] = _free(getattr(seed, name), said)
                said.update(word_of(word) for word in given[kind])
            if not form.has(answer_parameter):
                changes[answer] = getattr(seed, f"{name}_reply")
    if is_first(wanted):
        for kind, fixed in FIXED.items():
            have = {word_of(word) for word in given[kind]}
            given[kind] = [*_free(fixed, have), *given[kind]]
    listed = list(_listed(wanted, given, taken, form))
    changes |= {field: " ".join(given[kind]) for kind, field, *_ in _KINDS}
    made = msgspec.structs.replace(wanted, **changes)
    for kind, _, answer, _, parameter in _KINDS:
        if given[kind] and not getattr(made, answer).strip():
            raise form.wrong(parameter, "is required where there are words")
    if not await tx.opt_out_lists.add(made):
        await tx.opt_out_lists.update(made)
    await tx.opt_out_lists.set_words(made.sid, listed)
    return made


def _free(words: Sequence[str], taken: Set[str]) -> list[str]:
    """Those of the words that are not taken, each once."""
    found = {word_of(word): word for word in words}
    return [written for word, written in found.items() if word not in taken]


def _listed(
    one: OptOutList, given: Mapping[Keyword, Sequence[str]], taken: set[str], form: Form
) -> Iterator[ListedWord]:
    """The words as they are looked up. Raises a refusal of those that can't be there."""
    seen = set(taken)
    for kind, _, _, parameter, _ in _KINDS:
        for text in given[kind]:
            word = word_of(text)
            if _FIXED.get(word, kind) is not kind:
                raise form.wrong(parameter, f"hold {text}, which always means something else")
            if word in seen:
                raise form.wrong(parameter, f"hold {text}, which is listed for that country")
            seen.add(word)
            yield ListedWord(one.messaging_service_sid, one.iso_country, word, kind.value, one.sid)


def described(one: OptOutList) -> dict[str, object]:
    """What a list says, as programs read it: words as lists, times as text."""
    return {
        "iso_country_code": one.iso_country,
        "language": one.language,
        "opt_out_keywords": one.opt_out_keywords.split(),
        "opt_in_keywords": one.opt_in_keywords.split(),
        "help_keywords": one.help_keywords.split(),
        "opt_out_message": one.opt_out_message,
        "opt_in_message": one.opt_in_message,
        "help_message": one.help_message,
        "date_created": iso(one.date_created),
        "date_updated": iso(one.date_updated),
    }
